#pragma once
#include <vector>

#include "learningplane/model/season.hpp"
#include "learningplane/model/series_model.hpp"

namespace learningplane::model {

struct SeasonalProfileSettings {
  std::vector<std::size_t> seasons{};  ///< steps, shortest first; those with less than three
                                       ///< repetitions in the series are left out
  std::size_t reach =
      36;  ///< steps over which it is measured how much of a deviation stays, 1 or more
};

/// The usual shape of each season, the usual level, and what is left of the present deviation.
/// Shape: the median over the repetitions, around the centred average, made smaller by the share
/// that is noise. Level: the median of the rest. Deviation: the smoothed rest less that level; how
/// much of it is left after `reach` steps is a robust slope, in between it decays evenly. Cheap: a
/// few passes over the series.
class SeasonalProfileMethod final : public SeriesMethod {
 public:
  explicit SeasonalProfileMethod(SeasonalProfileSettings settings = {})
      : settings_(std::move(settings)) {}
  std::string_view name() const override { return "seasonal_profile"; }
  /// Needs 4 values.
  Result<void> fit(std::span<const double> y) override;
  void append(double y) override;
  void forecast(std::span<double> out) const override;
  std::unique_ptr<SeriesMethod> clone() const override;
  Tensors save() const override;
  void load(const Tensors& tensors) override;
  std::string describe() const override;

  struct Fit {
    std::vector<std::vector<double>> figures{};  ///< one for each season that is used
    double usual = 0;                            ///< level that the rest comes back to
    double alpha = 0.5, level = 0;               ///< smoothing of the rest, and where it stands
    double decay = 0;                            ///< share of a deviation that is left a step later
    std::size_t count = 0;
  };
  const Fit& learned() const { return fit_; }

 private:
  double season_at(std::size_t step) const;

  SeasonalProfileSettings settings_;
  Fit fit_{};
};

struct SeasonalProfileOptions {
  SeriesOptions series{};
  std::vector<Season> seasons{{.length = std::chrono::hours(24)},
                              {.length = std::chrono::hours(24 * 7)}};
};

/// What the registry lists under "seasonal_profile".
Manifest seasonal_profile_manifest();
/// Options from a checked tree. @throws ConfigError
SeasonalProfileOptions seasonal_profile_options(const Value& checked);

/// The usual day and week, and what is left of the present deviation.
class SeasonalProfile final : public SeriesModel {
 public:
  /// @throws ConfigError naming the option
  explicit SeasonalProfile(SeasonalProfileOptions options);
  std::string_view kind() const override { return "seasonal_profile"; }

 protected:
  Result<std::unique_ptr<SeriesMethod>> make(std::int64_t step_ns) const override;
  Value options_value() const override;

 private:
  std::vector<Season> seasons_;
};

}  // namespace learningplane::model
