#include "learningplane/simulation/workload_trace.hpp"

#include <doctest/doctest.h>

#include <fstream>

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
