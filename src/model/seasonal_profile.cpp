#include "learningplane/model/seasonal_profile.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "learningplane/error.hpp"
#include "learningplane/features/seasonality.hpp"
#include "model/minimise.hpp"
#include "model/seasons.hpp"
#include "model/tensors.hpp"

namespace learningplane::model {

namespace {

constexpr std::size_t least_repetitions = 3;  // below, a median over them is no better than one

/// Changes the order of the values.
double median(std::span<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

double mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

/// The usual shape of a season: medians around the centred average, with mean 0, times the share of
/// their variance that is not noise.
std::vector<double> shape(std::span<const double> y, std::size_t season) {
  const std::vector<double> average = features::centred_average(y, season);
  const std::size_t half = season / 2;
  std::vector<double> out(season), at_phase, sizes;
  for (std::size_t phase = 0; phase < season; ++phase) {
    at_phase.clear();
    for (std::size_t t = phase; t + half < y.size(); t += season)
      if (t >= half) at_phase.push_back(y[t] - average[t]);
    out[phase] = median(at_phase);
    for (const double d : at_phase) sizes.push_back(std::abs(d - out[phase]));
  }
  const double middle = mean(out);
  double variance = 0, noise = 0;
  for (double& s : out) {
    s -= middle;
    variance += s * s / static_cast<double>(season);
  }
  // One size a phase is that of the median itself. Outliers count as ten times what is usual, so
  // that one of them cannot erase the shape.
  const std::size_t usual = std::min(season + (sizes.size() - season) / 2, sizes.size() - 1);
  std::nth_element(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(usual), sizes.end());
  const double most = 10 * 1.4826 * sizes[usual];
  for (const double size : sizes) noise += std::min(size, most) * std::min(size, most);
  const double repetitions = static_cast<double>(sizes.size()) / static_cast<double>(season);
  noise /= static_cast<double>(sizes.size()) * (repetitions - 1);
  const double keep = variance > 0 ? std::max(0.0, 1 - noise / variance) : 0.0;
  for (double& s : out) s *= keep;
  return out;
}

/// How much of x_t is seen again in z_{t+reach}: the slope through the origin by Huber's loss.
double robust_slope(std::span<const double> x, std::span<const double> z, std::size_t reach) {
  const std::size_t n = x.size() - reach;
  std::vector<double> sizes(n);
  double slope = 1;
  for (int round = 0; round < 5; ++round) {
    for (std::size_t t = 0; t < n; ++t) sizes[t] = std::abs(z[t + reach] - slope * x[t]);
    std::vector<double> sorted = sizes;
    const double scale = 1.4826 * median(sorted);
    double xz = 0, xx = 0;
    for (std::size_t t = 0; t < n; ++t) {
      const double weight = sizes[t] <= scale ? 1 : scale / sizes[t];
      xz += weight * x[t] * z[t + reach];
      xx += weight * x[t] * x[t];
    }
    if (!(xx > 0)) return std::clamp(slope, 0.0, 1.0);
    slope = xz / xx;
  }
  return std::clamp(slope, 0.0, 1.0);
}

}  // namespace

Result<void> SeasonalProfileMethod::fit(std::span<const double> y) {
  if (y.size() < 4)
    return fail(Errc::not_enough_data,
                "seasonal_profile: 4 values are needed; there are " + std::to_string(y.size()));
  Fit fit;
  std::vector<double> rest(y.begin(), y.end());
  for (const std::size_t season : settings_.seasons) {
    if (season < 2 || y.size() / least_repetitions < season) continue;
    fit.figures.push_back(shape(rest, season));
    const auto& figure = fit.figures.back();
    for (std::size_t t = 0, phase = 0; t < rest.size(); ++t) {
      rest[t] -= figure[phase];
      if (++phase == season) phase = 0;
    }
  }
  const auto error_of = [&rest](double alpha) {
    double level = rest[0], squares = 0;
    for (const double v : rest) {
      squares += (v - level) * (v - level);
      level += alpha * (v - level);
    }
    return squares;
  };
  fit.alpha = detail::minimise_line(error_of, 0.05, 0.99, 8, 1e-3).first;
  std::vector<double> smooth = rest;
  fit.usual = median(smooth);
  double level = rest[0];
  for (std::size_t t = 0; t < rest.size(); ++t) {
    level += fit.alpha * (rest[t] - level);
    smooth[t] = level - fit.usual;
  }
  for (double& v : rest) v -= fit.usual;
  const std::size_t reach =
      std::clamp<std::size_t>(y.size() / 4, 1, std::max<std::size_t>(settings_.reach, 1));
  fit.decay = std::pow(robust_slope(smooth, rest, reach), 1 / static_cast<double>(reach));
  fit.level = level;
  fit.count = y.size();
  fit_ = std::move(fit);
  return {};
}

double SeasonalProfileMethod::season_at(std::size_t step) const {
  double out = 0;
  for (const auto& figure : fit_.figures) out += figure[step % figure.size()];
  return out;
}

void SeasonalProfileMethod::append(double y) {
  fit_.level += fit_.alpha * (y - season_at(fit_.count) - fit_.level);
  ++fit_.count;
}

void SeasonalProfileMethod::forecast(std::span<double> out) const {
  double deviation = fit_.level - fit_.usual;
  for (std::size_t s = 0; s < out.size(); ++s) {
    deviation *= fit_.decay;
    out[s] = season_at(fit_.count + s) + fit_.usual + deviation;
  }
}

std::unique_ptr<SeriesMethod> SeasonalProfileMethod::clone() const {
  return std::make_unique<SeasonalProfileMethod>(*this);
}

Tensors SeasonalProfileMethod::save() const {
  Tensors out;
  out["state"] = detail::list_tensor(
      {fit_.usual, fit_.alpha, fit_.level, fit_.decay, static_cast<double>(fit_.count)});
  for (std::size_t i = 0; i < fit_.figures.size(); ++i)
    out["season_" + std::to_string(i)] = detail::list_tensor(fit_.figures[i]);
  return out;
}

void SeasonalProfileMethod::load(const Tensors& tensors) {
  const auto& s = detail::list_from(tensors, "state", 5);
  Fit fit;
  fit.usual = s[0];
  fit.alpha = detail::within_from(s[1], "state", 0, 1);
  fit.level = s[2];
  fit.decay = detail::within_from(s[3], "state", 0, 1);
  fit.count = detail::whole_from(s[4], "state", 4, std::size_t{1} << 52);
  for (std::size_t i = 0; tensors.contains("season_" + std::to_string(i)); ++i) {
    const auto& figure = detail::list_from(tensors, "season_" + std::to_string(i));
    if (std::find(settings_.seasons.begin(), settings_.seasons.end(), figure.size()) ==
        settings_.seasons.end())
      throw FormatError("no season has " + std::to_string(figure.size()) + " steps");
    fit.figures.push_back(figure);
  }
  fit_ = std::move(fit);
}

std::string SeasonalProfileMethod::describe() const {
  std::string seasons;
  for (const auto& figure : fit_.figures)
    seasons += fmt::format("{}{}", seasons.empty() ? "seasons of " : " and ", figure.size());
  return fmt::format("{}, alpha {:.2g}, {:.3g} of a deviation left a step later",
                     seasons.empty() ? "no season" : seasons + " steps", fit_.alpha, fit_.decay);
}

Manifest seasonal_profile_manifest() {
  return {"seasonal_profile", "The usual day and week, and what is left of the present deviation",
          series_parameters({detail::seasons_parameter()})};
}

SeasonalProfileOptions seasonal_profile_options(const Value& checked) {
  return {series_options(checked), detail::seasons_from(*checked.find("seasons"))};
}

SeasonalProfile::SeasonalProfile(SeasonalProfileOptions options)
    : SeriesModel(std::move(options.series)), seasons_(std::move(options.seasons)) {}

Result<std::unique_ptr<SeriesMethod>> SeasonalProfile::make(std::int64_t step_ns) const {
  auto seasons = detail::in_steps(seasons_, step_ns);
  if (!seasons) return tl::unexpected(seasons.error());
  return std::make_unique<SeasonalProfileMethod>(
      SeasonalProfileSettings{std::move(*seasons), base().horizon});
}

Value SeasonalProfile::options_value() const {
  return to_value(base()).set("seasons", detail::seasons_value(seasons_));
}

}  // namespace learningplane::model
