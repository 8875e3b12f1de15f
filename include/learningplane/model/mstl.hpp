#pragma once
#include <memory>
#include <vector>

#include "learningplane/model/season.hpp"
#include "learningplane/model/series_model.hpp"

namespace learningplane::model {

/// What forecasts the series once its seasons are taken out.
enum class MstlRest {
  ets,   ///< EtsMethod without season, the form by AICc
  theta  ///< ThetaMethod without season
};
std::string_view to_string(MstlRest rest);
/// @throws ConfigError naming what is allowed
MstlRest mstl_rest(std::string_view name);

struct MstlSettings {
  std::vector<std::size_t> seasons{};  ///< steps, shortest first; those with less than two
                                       ///< repetitions in the series are left out
  MstlRest rest = MstlRest::ets;
  std::size_t span = 11;  ///< repetitions over which a season may change its shape, 3 or more
};

/// Several seasons, each taken out in turn and twice: what is around the centred average is
/// smoothed over the repetitions of each phase with tricube weights, so that the shape may change
/// slowly. The last shape goes on; the rest has a method of its own. After Bandara, Hyndman and
/// Bergmeir 2021, with weighted means in place of loess.
class MstlMethod final : public SeriesMethod {
 public:
  explicit MstlMethod(MstlSettings settings = {});
  MstlMethod(const MstlMethod& other);
  std::string_view name() const override { return "mstl"; }
  /// Needs 4 values.
  Result<void> fit(std::span<const double> y) override;
  void append(double y) override;
  void forecast(std::span<double> out) const override;
  std::unique_ptr<SeriesMethod> clone() const override;
  Tensors save() const override;
  void load(const Tensors& tensors) override;
  std::string describe() const override;

  /// The last shape of each season that is used, phase 0 that of the first value.
  const std::vector<std::vector<double>>& figures() const { return figures_; }

 private:
  double season_at(std::size_t step) const;

  MstlSettings settings_;
  std::vector<std::vector<double>> figures_{};
  std::unique_ptr<SeriesMethod> rest_;
  std::size_t count_ = 0;
};

struct MstlOptions {
  SeriesOptions series{};
  std::vector<Season> seasons{{.length = std::chrono::hours(24)},
                              {.length = std::chrono::hours(24 * 7)}};
  MstlRest rest = MstlRest::ets;
};

/// What the registry lists under "mstl".
Manifest mstl_manifest();
/// Options from a checked tree. @throws ConfigError
MstlOptions mstl_options(const Value& checked);

/// Several seasons taken out, the rest by ETS or Theta.
class Mstl final : public SeriesModel {
 public:
  /// @throws ConfigError naming the option
  explicit Mstl(MstlOptions options);
  std::string_view kind() const override { return "mstl"; }

 protected:
  Result<std::unique_ptr<SeriesMethod>> make(std::int64_t step_ns) const override;
  Value options_value() const override;

 private:
  std::vector<Season> seasons_;
  MstlRest rest_;
};

}  // namespace learningplane::model
