#include "learningplane/stress/load_totals.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/stress.hpp"

using namespace learningplane;
using namespace learningplane::stress;

TEST_CASE("load totals: jobs that overlap are added, and where none runs there is nothing") {
  StressSchedule s = support::two_jobs();
  s.jobs.push_back({"job-0003", {{30, 5, 0, 0.1, 1e7}}});
  const LoadTotals t = value_or_throw(load_totals(support::recorded(s, 0.5)));
  REQUIRE(t.times_ns.size() == 35);
  CHECK(t.jobs[0] == 1);
  CHECK(t.jobs[7] == 2);
  CHECK(t.plan_cpu_cores[7] == doctest::Approx(0.75));
  CHECK(t.cpu_cores[7] == doctest::Approx(0.375));
  CHECK(t.memory_bytes[12] == doctest::Approx(7e7));
  CHECK(t.jobs[27] == 0);
  CHECK(t.cpu_cores[27] == 0);
}

TEST_CASE("load totals: what is not known of a job that ran is not known of all") {
  const telemetry::Frame whole = support::recorded(support::two_jobs());
  std::vector<telemetry::Column> columns = whole.all();
  for (telemetry::Column& c : columns) {
    if (c.name != "cpu_cores" || c.labels.get("job") != "job-0001") continue;
    std::vector<double> values = c.values.to_vector();
    values[7] = std::nan("");
    c.values = std::move(values);
  }
  const auto frame = value_or_throw(telemetry::Frame::make(whole.times_ns(), columns));
  const LoadTotals t = value_or_throw(load_totals(frame));
  CHECK(std::isnan(t.cpu_cores[7]));
  CHECK(t.memory_bytes[7] == doctest::Approx(5e7));
  CHECK(t.cpu_cores[8] == doctest::Approx(0.75));
  const auto other = load_totals(support::minutes_of({{"cpu", {1, 2}}}));
  CHECK(other.error().code == Errc::not_found);
}
