#include "agent/usage_slots.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <unordered_set>
#include <utility>

namespace learningplane::agent {

using decision::Quantity;
using decision::Unknown;
using decision::UsageSample;
using telemetry::CellFlag;

namespace {
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
}  // namespace

void UsageSlots::add(Part part, const telemetry::Frame& frame, const telemetry::Column& column,
                     double unit) {
  const auto kind = static_cast<std::size_t>(part);
  const std::uint32_t instance =
      names_.try_emplace(column.labels.to_string(), next_name_).first->second;
  if (instance == next_name_) ++next_name_;
  for (std::size_t row = 0; row < frame.rows(); ++row) {
    const CellFlag flag = column.flag(row);
    const double value = column.values[row] * unit;
    const bool wrong = flag == CellFlag::not_a_number || flag == CellFlag::infinite ||
                       (flag == CellFlag::observed && value < 0);
    if (!wrong && flag != CellFlag::observed) continue;
    const std::int64_t t = frame.times_ns()[row];
    const std::int64_t end = step_ > 0 ? (t / step_ + 1) * step_ : t;
    if (end <= closed_) continue;
    Slot& slot = open_[end];
    if (wrong) {
      slot.wrong[kind] = true;
      continue;
    }
    Cell& cell = slot.instances[kind][instance];
    cell.most = cell.count == 0 ? value : std::max(cell.most, value);
    cell.sum += value;
    ++cell.count;
  }
}

double UsageSlots::value_of(const Slot& slot, Part part) const {
  std::vector<double> values;
  for (const auto& [instance, cell] : slot.instances[static_cast<std::size_t>(part)])
    values.push_back(part == Part::cpu ? cell.sum / static_cast<double>(cell.count) : cell.most);
  if (values.empty()) return unknown;
  const auto n = static_cast<double>(values.size());
  const auto rank = static_cast<std::ptrdiff_t>(std::max(1.0, std::ceil(quantile_ * n - 1e-9)));
  std::nth_element(values.begin(), values.begin() + rank - 1, values.end());
  return values[static_cast<std::size_t>(rank - 1)];
}

void UsageSlots::close(TimePoint now) {
  while (!open_.empty() && open_.begin()->first <= to_ns(now)) {
    const auto& [end, slot] = *open_.begin();
    const TimePoint at = from_ns(end);
    const UsageSample sample{at, value_of(slot, Part::cpu), value_of(slot, Part::memory)};
    waiting_.push_back(sample);
    for (const auto& [kind, value] : {std::pair{0, sample.cpu_cores}, {1, sample.memory_bytes}}) {
      if (std::isfinite(value)) {
        newest_[kind] = Quantity::of(value);
        known_at_[kind] = at;
      } else if (slot.wrong[kind]) {
        newest_[kind] = Quantity::missing(
            Unknown::not_a_number,
            fmt::format("what came for {} is no number, or negative", to_iso8601(at)));
      } else {
        newest_[kind] =
            Quantity::missing(Unknown::absent, fmt::format("nothing came for {}", to_iso8601(at)));
      }
    }
    closed_ = end;
    open_.erase(open_.begin());
  }
  forget_gone();
}

/// Instances come and go for months.
void UsageSlots::forget_gone() {
  constexpr std::size_t few = 256;
  if (names_.size() <= few) return;
  std::unordered_set<std::uint32_t> there;
  for (const auto& [end, slot] : open_) {
    for (const auto& instances : slot.instances) {
      for (const auto& [instance, cell] : instances) there.insert(instance);
    }
  }
  std::erase_if(names_, [&](const auto& name) { return !there.contains(name.second); });
}

std::vector<UsageSample> UsageSlots::take() { return std::exchange(waiting_, {}); }

Quantity UsageSlots::at(Part part, TimePoint now, Duration max_age) const {
  const auto kind = static_cast<std::size_t>(part);
  if (closed_ == 0) return Quantity::missing(Unknown::absent, "no observation yet");
  const Quantity& newest = newest_[kind];
  if (!newest.known()) return newest;
  const Duration age = now - known_at_[kind];
  if (age > max_age)
    return Quantity::missing(Unknown::stale,
                             fmt::format("the last observation is {} old, at most {} is used",
                                         format_duration(age), format_duration(max_age)));
  return newest;
}

}  // namespace learningplane::agent
