#pragma once
#include "learningplane/model/windowed.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::model {

struct NLinearOptions {
  WindowedOptions window{.lags = 336, .horizon = 96};  ///< `inputs` stays empty
  /// Columns that share the map in training, each in units of its own deviation; the target is
  /// added where absent. Empty: the target alone.
  std::vector<std::string> channels{};
  double penalty = 0.01;  ///< times the number of windows, in units of the target's variance
};

/// What the registry lists under "nlinear".
Manifest nlinear_manifest();
/// Options from a checked tree. @throws ConfigError
NLinearOptions nlinear_options(const Value& checked);

/// NLinear (Zeng et al. 2023) in closed form: the last value is taken off the window, one linear
/// map gives the steps ahead, the last value is put back. W = (X'X + penalty n I)^-1 X'Y.
class NLinear final : public Windowed {
 public:
  /// @throws ConfigError naming the option
  explicit NLinear(NLinearOptions options);
  std::string_view kind() const override { return "nlinear"; }

 protected:
  Value options_value() const override;
  Result<Tensors> learn(const Examples& train, const Examples& validation,
                        FitReport& report) const override;
  void predict(const Tensors& learned, std::span<const double> window,
               std::span<double> out) const override;
  void check(const Tensors& learned, std::size_t width) const override;

 private:
  NLinearOptions options_;
};

}  // namespace learningplane::model
