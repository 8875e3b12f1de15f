#include "model/lag_products.hpp"

#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::model::detail {

using Eigen::Index;

Scaling scaling_of(const Examples& examples, const Channel& channel) {
  const std::size_t newest = (channel.lags - 1) * channel.columns + channel.column;
  const auto n = static_cast<double>(examples.count());
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < examples.count(); ++i) sum += examples.window(i)[newest];
  const double centre = sum / n;
  for (std::size_t i = 0; i < examples.count(); ++i) {
    const double v = examples.window(i)[newest] - centre;
    squares += v * v;
  }
  const double scale = std::sqrt(squares / n);
  return {centre, scale > 1e-12 * (1e-300 + std::abs(centre)) ? scale : 1};
}

LagProducts::LagProducts(std::size_t lags, std::size_t horizon)
    : products(Matrix::Zero(static_cast<Index>(lags), static_cast<Index>(lags + horizon))),
      sums(Eigen::VectorXd::Zero(static_cast<Index>(lags + horizon))) {}

void LagProducts::add(const Examples& e, const Channel& channel, const Scaling& scaling) {
  if (!channel.target && !e.rows_follow)
    throw LogicError("several channels are learned from frames, not from ready windows");
  const std::size_t stride = channel.columns;
  std::vector<double> z;
  for (std::size_t first = 0; first < e.count();) {
    // A run: windows that begin one row after another. Its numbers are put side by side.
    std::size_t last = first;
    while (last + 1 < e.count() && e.starts[last + 1] == e.starts[last] + stride) ++last;
    const double* rows = e.values.data() + e.starts[first] + channel.column;
    z.clear();
    const std::size_t known = last - first + channel.lags;
    for (std::size_t r = 0; r < known; ++r) z.push_back(rows[r * stride]);
    for (std::size_t s = 0; s < e.horizon; ++s)
      z.push_back(channel.target ? e.target(last)[s] : rows[(known + s) * stride]);
    for (double& v : z) v = (v - scaling.centre) / scaling.scale;
    add_run(z, last - first + 1);
    first = last + 1;
  }
}

void LagProducts::add_run(const std::vector<double>& z, std::size_t windows) {
  const auto n = static_cast<Index>(windows);
  const Index lags = products.rows(), all = products.cols();
  const Eigen::Map<const Eigen::VectorXd> v(z.data(), static_cast<Index>(z.size()));
  count += static_cast<double>(windows);
  double sum = v.head(n).sum();
  for (Index a = 0; a < all; ++a) {
    sums[a] += sum;
    if (a + 1 < all) sum += v[n + a] - v[a];
  }
  if (windows < 4) {
    for (Index t = 0; t < n; ++t) {
      for (Index a = 0; a < lags; ++a)
        products.row(a).tail(all - a) += v[t + a] * v.segment(t + a, all - a).transpose();
    }
    return;
  }
  // The product at distance d starts with a full sum and then slides along the diagonal.
  for (Index d = 0; d < all; ++d) {
    double p = v.head(n).dot(v.segment(d, n));
    for (Index a = 0; a < lags && a + d < all; ++a) {
      products(a, a + d) += p;
      if (a + 1 < lags && a + d + 1 < all) p += v[n + a] * v[n + a + d] - v[a] * v[a + d];
    }
  }
}

void LagProducts::complete() {
  for (Index a = 0; a < products.rows(); ++a) {
    for (Index b = 0; b < a; ++b) products(a, b) = products(b, a);
  }
}

}  // namespace learningplane::model::detail
