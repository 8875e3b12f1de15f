#pragma once
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/agent/observer.hpp"
#include "learningplane/labels.hpp"
#include "learningplane/time.hpp"

namespace learningplane::agent {

struct ForecastBoardOptions {
  Duration keep = std::chrono::hours(24);       ///< of what was forecast for the past
  Duration lookback = std::chrono::minutes(5);  ///< how long a value holds after its time
  std::size_t max_series = 2'000;
  std::size_t max_points = 20'000;  ///< of one series; the oldest go first
};

/// Remembers what was forecast for each moment, as series that dashboards and autoscalers can ask
/// for: learningplane_forecast_mean{agent,site,target} and
/// learningplane_forecast_quantile{agent,site,target,quantile}. A newer forecast replaces the older
/// one's coming steps; for the past stands what was forecast last before it. Thread safe.
class ForecastBoard final : public Observer {
 public:
  struct Sample {
    std::int64_t time_ns = 0;
    double value = 0;
  };
  struct Series {
    std::string name{};
    Labels labels{};
    std::vector<Sample> samples{};
  };

  /// @param clock outlives the board
  ForecastBoard(const Clock& clock, std::string agent, ForecastBoardOptions options = {});

  void on_forecast_steps(std::string_view site, const model::Forecast& forecast) override;

  /// The samples of each series whose time lies in (from - lookback, to], by name and labels.
  std::vector<Series> samples(TimePoint from, TimePoint to) const;
  /// How long a sample holds after its time.
  Duration lookback() const { return options_.lookback; }
  TimePoint now() const { return clock_.now(); }
  /// Gauges of this moment for the page at /metrics: the forecast for now, and
  /// learningplane_forecast_peak{…,quantile}: the highest value from now on.
  std::string expose() const;

 private:
  struct Key {
    std::string name{};
    Labels labels{};
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  using Points = std::map<std::int64_t, double>;
  void replace(const Key& key, const model::Forecast& forecast, std::optional<std::size_t> level);
  std::optional<double> at(const Points& points, std::int64_t time_ns) const;

  const Clock& clock_;
  const std::string agent_;
  const ForecastBoardOptions options_;
  mutable std::mutex mutex_;
  std::map<Key, Points> series_;
};

}  // namespace learningplane::agent
