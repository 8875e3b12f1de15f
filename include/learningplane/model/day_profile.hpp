#pragma once
#include <map>
#include <string>
#include <vector>

#include "learningplane/model/model.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::model {

/// Which days are alike.
enum class ProfileDays {
  all,      ///< every day
  weekend,  ///< Monday to Friday, and the others
  each      ///< each day of the week
};

struct DayProfileOptions {
  std::string target{};
  Duration spread = std::chrono::minutes(15);  ///< before and after a time of day that counts too
  ProfileDays days = ProfileDays::weekend;     ///< UTC days
  std::size_t most_days = 28;                  ///< of a kind that are kept: the latest
};

/// What the registry lists under "day_profile".
Manifest day_profile_manifest();
/// Options from a checked tree. @throws ConfigError
DayProfileOptions day_profile_options(const Value& checked);

/// What was seen at about this time on days that are alike: the mean, and quantiles that are values
/// seen (the next higher one), so that they are as wide as that hour is uncertain. Only days that
/// have ended count; a kind of day that was never seen takes all days. The step must divide a day.
class DayProfile final : public Forecaster {
 public:
  /// @throws ConfigError naming the option
  explicit DayProfile(DayProfileOptions options);
  std::string_view kind() const override { return "day_profile"; }
  /// @return not_found (the column), not_enough_data (no day has ended), invalid_argument (the
  /// step)
  Result<FitReport> fit(const telemetry::Frame& data) override;
  Result<void> update(const telemetry::Frame& data) override;
  bool fitted() const override { return learned_.step_ns > 0; }
  ModelState save() const override;
  Result<void> load(const ModelState& state) override;
  Result<Forecast> forecast(std::size_t horizon, std::span<const double> levels = {}) override;

 private:
  struct Day {
    std::int64_t number = 0;       ///< days since 1970
    std::vector<double> values{};  ///< one a step; NaN where not known
  };
  struct Learned {
    std::int64_t step_ns = 0, last_ns = 0;
    std::vector<Day> days{};  ///< in order; the last may be going on
  };
  struct Profile {
    std::vector<double> mean{};
    std::vector<double> quantiles{};  ///< steps of a day x levels
  };
  int kind_of(std::int64_t day) const;
  Result<void> take(const telemetry::Frame& data, Learned& into) const;
  void forget_old(Learned& learned) const;
  const Profile& profile(int kind, std::int64_t today, std::span<const double> levels);

  DayProfileOptions options_;
  Learned learned_{};
  // What was worked out for the days before `profiles_of_`.
  std::int64_t profiles_of_ = -1;
  std::vector<double> profiles_levels_{};
  std::map<int, Profile> profiles_{};
};

}  // namespace learningplane::model
