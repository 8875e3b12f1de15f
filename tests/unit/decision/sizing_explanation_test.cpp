#include "learningplane/decision/sizing_explanation.hpp"

#include <doctest/doctest.h>

#include "learningplane/decision/placement.hpp"
#include "learningplane/decision/sizing_window.hpp"

using namespace learningplane;
using namespace learningplane::decision;
using namespace std::chrono_literals;

namespace {
constexpr double mib = 1'048'576, unknown = std::numeric_limits<double>::quiet_NaN();

SizingInput steady(double cpu, double memory, Size current) {
  SizingInput in;
  in.at = from_ns(1'704'067'200'000'000'000);
  in.current = current;
  for (int i = 60; i >= 0; --i) in.usage.push_back({in.at - i * 1min, cpu, memory});
  return in;
}

bool says(const std::string& text, const char* part) {
  CAPTURE(text);
  CAPTURE(part);
  const bool found = text.find(part) != std::string::npos;
  CHECK(found);
  return found;
}
}  // namespace

TEST_CASE("sizing explanation: what was used, wished for and bound each resource") {
  SizingWindowOptions o;
  o.limits.memory_maximum = 400 * mib;
  SizingWindow policy(o);
  const std::string text = explain(policy.plan(steady(0.4, 500 * mib, {1, 400 * mib})), policy);
  says(text,
       "CPU goes from 1 cores to 0.4 cores because the sliding window of its usage asks for it "
       "[window]: 0.4 cores were in use, 0.4 cores were wished for.");
  says(text,
       "Memory stays at 400 MiB because the maximum does not allow more [maximum]: 500 MiB "
       "were in use, 500 MiB were wished for.");
}

TEST_CASE("sizing explanation: bumps, holds, and through the journal's form what else was known") {
  SizingWindow policy(SizingWindowOptions{});
  SizingInput in = steady(unknown, 380 * mib, {1, 400 * mib});
  in.out_of_memory = {{in.at, 400 * mib}};
  Decision d = to_decision(policy.plan(in), policy);
  CHECK(is_sizing(d));
  d.details
      .set("out_of_memory",
           Value(Value::Array{
               Value::object().set("at", "2024-01-01T00:00:00Z").set("memory_bytes", 400 * mib)}))
      .set(
          "recommendation",
          Value::object()
              .set("name", "shop-vpa")
              .set("mode", "Off")
              .set("target", Value::object().set("cpu_cores", 0.25).set("memory_bytes", 600 * mib)))
      .set("changed_by_others",
           Value::object()
               .set("from", Value::object().set("cpu_cores", 2).set("memory_bytes", 400 * mib))
               .set("to", Value::object().set("cpu_cores", 1).set("memory_bytes", Value())))
      .set("unknown", Value(Value::Array{Value::object()
                                             .set("name", "cpu")
                                             .set("reason", "stale")
                                             .set("detail", "20 min old")}));
  const std::string text = explain(value_or_throw(decision_from_value(to_value(d))));
  says(text,
       "CPU stays at 1 cores because what it uses is not known, and then nothing is changed "
       "[unknown_data].");
  says(text,
       "Memory goes from 400 MiB to 500 MiB because an instance was killed for want of memory "
       "(bump) [out_of_memory]");
  says(text,
       "Killed for want of memory since the last decision: 1, last at 2024-01-01T00:00:00Z "
       "with 400 MiB.");
  says(text, "shop-vpa (mode Off) recommends 0.25 cores and 600 MiB.");
  says(text, "Somebody else had changed 2 cores and 400 MiB to 1 cores and an unknown size.");
  says(text, "Not known: cpu (stale: 20 min old).");
}

TEST_CASE("sizing explanation: decisions on other things are none") {
  CHECK_FALSE(is_sizing(Decision{}));
  Decision d;
  d.details.set("cpu", 1).set("memory", Value::object().set("wish", 1));
  CHECK_FALSE(is_sizing(d));
}
