#pragma once
#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "model/nn/context.hpp"

namespace gradient {

using namespace learningplane::model;
using nn::Context;
using nn::Matrix;

inline Matrix<double> random_matrix(std::size_t rows, std::size_t columns, std::uint64_t seed) {
  detail::LstmRandom random(seed);
  Matrix<double> out(rows, columns);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) out(r, c) = 2 * random.uniform() - 1;
  }
  return out;
}

/// The sum of all numbers of y, each times a fixed weight of its own; `weights` takes those.
inline double weighed(const Matrix<double>& y, Matrix<double>& weights) {
  weights = random_matrix(y.rows, y.columns, 99);
  double sum = 0;
  for (std::size_t i = 0; i < y.values.size(); ++i) sum += y.values[i] * weights.values[i];
  return sum;
}

/// A number that may be moved, and its analytic gradient.
struct Slot {
  double* at;
  double gradient;
};

/// Every number of a matrix beside that of its gradient.
inline void slots(Matrix<double>& values, const Matrix<double>& gradients, std::vector<Slot>& out) {
  for (std::size_t r = 0; r < values.rows; ++r) {
    for (std::size_t c = 0; c < values.columns; ++c)
      out.push_back({&values(r, c), gradients(r, c)});
  }
}
inline void slots(Context<double>& context, std::vector<Slot>& out) {
  for (auto* p : context.parameters) {
    if (p->learned) slots(p->value, p->gradient, out);
  }
}

/// The largest relative error of analytic gradients against central differences of `loss`.
inline double worst(const std::function<double()>& loss, const std::vector<Slot>& all) {
  constexpr double h = 1e-5;
  double out = 0, largest = 0;
  for (const Slot& s : all) largest = std::max(largest, std::abs(s.gradient));
  for (const Slot& s : all) {
    const double kept = *s.at;
    *s.at = kept + h;
    const double up = loss();
    *s.at = kept - h;
    const double down = loss();
    *s.at = kept;
    const double numeric = (up - down) / (2 * h);
    // Differences of losses near 10 carry rounding of about 1e-10: below a thousandth of the
    // largest gradient only that would be compared.
    out = std::max(out, std::abs(numeric - s.gradient) /
                            std::max(std::abs(numeric) + std::abs(s.gradient), 1e-3 * largest));
  }
  return out;
}

}  // namespace gradient
