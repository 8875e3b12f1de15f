// One suite for the interface Sensor, run against every implementation.
#include "learningplane/telemetry/sensor.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "learningplane/adapters/prometheus/sensor.hpp"
#include "learningplane/adapters/sqlite/telemetry_store.hpp"
#include "learningplane/telemetry/csv_sensor.hpp"
#include "learningplane/telemetry/function_sensor.hpp"
#include "learningplane/telemetry/procfs.hpp"
#include "support/temp_dir.hpp"
#include "support/tls_server.hpp"

using namespace learningplane;
using namespace learningplane::telemetry;

namespace {

/// Sensors that know something in [100 s, 130 s), made anew in a folder of their own.
struct Candidate {
  const char* name;
  std::function<std::unique_ptr<Sensor>(const support::TempDir&, ManualClock&)> make;
};

Frame known() {
  return *Frame::make(std::vector<std::int64_t>{to_ns(from_seconds(100)), to_ns(from_seconds(110)),
                                                to_ns(from_seconds(129))},
                      {Column{"a", {{"site", "x"}}, "", std::vector<double>{1, 2, 3}, {}}});
}

/// A stand-in that answers query_range with what is known between start and end.
int prometheus_port() {
  static support::Running<httplib::Server> s;
  if (s.port == 0) {
    s.server.Post("/api/v1/query_range", [](const httplib::Request& q, httplib::Response& a) {
      const double start = std::stod(q.get_param_value("start"));
      const double end = std::stod(q.get_param_value("end"));
      std::string values;
      for (const auto& [t, v] : std::map<int, int>{{100, 1}, {110, 2}, {129, 3}}) {
        if (t >= start && t <= end)
          values +=
              (values.empty() ? "[" : ",[") + std::to_string(t) + ",\"" + std::to_string(v) + "\"]";
      }
      const std::string series =
          values.empty() ? "" : R"({"metric":{"site":"x"},"values":[)" + values + "]}";
      a.set_content(
          R"({"status":"success","data":{"resultType":"matrix","result":[)" + series + "]}}",
          "application/json");
    });
    s.start();
  }
  return s.port;
}

const Candidate candidates[] = {
    {"prometheus",
     [](const support::TempDir&, ManualClock&) -> std::unique_ptr<Sensor> {
       adapters::prometheus::PrometheusOptions o;
       o.url = "http://127.0.0.1:" + std::to_string(prometheus_port());
       o.queries = {{.name = "a", .query = "a"}};
       o.step = std::chrono::seconds(1);
       return std::make_unique<adapters::prometheus::PrometheusSensor>(o);
     }},
    {"csv",
     [](const support::TempDir& dir, ManualClock&) -> std::unique_ptr<Sensor> {
       dir.write("t.csv", "time,a\n100,1\n110,2\n129,3\n");
       CsvOptions o;
       o.paths = {dir / "t.csv"};
       return std::make_unique<CsvSensor>(o);
     }},
    {"function",
     [](const support::TempDir&, ManualClock&) -> std::unique_ptr<Sensor> {
       // Answers with more than it was asked for, as a careless callable would.
       return std::make_unique<FunctionSensor>("f", [](const Window&) { return known(); });
     }},
    {"procfs",
     [](const support::TempDir& dir, ManualClock& clock) -> std::unique_ptr<Sensor> {
       dir.write("loadavg", "1 2 3 1/2 3\n");
       auto sensor = std::make_unique<ProcfsSensor>(ProcfsOptions{dir.path(), 100, &clock});
       for (double t : {100.5, 110.0, 129.0}) {
         clock.set(from_seconds(t));
         REQUIRE(sensor->read({from_seconds(0), clock.now() + Duration{1}, Duration{0}}));
       }
       return sensor;
     }},
    {"sqlite", [](const support::TempDir& dir, ManualClock&) -> std::unique_ptr<Sensor> {
       auto store = adapters::sqlite::open_telemetry_store({dir / "t.sqlite"});
       REQUIRE(store->write(known()));
       return store;
     }}};

template <class F>
void for_each_sensor(F check) {
  for (const Candidate& c : candidates) {
    CAPTURE(c.name);
    const support::TempDir dir;
    ManualClock clock(from_seconds(0));
    const auto sensor = c.make(dir, clock);
    check(*sensor);
  }
}

}  // namespace

TEST_CASE("sensor contract: begin is in the window, end is not, rows increase") {
  for_each_sensor([](Sensor& s) {
    const auto all = s.read({from_seconds(90), from_seconds(130), Duration{0}});
    REQUIRE(all);
    CHECK(all->rows() == 3);
    CHECK_FALSE(all->empty());
    const auto part = s.read({from_seconds(110), from_seconds(129), Duration{0}});
    REQUIRE(part);
    REQUIRE(part->rows() == 1);
    CHECK(part->time(0) == from_seconds(110));
  });
}

TEST_CASE("sensor contract: the same question has the same answer") {
  for_each_sensor([](Sensor& s) {
    const Window w{from_seconds(90), from_seconds(120), Duration{0}};
    const auto a = s.read(w), b = s.read(w);
    REQUIRE(a);
    REQUIRE(b);
    CHECK(a->times_ns().to_vector() == b->times_ns().to_vector());
    REQUIRE(a->columns() == b->columns());
    for (std::size_t c = 0; c < a->columns(); ++c)
      CHECK(a->column(c).values.to_vector() == b->column(c).values.to_vector());
  });
}

TEST_CASE("sensor contract: where nothing is there, the frame is empty and nothing is zero") {
  for_each_sensor([](Sensor& s) {
    const auto f = s.read({from_seconds(10), from_seconds(20), Duration{0}});
    REQUIRE(f);
    CHECK(f->rows() == 0);
  });
}

TEST_CASE("sensor contract: an empty or backward window is refused") {
  for_each_sensor([](Sensor& s) {
    CHECK(s.read({from_seconds(20), from_seconds(20), Duration{0}}).error().code ==
          Errc::invalid_argument);
    CHECK(s.read({from_seconds(20), from_seconds(10), Duration{0}}).error().code ==
          Errc::invalid_argument);
    CHECK(s.read({from_seconds(20), from_seconds(30), Duration{-1}}).error().code ==
          Errc::invalid_argument);
  });
}

TEST_CASE("sensor contract: known cells are finite, and it says what it is") {
  for_each_sensor([](Sensor& s) {
    CHECK_FALSE(s.describe().empty());
    const auto f = s.read({from_seconds(90), from_seconds(130), Duration{0}});
    REQUIRE(f);
    for (const Column& c : f->all()) {
      for (std::size_t r = 0; r < f->rows(); ++r) {
        const CellFlag flag = c.flag(r);
        const bool usable = flag == CellFlag::observed || flag == CellFlag::imputed;
        CHECK(usable == std::isfinite(c.values[r]));
      }
    }
  });
}
