#include "learningplane/telemetry/csv_sensor.hpp"

#include <doctest/doctest.h>

#include "learningplane/registries.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::telemetry;

namespace {
const Window first_minute{from_seconds(0), from_seconds(60), Duration{0}};
}

TEST_CASE("csv sensor: built by name, with paths from the folder of the agent file") {
  const support::TempDir dir;
  dir.write("data/t.csv", "time;site;a\n1;x;2,5\n");
  dir.write("data/u.csv", "time;site;a\n1;x;2.5\n61;y;3\n");
  Registries r;
  register_core(r);
  const Value options = Value::object()
                            .set("path", "data/u.csv")
                            .set("separator", ";")
                            .set("label_columns", Value::array().push("site"));
  const auto sensor = r.sensors.build("csv", options, {nullptr, dir.path()});
  const auto f = sensor->read(first_minute);
  REQUIRE(f);
  CHECK(f->rows() == 1);
  CHECK(f->find("a", {{"site", "x"}})->values[0] == 2.5);
  CHECK_THROWS_AS(r.sensors.build("csv", Value::object(), {}), ConfigError);
  CHECK_THROWS_AS(
      r.sensors.build("csv", Value::object().set("path", "x").set("separator", "|"), {}),
      ConfigError);
}

TEST_CASE("csv sensor: a file that has changed is read again") {
  const support::TempDir dir;
  dir.write("t.csv", "time,a\n1,1\n");
  CsvOptions o;
  o.paths = {dir.path()};
  CsvSensor sensor(o);
  CHECK(sensor.read(first_minute)->rows() == 1);
  dir.write("t.csv", "time,a\n1,1\n2,2\n");
  CHECK(sensor.read(first_minute)->rows() == 2);
  dir.write("u.csv", "time,a\n3,3\n");
  CHECK(sensor.read(first_minute)->rows() == 3);
  dir.write("u.csv", "time,a\n3,broken\n");
  CHECK_FALSE(sensor.read(first_minute));
}

TEST_CASE("csv sensor: a step asks for means") {
  const support::TempDir dir;
  dir.write("t.csv", "time,a\n1,1\n2,3\n11,5\n");
  CsvOptions o;
  o.paths = {dir / "t.csv"};
  const auto f = CsvSensor(o).read({from_seconds(0), from_seconds(60), std::chrono::seconds(10)});
  REQUIRE(f);
  CHECK(f->column(0).values.to_vector() == std::vector<double>{2, 5});
}
