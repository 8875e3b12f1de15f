#pragma once
#include "learningplane/model/season.hpp"
#include "learningplane/model/series_method.hpp"
#include "learningplane/model/windowed.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::model {

struct SeasonalNaiveOptions {
  std::string target{};
  Season season{.length = std::chrono::hours(24)};
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
  Season season_;
};

/// The same as a method on plain numbers.
class SeasonalNaiveMethod final : public SeriesMethod {
 public:
  /// @param season steps, 1 or more. @throws ConfigError
  explicit SeasonalNaiveMethod(std::size_t season);
  std::string_view name() const override { return "seasonal_naive"; }
  /// Needs one season.
  Result<void> fit(std::span<const double> y) override;
  void append(double y) override;
  void forecast(std::span<double> out) const override;
  std::unique_ptr<SeriesMethod> clone() const override;
  Tensors save() const override;
  void load(const Tensors& tensors) override;

 private:
  std::size_t season_;
  std::vector<double> last_{};  // the last season, a ring
  std::size_t next_ = 0;        // place of the next value in it
};

}  // namespace learningplane::model
