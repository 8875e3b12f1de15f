#include "learningplane/agent/forecast_board.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace learningplane::agent {

namespace {
constexpr std::string_view mean_name = "learningplane_forecast_mean";
constexpr std::string_view quantile_name = "learningplane_forecast_quantile";
constexpr std::string_view peak_name = "learningplane_forecast_peak";
}  // namespace

ForecastBoard::ForecastBoard(const Clock& clock, std::string agent, ForecastBoardOptions options)
    : clock_(clock), agent_(std::move(agent)), options_(options) {}

void ForecastBoard::on_forecast_steps(std::string_view site, const model::Forecast& forecast) {
  if (forecast.steps() == 0) return;
  const std::lock_guard lock(mutex_);
  Labels labels{{"agent", agent_}, {"site", std::string(site)}, {"target", forecast.target}};
  replace({std::string(mean_name), labels}, forecast, std::nullopt);
  for (std::size_t level = 0; level < forecast.levels.size(); ++level) {
    labels.set("quantile", fmt::format("{}", forecast.levels[level]));
    replace({std::string(quantile_name), labels}, forecast, level);
  }
}

void ForecastBoard::replace(const Key& key, const model::Forecast& forecast,
                            std::optional<std::size_t> level) {
  if (series_.size() >= options_.max_series && !series_.contains(key)) return;
  Points& points = series_[key];
  points.erase(points.lower_bound(forecast.times_ns.front()), points.end());
  for (std::size_t step = 0; step < forecast.steps(); ++step) {
    const double v = level ? forecast.quantile(step, *level) : forecast.mean[step];
    // What is not known is left out, never a zero.
    if (std::isfinite(v)) points[forecast.times_ns[step]] = v;
  }
  points.erase(points.begin(), points.lower_bound(to_ns(clock_.now() - options_.keep)));
  while (points.size() > options_.max_points) points.erase(points.begin());
}

std::optional<double> ForecastBoard::at(const Points& points, std::int64_t time_ns) const {
  auto it = points.upper_bound(time_ns);
  if (it == points.begin()) return std::nullopt;
  --it;
  if (time_ns - it->first >= options_.lookback.count()) return std::nullopt;
  return it->second;
}

std::vector<ForecastBoard::Series> ForecastBoard::samples(TimePoint from, TimePoint to) const {
  const std::lock_guard lock(mutex_);
  std::vector<Series> out;
  for (const auto& [key, points] : series_) {
    Series s{key.name, key.labels, {}};
    const auto end = points.upper_bound(to_ns(to));
    for (auto it = points.upper_bound(to_ns(from - options_.lookback)); it != end; ++it)
      s.samples.push_back({it->first, it->second});
    if (!s.samples.empty()) out.push_back(std::move(s));
  }
  return out;
}

std::string ForecastBoard::expose() const {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = to_ns(clock_.now());
  std::string present;
  std::string peaks;
  std::string_view family;
  for (const auto& [key, points] : series_) {
    if (key.name != family) {
      family = key.name;
      present +=
          fmt::format("# HELP {0} What is forecast for this moment\n# TYPE {0} gauge\n", family);
    }
    if (const auto v = at(points, now))
      present += fmt::format("{}{} {}\n", key.name, key.labels.to_string(), *v);
    if (key.name != quantile_name) continue;
    double peak = -std::numeric_limits<double>::infinity();
    for (auto it = points.lower_bound(now); it != points.end(); ++it)
      peak = std::max(peak, it->second);
    if (std::isfinite(peak))
      peaks += fmt::format("{}{} {}\n", peak_name, key.labels.to_string(), peak);
  }
  if (!peaks.empty())
    present +=
        fmt::format("# HELP {0} The highest value forecast from now on\n# TYPE {0} gauge\n{1}",
                    peak_name, peaks);
  return present;
}

}  // namespace learningplane::agent
