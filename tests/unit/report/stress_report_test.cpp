#include "learningplane/report/stress_report.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/stress.hpp"

using namespace learningplane;
using namespace learningplane::report;

namespace {

StressReport report_of(double cpu_factor = 1) {
  StressReport out{.recording = "</script><b>run.csv", .profile = support::stress_profile()};
  out.profile.source = "<img src=x>";
  out.schedule =
      value_or_throw(stress::generate(out.profile, {.length = std::chrono::hours(12),
                                                    .seed = 2,
                                                    .weighting = stress::Weighting::frequency,
                                                    .speed = 60}));
  out.check = value_or_throw(
      stress::check_run(out.profile, out.schedule, support::recorded(out.schedule, cpu_factor)));
  return out;
}

const Value& at(const Value& v, std::initializer_list<const char*> path) {
  const Value* found = &v;
  for (const char* key : path) {
    found = found->find(key);
    REQUIRE(found != nullptr);
  }
  return *found;
}

}  // namespace

TEST_CASE("stress report: plan and measurement over time, shares, curves and the check") {
  const StressReport r = report_of(0.5);
  const Value v = to_value(r);
  const auto& planned = at(v, {"cpu", "planned", "v"}).as_array();
  const auto& measured = at(v, {"cpu", "measured", "v"}).as_array();
  REQUIRE(planned.size() == measured.size());
  REQUIRE(planned.size() == r.check.readings);
  double most = 0;
  for (std::size_t i = 0; i < planned.size(); ++i) {
    most = std::max(most, planned[i].as_double());
    CHECK(measured[i].as_double() == doctest::Approx(0.5 * planned[i].as_double()).epsilon(1e-3));
  }
  CHECK(most == doctest::Approx(r.schedule.peak_cores()));
  CHECK(at(v, {"check", "cpu_cores", "correlation"}).as_double() == doctest::Approx(1));
  CHECK(at(v, {"check", "phases", "source"}).size() == 3);
  // Curves rise to one; the source's 41 durations are 41 steps.
  const auto& source = at(v, {"durations", "source"}).as_array();
  REQUIRE(source.size() == 41);
  CHECK(source.front().as_array()[0] == Value(600));
  CHECK(source.back().as_array()[1] == Value(1));
  const auto& seen = at(v, {"durations", "measured"}).as_array();
  CHECK(seen.size() == r.check.jobs);
  CHECK(at(v, {"arrivals", "measured_count"}).as_int() ==
        static_cast<std::int64_t>(r.check.jobs) - 1);
}

TEST_CASE("stress report: what is not known leaves a gap, and long runs are thinned") {
  StressReport r = report_of();
  r.check.totals.cpu_cores[5] = std::nan("");
  const Value gap = to_value(r);
  CHECK(at(gap, {"cpu", "measured", "v"}).as_array()[5].is_null());
  stress::LoadTotals& t = r.check.totals;
  for (auto* column :
       {&t.cpu_cores, &t.memory_bytes, &t.plan_cpu_cores, &t.plan_memory_bytes, &t.jobs})
    column->assign(500'000, 1);
  t.times_ns.resize(500'000);
  for (std::size_t i = 0; i < t.times_ns.size(); ++i)
    t.times_ns[i] = static_cast<std::int64_t>(i) * 1'000'000'000;
  t.cpu_cores[250'000] = 9;
  r.profile.jobs.durations = stress::Empirical(std::vector<double>(100'000, 5));
  const Value v = to_value(r);
  CHECK(at(v, {"cpu", "measured", "v"}).size() <= 2'000);
  double most = 0;
  for (const Value& x : at(v, {"cpu", "measured", "v"}).as_array())
    most = std::max(most, x.as_double());
  CHECK(most == 9);
  CHECK(at(v, {"durations", "source"}).size() == 201);
  CHECK(to_html(r).size() < 1'000'000);
}

TEST_CASE("stress report: the page holds its figures, and nothing that was read breaks out") {
  const std::string html = to_html(report_of());
  for (const char* figure : {"load", "shares", "durations", "arrivals", "fits", "distances"})
    CHECK(html.find("id=\"" + std::string(figure) + "\"") != std::string::npos);
  for (const char* marker : {"@DATA@", "@FIGURES@", "@LOOKS@"})
    CHECK(html.find(marker) == std::string::npos);
  CHECK(html.find("</script><b>") == std::string::npos);
  CHECK(html.find("<img") == std::string::npos);
  CHECK(html.find("http://") == std::string::npos);
  CHECK(html.find("https://") == std::string::npos);
}
