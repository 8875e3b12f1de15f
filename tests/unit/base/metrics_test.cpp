#include "learningplane/metrics.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace learningplane;

TEST_CASE("metrics: are shown in the Prometheus text format") {
  Metrics m;
  m.describe("learningplane_decisions_total", "Decisions by rule");
  m.add("learningplane_decisions_total", {{"rule", "hysteresis"}});
  m.add("learningplane_decisions_total", {{"rule", "hysteresis"}}, 2);
  m.add("learningplane_decisions_total", {{"rule", "hysteresis"}}, -5);
  m.set("learningplane_forecast", {{"site", "a\"b"}}, std::nan(""));
  CHECK(m.expose() ==
        "# HELP learningplane_decisions_total Decisions by rule\n"
        "# TYPE learningplane_decisions_total counter\n"
        "learningplane_decisions_total{rule=\"hysteresis\"} 3\n"
        "# TYPE learningplane_forecast gauge\n"
        "learningplane_forecast{site=\"a\\\"b\"} NaN\n");
  CHECK(m.value("learningplane_decisions_total", {{"rule", "hysteresis"}}) == 3);
  CHECK(std::isnan(m.value("nothing")));
}

TEST_CASE("metrics: a histogram counts into every bucket that holds the value") {
  Metrics m;
  m.observe("learningplane_run_seconds", {}, 0.3);
  m.observe("learningplane_run_seconds", {}, 100);
  const std::string page = m.expose();
  CHECK(page.find("learningplane_run_seconds_bucket{le=\"0.25\"} 0\n") != std::string::npos);
  CHECK(page.find("learningplane_run_seconds_bucket{le=\"0.5\"} 1\n") != std::string::npos);
  CHECK(page.find("learningplane_run_seconds_bucket{le=\"+Inf\"} 2\n") != std::string::npos);
  CHECK(page.find("learningplane_run_seconds_sum 100.3\n") != std::string::npos);
}

TEST_CASE("metrics: too many series are dropped and counted, memory stays bounded") {
  Metrics m(2);
  for (int i = 0; i < 5; ++i) m.add("x_total", {{"i", std::to_string(i)}});
  m.set("x_total", {{"i", "0"}}, 1);
  CHECK(m.expose().find("learningplane_metrics_dropped_total 4") != std::string::npos);
}
