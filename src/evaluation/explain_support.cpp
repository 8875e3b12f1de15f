#include "evaluation/explain_support.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "learningplane/error.hpp"

namespace learningplane::evaluation::detail {

WindowShape shape_of(const model::WindowView& windows, std::string_view what) {
  const std::size_t rows = windows.count * windows.steps;
  if (rows == 0 || windows.values.empty() || windows.values.size() % rows != 0)
    throw LogicError(std::string(what) + ": " + std::to_string(windows.values.size()) +
                     " values are not " + std::to_string(windows.count) + " windows of " +
                     std::to_string(windows.steps) + " lags");
  return {windows.steps, windows.values.size() / rows};
}

Result<std::vector<double>> predictions(const Predictor& predict, const model::WindowView& windows,
                                        std::string_view what) {
  std::vector<double> out(windows.count);
  predict(windows, out);
  if (!std::all_of(out.begin(), out.end(), [](double v) { return std::isfinite(v); }))
    return fail(Errc::unknown_data, std::string(what) + ": the model's answer is not finite");
  return out;
}

model::detail::LstmRandom random_of(std::uint64_t seed, std::uint64_t draw) {
  // The first number of a generator of its own tells neighbouring seeds and draws apart.
  model::detail::LstmRandom outer(seed);
  return model::detail::LstmRandom(outer.next() ^ model::detail::LstmRandom(draw).next());
}

std::vector<std::size_t> shuffled(std::size_t n, model::detail::LstmRandom& random) {
  std::vector<std::size_t> out(n);
  std::iota(out.begin(), out.end(), std::size_t{0});
  for (std::size_t i = n; i > 1; --i)
    std::swap(out[i - 1], out[static_cast<std::size_t>(random.below(i))]);
  return out;
}

std::vector<std::vector<std::size_t>> partition(std::span<const Block> blocks,
                                                const WindowShape& shape, std::string_view what) {
  std::vector<int> times(shape.cells(), 0);
  std::vector<std::vector<std::size_t>> out;
  for (const Block& block : blocks) {
    out.push_back(cells_of(block, shape));
    for (const std::size_t c : out.back()) ++times[c];
  }
  if (std::any_of(times.begin(), times.end(), [](int n) { return n != 1; }))
    throw LogicError(std::string(what) + ": every cell of a window must lie in exactly one block");
  return out;
}

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double deviation_of(std::span<const double> values) {
  if (values.size() < 2) return 0;
  const double mean = mean_of(values);
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  return std::sqrt(squares / static_cast<double>(values.size() - 1));
}

}  // namespace learningplane::evaluation::detail
