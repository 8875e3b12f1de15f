#include "learningplane/decision/scaling_explanation.hpp"

#include <doctest/doctest.h>

#include "learningplane/decision/hybrid.hpp"
#include "learningplane/decision/placement.hpp"

using namespace learningplane;
using namespace learningplane::decision;

namespace {

ScalingInput busy() {
  ScalingInput in;
  in.at = from_ns(1'704'067'200'000'000'000);
  in.replicas = in.ready = 2;
  in.load = 11;
  in.latency = 19.2;
  in.forecast = std::vector<double>(60, 12.5);
  in.forecast_mean = std::vector<double>(60, 10.4);
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

TEST_CASE("scaling explanation: figures, quantile, wishes, rule and number") {
  Hybrid policy(HybridOptions{}, Capacity::from_throughput(5, 22));
  const std::string text = explain(policy.plan(busy()), policy);
  says(text, "Scales from 2 to 3 instances because the load asks for it [load].");
  says(text, "The load was 11, the latency 19.2");
  says(text, "the highest mean forecast 10.4");
  says(text, "the highest at the quantile 0.75 that is planned on 12.5");
  says(text, "load 11 asks for 3; plan 12.5 asks for 3");
}

TEST_CASE("scaling explanation: a bound, and what was wished for") {
  HybridOptions o;
  o.limits.maximum = 2;
  Hybrid policy(o, Capacity::from_throughput(5, 22));
  const std::string text = explain(policy.plan(busy()), policy);
  says(text, "Stays at 2 instances because the maximum does not allow more [maximum].");
  says(text, "3 were wished for.");
}

TEST_CASE("scaling explanation: what was not known, and through the journal's form") {
  Hybrid policy(HybridOptions{}, Capacity::from_throughput(5, 22));
  ScalingInput in = busy();
  in.load = std::numeric_limits<double>::quiet_NaN();
  in.forecast.clear();
  Decision d = to_decision(policy.plan(in), policy);
  d.details.set(
      "unknown",
      Value(Value::Array{
          Value::object().set("name", "load").set("reason", "stale").set("detail", "7m old")}));
  CHECK(is_scaling(d));
  const Decision back = value_or_throw(decision_from_value(to_value(d)));
  says(explain(back), "Stays at 2 instances because what it goes by is not known");
  says(explain(back), "Not known: load (stale: 7m old).");
  CHECK_FALSE(is_scaling(Decision{}));
}
