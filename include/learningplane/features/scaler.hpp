#pragma once
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "learningplane/result.hpp"

namespace learningplane::features {

enum class ScalerKind {
  none,     ///< values stay as they are; the training range is still learned
  min_max,  ///< training range to [0, 1]
  z_score   ///< training mean to 0, training (population) standard deviation to 1
};
std::string_view to_string(ScalerKind kind);
Result<ScalerKind> scaler_kind(std::string_view name);

/// Whether values outside the training range are first brought to its edge.
enum class OutOfRange { keep, clip };

/// Column-wise scaling, fitted on the rows given and on nothing else. Rows are dense, row-major.
/// NaN cells are passed over by fit() and stay NaN. A column that is constant in the training rows
/// becomes 0 there and is not stretched. Thread safe where const.
class Scaler {
 public:
  explicit Scaler(ScalerKind kind = ScalerKind::z_score) : kind_(kind) {}

  /// @param rows a multiple of `columns` values.
  /// @return invalid_argument (shape), not_enough_data (a column without a finite value); the
  /// scaler is then as it was.
  Result<void> fit(std::span<const double> rows, std::size_t columns);
  bool fitted() const { return !offset_.empty(); }
  std::size_t columns() const { return offset_.size(); }
  ScalerKind kind() const { return kind_; }

  /// One value of one column. @throws LogicError where there is no such column (or it is unfitted)
  double transform(double value, std::size_t column, OutOfRange range = OutOfRange::keep) const;
  double inverse(double value, std::size_t column) const;
  /// Whole rows in place. @throws LogicError where the shape is not that of fit()
  void transform(std::span<double> rows, OutOfRange range = OutOfRange::keep) const;
  void inverse(std::span<double> rows) const;

  /// (value - offset) / scale
  std::span<const double> offset() const { return offset_; }
  std::span<const double> scale() const { return scale_; }
  /// The training range, in original units.
  std::span<const double> low() const { return low_; }
  std::span<const double> high() const { return high_; }

  /// Four rows of columns() values: offset, scale, low, high; a tensor for a model file.
  std::vector<double> save() const;
  /// Becomes what save() gave. @return malformed, with the scaler unchanged
  Result<void> load(std::span<const double> saved);

 private:
  void check(std::size_t column) const;

  ScalerKind kind_;
  std::vector<double> offset_;
  std::vector<double> scale_;
  std::vector<double> low_;
  std::vector<double> high_;
};

}  // namespace learningplane::features
