#pragma once
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace learningplane::model::detail {

/// What is known at one point in time.
struct BoostingOrigin {
  std::span<const double> history{};  ///< rows x columns, oldest first; the last row is now
  double index = std::numeric_limits<double>::quiet_NaN();  ///< of the last row; NaN: not known
};

/// What the trees look at: the recent past and the past seasons of a history, either as it is or
/// relative to the last value, so that a shift of the level does no harm. What lies before the
/// history's start is NaN.
class BoostingFeatures {
 public:
  struct Shape {
    std::size_t columns = 1, target = 0;
    std::size_t lags = 1;                ///< rows of the recent past
    std::vector<std::size_t> seasons{};  ///< in steps
    std::size_t past_seasons = 7;        ///< of the first season, for the usual value at this time
    bool relative = true;
    bool with_step = true;  ///< whether the step ahead is a feature
  };
  explicit BoostingFeatures(Shape shape);

  std::size_t width() const { return origin_width_ + step_width_; }
  /// Rows of history that are looked at for forecasts of up to `horizon` steps.
  std::size_t reach(std::size_t horizon) const;
  /// What does not depend on the step ahead: the first origin_width() of a row.
  void write_origin(const BoostingOrigin& origin, double* row) const;
  std::size_t origin_width() const { return origin_width_; }
  /// The rest, for the value `step` (1 or more) after the last.
  void write_step(const BoostingOrigin& origin, std::size_t step, double* row) const;

 private:
  double value(const BoostingOrigin& origin, std::size_t back, std::size_t column) const;
  double mean_around(const BoostingOrigin& origin, std::size_t back, std::size_t half) const;

  Shape shape_;
  std::vector<std::size_t> lags_{}, means_{}, deviations_{};
  std::size_t origin_width_ = 0, step_width_ = 0;
};

}  // namespace learningplane::model::detail
