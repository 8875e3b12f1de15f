#include "learningplane/decision/decision.hpp"

#include <doctest/doctest.h>

#include "learningplane/json.hpp"

using namespace learningplane;
using namespace learningplane::decision;

TEST_CASE("decision: goes through JSON unchanged, unknown numbers with their reason") {
  Decision d;
  d.action = Place{"edge-1"};
  d.application = "shop";
  d.rule = "highest_forecast";
  d.reason = "because";
  d.considered = {{"edge-1", Quantity::of(0.7, 0.1), true, ""},
                  {"edge-2", Quantity::missing(Unknown::stale, "5m old"), false, "x"}};
  const Decision back = *decision_from_value(*parse_json(dump_json(to_value(d))));
  CHECK(back.action == d.action);
  CHECK(back.considered[0].value.value == 0.7);
  CHECK(back.considered[1].value.unknown == Unknown::stale);
  CHECK_FALSE(back.considered[1].value.known());
  CHECK(explain(back).find("edge-2: unknown (stale: 5m old)") != std::string::npos);
  CHECK_FALSE(decision_from_value(Value::object()).has_value());
}

TEST_CASE("quantity: a number that is none is unknown, never zero") {
  CHECK_FALSE(Quantity::of(std::numeric_limits<double>::infinity()).known());
  CHECK(Quantity::of(std::numeric_limits<double>::quiet_NaN()).unknown == Unknown::not_a_number);
}
