#include "learningplane/features/qos.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "learningplane/telemetry/clean.hpp"

namespace learningplane::features {

using telemetry::CellFlag;
using telemetry::Column;
using telemetry::Frame;

namespace {
/// A share of the way from low to high, in [0, 1]; NaN stays NaN.
double share(double v, double low, double high) {
  const double x = (v - low) / (high - low);
  return x < 0 ? 0 : x > 1 ? 1 : x;
}

/// The frame with this column unknown wherever `source` is.
Result<Frame> known_only_with(const Frame& frame, const std::string& name, const Column& source) {
  Column c = *frame.find(name);
  std::vector<double> values = c.values.to_vector();
  std::vector<std::uint8_t> flags(values.size());
  for (std::size_t r = 0; r < values.size(); ++r) {
    const bool drop = c.known(r) && !source.known(r);
    if (drop) values[r] = std::numeric_limits<double>::quiet_NaN();
    flags[r] = static_cast<std::uint8_t>(drop ? CellFlag::absent : c.flag(r));
  }
  c.values = std::move(values);
  c.flags = std::move(flags);
  return frame.with(std::move(c));
}

}  // namespace

double qos(double fps, double latency, const QosOptions& o) {
  if (fps < o.fps_low || fps > o.fps_high || latency < o.latency_low || latency > o.latency_high)
    return 0;
  return 0.5 * share(fps, o.fps_low, o.fps_high) +
         0.5 * (1 - share(latency, o.latency_low, o.latency_high));
}

Result<Frame> with_qos(const Frame& frame, const QosOptions& options) {
  auto clipped = telemetry::clip(frame, options.latency, 0, 1);
  if (!clipped) return clipped;
  const auto frames = frame.require(options.frames);
  if (!frames) return tl::unexpected(frames.error());
  const auto elapsed = frame.require(options.elapsed);
  if (!elapsed) return tl::unexpected(elapsed.error());
  std::vector<std::string> pipeline = options.alongside;
  pipeline.push_back(options.latency);
  for (const std::string& name : pipeline) {
    if (clipped->find(name) == nullptr) continue;
    clipped = known_only_with(*clipped, name, **frames);
    if (!clipped) return clipped;
  }
  const Column latency = *clipped->find(options.latency);
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> values(frame.rows(), unknown);
  std::vector<std::uint8_t> flags(frame.rows(), static_cast<std::uint8_t>(CellFlag::absent));
  double last_frames = unknown, last_elapsed = unknown;
  for (std::size_t r = 0; r < frame.rows(); ++r) {
    if (!(*frames)->known(r)) continue;
    const double f = (*frames)->values[r], e = (*elapsed)->values[r];
    // Nothing counted over no time is 0/0, which is unknown as it should be.
    const double fps = (f - last_frames) / (e - last_elapsed);
    last_frames = f;
    last_elapsed = e;
    values[r] = qos(fps, latency.values[r], options);
    if (std::isnan(values[r])) continue;
    const bool made_up = (*frames)->flag(r) == CellFlag::imputed ||
                         (*elapsed)->flag(r) == CellFlag::imputed ||
                         latency.flag(r) == CellFlag::imputed;
    flags[r] = static_cast<std::uint8_t>(made_up ? CellFlag::imputed : CellFlag::observed);
  }
  return clipped->with({options.name, latency.labels, "", std::move(values), std::move(flags)});
}

}  // namespace learningplane::features
