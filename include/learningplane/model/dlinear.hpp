#pragma once
#include "learningplane/model/windowed.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::model {

struct DLinearOptions {
  WindowedOptions window{.lags = 336, .horizon = 96};  ///< `inputs` stays empty
  /// Columns that share the maps in training, each in units of its own mean and deviation; the
  /// target is added where absent. Empty: the target alone.
  std::vector<std::string> channels{};
  std::size_t kernel = 25;  ///< rows of the moving average that is the trend; odd
  double penalty = 0.01;    ///< on both maps, times windows, in units of the target's variance
};

/// What the registry lists under "dlinear".
Manifest dlinear_manifest();
/// Options from a checked tree. @throws ConfigError
DLinearOptions dlinear_options(const Value& checked);

/// DLinear (Zeng et al. 2023) in closed form: a centred moving average, whose ends repeat the first
/// and the last value, is the trend; trend and rest each have a linear map to the steps ahead.
class DLinear final : public Windowed {
 public:
  /// @throws ConfigError naming the option
  explicit DLinear(DLinearOptions options);
  std::string_view kind() const override { return "dlinear"; }

 protected:
  Value options_value() const override;
  Result<Tensors> learn(const Examples& train, const Examples& validation,
                        FitReport& report) const override;
  void predict(const Tensors& learned, std::span<const double> window,
               std::span<double> out) const override;
  void check(const Tensors& learned, std::size_t width) const override;

 private:
  DLinearOptions options_;
};

}  // namespace learningplane::model
