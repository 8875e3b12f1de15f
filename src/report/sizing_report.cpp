#include "learningplane/report/sizing_report.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/simulation/sizing_totals.hpp"
#include "report/drawn_series.hpp"
#include "report/page.hpp"

namespace learningplane::report {

namespace {

using decision::UsageSample;
using simulation::SizingResult;
using simulation::UsageTrace;

constexpr std::int64_t ms = 1'000'000;
constexpr std::size_t most_points = 150'000;  ///< of all series together

const SizingResult& result_of(const SizingReport& r, std::size_t policy, std::size_t trace) {
  return r.results[policy * r.traces.size() + trace];
}

void check(const SizingReport& r) {
  if (r.traces.empty() || r.lineup.empty()) throw LogicError("no results to show");
  if (r.results.size() != r.traces.size() * r.lineup.size())
    throw LogicError("a report has a result of each policy on each trace");
  for (std::size_t p = 0; p < r.lineup.size(); ++p) {
    for (std::size_t t = 0; t < r.traces.size(); ++t) {
      const SizingResult& one = result_of(r, p, t);
      if (one.cpu_limit.size() != one.memory_limit.size() ||
          one.first + one.cpu_limit.size() != r.traces[t].samples.size())
        throw LogicError("a result does not fit its trace");
    }
  }
}

/// Those that ask for most CPU on the mean, in their own order.
std::vector<std::size_t> largest(const SizingReport& r) {
  std::vector<std::size_t> order(r.traces.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // One that every policy left out has nothing to be drawn.
  std::erase_if(order, [&](std::size_t t) {
    for (std::size_t p = 0; p < r.lineup.size(); ++p)
      if (result_of(r, p, t).left_out.empty()) return false;
    return true;
  });
  if (order.empty()) throw LogicError("no results to show");
  // Where one policy was left out, another tells what was asked for.
  const auto demand = [&](std::size_t t) {
    double out = 0;
    for (std::size_t p = 0; p < r.lineup.size(); ++p)
      out = std::max(out, result_of(r, p, t).cpu.demand);
    return out;
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return demand(a) > demand(b); });
  order.resize(std::min(order.size(), std::max<std::size_t>(r.applications, 1)));
  std::sort(order.begin(), order.end());
  return order;
}

Value policy_value(const SizingReport& r, const simulation::SizingTotals& totals,
                   std::size_t policy) {
  return Value::object()
      .set("name", r.lineup[policy].name)
      .set("kind", r.lineup[policy].kind)
      .set("options", dump_json(r.lineup[policy].options))
      .set("total",
           simulation::to_value(totals.policies[policy]).set("over", totals.over[policy].size()));
}

Value application_value(const SizingReport& r, std::size_t trace, std::size_t points) {
  const std::vector<UsageSample>& samples = r.traces[trace].samples;
  std::vector<std::int64_t> times;
  for (const UsageSample& s : samples) times.push_back(to_ns(s.at));
  const DrawnOptions drawn{.points = points, .gap_ns = 3 * usual_step(times)};
  Value policies = Value::array();
  for (std::size_t p = 0; p < r.lineup.size(); ++p) {
    const SizingResult& one = result_of(r, p, trace);
    const std::span<const std::int64_t> judged = std::span(times).subspan(one.first);
    const auto limits = [&](const std::vector<double>& of) {
      return drawn_steps(judged, [&](std::size_t i) { return of[i]; }, drawn);
    };
    policies.push(Value::object()
                      .set("cpu", limits(one.cpu_limit))
                      .set("memory", limits(one.memory_limit))
                      .set("score", simulation::to_value(one)));
  }
  const std::size_t first = result_of(r, 0, trace).first;
  const auto usage = [&](double UsageSample::* part) {
    return drawn_series(times, [&](std::size_t i) { return samples[i].*part; }, drawn);
  };
  return Value::object()
      .set("name", r.traces[trace].name)
      .set("samples", samples.size())
      .set("judged_from", first < times.size() ? Value(times[first] / ms) : Value())
      .set("until", times.empty() ? Value() : Value(times.back() / ms))
      .set("thinned", times.size() > points)
      .set("cpu", usage(&UsageSample::cpu_cores))
      .set("memory", usage(&UsageSample::memory_bytes))
      .set("policies", std::move(policies));
}

}  // namespace

Value to_value(const SizingReport& r) {
  check(r);
  const auto totals = simulation::sizing_totals(r.results, r.traces.size());
  const auto drawn = largest(r);
  const std::size_t lines = drawn.size() * 2 * (r.lineup.size() + 1);
  const std::size_t points = std::clamp<std::size_t>(most_points / lines, 150, 1'600);
  Value policies = Value::array(), applications = Value::array();
  for (std::size_t p = 0; p < r.lineup.size(); ++p) policies.push(policy_value(r, totals, p));
  for (const std::size_t t : drawn) applications.push(application_value(r, t, points));
  return Value::object()
      .set("source", r.source)
      .set("seen", simulation::to_string(r.options.seen))
      .set("train_share", r.options.train_share)
      .set("application_count", r.traces.size())
      .set("alike", totals.alike())
      .set("left_out", simulation::to_value(totals.left_out))
      .set("policies", std::move(policies))
      .set("applications", std::move(applications));
}

std::string to_html(const SizingReport& report) {
  return fill_page(sizing_page_template(), to_value(report));
}

}  // namespace learningplane::report
