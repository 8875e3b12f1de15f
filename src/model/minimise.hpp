#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <utility>

namespace learningplane::model::detail {

/// The smallest value of a function of one number in [low, high]: `cells` + 1 values evenly apart,
/// then golden sections with parabolas (Brent 1973, ch. 5) between the neighbours of the best.
/// @return where it is, and how small
template <class Function>
std::pair<double, double> minimise_line(Function&& f, double low, double high, std::size_t cells,
                                        double tolerance) {
  double best = low, smallest = f(low);
  const double width = (high - low) / static_cast<double>(cells);
  for (std::size_t i = 1; i <= cells; ++i) {
    const double x = i == cells ? high : low + width * static_cast<double>(i), value = f(x);
    if (value < smallest) {
      smallest = value;
      best = x;
    }
  }
  double a = std::max(low, best - width), b = std::min(high, best + width);
  double x = best, w = best, v = best, fx = smallest, fw = fx, fv = fx;
  double step = 0, before = 0;
  constexpr double golden = 0.3819660112501051;
  for (int i = 0; i < 60 && b - a > 2 * tolerance; ++i) {
    const double middle = 0.5 * (a + b);
    bool parabola = false;
    if (std::abs(before) > tolerance) {
      double r = (x - w) * (fx - fv), q = (x - v) * (fx - fw);
      double p = (x - v) * q - (x - w) * r;
      q = 2 * (q - r);
      if (q > 0) p = -p;
      q = std::abs(q);
      if (std::abs(p) < std::abs(0.5 * q * before) && p > q * (a - x) && p < q * (b - x)) {
        before = std::exchange(step, p / q);
        parabola = true;
      }
    }
    if (!parabola) {
      before = x < middle ? b - x : a - x;
      step = golden * before;
    }
    if (std::abs(step) < tolerance) step = std::copysign(tolerance, step);
    const double u = std::clamp(x + step, low, high), fu = f(u);
    if (fu <= fx) {
      (u < x ? b : a) = x;
      v = std::exchange(w, std::exchange(x, u));
      fv = std::exchange(fw, std::exchange(fx, fu));
    } else {
      (u < x ? a : b) = u;
      if (fu <= fw || w == x) {
        v = std::exchange(w, u);
        fv = std::exchange(fw, fu);
      } else if (fu <= fv || v == x || v == w) {
        v = u;
        fv = fu;
      }
    }
  }
  return {x, fx};
}

/// Nelder and Mead's simplex within a box, N numbers. Points outside are brought to its edge.
/// @param at where it starts; becomes the best point
/// @param size of the first simplex's edges
/// @param tolerance of the spread of the values over the simplex, relative to the best
/// @return the smallest value
template <std::size_t N, class Function>
double minimise_simplex(Function&& f, std::array<double, N>& at, const std::array<double, N>& low,
                        const std::array<double, N>& high, double size, double tolerance,
                        int most_calls) {
  using Point = std::array<double, N>;
  std::array<std::pair<double, Point>, N + 1> simplex;
  simplex[0] = {f(at), at};
  for (std::size_t i = 0; i < N; ++i) {
    Point p = at;
    p[i] += p[i] + size <= high[i] ? size : -size;
    p[i] = std::clamp(p[i], low[i], high[i]);
    simplex[i + 1] = {f(p), p};
  }
  int calls = static_cast<int>(N) + 1;
  const auto by_value = [](const auto& l, const auto& r) { return l.first < r.first; };
  const auto along = [&](const Point& centre, const Point& worst, double times) {
    Point p;
    for (std::size_t i = 0; i < N; ++i)
      p[i] = std::clamp(centre[i] + times * (centre[i] - worst[i]), low[i], high[i]);
    ++calls;
    return std::pair{f(p), p};
  };
  while (calls < most_calls) {
    std::sort(simplex.begin(), simplex.end(), by_value);
    if (simplex[N].first - simplex[0].first <= tolerance * std::abs(simplex[0].first)) break;
    Point centre{};
    for (std::size_t j = 0; j < N; ++j)
      for (std::size_t i = 0; i < N; ++i) centre[i] += simplex[j].second[i] / N;
    const Point worst = simplex[N].second;
    auto next = along(centre, worst, 1);
    if (next.first < simplex[0].first) {
      const auto further = along(centre, worst, 2);
      if (further.first < next.first) next = further;
    } else if (!(next.first < simplex[N - 1].first)) {
      next = along(centre, worst, next.first < simplex[N].first ? 0.5 : -0.5);
      if (!(next.first < simplex[N].first)) {
        for (std::size_t j = 1; j <= N; ++j) {
          for (std::size_t i = 0; i < N; ++i)
            simplex[j].second[i] = 0.5 * (simplex[j].second[i] + simplex[0].second[i]);
          simplex[j].first = f(simplex[j].second);
          ++calls;
        }
        continue;
      }
    }
    simplex[N] = next;
  }
  const auto best = std::min_element(simplex.begin(), simplex.end(), by_value);
  at = best->second;
  return best->first;
}

}  // namespace learningplane::model::detail
