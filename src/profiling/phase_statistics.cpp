#include "learningplane/profiling/phase_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "learningplane/error.hpp"

namespace learningplane::profiling {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

double quantile(const std::vector<double>& sorted, double q) {
  const double at = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

/// Seconds; 0 where there are fewer than two rows.
double median_step(const std::vector<std::int64_t>& times) {
  std::vector<double> steps;
  for (std::size_t i = 1; i < times.size(); ++i)
    steps.push_back(static_cast<double>(times[i] - times[i - 1]) / 1e9);
  if (steps.empty()) return 0;
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return *middle;
}

/// Uninterrupted stays of one sequence: phase and duration in seconds.
void spells_of(const PhaseLabels& l, std::vector<std::vector<double>>& durations) {
  const double step = median_step(l.times_ns);
  for (std::size_t i = 0; i < l.phases.size();) {
    std::size_t end = i + 1;
    while (end < l.phases.size() && l.phases[end] == l.phases[i]) ++end;
    if (l.phases[i] >= 0) {
      const std::int64_t until = end < l.phases.size() ? l.times_ns[end] : l.times_ns[end - 1];
      durations[static_cast<std::size_t>(l.phases[i])].push_back(
          static_cast<double>(until - l.times_ns[i]) / 1e9 + (end < l.phases.size() ? 0.0 : step));
    }
    i = end;
  }
}

void check(const PhaseData& data, const std::vector<PhaseLabels>& labels, std::size_t k) {
  bool fits = data.sequences.size() == labels.size();
  for (std::size_t s = 0; fits && s < labels.size(); ++s) {
    fits = labels[s].phases.size() == data.sequences[s].times_ns.size() &&
           labels[s].times_ns.size() == labels[s].phases.size();
    for (const std::int32_t p : labels[s].phases) fits = fits && p < static_cast<std::int32_t>(k);
  }
  if (!fits) throw LogicError("phase statistics: data, labels and the number of phases do not fit");
}

}  // namespace

Distribution describe(std::vector<double> values) {
  Distribution d{.count = values.size()};
  if (values.empty()) {
    d.mean = d.deviation = d.min = d.p05 = d.p25 = d.median = d.p75 = d.p95 = d.p99 = d.max = nan;
    return d;
  }
  std::sort(values.begin(), values.end());
  for (const double v : values) d.mean += v / static_cast<double>(values.size());
  double squares = 0;
  for (const double v : values) squares += (v - d.mean) * (v - d.mean);
  d.deviation = std::sqrt(squares / static_cast<double>(values.size()));
  d.min = values.front();
  d.p05 = quantile(values, 0.05);
  d.p25 = quantile(values, 0.25);
  d.median = quantile(values, 0.5);
  d.p75 = quantile(values, 0.75);
  d.p95 = quantile(values, 0.95);
  d.p99 = quantile(values, 0.99);
  d.max = values.back();
  return d;
}

Value to_value(const Distribution& d) {
  return Value::object()
      .set("count", d.count)
      .set("mean", d.mean)
      .set("deviation", d.deviation)
      .set("min", d.min)
      .set("p05", d.p05)
      .set("p25", d.p25)
      .set("median", d.median)
      .set("p75", d.p75)
      .set("p95", d.p95)
      .set("p99", d.p99)
      .set("max", d.max);
}

double PhaseStatistics::probability(std::size_t from, std::size_t to) const {
  double sum = 0;
  for (std::size_t i = 0; i < k(); ++i) sum += static_cast<double>(transitions[from * k() + i]);
  return sum > 0 ? static_cast<double>(transitions[from * k() + to]) / sum : nan;
}

PhaseStatistics phase_statistics(const PhaseData& data, const std::vector<PhaseLabels>& labels,
                                 std::size_t k) {
  check(data, labels, k);
  const std::size_t width = data.features.size();
  PhaseStatistics out{.features = data.features,
                      .phases = std::vector<PhaseProfile>(k),
                      .transitions = std::vector<std::size_t>(k * k),
                      .sequences = labels.size()};
  std::vector<std::vector<double>> durations(k);
  for (const PhaseLabels& l : labels) {
    spells_of(l, durations);
    for (std::size_t i = 0; i < l.phases.size(); ++i) {
      if (l.phases[i] < 0) {
        ++out.unknown;
        continue;
      }
      const auto now = static_cast<std::size_t>(l.phases[i]);
      ++out.rows;
      ++out.phases[now].rows;
      if (i == 0 || l.phases[i - 1] < 0) continue;
      ++out.transitions[static_cast<std::size_t>(l.phases[i - 1]) * k + now];
      out.changes += l.phases[i - 1] != l.phases[i] ? 1 : 0;
    }
  }
  for (std::size_t p = 0; p < k; ++p) {
    PhaseProfile& profile = out.phases[p];
    profile.phase = static_cast<std::int32_t>(p);
    profile.share =
        out.rows > 0 ? static_cast<double>(profile.rows) / static_cast<double>(out.rows) : nan;
    profile.spells = durations[p].size();
    profile.duration = describe(std::move(durations[p]));
    for (std::size_t j = 0; j < width; ++j) {
      std::vector<double> values;
      values.reserve(profile.rows);
      for (std::size_t s = 0; s < labels.size(); ++s) {
        for (std::size_t i = 0; i < labels[s].phases.size(); ++i) {
          if (labels[s].phases[i] == profile.phase)
            values.push_back(data.sequences[s].rows[i * width + j]);
        }
      }
      profile.usage.push_back(describe(std::move(values)));
    }
  }
  return out;
}

Value to_value(const PhaseStatistics& s) {
  Value features = Value::array(), phases = Value::array(), transitions = Value::array();
  for (const std::string& f : s.features) features.push(f);
  for (const PhaseProfile& p : s.phases) {
    Value usage = Value::object();
    for (std::size_t j = 0; j < s.features.size(); ++j)
      usage.set(s.features[j], to_value(p.usage[j]));
    phases.push(Value::object()
                    .set("phase", static_cast<std::int64_t>(p.phase))
                    .set("rows", p.rows)
                    .set("share", p.share)
                    .set("spells", p.spells)
                    .set("duration_seconds", to_value(p.duration))
                    .set("usage", usage));
  }
  for (std::size_t i = 0; i < s.k(); ++i) {
    Value row = Value::array();
    for (std::size_t j = 0; j < s.k(); ++j) row.push(s.transitions[i * s.k() + j]);
    transitions.push(row);
  }
  return Value::object()
      .set("rows", s.rows)
      .set("unknown", s.unknown)
      .set("sequences", s.sequences)
      .set("changes", s.changes)
      .set("features", features)
      .set("phases", phases)
      .set("transitions", transitions);
}

}  // namespace learningplane::profiling
