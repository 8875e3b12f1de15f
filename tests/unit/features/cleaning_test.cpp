#include "learningplane/features/cleaning.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "learningplane/telemetry/csv.hpp"
#include "support/skip.hpp"

using namespace learningplane;
using namespace learningplane::features;
using telemetry::CellFlag;
using telemetry::Column;
using telemetry::Frame;

namespace {

const std::vector<std::string> telemetry_columns{
    "node_cpu_usage", "node_mem_usage", "pipelines_server_cpu_usage", "pipelines_server_mem_usage"};
const char* const latency = "pipelines_status_realtime_pipeline_latency";
const char* const fps = "pipelines_status_idelta_fps";

telemetry::CsvOptions csv(const std::string& path) {
  telemetry::CsvOptions o;
  o.paths = {path};
  o.label_columns = {"cluster"};
  o.value_columns = telemetry_columns;
  for (const char* c :
       {latency, fps, "pipelines_status_frame_count", "pipelines_status_elapsed_time"})
    o.value_columns.emplace_back(c);
  return o;
}

CleaningOptions published() {
  CleaningOptions o;
  o.group = "cluster";
  o.columns = telemetry_columns;
  o.columns.insert(o.columns.end(), {latency, fps});
  o.qos = QosOptions{};
  return o;
}

/// Sum, sum weighted by row number, and the first, 1001st and last value, as pandas gives them.
struct Expected {
  const char* column;
  double sum, weighted, first, middle, last;
};

void check_column(const Column& c, const Expected& e) {
  CAPTURE(c.id());
  double sum = 0, weighted = 0;
  for (std::size_t r = 0; r < c.values.size(); ++r) {
    sum += c.values[r];
    weighted += c.values[r] * static_cast<double>(r + 1);
  }
  const auto near = [](double v) { return doctest::Approx(v).epsilon(1e-12); };
  CHECK(sum == near(e.sum));
  CHECK(weighted == near(e.weighted));
  CHECK(c.values[0] == near(e.first));
  CHECK(c.values[1000] == near(e.middle));
  CHECK(c.values[c.values.size() - 1] == near(e.last));
}

}  // namespace

TEST_CASE("cleaning: as_published gives what pandas gives on the video telemetry") {
  const auto dir = support::data_dir("video-qos");
  LEARNINGPLANE_NEED(!dir.empty(), "LEARNINGPLANE_DATA has no video-qos");
  const auto raw = telemetry::read_csv(csv(dir.string()));
  REQUIRE(raw);
  const auto frame = Cleaning(published()).apply(*raw);
  REQUIRE(frame);
  // Computed with pandas 2 by the published steps; 5761 rows a cluster, nothing unknown.
  REQUIRE(frame->rows() == 5761);
  CHECK(frame->unknown_share() == 0);
  CHECK(to_iso8601(frame->time(0)) == "2024-05-15T08:45:00Z");
  CHECK(to_iso8601(frame->time(5760)) == "2024-05-16T08:45:00Z");
  const Expected a6[] = {{"node_cpu_usage", 36226.35667665519, 111052323.14583133,
                          4.0969999999993885, 6.325666666666318, 5.295215869311609},
                         {"node_mem_usage", 57092698742784.0, 1.7233934093502672e+17, 7104299008.0,
                          10816929792.0, 7614656512.0},
                         {"pipelines_server_cpu_usage", 21778.53375792034, 62117411.81654243,
                          3.465601127308325, 3.9720876395560865, 4.039808109873359},
                         {"pipelines_server_mem_usage", 4213811761152.0, 1.1642626309644288e+16,
                          806178816.0, 768581632.0, 594395136.0},
                         {latency, 456.4823329846064, 1457570.1721466745, 0.057805657386779785,
                          0.05878186225891113, 0.056200504302978516},
                         {fps, 143279.56439587905, 411330601.7114694, 24.99893977910707,
                          24.954321472527777, 25.19746842069805},
                         {"qos", 3222.693086189477, 9031232.658721492, 0.6072192065765097,
                          0.6025355151869135, 0.6211786866053084}};
  const Expected c2[] = {{"node_cpu_usage", 42919.15944975488, 130853460.8974415, 5.06499999999966,
                          5.903444444444216, 7.798999999999795},
                         {"node_mem_usage", 226906744780117.3, 7.41104439596563e+17, 13143842816.0,
                          21078142976.0, 56940310528.0},
                         {"pipelines_server_cpu_usage", 26910.20129452883, 78000041.76089068,
                          4.873972191354197, 4.735769933150632, 5.036410472362672},
                         {"pipelines_server_mem_usage", 6291435939157.334, 1.81386889432064e+16,
                          1098592256.0, 1088750933.3333333, 1086259200.0},
                         {latency, 430.12495172023773, 1287793.231839935, 0.0592113733291626,
                          0.06626216570536296, 0.06467771530151367},
                         {fps, 143879.5129651308, 414516860.455943, 24.99999226876204,
                          25.001549476109847, 24.997892557428287},
                         {"qos", 3246.695719786997, 9230608.942485001, 0.6037398814552815,
                          0.5861021830884999, 0.5899003683198725}};
  const auto clusters = frame->label_values("cluster");
  REQUIRE(clusters.size() == 2);
  for (const Expected& e : a6) check_column(*frame->find(e.column, {{"cluster", clusters[0]}}), e);
  for (const Expected& e : c2) check_column(*frame->find(e.column, {{"cluster", clusters[1]}}), e);
  // Made-up cells are still known as such.
  CHECK(frame->imputed_share() > 0);
}

TEST_CASE("cleaning: groups are cleaned apart") {
  const auto raw = telemetry::parse_csv(
      "timestamp,site,x\n0,a,0\n0,b,100\n5,b,\n10,b,\n10,a,2\n15,a,3\n15,b,130\n", [] {
        telemetry::CsvOptions o;
        o.label_columns = {"site"};
        return o;
      }());
  REQUIRE(raw);
  CleaningOptions o;
  o.group = "site";
  o.step = Duration{0};
  const auto f = Cleaning(o).apply(*raw);
  REQUIRE(f);
  // Rows in which a site has nothing at all are none of its rows, so that nothing is filled there.
  CHECK(f->rows() == 3);
  CHECK(f->find("x", {{"site", "a"}})->values.to_vector() == std::vector<double>{0, 2, 3});
  CHECK(f->find("x", {{"site", "b"}})->flag(1) == CellFlag::absent);
}

TEST_CASE("cleaning: fresh fills a sample that is missing altogether, flagged, and no longer gap") {
  using namespace std::chrono_literals;
  std::vector<std::int64_t> times;
  std::vector<double> values;
  for (int i : {0, 1, 3, 4, 9, 10}) {  // 2 is missing, and 5 to 8
    times.push_back(to_ns(TimePoint(i * 30s)));
    values.push_back(i);
  }
  const auto frame = *telemetry::Frame::make(times, {telemetry::Column{"x", {}, "", values, {}}});
  CleaningOptions o;
  o.preset = CleaningPreset::fresh;
  o.step = 30s;
  o.max_gap = 60s;
  const auto out = *Cleaning(o).apply(frame);
  REQUIRE(out.rows() == 7);
  CHECK(out.column(0).values[2] == 2);
  CHECK(out.column(0).flag(2) == telemetry::CellFlag::imputed);
  CHECK(out.column(0).flag(3) == telemetry::CellFlag::observed);
  CHECK(out.times_ns()[5] == to_ns(TimePoint(270s)));
}

TEST_CASE("cleaning: fresh makes up nothing beyond its limit") {
  const auto raw = telemetry::parse_csv("time,x,y\n0,0,0\n10,,1\n20,4,2\n30,,3\n200,8,4\n210,,5\n");
  REQUIRE(raw);
  CleaningOptions o;
  o.preset = CleaningPreset::fresh;
  o.step = std::chrono::seconds(10);
  const auto f = Cleaning(o).apply(*raw);
  REQUIRE(f);
  const Column& x = *f->find("x");
  CHECK(x.values[1] == 2);
  CHECK(x.flag(1) == CellFlag::imputed);
  CHECK_FALSE(x.known(3));  // 180 s between the neighbours
  CHECK_FALSE(x.known(5));  // the tail
  o.preset = CleaningPreset::as_published;
  const auto all = Cleaning(o).apply(*raw);
  REQUIRE(all);
  CHECK(all->find("x")->values.to_vector() == std::vector<double>{0, 2, 4, 6, 8, 8});
  CHECK(all->find("x")->flag(5) == CellFlag::imputed);
}

TEST_CASE("cleaning: from configuration, as a preset or as steps") {
  const Value preset = Value::object().set("preset", "as_published").set("group", "cluster");
  CHECK(Cleaning::from_value(preset).names() ==
        std::vector<std::string>{"drop_empty", "derive_qos", "interpolate", "drop_incomplete",
                                 "resample"});
  Value steps = Value::array();
  steps.push(Value::object().set("step", "clip").set("column", "x").set("high", 1.0));
  steps.push(Value::object().set("step", "scale").set("column", "x").set("factor", 100.0));
  steps.push(Value::object().set("step", "interpolate").set("max_gap", "5s"));
  const auto f =
      Cleaning::from_value(steps).apply(*telemetry::parse_csv("time,x\n1,0.5\n3,\n5,7\n20,\n"));
  REQUIRE(f);
  CHECK(f->find("x")->values[1] == 75);
  CHECK(f->find("x")->values[2] == 100);
  CHECK_FALSE(f->find("x")->known(3));
  CHECK(Cleaning::from_value(Value()).names().empty());
}

TEST_CASE("cleaning: wrong configuration is named") {
  const auto refused = [](const Value& v, const char* named) {
    try {
      Cleaning::from_value(v);
    } catch (const ConfigError& e) {
      CAPTURE(e.what());
      CHECK(std::string(e.what()).find(named) != std::string::npos);
      return;
    }
    FAIL("not refused: " << named);
  };
  refused(Value::object().set("preset", "magic"), "magic");
  refused(Value::object().set("presett", "fresh"), "presett");
  refused(Value::object().set("step", "soon"), "soon");
  refused(Value::object().set("qos", "maybe"), "maybe");
  refused(Value::array().push(Value::object().set("step", "polish")), "polish");
  refused(Value::array().push(Value::object().set("column", "x")), "step");
  refused(Value::array().push(Value::object().set("step", "clip")), "column");
  const auto failed = Cleaning::from_value(
      Value::array().push(Value::object().set("step", "clip").set("column", "z")));
  CHECK(failed.apply(*telemetry::parse_csv("time,x\n1,1\n")).error().path.find("clip") !=
        std::string::npos);
}
