#pragma once
#include "learningplane/features/target_filter.hpp"
#include "learningplane/model/model.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::model {

/// What is done to the inner model's forecast before it becomes the plan.
enum class PostStep {
  none,
  quantile,             ///< the inner model's quantile stands for its mean
  running_max,          ///< the largest of the last `window` steps up to each, observed or forecast
  quantile_running_max  ///< the one, then the other
};

struct AnticipatingOptions {
  std::string target{};
  std::size_t horizon = 20;  ///< steps that the inner model learns where it does not say itself
  Value model = "ridge";     ///< the inner model: its name, or {kind: NAME, option: value, …}
  features::TargetFilter filter = features::TargetFilter::past_max;
  std::size_t window = 5;  ///< steps of the filter and of running_max, 1 to 1000
  enum class Scale { linear, log };
  Scale scale = Scale::linear;  ///< log: learns floored_log() of the target
  PostStep post = PostStep::none;
  double quantile = 0.9;  ///< level of the post-step, in (0, 1)
};

/// What the registry lists under "anticipating".
Manifest anticipating_manifest();
/// Options from a checked tree. @throws ConfigError
AnticipatingOptions anticipating_options(const Value& checked);

/// Any forecaster, made to foresee spikes: it learns the filtered target, and its forecast may be
/// raised afterwards. The `mean` of its forecasts is the plan; quantiles are the inner model's, of
/// the filtered target, raised by running_max as the plan is. The inner model also finds the
/// unfiltered values, as the column "<target>_raw". A filter that needs later values is learned
/// that much later, so that nothing it is given lies in its future.
class Anticipating final : public Forecaster {
 public:
  /// @param all where the inner model is found. @throws ConfigError naming the option
  Anticipating(AnticipatingOptions options, const Registry<Forecaster>& all);
  std::string_view kind() const override { return "anticipating"; }
  Result<FitReport> fit(const telemetry::Frame& data) override;
  Result<void> update(const telemetry::Frame& data) override;
  bool fitted() const override { return inner_->fitted(); }
  ModelState save() const override;
  Result<void> load(const ModelState& state) override;
  Result<Forecast> forecast(std::size_t horizon, std::span<const double> levels = {}) override;

  const Forecaster& inner() const { return *inner_; }

 private:
  /// The last rows seen, unfiltered.
  struct Context {
    std::vector<std::int64_t> times_ns{};
    std::vector<double> values{};
  };
  Result<telemetry::Frame> filtered(const telemetry::Frame& data, Context& context) const;
  Value options_value() const;
  std::size_t kept() const;
  std::size_t lead() const;
  void run_max(std::vector<double>& steps, std::size_t width, std::size_t column) const;

  AnticipatingOptions options_;
  Value spec_;
  std::unique_ptr<Forecaster> inner_;
  Context context_{};
};

}  // namespace learningplane::model
