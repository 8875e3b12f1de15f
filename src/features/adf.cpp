#include "learningplane/features/adf.hpp"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace learningplane::features {

namespace {

using Eigen::Index;

/// Columns: 1, the level before, then the last `lags` differences, newest first. One row a
/// difference that has all of them.
struct Regression {
  Regression(std::span<const double> y, std::size_t lags)
      : design(static_cast<Index>(y.size() - 1 - lags), static_cast<Index>(lags + 2)),
        target(design.rows()) {
    for (Index r = 0; r < design.rows(); ++r) {
      const std::size_t t = static_cast<std::size_t>(r) + lags + 1;
      target[r] = y[t] - y[t - 1];
      design(r, 0) = 1;
      design(r, 1) = y[t - 1];
      for (std::size_t k = 1; k <= lags; ++k)
        design(r, static_cast<Index>(k + 1)) = y[t - k] - y[t - k - 1];
    }
  }
  Eigen::MatrixXd design;
  Eigen::VectorXd target;
};

/// The number of lags with the smallest AIC. One triangular factor serves all of them, since each
/// model's columns are the first of the next one's.
std::size_t best_lags(std::span<const double> y, std::size_t most) {
  const Regression all(y, most);
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(all.design);
  const Eigen::VectorXd rotated = qr.householderQ().transpose() * all.target;
  const auto n = static_cast<double>(all.target.size());
  double squares = rotated.tail(rotated.size() - all.design.cols()).squaredNorm();
  std::size_t best = most;
  double smallest = std::numeric_limits<double>::infinity();
  for (std::size_t lags = most + 1; lags-- > 0;) {
    const double aic = n * std::log(std::max(squares, std::numeric_limits<double>::min()) / n) +
                       2 * static_cast<double>(lags + 2);
    if (aic <= smallest) {
      smallest = aic;
      best = lags;
    }
    const double next = rotated[static_cast<Index>(lags + 1)];
    squares += next * next;
  }
  return best;
}

/// t value of the level's coefficient.
double t_value(const Regression& r) {
  const Eigen::HouseholderQR<Eigen::MatrixXd> qr(r.design);
  const Eigen::VectorXd coefficients = qr.solve(r.target);
  const double squares = (r.target - r.design * coefficients).squaredNorm();
  // (X'X)^-1 = R^-1 R^-T: its entry (1, 1) is the squared length of row 1 of R^-1.
  const auto upper = qr.matrixQR().topRows(r.design.cols()).triangularView<Eigen::Upper>();
  Eigen::VectorXd unit = Eigen::VectorXd::Unit(r.design.cols(), 1);
  upper.transpose().solveInPlace(unit);
  const auto freedom = static_cast<double>(r.design.rows() - r.design.cols());
  return coefficients[1] / std::sqrt(squares / freedom * unit.squaredNorm());
}

/// MacKinnon, Approximate asymptotic distribution functions for unit-root tests, 1994, table for a
/// constant and one variable.
double p_of(double statistic) {
  constexpr double largest = 2.74, smallest = -18.83, parting = -1.61;
  constexpr double lower[] = {2.1659, 1.4412, 3.8269e-2};
  constexpr double upper[] = {1.7339, 0.93202, -0.12745, -1.0368e-2};
  if (statistic > largest) return 1;
  if (statistic < smallest) return 0;
  double z = 0, power = 1;
  for (const double c :
       statistic <= parting ? std::span<const double>(lower) : std::span<const double>(upper)) {
    z += c * power;
    power *= statistic;
  }
  return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

}  // namespace

Result<AdfTest> adf_test(std::span<const double> y) {
  if (!std::all_of(y.begin(), y.end(), [](double v) { return std::isfinite(v); }))
    return fail(Errc::unknown_data, "a value is not known");
  const auto n = static_cast<double>(y.size());
  const auto wanted = static_cast<std::size_t>(std::ceil(12 * std::pow(n / 100, 0.25)));
  if (y.size() < 6)
    return fail(Errc::not_enough_data,
                "6 values are needed for the test; there are " + std::to_string(y.size()));
  if (std::all_of(y.begin(), y.end(), [&y](double v) { return v == y[0]; }))
    return fail(Errc::invalid_argument, "the series is constant: nothing to test");
  AdfTest out;
  out.lags = best_lags(y, std::min(wanted, y.size() / 2 - 2));
  out.statistic = t_value(Regression(y, out.lags));
  if (std::isnan(out.statistic))
    return fail(Errc::unknown_data, "the regression of the test has no answer");
  out.p_value = p_of(out.statistic);
  return out;
}

}  // namespace learningplane::features
