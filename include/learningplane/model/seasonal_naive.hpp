#pragma once
#include "learningplane/model/windowed.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::model {

struct SeasonalNaiveOptions {
  std::string target{};
  std::size_t season_steps = 0;              ///< length of a season in steps; 0: `season` says it
  Duration season = std::chrono::hours(24);  ///< the same as a time, a whole number of steps
  std::size_t horizon = 20;  ///< steps whose errors are measured; any horizon can be forecast
};

/// What the registry lists under "seasonal_naive".
Manifest seasonal_naive_manifest();
/// Options from a checked tree; `season` is a number of steps or a duration. @throws ConfigError
SeasonalNaiveOptions seasonal_naive_options(const Value& checked);

/// Every coming step is the value one season before it. The whole last season must be known.
class SeasonalNaive final : public Windowed {
 public:
  /// @throws ConfigError naming the option
  explicit SeasonalNaive(SeasonalNaiveOptions options);
  std::string_view kind() const override { return "seasonal_naive"; }

 protected:
  Result<std::size_t> lags(std::int64_t step_ns) const override;
  Value options_value() const override;
  Result<Tensors> learn(const Examples& train, const Examples& validation,
                        FitReport& report) const override;
  void predict(const Tensors& learned, std::span<const double> window,
               std::span<double> out) const override;
  std::size_t longest() const override { return static_cast<std::size_t>(-1); }
  void check(const Tensors& learned, std::size_t width) const override;

 private:
  SeasonalNaiveOptions options_;
};

}  // namespace learningplane::model
