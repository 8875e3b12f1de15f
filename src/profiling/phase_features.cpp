#include "learningplane/profiling/phase_features.hpp"

#include <fmt/format.h>

#include <cmath>

namespace learningplane::profiling {

namespace {

/// The phase of every row of the frame; -1 where the sequence has no such row.
std::vector<std::int32_t> aligned(const telemetry::Frame& frame, const PhaseLabels& labels) {
  std::vector<std::int32_t> out(frame.rows(), -1);
  std::size_t at = 0;
  for (std::size_t row = 0; row < frame.rows() && at < labels.times_ns.size(); ++row) {
    while (at < labels.times_ns.size() && labels.times_ns[at] < frame.times_ns()[row]) ++at;
    if (at < labels.times_ns.size() && labels.times_ns[at] == frame.times_ns()[row])
      out[row] = labels.phases[at];
  }
  return out;
}

Result<telemetry::Frame> with_column(const telemetry::Frame& frame, const Labels& labels,
                                     std::string name, std::vector<double> values) {
  for (const telemetry::Column& c : frame.all()) {
    if (c.name == name && c.labels == labels)
      return fail(Errc::conflict, fmt::format("phases: there is a column '{}' already", c.id()));
  }
  return frame.with({.name = std::move(name),
                     .labels = labels,
                     .unit = {},
                     .values = std::move(values),
                     .flags = {}});
}

}  // namespace

Result<telemetry::Frame> with_phases(const telemetry::Frame& frame,
                                     const std::vector<PhaseLabels>& labels, std::size_t k,
                                     PhaseColumns columns) {
  Result<telemetry::Frame> out = frame;
  for (const PhaseLabels& l : labels) {
    const std::vector<std::int32_t> phases = aligned(frame, l);
    const std::size_t count = columns == PhaseColumns::index ? 1 : k;
    for (std::size_t p = 0; out && p < count; ++p) {
      std::vector<double> values;
      for (const std::int32_t phase : phases) {
        const double told =
            columns == PhaseColumns::index ? phase : (phase == static_cast<int>(p) ? 1.0 : 0.0);
        values.push_back(phase < 0 ? std::nan("") : told);
      }
      out = with_column(*out, l.labels,
                        columns == PhaseColumns::index ? "phase" : fmt::format("phase_{}", p),
                        std::move(values));
    }
  }
  return out;
}

}  // namespace learningplane::profiling
