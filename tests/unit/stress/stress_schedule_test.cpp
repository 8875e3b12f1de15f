#include "learningplane/stress/stress_schedule.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "learningplane/error.hpp"
#include "learningplane/simulation/workload_trace.hpp"
#include "learningplane/telemetry/csv.hpp"
#include "support/stress.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::stress;
using namespace std::chrono_literals;

namespace {

std::vector<double> shares(const StressSchedule& s) {
  std::vector<double> out(s.phases);
  for (const StressJob& job : s.jobs)
    for (const StressStep& step : job.steps)
      out[static_cast<std::size_t>(step.phase)] += step.seconds;
  return out;
}

}  // namespace

TEST_CASE("schedule: the same seed gives the same, another another") {
  const StressProfile p = support::stress_profile();
  const StressSchedule a = value_or_throw(generate(p, {.seed = 4}));
  CHECK(a == value_or_throw(generate(p, {.seed = 4})));
  CHECK_FALSE(a == value_or_throw(generate(p, {.seed = 5})));
}

TEST_CASE("schedule: jobs are whole, on the grid, and peak where asked") {
  const StressProfile p = support::stress_profile();
  const StressSchedule s =
      value_or_throw(generate(p, {.length = 8h, .speed = 60, .max_cores = 1.5, .max_bytes = 3e8}));
  REQUIRE(s.jobs.size() > 10);
  CHECK(s.peak_cores() == doctest::Approx(1.5));
  CHECK(s.peak_bytes() == doctest::Approx(3e8));
  double before = 0;
  for (const StressJob& job : s.jobs) {
    CHECK(job.start_s() >= before);
    before = job.start_s();
    double at = job.start_s();
    for (const StressStep& step : job.steps) {
      CHECK(step.start_s == doctest::Approx(at));
      CHECK(std::abs(step.start_s - std::round(step.start_s)) < 1e-9);
      CHECK(step.seconds >= 1);
      at = step.end_s();
    }
  }
}

TEST_CASE("schedule: durations and arrivals are those of the profile") {
  const StressProfile p = support::stress_profile();
  const StressSchedule s = value_or_throw(generate(p, {.length = 200h, .grid_s = 0}));
  std::vector<std::pair<double, double>> spans;
  for (const StressJob& job : s.jobs) spans.emplace_back(job.start_s(), job.end_s());
  const JobTimes drawn = value_or_throw(job_times(std::move(spans)));
  REQUIRE(drawn.durations.count() > 400);
  CHECK(ks_distance(drawn.durations, p.jobs.durations) <
        ks_bound(drawn.durations.count(), p.jobs.durations.count()));
  CHECK(ks_distance(drawn.interarrivals, p.jobs.interarrivals) <
        ks_bound(drawn.interarrivals.count(), p.jobs.interarrivals.count()));
}

TEST_CASE("schedule: by frequency the phases are as at the source") {
  const StressProfile p = support::stress_profile();
  const StressSchedule s = value_or_throw(
      generate(p, {.length = 400h, .weighting = Weighting::frequency, .max_jobs = 100'000}));
  CHECK(total_variation(shares(s), p.dictionary.histogram) < 0.03);
}

TEST_CASE("schedule: a job begins anywhere in a pattern, so that short jobs see all of it") {
  // Jobs of 10 to 50 minutes in a pattern of 10 hours, half of it in each phase.
  StressProfile p = support::stress_profile();
  p.dictionary.profiles = {{{0, 1}, 1, 1, {{{0, 18'000, 1, 1}, {1, 18'000, 2, 1}}}}};
  const auto s = shares(value_or_throw(generate(p, {.length = 1000h, .max_jobs = 100'000})));
  CHECK(s[1] / (s[0] + s[1]) == doctest::Approx(0.5).epsilon(0.08));
}

TEST_CASE("schedule: balanced draws every profile as often as any other") {
  // One profile a hundred times as frequent as the other; both last as long.
  StressProfile p = support::stress_profile();
  p.dictionary.profiles = {{{0}, 100, 1, {{{0, 600, 1, 1}}}}, {{1}, 1, 1, {{{1, 600, 1, 1}}}}};
  const auto share = [&](Weighting weighting) {
    const auto s = shares(value_or_throw(
        generate(p, {.length = 2000h, .weighting = weighting, .max_jobs = 100'000})));
    return s[1] / (s[0] + s[1]);
  };
  CHECK(share(Weighting::balanced) == doctest::Approx(0.5).epsilon(0.1));
  CHECK(share(Weighting::frequency) == doctest::Approx(0.0099).epsilon(0.5));
}

TEST_CASE("schedule: scales that are given hold") {
  const StressProfile p = support::stress_profile();
  const StressSchedule s = value_or_throw(generate(p, {.cpu_scale = 0.5, .memory_scale = 1e6}));
  CHECK(s.cpu_scale == 0.5);
  const StressSchedule twice = value_or_throw(generate(p, {.cpu_scale = 1.0, .memory_scale = 1e6}));
  CHECK(twice.peak_cores() == doctest::Approx(2 * s.peak_cores()));
  CHECK(twice.peak_bytes() == doctest::Approx(s.peak_bytes()));
}

TEST_CASE("schedule: the planned load is what a simulator reads") {
  StressSchedule s = support::two_jobs();
  const telemetry::Frame f = planned_load(s, 10s);
  REQUIRE(f.rows() == 3);
  // Job 1: 0.5 cores from 0 to 10 s, 1 from 10 to 20; job 2: 0.25 from 5 to 25.
  CHECK(f.column(0).values[0] == doctest::Approx(0.625));
  CHECK(f.column(0).values[1] == doctest::Approx(1.25));
  CHECK(f.column(0).values[2] == doctest::Approx(0.125));
  CHECK(f.column(2).values[0] == doctest::Approx(1.5));
  support::TempDir dir;
  value_or_throw(telemetry::write_csv(f, dir / "trace.csv"));
  const auto trace = value_or_throw(simulation::read_trace(dir / "trace.csv", "cpu_cores"));
  CHECK(trace.slot == Duration(10s));
  CHECK(trace.load[1] == doctest::Approx(1.25));
  CHECK(s.peak_cores() == doctest::Approx(1.25));
  CHECK(s.length_s() == 25);
}

TEST_CASE("schedule: a file reads back the same; damage, others and newer ones are refused") {
  const StressSchedule s = value_or_throw(generate(support::stress_profile(), {.speed = 30}));
  support::TempDir dir;
  value_or_throw(save(s, dir / "s.json"));
  CHECK(value_or_throw(load_schedule(dir / "s.json")) == s);
  std::ifstream in(dir / "s.json");
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  const auto code = [&](const std::string& changed) {
    dir.write("c.json", changed);
    const auto r = load_schedule(dir / "c.json");
    return r ? Errc::internal : r.error().code;
  };
  CHECK(code(text.substr(0, text.size() / 2)) == Errc::malformed);
  CHECK(code("{\"kind\":\"learningplane.phases\"}") == Errc::malformed);
  std::string edited = text;
  edited.replace(edited.find("\"speed\":30"), 10, "\"speed\":31");
  CHECK(code(edited) == Errc::malformed);
  std::string newer = text;
  newer.replace(newer.find("\"format\":1"), 10, "\"format\":9");
  CHECK(code(newer) == Errc::unsupported);
  CHECK(load_schedule(dir / "none.json").error().code == Errc::not_found);
}

TEST_CASE("schedule: refusals") {
  const StressProfile p = support::stress_profile();
  CHECK_THROWS_AS(generate(p, {.length = Duration(0)}), ConfigError);
  CHECK_THROWS_AS(generate(p, {.speed = 0}), ConfigError);
  CHECK_THROWS_AS(generate(p, {.cpu_scale = -1.0}), ConfigError);
  CHECK_THROWS_AS(generate(p, {.max_cores = NAN}), ConfigError);
  CHECK_THROWS_AS(weighting_from("fair"), ConfigError);
  CHECK(generate(p, {.length = Duration(1)}).error().code == Errc::not_enough_data);
  CHECK(generate(p, {.length = 200h, .max_jobs = 3}).error().code == Errc::too_large);
}
