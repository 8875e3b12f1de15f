#include "learningplane/decision/placement_study.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/decision/placement.hpp"
#include "learningplane/error.hpp"
#include "learningplane/model/naive.hpp"

using namespace learningplane;
using namespace learningplane::decision;

namespace {

constexpr std::int64_t step = 60'000'000'000;  // one minute

/// Three hours: site `a` is good in even half hours, site `b` in odd ones.
StudySite site(const std::string& name, bool even, double low) {
  std::vector<std::int64_t> times;
  std::vector<double> values;
  for (std::int64_t m = 0; m < 180; ++m) {
    times.push_back(m * step);
    values.push_back((m / 30 % 2 == 0) == even ? 0.9 : low);
  }
  return {name, value_or_throw(telemetry::Frame::make(
                    times, {telemetry::Column{.name = "qos", .values = values, .flags = {}}}))};
}

PlacementStudyOptions options() {
  PlacementStudyOptions o;
  o.target = "qos";
  o.horizon = 5;
  o.first = std::chrono::hours(1);
  o.last = std::chrono::hours(3);
  return o;
}

std::unique_ptr<model::Forecaster> naive() {
  return std::make_unique<model::Naive>(model::NaiveOptions{"qos", 5});
}

}  // namespace

TEST_CASE("placement study: what each strategy delivered is known by hand") {
  const auto study =
      study_placement({site("a", true, 0.3), site("b", false, 0.5)}, naive, options());
  REQUIRE(study.has_value());
  CHECK(study->moments.size() == 24);  // every 5 minutes of two hours
  CHECK(study->refits == 4);           // two sites, two hours
  CHECK(study->past.size() == 120);
  CHECK(constraint_from_past(*study, 0.0) == 0.3);
  CHECK(constraint_from_past(*study, 1.0) == 0.9);

  // Knows the future: always on the good one, moves at minutes 90, 120 and 150.
  const StudyRow best = oracle(*study, 0, 0.6);
  CHECK(best.mean == doctest::Approx(0.9));
  CHECK(best.moves == 3);
  CHECK(best.minutes_below == 0);
  CHECK(best.minutes_known == doctest::Approx(120));
  // Stays: half of the time it is bad.
  CHECK(never_move(*study, 0, 0.6).minutes_below == doctest::Approx(60));
  CHECK(never_move(*study, 0, 0.6).moves == 0);
  CHECK(never_move(*study, 0, 0.4).mean == doctest::Approx(0.6));
  CHECK(never_move(*study, 1, 0.4).minutes_below == 0);
  // Sees a change one trigger late: at minute 60 it still sees minute 59.
  const StudyRow now = best_now(*study, 0, 0.6);
  CHECK(now.minutes_below == doctest::Approx(20));
  // A naive forecast knows what "best now" knows, and the plain policy follows it.
  Placement policy({});
  const StudyRow agent = follow(*study, policy, 0, 0.6);
  CHECK(agent.moves == now.moves);
  CHECK(agent.minutes_below == now.minutes_below);
  CHECK(agent.strategy == "agent");
  // A margin that no site reaches keeps it where it is.
  Placement still({.hysteresis = 0.7});
  CHECK(follow(*study, still, 0, 0.6).moves == 0);
}

TEST_CASE("placement study: silence is unknown, not zero") {
  StudySite a = site("a", true, 0.3), b = site("b", false, 0.5);
  std::vector<double> values = a.frame.column(0).values.to_vector();
  for (std::size_t m = 90; m < 150; ++m) values[m] = std::nan("");
  a.frame = value_or_throw(telemetry::Frame::make(
      a.frame.times_ns(), {telemetry::Column{.name = "qos", .values = values, .flags = {}}}));
  const auto study = study_placement({a, b}, naive, options());
  REQUIRE(study.has_value());
  CHECK_FALSE(study->moments[8].forecasts[0].known());  // minute 100
  CHECK_FALSE(study->moments[8].now[0].known());
  CHECK(study->moments[8].forecasts[1].known());
  const StudyRow stays = never_move(*study, 0, 0.6);
  CHECK(stays.minutes_known == doctest::Approx(60));
  CHECK(std::isnan(study->moments[8].delivered[0][0]));
}

TEST_CASE("placement study: what cannot be studied is refused") {
  CHECK(study_placement({}, naive, options()).error().code == Errc::invalid_argument);
  PlacementStudyOptions o = options();
  o.target = "latency";
  CHECK(study_placement({site("a", true, 0)}, naive, o).error().code == Errc::not_found);
  o = options();
  o.first = std::chrono::hours(9);
  CHECK(study_placement({site("a", true, 0)}, naive, o).error().code == Errc::not_enough_data);
}
