#include "learningplane/stress/stress_check.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"
#include "support/stress.hpp"

using namespace learningplane;
using namespace learningplane::stress;

namespace {

using support::recorded;

struct Case {
  StressProfile profile = support::stress_profile();
  StressSchedule schedule = value_or_throw(generate(profile, {.length = std::chrono::hours(24),
                                                              .seed = 2,
                                                              .weighting = Weighting::frequency,
                                                              .speed = 60}));
};

}  // namespace

TEST_CASE("stress check: a run that did as planned is like its source") {
  const Case c;
  const StressCheck r = value_or_throw(check_run(c.profile, c.schedule, recorded(c.schedule)));
  CHECK(r.jobs == c.schedule.jobs.size());
  CHECK(r.cpu.correlation == doctest::Approx(1));
  CHECK(r.memory.mean_absolute_error == doctest::Approx(0));
  CHECK(r.agreement > 0.9);
  CHECK(r.to_plan < 0.05);
  CHECK(r.to_source < 0.15);
  CHECK(r.durations_ks < r.durations_ks_bound);
  CHECK(r.arrivals_ks < r.arrivals_ks_bound);
  CHECK(r.times.durations.count() == r.jobs);
  CHECK(r.times.interarrivals.count() == r.jobs - 1);
  REQUIRE(r.totals.cpu_cores.size() == r.readings);
  CHECK(r.totals.cpu_cores == r.totals.plan_cpu_cores);
}

TEST_CASE("stress check: a starved run is told") {
  const Case c;
  const StressCheck good = value_or_throw(check_run(c.profile, c.schedule, recorded(c.schedule)));
  const StressCheck r = value_or_throw(check_run(c.profile, c.schedule, recorded(c.schedule, 0.3)));
  CHECK(r.cpu.mean_error == doctest::Approx(-0.7 * r.cpu.mean_plan));
  CHECK(r.agreement < good.agreement);
}

TEST_CASE("stress check: durations and arrivals are in the source's time") {
  StressProfile p = support::stress_profile();
  StressSchedule s = support::two_jobs();
  s.speed = 60;
  s.cpu_scale = s.memory_scale = 1;
  p.jobs = value_or_throw(job_times({{0, 20 * 60}, {5 * 60, 25 * 60}}));
  const StressCheck r = value_or_throw(check_run(p, s, recorded(s)));
  CHECK(r.durations_ks == 0);
  CHECK(r.arrivals_ks == 0);
  CHECK(r.planned[2] == doctest::Approx(0.5));
}

TEST_CASE("stress check: what does not belong together is refused") {
  const Case c;
  const auto code = [&](const StressSchedule& s, const telemetry::Frame& f) {
    const auto r = check_run(c.profile, s, f);
    return r ? Errc::internal : r.error().code;
  };
  CHECK(code(c.schedule, recorded(c.schedule, 1, 2)) == Errc::invalid_argument);
  StressSchedule other = c.schedule;
  other.phases = 7;
  CHECK(code(other, recorded(c.schedule)) == Errc::malformed);
  other = c.schedule;
  other.jobs[0].name = "job-x";
  CHECK(code(other, recorded(c.schedule)) == Errc::malformed);
  CHECK(code(c.schedule, support::minutes_of({{"cpu", {1, 2, 3}}})) == Errc::not_found);
  const telemetry::Frame all = recorded(c.schedule);
  std::vector<telemetry::Column> without_phase;
  for (const telemetry::Column& column : all.all())
    if (column.name != "phase") without_phase.push_back(column);
  const auto cut = value_or_throw(telemetry::Frame::make(all.times_ns(), without_phase));
  CHECK(code(c.schedule, cut) == Errc::not_found);
  CHECK(code(c.schedule, all.slice(0, 1)) == Errc::not_enough_data);
}
