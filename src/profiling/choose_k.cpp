#include "learningplane/profiling/choose_k.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "learningplane/error.hpp"
#include "model/lstm_random.hpp"

namespace learningplane::profiling {

std::string_view to_string(KCriterion criterion) {
  return criterion == KCriterion::silhouette ? "silhouette" : "elbow";
}
Result<KCriterion> k_criterion(std::string_view name) {
  for (const KCriterion c : {KCriterion::silhouette, KCriterion::elbow}) {
    if (name == to_string(c)) return c;
  }
  return fail(Errc::invalid_argument,
              fmt::format("'{}' is no criterion; allowed are silhouette and elbow", name));
}

Value to_value(const KChoice& choice) {
  Value scores = Value::array();
  for (const KScore& s : choice.scores)
    scores.push(
        Value::object().set("k", s.k).set("inertia", s.inertia).set("silhouette", s.silhouette));
  return Value::object()
      .set("k", choice.k)
      .set("criterion", to_string(choice.criterion))
      .set("reason", choice.reason)
      .set("scores", scores);
}

double silhouette(std::span<const double> rows, std::size_t columns,
                  std::span<const std::int32_t> labels) {
  if (columns == 0 || rows.size() != labels.size() * columns)
    throw LogicError("silhouette: rows and labels do not fit");
  const std::size_t n = labels.size();
  std::int32_t top = -1;
  for (const std::int32_t l : labels) top = std::max(top, l);
  const auto k = static_cast<std::size_t>(top + 1);
  std::vector<double> size(k);
  for (const std::int32_t l : labels) size[static_cast<std::size_t>(l)] += 1;
  if (std::count_if(size.begin(), size.end(), [](double s) { return s > 0; }) < 2)
    return std::numeric_limits<double>::quiet_NaN();
  double total = 0;
  std::vector<double> to(k);
  for (std::size_t i = 0; i < n; ++i) {
    std::fill(to.begin(), to.end(), 0.0);
    for (std::size_t j = 0; j < n; ++j) {
      double squared = 0;
      for (std::size_t c = 0; c < columns; ++c) {
        const double d = rows[i * columns + c] - rows[j * columns + c];
        squared += d * d;
      }
      to[static_cast<std::size_t>(labels[j])] += std::sqrt(squared);
    }
    const auto own = static_cast<std::size_t>(labels[i]);
    if (size[own] < 2) continue;  // alone: 0
    const double a = to[own] / (size[own] - 1);
    double b = std::numeric_limits<double>::infinity();
    for (std::size_t c = 0; c < k; ++c) {
      if (c != own && size[c] > 0) b = std::min(b, to[c] / size[c]);
    }
    if (std::max(a, b) > 0) total += (b - a) / std::max(a, b);
  }
  return total / static_cast<double>(n);
}

namespace {

void check(const ChooseKOptions& o) {
  const std::size_t least = o.criterion == KCriterion::silhouette ? 2 : 1;
  if (o.k_min < least)
    throw ConfigError("", "k_min", std::to_string(o.k_min),
                      fmt::format("{} or more for the {}", least, to_string(o.criterion)));
  if (o.k_max <= o.k_min)
    throw ConfigError("", "k_max", std::to_string(o.k_max),
                      fmt::format("more than k_min ({})", o.k_min));
  if (o.rows < o.k_max || o.sample < 2)
    throw ConfigError("", o.sample < 2 ? "sample" : "rows",
                      std::to_string(o.sample < 2 ? o.sample : o.rows), "enough rows for k_max");
}

/// `most` of the rows without repetition, in their order; all where there are no more.
std::vector<std::size_t> some(std::size_t n, std::size_t most, std::uint64_t seed) {
  std::vector<std::size_t> out;
  model::detail::LstmRandom random(seed);
  for (std::size_t i = 0; i < n; ++i) {
    // Selection sampling: each row with the chance that leaves the right number.
    if (random.uniform() * static_cast<double>(n - i) < static_cast<double>(most - out.size()))
      out.push_back(i);
    if (out.size() == most) break;
  }
  return out;
}

std::vector<double> taken(std::span<const double> rows, std::size_t columns,
                          const std::vector<std::size_t>& which) {
  std::vector<double> out;
  out.reserve(which.size() * columns);
  for (const std::size_t i : which) {
    const auto row = rows.subspan(i * columns, columns);
    out.insert(out.end(), row.begin(), row.end());
  }
  return out;
}

void by_silhouette(KChoice& choice) {
  const KScore* best = &choice.scores.front();
  for (const KScore& s : choice.scores) {
    if (s.silhouette > best->silhouette) best = &s;
  }
  choice.k = best->k;
  const KScore* next = nullptr;
  for (const KScore& s : choice.scores) {
    if (s.k != best->k && (next == nullptr || s.silhouette > next->silhouette)) next = &s;
  }
  choice.reason =
      fmt::format("the silhouette {:.3f} at k = {} is the highest of k = {} to {}",
                  best->silhouette, best->k, choice.scores.front().k, choice.scores.back().k);
  if (next != nullptr)
    choice.reason += fmt::format("; the next is {:.3f} at k = {}", next->silhouette, next->k);
}

/// One k alone is left: nothing is compared.
void by_necessity(KChoice& choice) {
  const KScore& only = choice.scores.front();
  choice.k = only.k;
  choice.reason = fmt::format(
      "k = {} is the only one there is to choose: no more than {} rows differ", only.k, only.k);
  if (std::isfinite(only.silhouette))
    choice.reason += fmt::format("; its silhouette is {:.3f}", only.silhouette);
}

/// The point of the inertia's curve that lies farthest below the chord from its first to its last.
void by_elbow(KChoice& choice) {
  const KScore &first = choice.scores.front(), &last = choice.scores.back();
  const double fall = first.inertia - last.inertia;
  choice.k = first.k;
  double deepest = 0;
  std::size_t at = 0;
  for (std::size_t i = 0; i < choice.scores.size(); ++i) {
    const KScore& s = choice.scores[i];
    const double along = static_cast<double>(s.k - first.k) / static_cast<double>(last.k - first.k);
    const double below = fall > 0 ? 1 - along - (s.inertia - last.inertia) / fall : 0;
    if (below <= deepest) continue;
    deepest = below;
    at = i;
  }
  choice.k = choice.scores[at].k;
  if (deepest <= 0) {
    choice.reason = fmt::format("the inertia has no elbow from k = {} to {}: the least k is taken",
                                first.k, last.k);
    return;
  }
  choice.reason = fmt::format(
      "the elbow: k = {} saves {:.0f} % of what k = {} saves over k = {}, with {} of the {} "
      "further "
      "clusters",
      choice.k, 100 * (first.inertia - choice.scores[at].inertia) / fall, last.k, first.k,
      choice.k - first.k, last.k - first.k);
}

}  // namespace

Result<KChoice> choose_k(std::span<const double> rows, std::size_t columns,
                         const ChooseKOptions& options) {
  check(options);
  if (columns == 0 || rows.size() % columns != 0)
    return fail(Errc::invalid_argument, "choose k: the numbers are no rows");
  const std::size_t n = rows.size() / columns;
  const auto few = taken(rows, columns, some(n, std::min(n, options.rows), options.kmeans.seed));
  const auto fewer = some(few.size() / columns, std::min(few.size() / columns, options.sample),
                          options.kmeans.seed + 1);
  const auto looked = taken(few, columns, fewer);
  KChoice out{.criterion = options.criterion};
  for (std::size_t k = options.k_min; k <= options.k_max; ++k) {
    KmeansOptions o = options.kmeans;
    o.k = k;
    o.start.clear();
    const auto found = kmeans(few, columns, o);
    // More clusters than distinct rows: what came before is all that there is to choose from.
    if (!found && found.error().code == Errc::invalid_argument && !out.scores.empty()) break;
    if (!found) return tl::unexpected(found.error());
    std::vector<std::int32_t> labels;
    for (const std::size_t i : fewer) labels.push_back(found->labels[i]);
    out.scores.push_back({k, found->inertia, silhouette(looked, columns, labels)});
  }
  if (out.scores.size() == 1)
    by_necessity(out);
  else
    options.criterion == KCriterion::silhouette ? by_silhouette(out) : by_elbow(out);
  return out;
}

}  // namespace learningplane::profiling
