#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/model/series_method.hpp"

namespace learningplane::selection {

/// How the members' forecasts become one.
enum class Combine {
  median,    ///< at every step the middle one: no single member can spoil it
  weighted,  ///< by the inverse square of their validation errors
  best       ///< the member with the smallest validation error; with fewer than 20 origins: median
};
std::string_view to_string(Combine combine);
/// @throws ConfigError naming what is allowed
Combine combine_from(std::string_view name);

/// By what members are compared on the validation origins.
enum class Criterion { mae, rmse, smape, pinball };
std::string_view to_string(Criterion criterion);
/// @throws ConfigError naming what is allowed
Criterion criterion_from(std::string_view name);

/// What decides which members take part, besides the length of the series.
enum class Select {
  validation,  ///< all compete; errors at the validation origins decide
  behaviour    ///< those that fit what the series does (theta_scan) compete
};
std::string_view to_string(Select select);
/// @throws ConfigError naming what is allowed
Select select_from(std::string_view name);

struct AutoSeriesOptions {
  std::size_t horizon = 36;            ///< steps that matter, 1 or more
  std::vector<std::size_t> seasons{};  ///< lengths in steps, above 1, shortest first
  /// Members that may take part: naive, drift, seasonal_naive, seasonal_profile, theta, ets,
  /// seasonal_ridge, boosting; empty: those that the length of the series allows.
  std::vector<std::string> families{};
  Select select = Select::validation;  ///< counts where `families` is empty
  Criterion criterion = Criterion::mae;
  double level = 0.5;  ///< of Criterion::pinball, in (0, 1)
  Combine combine = Combine::median;
  std::size_t origins = 24;         ///< validation origins, 2 or more
  double validation_share = 0.2;    ///< last values in which they lie, (0, 0.5]
  std::size_t most_history = 4320;  ///< last values that are looked at, 100 or more
};

/// One member after fit(), for tables and notes.
struct MemberReport {
  std::string name{};
  double error = 0;   ///< by the criterion over the validation origins
  double weight = 0;  ///< share in the forecast; 0: it did not take part
  std::string note{};
};

/// Residuals of the combined forecast at the validation origins: truth - forecast.
struct ValidationResiduals {
  std::vector<std::size_t> origins{};         ///< values known at each
  std::vector<std::vector<double>> values{};  ///< one list an origin, as many steps as were known
};

/// The automatic choice on one series. fit() takes the members that the series is long enough for,
/// learns each on all but the last part, lets them forecast from origins spread over that part,
/// leaves out those whose error is more than three times the least, and combines the others; a
/// member whose error is below 0.6 of the combination's takes its place. Then all learn on
/// everything. append() keeps the contest going: errors of the coming steps, forgotten with a half
/// life of eight horizons, take the place of the validation errors, and drifted() tells when the
/// combination has become much worse than it was.
class AutoSeries final : public model::SeriesMethod {
 public:
  /// @throws ConfigError naming the option
  explicit AutoSeries(AutoSeriesOptions options);
  AutoSeries(const AutoSeries& other);
  ~AutoSeries() override;

  std::string_view name() const override { return "auto"; }
  /// Needs 2 values. What it chose from and why stands in describe() and members().
  Result<void> fit(std::span<const double> y) override;
  void append(double y) override;
  void forecast(std::span<double> out) const override;
  std::unique_ptr<SeriesMethod> clone() const override;
  model::Tensors save() const override;
  void load(const model::Tensors& tensors) override;
  std::string describe() const override;

  const AutoSeriesOptions& options() const;
  std::vector<MemberReport> members() const;
  const ValidationResiduals& residuals() const;
  /// Whether the forecasts since fit() are much worse than validation promised.
  bool drifted() const;
  /// The last values, at most `most_history`: what a new fit() would learn from.
  std::span<const double> history() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace learningplane::selection
