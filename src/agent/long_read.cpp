#include "agent/long_read.hpp"

#include <algorithm>

namespace learningplane::agent {

using telemetry::Frame;

namespace {
constexpr double most_samples = 1e6;   ///< in one part
constexpr double first_samples = 2e5;  ///< in the first, which decisions may wait for
constexpr Duration most_at_first = std::chrono::hours(6);
}  // namespace

LongRead::LongRead(const AgentParts& parts, const telemetry::Window& window, Duration unit,
                   std::size_t columns)
    : from_(window.begin),
      end_(window.end),
      all_(window.end - window.begin),
      step_(window.step),
      unit_(unit > Duration::zero() ? unit : Duration(std::chrono::minutes(1))) {
  part_ = std::min(all_, most_at_first);
  if (columns > 0) {
    const double units = first_samples / static_cast<double>(columns);
    if (units < static_cast<double>(part_ / unit_))
      part_ = unit_ * static_cast<std::int64_t>(units);
  }
  if (parts.clean) part_ = all_;  // cleaning looks around and sees everything
}

Result<Frame> LongRead::next(AgentParts& parts, const OnFailure& on_failure) {
  part_ = std::max(unit_, part_ / unit_ * unit_);
  const TimePoint to = end_ - from_ > part_ ? from_ + part_ : end_;
  auto data = read_sensors(parts, {from_, to, step_}, on_failure);
  if (!data) return data;
  from_ = to;
  const double samples =
      static_cast<double>(data->rows()) * static_cast<double>(data->all().size());
  const double growth = samples > 0 ? std::clamp(most_samples / samples, 0.1, 8.0) : 8.0;
  part_ = Duration(static_cast<std::int64_t>(
      std::min(static_cast<double>(part_.count()) * growth, static_cast<double>(all_.count()))));
  return data;
}

}  // namespace learningplane::agent
