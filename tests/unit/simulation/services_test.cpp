#include "learningplane/simulation/services.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::simulation;

namespace {

Registries builtins() {
  Registries r;
  register_core(r);
  return r;
}

/// Ten slots of load 4, ten of load 12, ten of load 4, served by instances that carry four.
ServiceEntry service(const std::string& name, const Registries& registries) {
  ServiceEntry s{name, {}, decision::Capacity::from_throughput(4, 22), {}, {}};
  for (int i = 0; i < 30; ++i) s.trace.load.push_back(i >= 10 && i < 20 ? 12 : 4);
  s.options.simulation.start_slot = 0;
  s.options.simulation.slots = 30;
  s.options.simulation.latencies = Latencies::exact;
  s.options.simulation.price = 6;
  const Value policy = Value::object()
                           .set("kind", "hybrid")
                           .set("throughput", 4)
                           .set("forecasts", "trace")
                           .set("headroom", 0)
                           .set("reach", 20)
                           .set("slack", 0)
                           .set("calm", "0s")
                           .set("memory", "0s")
                           .set("window", "1m");
  s.policy = lineup_entry(policy, s.options, registries);
  return s;
}

}  // namespace

TEST_CASE("services: one alone is what simulate() says") {
  const Registries registries = builtins();
  const ServiceEntry s = service("a", registries);
  const ServicesResult r = simulate_services({s}, 0, registries);
  const auto alone = compare(s.trace, s.capacity, {s.policy}, s.options, registries);
  CHECK(r.services[0].replicas == alone[0].replicas);
  CHECK(r.instance_minutes == alone[0].instance_minutes);
  CHECK(r.events == 2);
  CHECK(r.most_together == 3);
  CHECK(r.cost == doctest::Approx(r.instance_minutes / 10));
}

TEST_CASE("services: where the cluster is full, the later service waits") {
  const Registries registries = builtins();
  const ServiceEntry a = service("a", registries), b = service("b", registries);
  const ServicesResult free = simulate_services({a, b}, 0, registries);
  CHECK(free.waiting_slots == 0);
  CHECK(free.most_together == 6);
  const ServicesResult full = simulate_services({a, b}, 4, registries);
  CHECK(full.most_together == 4);
  CHECK(full.services[0].violations == free.services[0].violations);
  CHECK(full.services[0].waiting_slots == 0);
  // The plan asks a slot ahead of the ten that need it.
  CHECK(full.services[1].waiting_slots == 11);
  CHECK(full.services[1].violations[2] == doctest::Approx(100 * 10 / 30.0));
  CHECK(*std::max_element(full.services[1].ready.begin(), full.services[1].ready.end()) == 1);
  // What waits costs nothing.
  CHECK(full.instance_minutes == free.instance_minutes - 2 * 11);
  CHECK(to_value(full).find("total")->get("waiting_slots", std::int64_t{0}) == 11);
}

TEST_CASE("services: room that is given up goes to who waits") {
  const Registries registries = builtins();
  const ServiceEntry a = service("a", registries);
  ServiceEntry b = service("b", registries);
  std::rotate(b.trace.load.begin(), b.trace.load.begin() + 25, b.trace.load.end());  // 5 later
  const ServicesResult r = simulate_services({a, b}, 4, registries);
  CHECK(r.services[1].waiting_slots == 6);  // one of them ahead of the load
  CHECK(r.services[1].ready[21] == 3);
}

TEST_CASE("services: what does not go together is refused") {
  const Registries registries = builtins();
  const ServiceEntry a = service("a", registries);
  ServiceEntry b = service("b", registries);
  CHECK_THROWS_AS(simulate_services({}, 0, registries), ConfigError);
  CHECK_THROWS_AS(simulate_services({a}, -1, registries), ConfigError);
  CHECK_THROWS_AS(simulate_services({a, b}, 1, registries), ConfigError);
  b.trace.load.push_back(1);
  CHECK_THROWS_AS(simulate_services({a, b}, 0, registries), ConfigError);
  b = service("b", registries);
  b.options.simulation.protocol = Protocol::published;
  CHECK_THROWS_AS(simulate_services({a, b}, 0, registries), ConfigError);
}
