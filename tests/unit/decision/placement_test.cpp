#include "learningplane/decision/placement.hpp"

#include <doctest/doctest.h>

#include <random>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::decision;
using namespace std::chrono_literals;

namespace {

const TimePoint now = from_ns(1'715'762'700'000'000'000);

Observation seen(std::string current, std::vector<Candidate> candidates) {
  Observation o;
  o.at = now;
  o.application = "app";
  o.current = std::move(current);
  o.candidates = std::move(candidates);
  return o;
}
Quantity q(double v) { return Quantity::of(v); }
Quantity unknown(Unknown why = Unknown::stale) { return Quantity::missing(why, "for a test"); }
std::string site(const Decision& d) {
  const auto* place = std::get_if<Place>(&d.action);
  return place == nullptr ? "hold" : place->site;
}

}  // namespace

TEST_CASE("placement: each rule binds where it should") {
  PlacementOptions plain;
  PlacementOptions best;
  best.constraint = 0.55;
  PlacementOptions holds = best;
  holds.on_infeasible = OnInfeasible::hold;
  PlacementOptions sticky = best;
  sticky.hysteresis = 0.02;
  struct Case {
    const char* name;
    PlacementOptions options;
    Observation seen;
    std::string site;
    std::string rule;
  };
  const std::vector<Case> cases = {
      {"moves to the best", plain, seen("a", {{"a", q(0.5)}, {"b", q(0.6)}}), "b",
       "highest_forecast"},
      {"stays on the best", plain, seen("b", {{"a", q(0.5)}, {"b", q(0.6)}}), "hold",
       "already_best"},
      {"equal: stays", plain, seen("b", {{"a", q(0.5)}, {"b", q(0.5)}}), "hold", "already_best"},
      {"equal, nowhere: the first", plain, seen("", {{"a", q(0.5)}, {"b", q(0.5)}}), "a",
       "highest_forecast"},
      {"first placement", plain, seen("", {{"a", q(0.5)}, {"b", q(0.6)}}), "b", "highest_forecast"},
      {"runs outside of the candidates", plain, seen("x", {{"a", q(0.5)}}), "a",
       "highest_forecast"},
      {"zero is a value", plain, seen("a", {{"a", q(-1.0)}, {"b", q(0.0)}}), "b",
       "highest_forecast"},
      {"none feasible, best taken", best, seen("a", {{"a", q(0.4)}, {"b", q(0.5)}}), "b",
       "highest_forecast"},
      {"none feasible, holds", holds, seen("a", {{"a", q(0.4)}, {"b", q(0.5)}}), "hold",
       "below_constraint"},
      {"exactly the constraint is enough", holds, seen("a", {{"a", q(0.4)}, {"b", q(0.55)}}), "b",
       "highest_forecast"},
      {"too small a gain", sticky, seen("a", {{"a", q(0.59)}, {"b", q(0.60)}}), "hold",
       "hysteresis"},
      {"current unknown", plain, seen("a", {{"a", unknown()}, {"b", q(0.6)}}), "hold",
       "unknown_data"},
      {"current imputed", plain, seen("a", {{"a", Quantity::of(0.5, 0.6)}, {"b", q(0.6)}}), "hold",
       "imputed_data"},
      {"other unknown is passed over", plain,
       seen("a", {{"a", q(0.4)}, {"b", unknown()}, {"c", q(0.5)}}), "c", "highest_forecast"},
      {"other imputed is passed over", plain,
       seen("a", {{"a", q(0.4)}, {"b", Quantity::of(0.9, 0.51)}, {"c", q(0.5)}}), "c",
       "highest_forecast"},
      {"imputed up to the share is used", plain,
       seen("a", {{"a", q(0.4)}, {"b", Quantity::of(0.9, 0.5)}}), "b", "highest_forecast"},
      {"all unknown", plain, seen("", {{"a", unknown()}, {"b", unknown(Unknown::failed)}}), "hold",
       "unknown_data"},
      {"all imputed", plain, seen("", {{"a", Quantity::of(0.5, 1.0)}}), "hold", "imputed_data"},
      {"no candidates", plain, seen("a", {}), "hold", "unknown_data"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.name);
    Placement policy(c.options);
    const Decision d = policy.decide(c.seen);
    CHECK(site(d) == c.site);
    CHECK(d.rule == c.rule);
    CHECK_FALSE(d.reason.empty());
    CHECK(d.considered.size() == c.seen.candidates.size());
    CHECK(d.application == "app");
  }
}

TEST_CASE("placement: the cool-down ends when it says") {
  PlacementOptions o;
  o.cooldown = 10min;
  Placement policy(o);
  Observation s = seen("a", {{"a", q(0.4)}, {"b", q(0.5)}});
  s.last_change = now - 10min + 1ns;
  CHECK(policy.decide(s).rule == "cooldown");
  s.last_change = now - 10min;
  CHECK(policy.decide(s).rule == "highest_forecast");
  s.last_change.reset();
  CHECK(policy.decide(s).rule == "highest_forecast");
}

TEST_CASE("placement: options outside their range are refused") {
  CHECK_THROWS_AS(Placement({.hysteresis = -1}), ConfigError);
  CHECK_THROWS_AS(Placement({.quantile = 1}), ConfigError);
  CHECK_THROWS_AS(Placement({.max_imputed_share = 1.1}), ConfigError);
  CHECK_THROWS_AS(Placement({.cooldown = -1s}), ConfigError);
}

TEST_CASE("placement: options come from a checked mapping") {
  const Value v = placement_manifest().check(
      Value::object().set("constraint", 0.55).set("on_infeasible", "hold").set("cooldown", "10m"));
  const PlacementOptions o = placement_options(v);
  CHECK(o.constraint == 0.55);
  CHECK(o.on_infeasible == OnInfeasible::hold);
  CHECK(o.cooldown == 10min);
  CHECK(o.quantile == 0.5);
  CHECK_FALSE(placement_options(placement_manifest().check(Value())).constraint);
}

TEST_CASE("placement: holds over random observations") {
  std::mt19937_64 rng(7);
  std::uniform_real_distribution<double> real(0, 1);
  int moves = 0;
  for (int trial = 0; trial < 20'000; ++trial) {
    PlacementOptions o;
    if (real(rng) < 0.7) o.constraint = real(rng);
    o.on_infeasible = real(rng) < 0.5 ? OnInfeasible::best : OnInfeasible::hold;
    o.hysteresis = real(rng) < 0.5 ? 0 : real(rng) * 0.2;
    o.cooldown = std::chrono::minutes(rng() % 20);
    Observation s = seen("", {});
    const std::size_t n = rng() % 5;
    for (std::size_t i = 0; i < n; ++i) {
      // Coarse values, so that ties happen.
      const double value = std::floor(real(rng) * 10) / 10;
      s.candidates.push_back(
          {"s" + std::to_string(i), real(rng) < 0.25 ? unknown() : Quantity::of(value, real(rng))});
    }
    if (n > 0 && real(rng) < 0.8) s.current = "s" + std::to_string(rng() % n);
    if (real(rng) < 0.5) s.last_change = now - std::chrono::minutes(rng() % 20);

    Placement policy(o);
    const Decision d = policy.decide(s);
    const Decision again = policy.decide(s);
    REQUIRE(to_value(d) == to_value(again));
    if (!d.acts()) continue;
    ++moves;
    const std::string to = site(d);
    REQUIRE(to != s.current);
    REQUIRE((!s.last_change || s.at - *s.last_change >= o.cooldown));
    const Candidate* target = nullptr;
    const Candidate* current = nullptr;
    for (const Candidate& c : s.candidates) {
      if (c.name == to) target = &c;
      if (c.name == s.current) current = &c;
    }
    REQUIRE(target != nullptr);
    REQUIRE(target->forecast.known());
    REQUIRE(target->forecast.imputed_share <= o.max_imputed_share);
    if (o.constraint && o.on_infeasible == OnInfeasible::hold)
      REQUIRE(target->forecast.value >= *o.constraint);
    for (const Candidate& c : s.candidates) {
      if (c.forecast.known() && c.forecast.imputed_share <= o.max_imputed_share)
        REQUIRE(c.forecast.value <= target->forecast.value);
    }
    if (current != nullptr) {
      REQUIRE(current->forecast.known());
      REQUIRE(current->forecast.imputed_share <= o.max_imputed_share);
      REQUIRE(target->forecast.value - current->forecast.value >= o.hysteresis);
    }
  }
  CHECK(moves > 1000);
}
