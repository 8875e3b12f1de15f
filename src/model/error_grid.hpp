#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "learningplane/model/forecast.hpp"
#include "learningplane/result.hpp"

namespace learningplane::model::detail {

/// Quantiles of the errors of each step, kept as 101 of them (0, 1, … 100 %).
class ErrorGrid {
 public:
  static constexpr std::size_t width = 101;

  ErrorGrid() = default;
  /// @param errors truth - forecast, one list a step, none empty.
  explicit ErrorGrid(std::vector<std::vector<double>> errors);
  /// @throws FormatError where the numbers are no grid
  static ErrorGrid from(std::vector<double> values);

  std::size_t steps() const { return values_.size() / width; }
  const std::vector<double>& values() const { return values_; }
  /// A step beyond the last takes the errors of the last.
  double quantile(std::size_t step, double level) const;
  /// Fills levels and quantiles of a forecast whose mean stands.
  void widen(Forecast& forecast, std::span<const double> levels) const;

 private:
  std::vector<double> values_{};
};

/// The value at a position between the entries of a sorted list.
double between(std::span<const double> sorted, double position);
/// @return invalid_argument where the horizon is 0 or the levels do not increase within (0, 1)
Result<void> check_question(std::string_view model, std::size_t horizon,
                            std::span<const double> levels);

}  // namespace learningplane::model::detail
