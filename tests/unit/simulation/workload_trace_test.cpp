#include "learningplane/simulation/workload_trace.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>

#include "learningplane/error.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::simulation;
using namespace std::chrono_literals;

namespace {
std::string file(const support::TempDir& dir, const std::string& text) {
  const std::string path = dir / "trace.csv";
  std::ofstream(path) << text;
  return path;
}
}  // namespace

TEST_CASE("workload trace: numbers alone, or a CSV with times") {
  const support::TempDir dir;
  const WorkloadTrace plain = value_or_throw(read_trace(file(dir, "0\n3\r\n2.5\n")));
  CHECK(plain.load == std::vector<double>{0, 3, 2.5});
  CHECK(plain.slot == 1min);
  const WorkloadTrace timed = value_or_throw(
      read_trace(file(dir, "time,a,b\n2024-01-01T00:00:00Z,1,2\n2024-01-01T00:05:00Z,3,4\n"), "b"));
  CHECK(timed.slot == 5min);
  CHECK(timed.load == std::vector<double>{2, 4});
  CHECK(timed.frame(1, 1).time(0) == timed.time(1));
}

TEST_CASE("workload trace: what cannot be read is refused whole") {
  const support::TempDir dir;
  CHECK(read_trace("there/is/none").error().code == Errc::not_found);
  for (const char* text :
       {"1\nx\n", "1\n-2\n", "1\nnan\n", "time,a,b\n1,1,1\n2,2,2\n", "time,a\n1,1\n2,2\n4,3\n"}) {
    CAPTURE(text);
    CHECK(!read_trace(file(dir, text)));
  }
}

TEST_CASE("workload trace: uneven rows and requests become slots") {
  const support::TempDir dir;
  const std::string text =
      "time,load\n2024-01-01T00:00:10Z,2\n2024-01-01T00:00:50Z,4\n2024-01-01T00:03:00Z,5\n"
      "2024-01-01T00:02:00Z,\n";
  TraceReading r;
  r.combine = TraceCombine::mean;
  const WorkloadTrace mean = value_or_throw(read_trace(file(dir, text), r));
  CHECK(mean.start == value_or_throw(parse_iso8601("2024-01-01")));
  REQUIRE(mean.size() == 4);
  CHECK(mean.load[0] == 3);
  CHECK(std::isnan(mean.load[1]));  // no row
  CHECK(std::isnan(mean.load[2]));  // an empty cell
  CHECK(mean.load[3] == 5);
  r.combine = TraceCombine::sum;
  CHECK(value_or_throw(read_trace(file(dir, text), r)).load[0] == 6);
  r.combine = TraceCombine::count;
  // Two requests of one instant are two.
  const WorkloadTrace requests =
      value_or_throw(read_trace(file(dir,
                                     "T,tokens\n2024-01-01 00:00:59.5,1\n2024-01-01 00:00:59.5,7\n"
                                     "2024-01-01 00:02:00,1\n"),
                                r));
  CHECK(requests.load == std::vector<double>{2, 0, 1});
  CHECK(trace_combine_from("sum") == TraceCombine::sum);
  CHECK_THROWS_AS(trace_combine_from("median"), ConfigError);
  CHECK(!read_trace(file(dir, "T\nyesterday\n"), r));
  CHECK(!read_trace(file(dir, "T\n"), r));
  r.combine = TraceCombine::sum;
  CHECK(!read_trace(file(dir, "time,load\n2024-01-01,-1\n2024-01-02,1\n"), r));
}
