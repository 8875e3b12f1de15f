#pragma once
#include <cmath>
#include <cstdint>
#include <vector>

#include "learningplane/evaluation/window_block.hpp"
#include "model/lstm_random.hpp"

namespace support {

/// Windows of random numbers in [-1, 1), the same for the same seed.
struct RandomWindows {
  std::size_t count, lags, columns;
  std::vector<double> values{};

  RandomWindows(std::size_t n, std::size_t l, std::size_t c, std::uint64_t seed = 1)
      : count(n), lags(l), columns(c) {
    learningplane::model::detail::LstmRandom random(seed);
    for (std::size_t i = 0; i < n * l * c; ++i) values.push_back(2 * random.uniform() - 1);
  }
  learningplane::model::WindowView view() const { return {values, count, lags}; }
  std::span<const double> window(std::size_t i) const {
    return std::span(values).subspan(i * lags * columns, lags * columns);
  }
};

/// sum of weights x cells + constant.
inline learningplane::evaluation::Predictor linear(std::vector<double> weights,
                                                   double constant = 0) {
  return [weights, constant](const learningplane::model::WindowView& w, std::span<double> out) {
    for (std::size_t i = 0; i < w.count; ++i) {
      out[i] = constant;
      for (std::size_t c = 0; c < weights.size(); ++c)
        out[i] += weights[c] * w.values[i * weights.size() + c];
    }
  };
}

/// Any function of one window's cells.
template <class Function>
learningplane::evaluation::Predictor each_window(Function f) {
  return [f](const learningplane::model::WindowView& w, std::span<double> out) {
    const std::size_t width = w.values.size() / w.count;
    for (std::size_t i = 0; i < w.count; ++i) out[i] = f(w.values.subspan(i * width, width));
  };
}

}  // namespace support
