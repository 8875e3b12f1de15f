#pragma once
#include <memory>
#include <string>
#include <vector>

#include "learningplane/model/model.hpp"
#include "learningplane/model/season.hpp"
#include "learningplane/registry.hpp"
#include "learningplane/selection/auto_series.hpp"

namespace learningplane::selection {

/// When a fitted model learns anew by itself.
enum class Refit {
  never,
  on_drift  ///< when its errors have become much larger than validation promised
};

struct AutoOptions {
  std::string target{};
  std::vector<std::string> inputs{};  ///< other columns to look at
  std::vector<Value>
      models{};  ///< specs {kind: NAME, option: value, …} to choose from; empty: ours
  std::vector<model::Season> seasons{};  ///< empty: a day and a week, where they are whole steps
  AutoSeriesOptions series{};            ///< its seasons are not used: `seasons` above rules
  std::size_t max_gap = 12;              ///< unknown steps in a row that are bridged
  Refit refit = Refit::on_drift;
  double half_life = 60;  ///< answers after which an error counts half, with inputs or models; > 0
};

/// What the registry lists under "auto".
Manifest auto_manifest();
/// Options from a checked tree. @throws ConfigError
AutoOptions auto_options(const Value& checked);

/// The automatic choice as a Forecaster. Without `inputs` and `models` it is AutoSeries on the
/// target, with intervals from the combination's own errors at the validation origins, kept honest
/// by what update() shows. With them it is a contest of whole models: naive, ridge on levels and on
/// differences, boosting and (from 500 rows on) LSTM, or those of `models`; newer errors count
/// more, so that a change of regime changes the shares within some `half_life`.
class AutoForecaster final : public model::Forecaster {
 public:
  /// @param all where the models come from; it must outlive the forecaster where `inputs` or
  /// `models` are given. @throws ConfigError naming the option
  AutoForecaster(AutoOptions options, const Registry<model::Forecaster>& all);
  ~AutoForecaster() override;

  std::string_view kind() const override { return "auto"; }
  Result<model::FitReport> fit(const telemetry::Frame& data) override;
  Result<void> update(const telemetry::Frame& data) override;
  bool fitted() const override;
  model::ModelState save() const override;
  Result<void> load(const model::ModelState& state) override;
  Result<model::Forecast> forecast(std::size_t horizon,
                                   std::span<const double> levels = {}) override;
  /// Who takes part, with which error and share. Empty before fit().
  std::vector<MemberReport> members() const;

 private:
  AutoOptions options_;
  std::unique_ptr<class AutoEngine> engine_;
};

}  // namespace learningplane::selection
