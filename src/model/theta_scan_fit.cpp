#include "model/theta_scan_fit.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learningplane/features/adf.hpp"

namespace learningplane::model {

using features::SeasonKind;

namespace detail {

Result<ThetaScanMethod::Line> fit_line(std::span<const double> y, std::size_t period,
                                       ThetaScanMode mode, double alpha) {
  ThetaScanMethod::Line out;
  if (mode == ThetaScanMode::mended && *std::min_element(y.begin(), y.end()) <= 0)
    out.kind = SeasonKind::additive;
  auto figure = features::seasonal_figure(y, period, out.kind);
  if (!figure) return tl::unexpected(figure.error());
  out.figure = std::move(*figure);
  const bool divide = out.kind == SeasonKind::multiplicative;
  std::vector<double> undo = out.figure;
  if (divide)
    for (double& u : undo) u = 1 / u;

  const auto n = static_cast<double>(y.size());
  double sum = 0, moment = 0, time = 0, level = 0;
  std::size_t phase = 0;
  for (const double v : y) {
    const double plain = divide ? v * undo[phase] : v - undo[phase];
    sum += plain;
    moment += plain * time;
    level = time == 0 ? plain : level + alpha * (plain - level);
    time += 1;
    if (++phase == period) phase = 0;
  }
  const double mean_time = (n - 1) / 2;
  out.slope = (moment - mean_time * sum) / (n * (n * n - 1) / 12);
  out.intercept = sum / n - out.slope * mean_time;
  out.level = level;
  if (!std::isfinite(out.slope) || !std::isfinite(out.intercept))
    return fail(Errc::unknown_data, "a value of the season is zero: a division by zero");
  return out;
}

void draw_line(const ThetaScanMethod::Line& line, std::size_t first, ThetaScanMode mode,
               std::span<double> out) {
  std::size_t phase = first % line.figure.size();
  const bool published = mode == ThetaScanMode::published;
  double sum = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double drawn = line.slope * static_cast<double>(first + i) + line.intercept;
    const double season = line.figure[phase];
    if (line.kind == SeasonKind::additive) {
      out[i] = drawn + season;
    } else {
      // As published the level is put on the season and then divided out by its mean.
      const double with_season = published ? line.level * season : season;
      sum += with_season;
      out[i] = with_season * drawn;
    }
    if (++phase == line.figure.size()) phase = 0;
  }
  if (!published) return;
  const double mean = sum / static_cast<double>(out.size());
  for (double& v : out) v /= mean;
}

}  // namespace detail

namespace {

/// Published: the mean of 2 |y - f| / (|y| + |f|), NaN for 0 / 0. Mended: twice the sum of the
/// errors over the sum of the magnitudes, so that a zero weighs as much as any other value; 0 where
/// all are zero.
double smape(std::span<const double> y, std::span<const double> f, ThetaScanMode mode) {
  double mean = 0, errors = 0, magnitudes = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double error = std::abs(y[i] - f[i]), magnitude = std::abs(y[i]) + std::abs(f[i]);
    errors += error;
    magnitudes += magnitude;
    mean += 2 * error / magnitude / static_cast<double>(y.size());
  }
  if (mode == ThetaScanMode::published) return mean;
  return magnitudes > 0 ? 2 * errors / magnitudes : 0;
}

double variance(std::span<const double> v) {
  const auto n = static_cast<double>(v.size());
  const double mean = std::accumulate(v.begin(), v.end(), 0.0) / n;
  return std::accumulate(v.begin(), v.end(), 0.0,
                         [mean](double s, double x) { return s + (x - mean) * (x - mean); }) /
         n;
}

std::size_t chosen(const std::vector<double>& errors, const ThetaScanSettings& s) {
  const auto least = std::min_element(errors.begin(), errors.end());
  if (s.mode == ThetaScanMode::published)
    return static_cast<std::size_t>(least - errors.begin()) + 1;
  const double limit = *least + s.tolerance * std::max(*least, errors.front() - *least);
  const auto first =
      std::find_if(errors.begin(), errors.end(), [limit](double e) { return e <= limit; });
  return static_cast<std::size_t>(first - errors.begin()) + 1;
}

Result<double> unit_root(std::span<const double> y, ThetaScanMode mode) {
  const auto test = features::adf_test(y);
  if (test) return test->p_value;
  // Where a series is constant, or so short that its own past gives it exactly, nothing is left to
  // test: it does not wander.
  if (test.error().code != Errc::not_enough_data && mode == ThetaScanMode::mended) return 0.0;
  return fail(Errc::unknown_data, test.error().message);
}

}  // namespace

Result<ScanResult> scan(std::span<const double> y, const ThetaScanSettings& settings) {
  if (y.size() > settings.window) y = y.last(settings.window);
  if (y.size() < 8)
    return fail(Errc::not_enough_data,
                "a scan needs 8 values; there are " + std::to_string(y.size()));
  if (!std::all_of(y.begin(), y.end(), [](double v) { return std::isfinite(v); }))
    return fail(Errc::unknown_data, "a value is not known");
  const std::size_t held = y.size() / 8;
  const auto train = y.first(y.size() - held), test = y.last(held);
  ScanResult out;
  std::vector<double> drawn(held);
  for (std::size_t period = 1; period < std::max<std::size_t>(y.size() / 3, 2); ++period) {
    const auto line = detail::fit_line(train, period, settings.mode);
    if (!line) return tl::unexpected(line.error());
    detail::draw_line(*line, train.size(), settings.mode, drawn);
    const double error = smape(test, drawn, settings.mode);
    if (!std::isfinite(error))
      return fail(Errc::unknown_data,
                  "the published rules divide by zero on this series; mode mended does not");
    out.errors.push_back(error);
  }
  const auto root = unit_root(y, settings.mode);
  if (!root) return tl::unexpected(root.error());
  out.period = chosen(out.errors, settings);
  out.unit_root = *root;
  out.error_variance = variance(out.errors);
  const bool level = out.unit_root < 0.01, same = out.error_variance < 0.01;
  out.behaviour = same ? (level ? Behaviour::stationary : Behaviour::probably_constant)
                       : (level ? Behaviour::probably_periodic : Behaviour::periodic);
  return out;
}

}  // namespace learningplane::model
