#include "agent/slot_means.hpp"

#include <cmath>
#include <limits>

namespace learningplane::agent {

namespace {
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t most_waiting = 1'000'000;
}  // namespace

void SlotMeans::emit(std::int64_t until) {
  // Whoever was away for longer than anybody remembers begins anew.
  if ((until - slot_) / step_ > static_cast<std::int64_t>(most_waiting)) slot_ = until - step_;
  while (slot_ < until) {
    times_.push_back(slot_);
    values_.push_back(count_ > 0 ? sum_ / static_cast<double>(count_) : unknown);
    sum_ = 0;
    count_ = 0;
    slot_ += step_;
  }
}

void SlotMeans::add(std::int64_t t, double value) {
  if (step_ <= 0) {
    if (t <= slot_) return;
    slot_ = t;
    times_.push_back(t);
    values_.push_back(value);
    return;
  }
  if (t <= last_) return;
  last_ = t;
  const std::int64_t slot = t / step_ * step_;
  if (slot_ < 0) slot_ = slot;
  if (slot < slot_) return;
  emit(slot);
  if (!std::isfinite(value)) return;
  sum_ += value;
  ++count_;
}

void SlotMeans::close(std::int64_t now) {
  if (step_ > 0 && slot_ >= 0) emit(now / step_ * step_);
}

telemetry::Frame SlotMeans::take(const std::string& name) {
  telemetry::Column column{name, {}, {}, std::move(values_), {}};
  auto frame = telemetry::Frame::make(std::move(times_), {std::move(column)});
  times_ = {};
  values_ = {};
  return frame ? *frame : telemetry::Frame();
}

}  // namespace learningplane::agent
