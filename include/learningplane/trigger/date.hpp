#pragma once
#include "learningplane/trigger/trigger.hpp"

namespace learningplane::trigger {

/// Fires once.
class Date final : public Trigger {
 public:
  explicit Date(TimePoint when) : when_(when) {}
  std::optional<TimePoint> next(TimePoint after) const override {
    return after < when_ ? std::optional(when_) : std::nullopt;
  }
  /// "date[2024-04-12 10:44:31 UTC]".
  std::string describe() const override;

 private:
  TimePoint when_;
};

}  // namespace learningplane::trigger
