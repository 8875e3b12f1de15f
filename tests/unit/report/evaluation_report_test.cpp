#include "learningplane/report/evaluation_report.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"
#include "learningplane/model/naive.hpp"

using namespace learningplane;
using namespace learningplane::report;

namespace {

EvaluationReport report_of(std::size_t every, std::vector<double> levels) {
  std::vector<std::int64_t> times;
  std::vector<double> y;
  for (std::int64_t i = 0; i < 200; ++i) {
    times.push_back(i * 60'000'000'000);
    y.push_back(std::sin(static_cast<double>(i) / 5));
  }
  y[170] = std::nan("");
  const telemetry::Frame frame = value_or_throw(
      telemetry::Frame::make(times, {telemetry::Column{.name = "y", .values = y, .flags = {}}}));
  evaluation::BacktestOptions o;
  o.target = "y";
  o.horizon = 4;
  o.every = every;
  o.levels = std::move(levels);
  const evaluation::ModelMaker make = [] {
    return std::make_unique<model::Naive>(model::NaiveOptions{"y", 4});
  };
  EvaluationReport out{.target = "y", .source = "</script><b>"};
  out.results = value_or_throw(evaluation::backtest({{"naive", "all", frame, make}}, o));
  out.truth["all"] = frame;
  return out;
}

}  // namespace

TEST_CASE(
    "evaluation report: truth, paths and scores are in the page, and nothing breaks out of it") {
  const EvaluationReport report = report_of(1, {0.1, 0.9});
  const Value v = to_value(report);
  const Value& truth = *v.find("groups")->as_array()[0].find("truth");
  CHECK(truth.find("t")->size() == truth.find("y")->size());
  CHECK(truth.find("t")->size() == 60 + 4);  // from four rows before the first origin on
  const Value& result = v.find("results")->as_array()[0];
  const Value& paths = *result.find("paths");
  CHECK(paths.size() <= report.paths);
  CHECK(paths.size() > report.paths / 2);
  CHECK(paths.as_array()[0].find("mean")->size() == 4);
  CHECK(paths.as_array()[0].find("high")->size() == 4);
  CHECK(result.find("horizons")->size() == 2);
  const std::string html = to_html(report);
  CHECK(html.find("@DATA@") == std::string::npos);
  CHECK(html.find("</script><b>") == std::string::npos);
  CHECK(html.find("\\u003c/script>") != std::string::npos);
  CHECK(html.find("https://") == std::string::npos);
}

TEST_CASE("evaluation report: without quantiles there is no band, without truth no line") {
  EvaluationReport report = report_of(10, {});
  report.truth.clear();
  const Value v = to_value(report);
  CHECK(v.find("groups")->as_array()[0].find("truth")->find("t")->size() == 0);
  CHECK(v.find("results")->as_array()[0].find("paths")->as_array()[0].find("low")->size() == 0);
}
