#include "learningplane/telemetry/function_sensor.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace learningplane;
using namespace learningplane::telemetry;

TEST_CASE("function sensor: what the callable throws becomes a failure with its name") {
  FunctionSensor sensor(
      "mine", [](const Window&) -> Result<Frame> { throw std::runtime_error("no such table"); });
  const auto f = sensor.read({from_ns(0), from_ns(1), Duration{0}});
  REQUIRE_FALSE(f);
  CHECK(f.error().describe().find("mine: no such table") != std::string::npos);
  CHECK_THROWS_AS(FunctionSensor("none", nullptr), ConfigError);
}
