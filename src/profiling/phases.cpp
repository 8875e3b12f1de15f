#include "learningplane/profiling/phases.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "learningplane/error.hpp"
#include "profiling/activation_source.hpp"

namespace learningplane::profiling {

using detail::ActivationSource;

namespace {

constexpr std::size_t rows_at_once = 4096;
constexpr double novel_spreads = 3;

/// Sizes and spreads of clusters, summed while rows are read.
struct Tally {
  explicit Tally(std::size_t k) : sizes(k), squares(k) {}
  void add(std::int32_t phase, double squared) {
    sizes[static_cast<std::size_t>(phase)] += 1;
    squares[static_cast<std::size_t>(phase)] += squared;
  }
  std::vector<double> spread() const {
    std::vector<double> out;
    for (std::size_t c = 0; c < sizes.size(); ++c)
      out.push_back(sizes[c] > 0 ? std::sqrt(squares[c] / sizes[c]) : 0.0);
    return out;
  }
  std::vector<double> sizes, squares;
};

std::size_t size_of(const PhaseClusters& c, std::size_t hidden) {
  return c.centroids.size() / hidden;
}

}  // namespace

std::string_view to_string(PhaseMode mode) {
  return mode == PhaseMode::corrected ? "corrected" : "as_published";
}

Phases::Phases(PhaseOptions options) : options_(std::move(options)) {
  // Every choice is checked at once, not first in the middle of a fit.
  options_ = phase_options(profiling::to_value(options_));
}

std::size_t Phases::count() const {
  if (!crbm_) return 0;
  const std::size_t hidden = crbm_->weights().hidden;
  std::size_t sum = size_of(clusters_, hidden);
  for (const PhaseExtension& e : extensions_) sum += size_of(e.clusters, hidden);
  return sum;
}

const Crbm& Phases::crbm() const {
  if (!crbm_) throw LogicError("phases: fit or load them first");
  return *crbm_;
}

/// Rows at the beginning of a sequence that have no window.
std::size_t Phases::window_rows() const {
  return crbm_->weights().history + (options_.mode == PhaseMode::as_published ? 1 : 0);
}

/// Activations of rows [first, last), all of which have a window, or zeros in as_published mode.
std::vector<double> Phases::block(const PhaseSequence& s, std::size_t first,
                                  std::size_t last) const {
  const CrbmWeights& w = crbm_->weights();
  const std::size_t lag = options_.mode == PhaseMode::as_published ? 1 : 0;
  const std::size_t begin = std::max(first, window_rows());
  std::vector<double> out((std::min(begin, last) - first) * w.hidden, 0.0);
  if (begin >= last) return out;
  const auto from = static_cast<std::ptrdiff_t>((begin - lag - w.history) * w.visible);
  const auto to = static_cast<std::ptrdiff_t>((last - lag) * w.visible);
  std::vector<double> rows(s.rows.begin() + from, s.rows.begin() + to);
  scaler_.transform(rows);
  const std::vector<double> found = crbm_->activations(rows);
  out.insert(out.end(), found.begin(), found.end());
  return out;
}

std::vector<double> Phases::activations(const PhaseSequence& s) const {
  const std::size_t hidden = crbm().weights().hidden, rows = s.times_ns.size();
  const std::size_t none =
      options_.mode == PhaseMode::as_published ? 0 : std::min(rows, window_rows());
  std::vector<double> out(none * hidden, std::numeric_limits<double>::quiet_NaN());
  const std::vector<double> rest = block(s, none, rows);
  out.insert(out.end(), rest.begin(), rest.end());
  return out;
}

Result<void> Phases::check(const PhaseData& data) const {
  if (auto fine = data.check(options_.negative_allowed); !fine) return fine;
  if (options_.features.empty() || data.features == options_.features) return {};
  return fail(
      Errc::not_found,
      fmt::format("phases: they are told by the features {}, in this order; the data hold {}",
                  fmt::join(options_.features, ", "), fmt::join(data.features, ", ")));
}

/// Phases and squared distances of activations.
void Phases::assign(std::span<const double> activations, std::vector<std::int32_t>& phases,
                    std::vector<double>& squares) const {
  const std::size_t hidden = crbm_->weights().hidden;
  Assignment base = profiling::assign(activations, clusters_.centroids, hidden);
  phases = std::move(base.labels);
  squares = std::move(base.distances);
  std::size_t first = size_of(clusters_, hidden);
  for (const PhaseExtension& e : extensions_) {
    const Assignment finer = profiling::assign(activations, e.clusters.centroids, hidden);
    for (std::size_t i = 0; i < phases.size(); ++i) {
      if (phases[i] != e.parent) continue;
      if (options_.mode == PhaseMode::corrected && squares[i] <= finer.distances[i]) continue;
      phases[i] = static_cast<std::int32_t>(first) + finer.labels[i];
      squares[i] = finer.distances[i];
    }
    first += size_of(e.clusters, hidden);
  }
}

Result<std::vector<PhaseLabels>> Phases::label(const PhaseData& data) const {
  crbm();
  if (auto fine = check(data); !fine) return tl::unexpected(fine.error());
  std::vector<PhaseLabels> out;
  for (const PhaseSequence& s : data.sequences)
    out.push_back({s.labels, s.times_ns, std::vector<std::int32_t>(s.times_ns.size(), -1)});
  const std::size_t skip = options_.mode == PhaseMode::as_published ? 0 : window_rows();
  ActivationSource source(data, crbm_->weights().hidden, skip,
                          [this](const PhaseSequence& s, std::size_t first, std::size_t last) {
                            return block(s, first, last);
                          });
  std::vector<std::int32_t> phases;
  std::vector<double> squares;
  for (auto rows = source.next(rows_at_once); !rows.empty(); rows = source.next(rows_at_once)) {
    assign(rows, phases, squares);
    std::copy(phases.begin(), phases.end(),
              out[source.sequence()].phases.begin() + static_cast<std::ptrdiff_t>(source.first()));
  }
  return out;
}

namespace {

std::vector<std::string> constant_features(const PhaseData& data, const features::Scaler& scaler) {
  std::vector<std::string> out;
  for (std::size_t j = 0; j < data.features.size(); ++j) {
    if (scaler.low()[j] == scaler.high()[j]) out.push_back(data.features[j]);
  }
  return out;
}

/// All rows one after another, scaled.
std::vector<double> scaled(const PhaseData& data, features::Scaler& scaler, Result<void>& fitted) {
  std::vector<double> all;
  for (const PhaseSequence& s : data.sequences) all.insert(all.end(), s.rows.begin(), s.rows.end());
  fitted = scaler.fit(all, data.features.size());
  if (fitted) scaler.transform(all);
  return all;
}

/// Whatever the source gives, in one piece.
std::vector<double> collected(RowSource& source) {
  std::vector<double> out;
  source.rewind();
  for (auto rows = source.next(rows_at_once); !rows.empty(); rows = source.next(rows_at_once))
    out.insert(out.end(), rows.begin(), rows.end());
  return out;
}

}  // namespace

Result<PhaseFit> Phases::fit(const PhaseData& data, const CrbmProgress& progress) {
  if (auto fine = check(data); !fine) return tl::unexpected(fine.error());
  Phases next(options_);
  next.options_.features = data.features;
  PhaseFit out{.rows = data.rows()};
  Result<void> fitted;
  const std::vector<double> all = scaled(data, next.scaler_, fitted);
  if (!fitted) return tl::unexpected(fitted.error());
  out.constant = constant_features(data, next.scaler_);
  if (out.constant.size() == data.features.size())
    return fail(
        Errc::invalid_argument,
        fmt::format("phases: no feature ever changes ({}): there are no phases to tell apart",
                    fmt::join(out.constant, ", ")));
  std::vector<std::span<const double>> sequences;
  std::size_t at = 0;
  for (const PhaseSequence& s : data.sequences) {
    sequences.emplace_back(all.data() + at, s.rows.size());
    at += s.rows.size();
  }
  Crbm crbm = Crbm::random(data.features.size(), options_.crbm);
  auto learned = crbm.fit(sequences, options_.crbm, progress);
  if (!learned) return tl::unexpected(learned.error());
  out.crbm = std::move(*learned);
  next.crbm_ = std::move(crbm);
  next.fitted_rows_ = out.rows;
  ActivationSource source(data, options_.crbm.hidden,
                          options_.mode == PhaseMode::as_published ? 0 : next.window_rows(),
                          [&next](const PhaseSequence& s, std::size_t first, std::size_t last) {
                            return next.block(s, first, last);
                          });
  KmeansOptions how = options_.kmeans;
  how.k = options_.k;
  how.start.clear();
  const bool exact = out.rows <= options_.exact_rows;
  const std::vector<double> activity =
      exact || how.k == 0 ? collected(source) : std::vector<double>();
  if (how.k == 0) {
    ChooseKOptions choose = options_.choose;
    choose.kmeans = options_.kmeans;
    auto choice = choose_k(activity, options_.crbm.hidden, choose);
    if (!choice) return tl::unexpected(choice.error());
    how.k = choice->k;
    out.choice = std::move(*choice);
  }
  how.sample = std::max(how.sample, how.k);
  auto clusters = exact ? kmeans(activity, options_.crbm.hidden, how) : kmeans_stream(source, how);
  if (!clusters) return tl::unexpected(clusters.error());
  next.clusters_.centroids = clusters->centroids;
  out.k = clusters->k;
  out.inertia = clusters->inertia;
  Tally tally(out.k);
  std::vector<std::int32_t> phases;
  std::vector<double> squares;
  source.rewind();
  for (auto rows = source.next(rows_at_once); !rows.empty(); rows = source.next(rows_at_once)) {
    next.assign(rows, phases, squares);
    for (std::size_t i = 0; i < phases.size(); ++i) tally.add(phases[i], squares[i]);
  }
  next.clusters_.sizes = tally.sizes;
  next.clusters_.spread = tally.spread();
  *this = std::move(next);
  return out;
}

Result<PhaseUpdate> Phases::update(const PhaseData& data) {
  crbm();
  if (auto fine = check(data); !fine) return tl::unexpected(fine.error());
  if (clusters_.sizes.empty())
    return fail(Errc::unsupported,
                "phases: this model does not say on how many rows its centroids rest "
                "(kmeans.sizes), so that new rows cannot be weighed against them");
  const std::size_t hidden = crbm_->weights().hidden, k = size_of(clusters_, hidden);
  ActivationSource source(data, hidden,
                          options_.mode == PhaseMode::as_published ? 0 : window_rows(),
                          [this](const PhaseSequence& s, std::size_t first, std::size_t last) {
                            return block(s, first, last);
                          });
  PhaseUpdate out{.rows = data.rows(), .counts = std::vector<std::size_t>(count())};
  std::vector<double> far(count()), sums(k * hidden), squares;
  Tally tally(k);
  std::vector<std::int32_t> phases;
  for (auto rows = source.next(rows_at_once); !rows.empty(); rows = source.next(rows_at_once)) {
    assign(rows, phases, squares);
    for (std::size_t i = 0; i < phases.size(); ++i) {
      const auto p = static_cast<std::size_t>(phases[i]);
      ++out.counts[p];
      if (p >= k) continue;  // of an extension: it keeps its centroids
      if (!clusters_.spread.empty() && std::sqrt(squares[i]) > novel_spreads * clusters_.spread[p])
        far[p] += 1;
      tally.add(phases[i], squares[i]);
      for (std::size_t j = 0; j < hidden; ++j) sums[p * hidden + j] += rows[i * hidden + j];
    }
  }
  for (std::size_t p = 0; p < k; ++p) {
    const double n = tally.sizes[p], before = clusters_.sizes[p];
    double moved = 0;
    for (std::size_t j = 0; n > 0 && j < hidden; ++j) {
      double& c = clusters_.centroids[p * hidden + j];
      const double step = (sums[p * hidden + j] - n * c) / (before + n);
      c += step;
      moved += step * step;
    }
    out.moved.push_back(std::sqrt(moved));
    out.novel.push_back(
        n > 0 && !clusters_.spread.empty() ? far[p] / n : std::numeric_limits<double>::quiet_NaN());
    if (n > 0 && !clusters_.spread.empty()) {
      double& spread = clusters_.spread[p];
      // Squared distances from the mean of both: from the old one, less what it moved.
      const double sum = before * spread * spread + tally.squares[p] - (before + n) * moved;
      spread = std::sqrt(std::max(sum, 0.0) / (before + n));
    }
    clusters_.sizes[p] += n;
  }
  fitted_rows_ += out.rows;
  return out;
}

Result<PhaseExtended> Phases::extend(const PhaseData& data, const ExtendOptions& options) {
  crbm();
  if (auto fine = check(data); !fine) return tl::unexpected(fine.error());
  const std::size_t hidden = crbm_->weights().hidden;
  const auto total = static_cast<std::int32_t>(count());
  if (options.phase && (*options.phase < 0 || *options.phase >= total))
    throw ConfigError("", "phase", std::to_string(*options.phase),
                      fmt::format("0 to {}, the phases there are", total - 1));
  ActivationSource source(data, hidden,
                          options_.mode == PhaseMode::as_published ? 0 : window_rows(),
                          [this](const PhaseSequence& s, std::size_t first, std::size_t last) {
                            return block(s, first, last);
                          });
  const std::vector<double> all = collected(source);
  std::vector<std::int32_t> phases;
  std::vector<double> squares;
  assign(all, phases, squares);
  std::vector<double> misfit(count());
  for (std::size_t i = 0; i < phases.size(); ++i)
    misfit[static_cast<std::size_t>(phases[i])] += squares[i];
  PhaseExtended out{.first = total};
  out.parent = options.phase.value_or(
      static_cast<std::int32_t>(std::max_element(misfit.begin(), misfit.end()) - misfit.begin()));
  std::vector<double> rows;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (phases[i] != out.parent) continue;
    rows.insert(rows.end(), all.begin() + static_cast<std::ptrdiff_t>(i * hidden),
                all.begin() + static_cast<std::ptrdiff_t>((i + 1) * hidden));
  }
  if (rows.empty())
    return fail(Errc::not_enough_data,
                fmt::format("phases: none of the new rows is of phase {}", out.parent));
  KmeansOptions how = options_.kmeans;
  how.k = options.k;
  how.seed = options.seed;
  how.start.clear();
  auto found = kmeans(rows, hidden, how);
  if (!found) return fail_within(fmt::format("phase {}", out.parent), found.error());
  Tally tally(options.k);
  const Assignment own = profiling::assign(rows, found->centroids, hidden);
  for (std::size_t i = 0; i < own.labels.size(); ++i) tally.add(own.labels[i], own.distances[i]);
  out.rows = found->rows;
  out.sizes = found->sizes;
  out.inertia_before = misfit[static_cast<std::size_t>(out.parent)];
  out.inertia_after = found->inertia;
  extensions_.push_back({out.parent, {std::move(found->centroids), tally.sizes, tally.spread()}});
  return out;
}

}  // namespace learningplane::profiling
