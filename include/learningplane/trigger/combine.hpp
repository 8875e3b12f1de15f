#pragma once
#include <memory>
#include <vector>

#include "learningplane/trigger/trigger.hpp"

namespace learningplane::trigger {

using Children = std::vector<std::shared_ptr<const Trigger>>;

/// Fires at the instants at which all children fire. An interval without a start counts from 1970,
/// so that "every 2 h" and "cron 0 * * * *" meet. Children with jitter practically never meet.
/// The search ends where a child has no time left, and after 500 rounds without a meeting: then
/// next() is empty.
class And final : public Trigger {
 public:
  /// @throws ConfigError where there are no children.
  explicit And(Children children);
  std::optional<TimePoint> next(TimePoint after) const override;
  /// "and[interval[2:00:00], cron[0 * * * *]]".
  std::string describe() const override;

 private:
  Children children_;
};

/// Fires whenever one of the children fires; once where several do at the same instant.
class Or final : public Trigger {
 public:
  /// @throws ConfigError where there are no children.
  explicit Or(Children children);
  std::optional<TimePoint> next(TimePoint after) const override;
  std::string describe() const override;

 private:
  Children children_;
};

}  // namespace learningplane::trigger
