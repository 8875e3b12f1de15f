#include "learningplane/stress/workload.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"
#include "learningplane/telemetry/csv.hpp"
#include "support/series.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::stress;
using namespace std::chrono_literals;

namespace {

/// Rows of two applications: b begins five minutes after a, and both have `rows` rows.
telemetry::Frame two(std::size_t rows, const std::string& skip = {}) {
  std::string text = "time,app,cpu,memory\n";
  for (std::size_t i = 0; i < rows; ++i) {
    for (const auto& [app, start] : {std::pair("a", 0), std::pair("b", 300)}) {
      const auto t = static_cast<long>(start) + static_cast<long>(60 * i);
      const std::string key = std::string(app) + std::to_string(i);
      if (skip.find(key + ";") != std::string::npos) continue;
      text += std::to_string(1'700'000'040 + t) + "," + app + "," + std::to_string(i) + "," +
              std::to_string(100 + i) + "\n";
    }
  }
  telemetry::CsvOptions csv;
  csv.label_columns = {"app"};
  return value_or_throw(telemetry::parse_csv(text, csv));
}
WorkloadOptions quick() {
  WorkloadOptions o;
  o.min_rows = 5;
  return o;
}
Errc code_of(const Result<Workload>& r) { return r ? Errc::internal : r.error().code; }

}  // namespace

TEST_CASE("workload: applications, their grid, and jobs from first row to last") {
  const Workload w = value_or_throw(workload_of(two(20), quick()));
  REQUIRE(w.usage.sequences.size() == 2);
  CHECK(w.step_s == 60);
  CHECK(w.usage.features == std::vector<std::string>{"cpu", "memory"});
  CHECK(w.usage.sequences[1].rows[2 * 7] == 7);
  CHECK(w.usage.sequences[1].rows[2 * 7 + 1] == 107);
  CHECK(w.jobs.durations.kept() == std::vector<double>{1200, 1200});
  CHECK(w.jobs.interarrivals.kept() == std::vector<double>{300});
  CHECK(w.filled == 0);
}

TEST_CASE("workload: short gaps are filled and counted, long ones cut the series") {
  const Workload filled = value_or_throw(workload_of(two(20, "a7;a8;"), quick()));
  CHECK(filled.filled == 2);
  CHECK(filled.usage.sequences[0].rows[2 * 7] == doctest::Approx(7));
  REQUIRE(filled.notes.size() == 1);
  WorkloadOptions strict = quick();
  strict.max_gap = 2min;
  const Workload cut = value_or_throw(workload_of(two(20, "a7;a8;"), strict));
  REQUIRE(cut.usage.sequences.size() == 3);
  CHECK(cut.usage.sequences[0].times_ns.size() == 7);
  CHECK(cut.usage.sequences[1].times_ns.size() == 11);
  CHECK(cut.usage.sequences[1].labels.get("piece") == "1");
  // The beginning is too short once it is cut off.
  const Workload dropped = value_or_throw(workload_of(two(20, "a3;a4;a5;"), strict));
  CHECK(dropped.dropped == 3);
  CHECK(dropped.usage.sequences.size() == 2);
}

TEST_CASE("workload: a coarser grid takes means") {
  WorkloadOptions o = quick();
  o.step = 2min;
  const Workload w = value_or_throw(workload_of(two(20), o));
  CHECK(w.step_s == 120);
  CHECK(w.usage.sequences[0].times_ns.size() == 10);
  CHECK(w.usage.sequences[0].rows[2] == doctest::Approx(2.5));
}

TEST_CASE("workload: refusals name what is wrong") {
  WorkloadOptions o = quick();
  o.cpu = "load";
  const auto missing = workload_of(two(20), o);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Errc::not_found);
  CHECK(missing.error().message.find("'load'") != std::string::npos);
  CHECK(missing.error().message.find("'cpu'") != std::string::npos);
  o = quick();
  o.memory = "heap";
  CHECK(code_of(workload_of(two(20), o)) == Errc::not_found);
  CHECK(code_of(workload_of(two(4), quick())) == Errc::not_enough_data);
  o = quick();
  o.step = -1min;
  CHECK(code_of(workload_of(two(20), o)) == Errc::invalid_argument);
  const auto negative = workload_of(
      support::minutes_of({{"cpu", {1, 2, -0.5, 1, 1}}, {"memory", {1, 1, 1, 1, 1}}}), quick());
  REQUIRE_FALSE(negative);
  CHECK(negative.error().message.find("-0.5") != std::string::npos);
  // One application alone does not say how often one comes.
  CHECK(code_of(workload_of(
            support::minutes_of({{"cpu", {1, 2, 1, 1, 1}}, {"memory", {1, 1, 1, 1, 1}}}),
            quick())) == Errc::not_enough_data);
}

TEST_CASE("workload: unknown cells are no zeros") {
  const double nan = std::nan("");
  const auto frame =
      support::minutes_of({{"cpu", {1, nan, 3, 4, 5, 6}}, {"memory", {1, 1, 1, 1, 1, 1}}});
  const Workload w = value_or_throw(workload_of(frame, quick(), JobTimes{}));
  CHECK(w.usage.sequences[0].rows[2] == doctest::Approx(2));
  CHECK(w.filled == 1);
}

TEST_CASE("jobs: durations and arrivals of spans in any order") {
  const JobTimes t = value_or_throw(job_times({{100, 160}, {0, 30}, {40, 41}}));
  CHECK(t.durations.kept() == std::vector<double>{1, 30, 60});
  CHECK(t.interarrivals.kept() == std::vector<double>{40, 60});
  CHECK(job_times({{0, 1}}).error().code == Errc::not_enough_data);
  CHECK(job_times({{0, 1}, {5, 4}}).error().code == Errc::invalid_argument);
  CHECK(job_times({{0, 1}, {NAN, 4}}).error().code == Errc::invalid_argument);
}

TEST_CASE("jobs: a table is read by its columns, a bad line named") {
  support::TempDir dir;
  dir.write("jobs.csv", "id,start,end\n1,100,160\n2,2001-09-09T01:46:40Z,1000000060\n");
  const JobTimes t = value_or_throw(read_jobs(dir / "jobs.csv"));
  CHECK(t.durations.kept()[1] == doctest::Approx(60));
  CHECK(t.interarrivals.kept()[0] == doctest::Approx(999'999'900));
  CHECK(read_jobs(dir / "jobs.csv", "begin").error().code == Errc::not_found);
  CHECK(read_jobs(dir / "none.csv").error().code == Errc::not_found);
  dir.write("bad.csv", "start,end\n1,2\n5,4\n");
  const auto bad = read_jobs(dir / "bad.csv");
  REQUIRE_FALSE(bad);
  CHECK(bad.error().message.find("line 3") != std::string::npos);
}
