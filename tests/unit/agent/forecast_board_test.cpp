#include "learningplane/agent/forecast_board.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace learningplane;
using namespace learningplane::agent;
using namespace std::chrono_literals;

namespace {

const TimePoint t0 = from_seconds(1.7e9);

model::Forecast forecast(TimePoint first, std::vector<double> mean) {
  model::Forecast f;
  f.target = "load";
  f.levels = {0.5, 0.9};
  for (std::size_t i = 0; i < mean.size(); ++i) {
    f.times_ns.push_back(to_ns(first + static_cast<int>(i) * 1min));
    f.quantiles.push_back(mean[i]);
    f.quantiles.push_back(mean[i] + 10);
  }
  f.mean = std::move(mean);
  return f;
}

std::vector<double> values(const ForecastBoard::Series& s) {
  std::vector<double> out;
  for (const auto& sample : s.samples) out.push_back(sample.value);
  return out;
}

}  // namespace

TEST_CASE("forecast board: a newer forecast replaces what is to come, the past stands") {
  ManualClock clock(t0);
  ForecastBoard board(clock, "planner");
  board.on_forecast_steps("a", forecast(t0 + 1min, {1, 2, 3}));
  board.on_forecast_steps("a", forecast(t0 + 2min, {20, 30, 40}));
  const auto series = board.samples(t0, t0 + 1h);
  REQUIRE(series.size() == 3);  // mean and two quantiles
  CHECK(series[0].name == "learningplane_forecast_mean");
  CHECK(series[0].labels == Labels{{"agent", "planner"}, {"site", "a"}, {"target", "load"}});
  CHECK(values(series[0]) == std::vector<double>{1, 20, 30, 40});
  CHECK(*series[2].labels.get("quantile") == "0.9");
  CHECK(values(series[2]) == std::vector<double>{11, 30, 40, 50});
  CHECK(values(board.samples(t0 + 3min, t0 + 3min)[0]) == std::vector<double>{1, 20, 30});
}

TEST_CASE("forecast board: gauges of this moment, and the peak that is to come") {
  ManualClock clock(t0);
  ForecastBoard board(clock, "planner");
  CHECK(board.expose().empty());
  board.on_forecast_steps("a", forecast(t0 + 1min, {5, 3, std::nan("")}));
  std::string page = board.expose();  // nothing is forecast for now yet
  CHECK(page.find("learningplane_forecast_mean{") == std::string::npos);
  CHECK(
      page.find("learningplane_forecast_peak{agent=\"planner\",quantile=\"0.9\",site=\"a\",target="
                "\"load\"} 15\n") != std::string::npos);
  clock.set(t0 + 90s);
  page = board.expose();
  CHECK(
      page.find("learningplane_forecast_mean{agent=\"planner\",site=\"a\",target=\"load\"} 5\n") !=
      std::string::npos);
  CHECK(page.find("quantile=\"0.9\",site=\"a\",target=\"load\"} 13\n") != std::string::npos);
  clock.set(t0 + 1h);  // a forecast that nobody renewed is no forecast
  CHECK(board.expose().find("} ") == std::string::npos);
}

TEST_CASE("forecast board: what is kept is bounded") {
  ManualClock clock(t0);
  ForecastBoard board(clock, "p", {.keep = 2min, .max_series = 3, .max_points = 4});
  board.on_forecast_steps("a", forecast(t0 + 1min, {1, 2, 3, 4, 5, 6}));
  board.on_forecast_steps("b", forecast(t0 + 1min, {1}));
  auto series = board.samples(t0, t0 + 1h);
  REQUIRE(series.size() == 3);
  CHECK(values(series[0]) == std::vector<double>{3, 4, 5, 6});
  clock.set(t0 + 7min);
  board.on_forecast_steps("a", forecast(t0 + 8min, {8}));
  CHECK(values(board.samples(t0, t0 + 1h)[0]) == std::vector<double>{5, 6, 8});
}
