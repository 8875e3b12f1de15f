#include "learningplane/adapters/prometheus/presets.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::adapters::prometheus;
using namespace std::chrono_literals;

TEST_CASE("presets: every query is filled in, named once, and keeps what it groups by") {
  for (const Preset& preset : presets()) {
    CAPTURE(preset.name);
    std::set<std::string> names;
    for (const Query& q :
         preset_queries(preset.name, {.match = {{"namespace", "p\"1"}}, .window = 2min})) {
      CAPTURE(q.query);
      CHECK(names.insert(q.name).second);
      CHECK(q.query.find("{M}") == std::string::npos);
      CHECK(q.query.find("{W}") == std::string::npos);
      CHECK(q.query.find(R"(,namespace="p\"1"})") != std::string::npos);
      CHECK(std::count(q.query.begin(), q.query.end(), '(') ==
            std::count(q.query.begin(), q.query.end(), ')'));
      if (q.query.find("rate(") != std::string::npos)
        CHECK(q.query.find("[2m]") != std::string::npos);
      REQUIRE(q.labels);
      for (const std::string& label : *q.labels) CHECK(q.query.find(label) != std::string::npos);
    }
    CHECK(names.size() > 1);
  }
  CHECK(preset_queries("snmp_energy").size() == 2);
  CHECK(
      preset_queries("pravega").front().query ==
      R"(max by (host) (pravega_segmentstore_segment_write_latency_ms_seconds{quantile="0.99"}))");
}

TEST_CASE("presets: what does not exist is refused") {
  CHECK_THROWS_AS(preset_queries("other"), ConfigError);
  CHECK_THROWS_AS(preset_queries("pravega", {.match = {}, .window = 1ms}), ConfigError);
}

TEST_CASE("presets: the sensor takes one beside queries of its own") {
  const auto options_of = [](Value preset, Value queries) {
    const Value given = Value::object()
                            .set("url", "http://127.0.0.1:9090")
                            .set("preset", std::move(preset))
                            .set("queries", std::move(queries));
    return PrometheusSensor::options(PrometheusSensor::manifest().check(given), "");
  };
  const Value energy =
      Value::object().set("name", "snmp_energy").set("match", Value::object().set("job", "pdu"));
  const auto o = options_of(energy, Value::array().push("up"));
  REQUIRE(o.queries.size() == 3);
  CHECK(o.queries[0].query == "up");
  CHECK(o.queries[2].query.find(R"(job="pdu")") != std::string::npos);
  CHECK(o.queries[2].unit == "joules");
  CHECK_THROWS_AS(options_of(Value::object().set("name", "other"), Value::array()), ConfigError);
  // Neither is nothing to ask.
  CHECK_THROWS_AS(PrometheusSensor(options_of(Value::object(), Value::array())), ConfigError);
}
