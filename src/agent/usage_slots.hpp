#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "learningplane/decision/quantity.hpp"
#include "learningplane/decision/sizing_input.hpp"
#include "learningplane/telemetry/frame.hpp"
#include "learningplane/time.hpp"

namespace learningplane::agent {

/// What the instances of one application used, as one sample for each slot that has ended, stamped
/// with its end: of CPU an instance's mean over the slot, of memory its highest, and of several
/// instances a quantile. With a step of zero each time of the telemetry is a slot.
class UsageSlots {
 public:
  enum class Part { cpu, memory };
  /// @param quantile of the instances that tell, in (0, 1]
  UsageSlots(Duration step, double quantile) : step_(step.count()), quantile_(quantile) {}
  /// What one instance used; what belongs to a slot that was closed is passed over. Filled-in cells
  /// are no usage. A negative value is a broken meter: not a number.
  void add(Part part, const telemetry::Frame& frame, const telemetry::Column& column, double unit);
  /// Closes the slots that end at `now` or before.
  void close(TimePoint now);
  /// The samples of the slots closed since the last call, in order of time.
  std::vector<decision::UsageSample> take();
  /// What is known of a resource at that time, from the newest slot closed.
  decision::Quantity at(Part part, TimePoint now, Duration max_age) const;

 private:
  struct Cell {
    double sum = 0, most = 0;
    std::int64_t count = 0;
  };
  struct Slot {
    std::map<std::uint32_t, Cell> instances[2]{};
    bool wrong[2]{};  ///< something was there that is no usage
  };
  double value_of(const Slot& slot, Part part) const;
  void forget_gone();
  std::int64_t step_;
  double quantile_;
  std::int64_t closed_ = 0;              ///< end of the last slot that was closed
  std::map<std::int64_t, Slot> open_{};  ///< by their ends
  std::unordered_map<std::string, std::uint32_t> names_{};  ///< of instances, by their labels
  std::uint32_t next_name_ = 0;
  std::vector<decision::UsageSample> waiting_{};
  decision::Quantity newest_[2]{};
  TimePoint known_at_[2]{};
};

}  // namespace learningplane::agent
