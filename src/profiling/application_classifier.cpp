#include "learningplane/profiling/application_classifier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::profiling {

namespace {

/// Half the sum of absolute differences: 0 for equal shares, 1 for shares without anything in
/// common.
double total_variation(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] - b[i]);
  return 0.5 * sum;
}

/// Shares; all zero where there is nothing.
std::vector<double> shares(std::vector<double> counts) {
  double sum = 0;
  for (const double c : counts) sum += c;
  for (double& c : counts) c = sum > 0 ? c / sum : 0;
  return counts;
}

void check(const std::vector<ApplicationProfile>& known, std::size_t k,
           const ClassifierOptions& o) {
  const auto share = [](double v, const char* key) {
    if (!(v >= 0 && v <= 1)) throw ConfigError("", key, fmt::format("{}", v), "0 to 1");
  };
  share(o.transition_weight, "transition_weight");
  share(o.farthest, "farthest");
  for (const ApplicationProfile& p : known) {
    if (p.histogram.size() != k || p.transitions.size() != k * k)
      throw LogicError(fmt::format("classify: the profile '{}' knows {} phases, not {}", p.name,
                                   p.histogram.size(), k));
  }
}

std::vector<double> read_shares(const Value& v, const char* key) {
  const Value* list = v.find(key);
  if (list == nullptr) throw FormatError(fmt::format("'{}' is missing", key));
  std::vector<double> out;
  for (const Value& x : list->as_array()) {
    out.push_back(x.as_double());
    if (!(out.back() >= 0 && out.back() <= 1))
      throw FormatError(fmt::format("'{}' holds {}, which is no share", key, out.back()));
  }
  return out;
}

}  // namespace

Result<ApplicationProfile> application_profile(std::string name, std::string model,
                                               const std::vector<PhaseLabels>& labels,
                                               std::size_t k) {
  ApplicationProfile out{.name = std::move(name), .model = std::move(model)};
  std::vector<double> histogram(k), transitions(k * k);
  for (const PhaseLabels& l : labels) {
    for (std::size_t i = 0; i < l.phases.size(); ++i) {
      if (l.phases[i] < 0) continue;
      const auto now = static_cast<std::size_t>(l.phases[i]);
      if (now >= k) throw LogicError(fmt::format("classify: phase {} of {}", now, k));
      histogram[now] += 1;
      ++out.rows;
      if (i > 0 && l.phases[i - 1] >= 0)
        transitions[static_cast<std::size_t>(l.phases[i - 1]) * k + now] += 1;
    }
  }
  if (out.rows < 2)
    return fail(
        Errc::not_enough_data,
        fmt::format("'{}': {} rows have a phase; two or more are needed", out.name, out.rows));
  out.histogram = shares(std::move(histogram));
  out.transitions = shares(std::move(transitions));
  return out;
}

Value to_value(const ApplicationProfile& p) {
  Value histogram = Value::array(), transitions = Value::array();
  for (const double v : p.histogram) histogram.push(v);
  for (const double v : p.transitions) transitions.push(v);
  return Value::object()
      .set("name", p.name)
      .set("model", p.model)
      .set("rows", p.rows)
      .set("histogram", histogram)
      .set("transitions", transitions);
}

Result<ApplicationProfile> application_profile_from_value(const Value& v) try {
  ApplicationProfile out{.name = v.get("name", ""), .model = v.get("model", "")};
  out.rows = static_cast<std::size_t>(std::max<std::int64_t>(v.get("rows", std::int64_t{0}), 0));
  out.histogram = read_shares(v, "histogram");
  out.transitions = read_shares(v, "transitions");
  if (out.transitions.size() != out.histogram.size() * out.histogram.size())
    throw FormatError(fmt::format("'transitions' holds {} numbers for {} phases",
                                  out.transitions.size(), out.histogram.size()));
  return out;
} catch (const Error& e) {
  return fail(Errc::malformed, "application profile: " + e.failure().message);
}

Result<Classification> classify(const std::vector<ApplicationProfile>& known,
                                const std::vector<PhaseLabels>& labels, std::size_t k,
                                const ClassifierOptions& o) {
  check(known, k, o);
  const auto seen = application_profile("the unknown application", "", labels, k);
  if (!seen) return tl::unexpected(seen.error());
  Classification out{.model = o.fallback, .rows = seen->rows};
  for (const ApplicationProfile& p : known) {
    const double distance =
        (1 - o.transition_weight) * total_variation(p.histogram, seen->histogram) +
        o.transition_weight * total_variation(p.transitions, seen->transitions);
    out.ranking.push_back({p.name, p.model, distance});
  }
  std::stable_sort(out.ranking.begin(), out.ranking.end(),
                   [](const auto& a, const auto& b) { return a.distance < b.distance; });
  if (!out.ranking.empty() && out.ranking.front().distance <= o.farthest) {
    out.name = out.ranking.front().name;
    out.model = out.ranking.front().model;
  }
  return out;
}

Value to_value(const Classification& c) {
  Value ranking = Value::array();
  for (const ApplicationMatch& m : c.ranking)
    ranking.push(
        Value::object().set("name", m.name).set("model", m.model).set("distance", m.distance));
  return Value::object()
      .set("name", c.name)
      .set("model", c.model)
      .set("rows", c.rows)
      .set("ranking", ranking);
}

std::vector<PhaseLabels> first_minutes(const std::vector<PhaseLabels>& labels, double minutes) {
  std::vector<PhaseLabels> out;
  for (const PhaseLabels& l : labels) {
    PhaseLabels cut{.labels = l.labels};
    for (std::size_t i = 0; i < l.times_ns.size(); ++i) {
      if (static_cast<double>(l.times_ns[i] - l.times_ns[0]) / 1e9 >= 60 * minutes) break;
      cut.times_ns.push_back(l.times_ns[i]);
      cut.phases.push_back(l.phases[i]);
    }
    out.push_back(std::move(cut));
  }
  return out;
}

}  // namespace learningplane::profiling
