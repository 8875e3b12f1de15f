#include "model/error_grid.hpp"

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::model::detail {

double between(std::span<const double> sorted, double position) {
  const auto below = static_cast<std::size_t>(position);
  if (below + 1 >= sorted.size()) return sorted.back();
  return sorted[below] +
         (position - static_cast<double>(below)) * (sorted[below + 1] - sorted[below]);
}

Result<void> check_question(std::string_view model, std::size_t horizon,
                            std::span<const double> levels) {
  const std::string name(model);
  if (horizon == 0) return fail(Errc::invalid_argument, name + ": a horizon is 1 step or more");
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (!(levels[i] > 0 && levels[i] < 1) || (i > 0 && !(levels[i] > levels[i - 1])))
      return fail(Errc::invalid_argument, name + ": levels must increase within (0, 1)");
  }
  return {};
}

ErrorGrid::ErrorGrid(std::vector<std::vector<double>> errors) {
  values_.reserve(errors.size() * width);
  for (std::vector<double>& e : errors) {
    std::sort(e.begin(), e.end());
    for (std::size_t g = 0; g < width; ++g)
      values_.push_back(
          between(e, static_cast<double>(g) / (width - 1) * static_cast<double>(e.size() - 1)));
  }
}

ErrorGrid ErrorGrid::from(std::vector<double> values) {
  const bool finite =
      std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
  if (values.empty() || values.size() % width != 0 || !finite)
    throw FormatError("the tensor 'errors' is absent or cannot be used");
  for (auto row = values.begin(); row != values.end(); row += width) {
    if (!std::is_sorted(row, row + width))
      throw FormatError("the tensor 'errors' holds quantiles that decrease");
  }
  ErrorGrid out;
  out.values_ = std::move(values);
  return out;
}

double ErrorGrid::quantile(std::size_t step, double level) const {
  const std::size_t row = std::min(step, steps() - 1);
  return between(std::span(values_).subspan(row * width, width), level * (width - 1));
}

void ErrorGrid::widen(Forecast& forecast, std::span<const double> levels) const {
  forecast.levels.assign(levels.begin(), levels.end());
  forecast.quantiles.clear();
  for (std::size_t step = 0; step < forecast.steps(); ++step) {
    for (const double level : levels)
      forecast.quantiles.push_back(forecast.mean[step] + quantile(step, level));
  }
}

}  // namespace learningplane::model::detail
