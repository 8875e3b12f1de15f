#pragma once
#include <memory>
#include <string>

#include "learningplane/decision/scaling.hpp"
#include "learningplane/zone.hpp"

namespace learningplane::decision {

/// So many instances from one wall-clock time of the day to another, on these days.
struct SchedulePeriod {
  std::array<bool, 7> days{true, true, true, true, true, true, true};  ///< from Monday
  int from = 0;      ///< minutes after midnight, included
  int to = 24 * 60;  ///< not included; not above 24 * 60
  std::int64_t replicas = 1;
};

struct ScheduleOptions {
  std::vector<SchedulePeriod> periods{};  ///< the first that holds is taken
  std::int64_t otherwise = 1;
  std::string zone = "UTC";  ///< IANA name
  Limits limits{};
};
Manifest schedule_manifest();
ScheduleOptions schedule_options(const Value& checked);

/// As many instances as the time of the week says. Rules: period, otherwise.
class Schedule final : public ScalingPolicy {
 public:
  /// @throws ConfigError, Error (a zone that is not known)
  explicit Schedule(ScheduleOptions options);
  std::string_view kind() const override { return "schedule"; }
  ScalingNeeds needs() const override { return {}; }

 protected:
  void wish(const ScalingInput& input, ScalingDecision& decision) override;
  Value options_value() const override;

 private:
  ScheduleOptions options_;
  std::shared_ptr<const Zone> zone_;
};

}  // namespace learningplane::decision
