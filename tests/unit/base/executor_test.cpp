#include "learningplane/executor.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace learningplane;
using namespace std::chrono_literals;

TEST_CASE("manual executor: runs in order of time, and what was cancelled never") {
  ManualClock clock;
  ManualExecutor executor(clock);
  std::string ran;
  executor.at(TimePoint(2s), [&] { ran += 'c'; });
  const auto b = executor.at(TimePoint(1s), [&] { ran += 'b'; });
  executor.at(TimePoint(1s), [&] {
    ran += 'd';
    executor.at(TimePoint(1s), [&] { ran += 'e'; });
  });
  executor.post([&] { ran += 'a'; });
  CHECK(executor.cancel(b));
  CHECK_FALSE(executor.cancel(b));
  CHECK(executor.run_until(TimePoint(3s)) == 4);
  CHECK(ran == "adec");
  CHECK(clock.now() == TimePoint(3s));
}
