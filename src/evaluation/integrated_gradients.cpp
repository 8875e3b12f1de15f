#include "learningplane/evaluation/integrated_gradients.hpp"

#include <algorithm>
#include <cmath>

#include "evaluation/explain_support.hpp"
#include "learningplane/error.hpp"

namespace learningplane::evaluation {

namespace {

constexpr const char* what = "integrated gradients";

}  // namespace

Gradient central_differences(Predictor predict, std::vector<double> steps) {
  for (const double h : steps) {
    if (!(h > 0 && std::isfinite(h)))
      throw LogicError("central differences: steps must be above zero and finite");
  }
  return [predict = std::move(predict), steps = std::move(steps)](const model::WindowView& windows,
                                                                  std::span<double> out) {
    const std::size_t width = steps.size();
    if (windows.values.size() != windows.count * width || out.size() != windows.values.size())
      throw LogicError("central differences: one step for each cell of a window is needed");
    std::vector<double> moved(2 * width * width), said(2 * width);
    for (std::size_t i = 0; i < windows.count; ++i) {
      const auto window = windows.values.subspan(i * width, width);
      for (std::size_t k = 0; k < 2 * width; ++k) {
        std::copy(window.begin(), window.end(),
                  moved.begin() + static_cast<std::ptrdiff_t>(k * width));
        moved[k * width + k / 2] += k % 2 == 0 ? steps[k / 2] : -steps[k / 2];
      }
      predict({moved, 2 * width, windows.steps}, said);
      for (std::size_t c = 0; c < width; ++c) {
        // The distance that rounding left, not the one that was meant.
        const double apart = moved[2 * c * width + c] - moved[(2 * c + 1) * width + c];
        out[i * width + c] = (said[2 * c] - said[2 * c + 1]) / apart;
      }
    }
  };
}

std::vector<double> difference_steps(const model::WindowView& windows, double share) {
  const std::vector<double> mean = mean_window(windows);
  std::vector<double> out(mean.size(), 0.0);
  for (std::size_t i = 0; i < windows.values.size(); ++i) {
    const double d = windows.values[i] - mean[i % mean.size()];
    out[i % mean.size()] += d * d;
  }
  for (std::size_t c = 0; c < out.size(); ++c) {
    const double deviation = std::sqrt(out[c] / static_cast<double>(windows.count));
    // A constant cell has no deviation, and a step that rounding swallows is none.
    out[c] =
        share *
        (deviation > 1e-9 * (1 + std::abs(mean[c])) ? deviation : std::max(1.0, std::abs(mean[c])));
  }
  return out;
}

Result<std::vector<IntegratedGradients>> integrated_gradients(const Predictor& predict,
                                                              const Gradient& gradient,
                                                              const model::WindowView& windows,
                                                              std::span<const double> baseline,
                                                              std::size_t steps) {
  if (windows.count == 0) return fail(Errc::not_enough_data, std::string(what) + ": no window");
  const std::size_t width = detail::shape_of(windows, what).cells();
  if (baseline.size() != width || steps == 0)
    throw LogicError(std::string(what) + ": the baseline is one window, steps are 1 or more");
  const auto ends = detail::predictions(predict, windows, what);
  if (!ends) return tl::unexpected(ends.error());
  const auto start = detail::predictions(predict, {baseline, 1, windows.steps}, what);
  if (!start) return tl::unexpected(start.error());

  std::vector<IntegratedGradients> out(windows.count);
  std::vector<double> path((steps + 1) * width), slopes(path.size());
  for (std::size_t i = 0; i < windows.count; ++i) {
    const auto window = windows.values.subspan(i * width, width);
    for (std::size_t s = 0; s <= steps; ++s) {
      const double share = static_cast<double>(s) / static_cast<double>(steps);
      for (std::size_t c = 0; c < width; ++c)
        path[s * width + c] = baseline[c] + share * (window[c] - baseline[c]);
    }
    gradient({path, steps + 1, windows.steps}, slopes);
    IntegratedGradients& one = out[i];
    one.forecast = (*ends)[i];
    one.baseline = start->front();
    one.values.assign(width, 0.0);
    for (std::size_t s = 0; s <= steps; ++s) {
      const double weight = (s == 0 || s == steps ? 0.5 : 1.0) / static_cast<double>(steps);
      for (std::size_t c = 0; c < width; ++c) one.values[c] += weight * slopes[s * width + c];
    }
    double sum = 0;
    for (std::size_t c = 0; c < width; ++c) sum += one.values[c] *= window[c] - baseline[c];
    if (!std::isfinite(sum))
      return fail(Errc::unknown_data, std::string(what) + ": a slope is not finite");
    one.gap = sum - (one.forecast - one.baseline);
  }
  return out;
}

}  // namespace learningplane::evaluation
