#pragma once
#include <cmath>
#include <span>

#include "learningplane/model/attention.hpp"
#include "model/nn/matrix.hpp"

namespace learningplane::model::detail {

struct LossOptions {
  AttentionLoss kind = AttentionLoss::mse;
  double huber_delta = 1;
  double alpha = 0.7;
  std::span<const double> levels{};  ///< of pinball
};

struct LossAt {
  double value, slope;
};
/// e = forecast - truth. Huber in the scale of the squared error: e^2 near zero, linear beyond.
inline LossAt loss_at(const LossOptions& o, double e, double level) {
  if (o.kind == AttentionLoss::pinball)
    return e < 0 ? LossAt{-level * e, -level} : LossAt{(1 - level) * e, e > 0 ? 1 - level : 0};
  if (o.kind == AttentionLoss::huber && std::abs(e) > o.huber_delta)
    return {o.huber_delta * (2 * std::abs(e) - o.huber_delta), std::copysign(2 * o.huber_delta, e)};
  return {e * e, 2 * e};
}

/// Mean over all numbers of y; its gradient times `weight` goes to d where that is asked for.
/// Columns of y: those of truth, each with all levels.
template <class T>
double loss_of(const nn::Matrix<T>& y, const nn::Matrix<T>& truth, const LossOptions& o,
               double weight, nn::Matrix<T>* d) {
  const std::size_t levels = o.levels.empty() ? 1 : o.levels.size();
  const double share = 1 / static_cast<double>(y.rows * y.columns);
  if (d != nullptr) d->shape(y.rows, y.columns);
  double sum = 0;
  for (std::size_t r = 0; r < y.rows; ++r) {
    for (std::size_t c = 0; c < y.columns; ++c) {
      const double e = static_cast<double>(y(r, c)) - static_cast<double>(truth(r, c / levels));
      const LossAt at = loss_at(o, e, o.levels.empty() ? 0.5 : o.levels[c % levels]);
      sum += at.value;
      if (d != nullptr) (*d)(r, c) = static_cast<T>(weight * share * at.slope);
    }
  }
  return sum * share;
}

}  // namespace learningplane::model::detail
