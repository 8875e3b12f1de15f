#include "learningplane/report/phases_report.hpp"

#include <doctest/doctest.h>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "support/phases.hpp"

using namespace learningplane;
using namespace learningplane::report;
using namespace learningplane::profiling;

namespace {

/// Sequences with phases that alternate: 0 for two rows, 1 for one; the first row has none.
PhasesReport report_of(std::size_t sequences, std::size_t rows) {
  PhasesReport out{.source = "</script><!--<script><b>", .model = "web.json"};
  out.data.features = {"cpu<i>", "memory"};
  for (std::size_t s = 0; s < sequences; ++s) {
    PhaseSequence q{.labels = Labels{{"pod", "p" + std::to_string(s)}}};
    PhaseLabels l{.labels = q.labels};
    for (std::size_t i = 0; i < rows + s; ++i) {
      q.times_ns.push_back(static_cast<std::int64_t>(i) * 1'000'000'000);
      const std::int32_t phase = i == 0 ? -1 : i % 3 == 0 ? 1 : 0;
      l.phases.push_back(phase);
      q.rows.insert(q.rows.end(), {phase == 1 ? 4.0 : 0.5, 100.0 + static_cast<double>(i)});
    }
    l.times_ns = q.times_ns;
    out.data.sequences.push_back(std::move(q));
    out.labels.push_back(std::move(l));
  }
  out.statistics = phase_statistics(out.data, out.labels, 3);
  return out;
}

/// The page's data as the browser gets them.
Value data_of(const std::string& html) {
  const std::string open = R"(<script id="data" type="application/json">)";
  const std::size_t begin = html.find(open) + open.size();
  return value_or_throw(parse_json(html.substr(begin, html.find("</script>", begin) - begin)));
}

}  // namespace

TEST_CASE("phases report: series, bands and figures are the data's") {
  const PhasesReport r = report_of(1, 10);
  const Value v = to_value(r);
  const Value& series = v.find("series")->as_array().at(0);
  CHECK(series.get("name", "") == "p0");
  CHECK(series.get("merged", true) == false);
  const Value& cpu = series.find("features")->as_array()[0];
  CHECK(cpu.find("t")->size() == 10);
  CHECK(cpu.find("v")->as_array()[3] == Value(4));
  // Rows 1 and 2, 3, 4 and 5, 6, 7 and 8, 9; the last one lasts one second more. Row 0 has none.
  const auto& bands = series.find("bands")->as_array();
  REQUIRE(bands.size() == 6);
  CHECK(bands[0] == Value(Value::Array{1000, 3000, 0}));
  CHECK(bands[5] == Value(Value::Array{9000, 10'000, 1}));
  const Value& told = *v.find("statistics");
  CHECK(told.get("changes", std::int64_t{0}) == 5);
  CHECK(told.get("unknown", std::int64_t{0}) == 1);
  CHECK(told.find("phases")->as_array()[2].get("rows", std::int64_t{-1}) == 0);
  CHECK(
      told.find("phases")->as_array()[2].find("duration_seconds")->get("count", std::int64_t{-1}) ==
      0);
  CHECK(v.find("training") == nullptr);
  CHECK(v.find("why")->get("model", "") == "web.json");
  CHECK(v.find("why")->find("choice") == nullptr);
}

TEST_CASE("phases report: the ground ends where rows are missing") {
  PhasesReport r = report_of(1, 10);
  for (std::size_t i = 5; i < 10; ++i) r.data.sequences[0].times_ns[i] += 60'000'000'000;
  r.labels[0].times_ns = r.data.sequences[0].times_ns;
  r.statistics = phase_statistics(r.data, r.labels, 3);
  const Value v = to_value(r);
  const Value& series = v.find("series")->as_array()[0];
  const auto& bands = series.find("bands")->as_array();
  CHECK(bands[2] == Value(Value::Array{4000, 5000, 0}));
  CHECK(bands[3] == Value(Value::Array{65'000, 66'000, 0}));
  const auto& line = series.find("features")->as_array()[0].find("v")->as_array();
  CHECK(line.size() == 11);
  CHECK(line[5].is_null());
}

TEST_CASE("phases report: many rows and sequences are thinned, and all are counted") {
  PhasesReport r = report_of(30, 20'000);
  const Value v = to_value(r);
  CHECK(v.find("series")->size() == 24);
  CHECK(v.find("series")->as_array()[0].get("name", "") == "p6");  // the shortest are left out
  CHECK(v.find("statistics")->get("sequences", std::int64_t{0}) == 30);
  const Value& series = v.find("series")->as_array()[0];
  CHECK(series.get("thinned", false));
  CHECK(series.get("merged", false));
  CHECK(series.find("bands")->size() <= 1'000);
  for (const Value& band : series.find("bands")->as_array())
    CHECK(band.as_array()[2].as_int() == 0);  // takes two thirds of every moment
  CHECK(to_html(r).size() < 4'000'000);
}

TEST_CASE("phases report: why so many, how they were learned, and what comes next") {
  PhasesReport r = report_of(1, 30);
  r.model.clear();
  PhaseFit fit{.rows = 30, .k = 3};
  fit.crbm.errors = {0.9, 0.4};
  fit.constant = {"memory"};
  r.fit = profiling::to_value(fit);
  CHECK(to_value(r).find("why")->get("asked", false));
  fit.choice =
      KChoice{.k = 3, .reason = "k = 3 stands apart best", .scores = {{2, 9, 0.3}, {3, 4, 0.7}}};
  r.fit = profiling::to_value(fit);
  r.next = {{"markov", NextPhaseScore{.rows = 10, .changes = 4, .foreseen = 2, .right = 1}}};
  const Value v = to_value(r);
  const Value& choice = *v.find("why")->find("choice");
  CHECK(choice.get("reason", "") == "k = 3 stands apart best");
  CHECK(choice.find("scores")->as_array()[1].get("silhouette", 0.0) == 0.7);
  CHECK(v.find("training")->find("errors")->size() == 2);
  const Value& next = v.find("next")->as_array().at(0);
  CHECK(next.get("method", "") == "markov");
  CHECK(next.get("precision", 0.0) == 0.5);
  CHECK(next.get("recall", 0.0) == 0.25);
}

TEST_CASE("phases report: nothing that was read breaks out of the page") {
  PhasesReport r = report_of(1, 10);
  r.data.sequences[0].labels = Labels{{"pod", "<img src=x onerror=alert(1)>"}};
  const std::string html = to_html(r);
  CHECK(html.find("@DATA@") == std::string::npos);
  CHECK(html.find("@FIGURES@") == std::string::npos);
  CHECK(html.find("@LOOKS@") == std::string::npos);
  CHECK(html.find("<!--") == std::string::npos);
  CHECK(html.find("<img") == std::string::npos);
  CHECK(html.find("http://") == std::string::npos);
  CHECK(html.find("https://") == std::string::npos);
  const Value data = data_of(html);
  CHECK(data.get("source", "") == r.source);
  CHECK(data.find("series")->as_array()[0].get("name", "") == "<img src=x onerror=alert(1)>");
  for (const char* figure : {"series", "boxes", "durations", "graph", "matrix", "choice", "next"})
    CHECK(html.find("id=\"" + std::string(figure) + "\"") != std::string::npos);
}

TEST_CASE("phases report: what does not belong together is refused") {
  PhasesReport r = report_of(2, 10);
  r.labels.pop_back();
  CHECK_THROWS_AS(to_value(r), LogicError);
  r = report_of(1, 10);
  r.labels[0].phases.pop_back();
  CHECK_THROWS_AS(to_value(r), LogicError);
  r = report_of(1, 10);
  r.labels[0].phases[3] = 3;
  CHECK_THROWS_AS(to_value(r), LogicError);
}
