#include "learningplane/evaluation/rank.hpp"

#include <algorithm>
#include <numeric>

#include "evaluation/pairs.hpp"

namespace learningplane::evaluation {

using detail::unknown;

namespace {

struct Pairs {
  std::vector<double> a{}, b{};
};

Pairs known(std::span<const double> a, std::span<const double> b) {
  Pairs out;
  detail::each_pair(a, b, [&out](double x, double y) {
    out.a.push_back(x);
    out.b.push_back(y);
  });
  return out;
}

int sign(double x) { return x > 0 ? 1 : x < 0 ? -1 : 0; }

}  // namespace

std::vector<double> ranks(std::span<const double> values) {
  for (const double v : values) {
    if (std::isnan(v)) throw LogicError("ranks: NaN has no rank");
  }
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [values](std::size_t i, std::size_t j) { return values[i] < values[j]; });
  std::vector<double> out(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) ++last;
    const double rank = static_cast<double>(first + last) / 2 + 1;
    for (std::size_t i = first; i <= last; ++i) out[order[i]] = rank;
    first = last + 1;
  }
  return out;
}

double spearman(std::span<const double> a, std::span<const double> b) {
  const Pairs pairs = known(a, b);
  const std::vector<double> x = ranks(pairs.a), y = ranks(pairs.b);
  const double mean = (static_cast<double>(x.size()) + 1) / 2;
  double both = 0, of_x = 0, of_y = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    both += (x[i] - mean) * (y[i] - mean);
    of_x += (x[i] - mean) * (x[i] - mean);
    of_y += (y[i] - mean) * (y[i] - mean);
  }
  return of_x > 0 && of_y > 0 ? both / std::sqrt(of_x * of_y) : unknown;
}

double kendall(std::span<const double> a, std::span<const double> b) {
  const Pairs p = known(a, b);
  double agree = 0, of_a = 0, of_b = 0;
  for (std::size_t i = 0; i < p.a.size(); ++i) {
    for (std::size_t j = i + 1; j < p.a.size(); ++j) {
      const int x = sign(p.a[i] - p.a[j]), y = sign(p.b[i] - p.b[j]);
      agree += x * y;
      of_a += x != 0 ? 1 : 0;
      of_b += y != 0 ? 1 : 0;
    }
  }
  return of_a > 0 && of_b > 0 ? agree / std::sqrt(of_a * of_b) : unknown;
}

}  // namespace learningplane::evaluation
