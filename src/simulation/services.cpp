#include "learningplane/simulation/services.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "learningplane/error.hpp"
#include "simulation/lineup_parts.hpp"
#include "simulation/parallel.hpp"
#include "simulation/service_run.hpp"

namespace learningplane::simulation {

namespace {

/// What a run points at.
struct Member {
  std::unique_ptr<decision::ScalingPolicy> policy{};
  std::unique_ptr<ForecastSource> source{};
  std::unique_ptr<ServiceRun> run{};
};

void check(const std::vector<ServiceEntry>& services, std::int64_t cluster) {
  if (services.empty()) throw ConfigError("", "services", "none", "at least one");
  if (cluster < 0) throw ConfigError("", "cluster", fmt::format("{}", cluster), "at least 0");
  const ServiceEntry& first = services.front();
  for (const ServiceEntry& s : services) {
    const SimulationOptions &a = s.options.simulation, &b = first.options.simulation;
    if (s.trace.slot != first.trace.slot || s.trace.size() != first.trace.size() ||
        a.start_slot != b.start_slot || a.slots != b.slots)
      throw ConfigError("", "services", s.name, "slots as those of " + first.name);
    if (a.protocol != Protocol::honest)
      throw ConfigError("", "protocol", to_string(a.protocol), "honest, for several services");
  }
}

}  // namespace

ServicesResult simulate_services(const std::vector<ServiceEntry>& services, std::int64_t cluster,
                                 const Registries& registries) {
  check(services, cluster);
  Room room{cluster};
  std::vector<Member> members(services.size());
  parallel_for(services.size(), services.front().options.threads, [&](std::size_t i) {
    const ServiceEntry& s = services[i];
    members[i].policy = build(at_step(s.policy, s.trace.slot, registries), registries);
    const decision::ScalingNeeds needs = members[i].policy->needs();
    if (s.policy.forecasts == Forecasts::trace)
      members[i].source = std::make_unique<OracleSource>(s.trace);
    if (s.policy.forecasts == Forecasts::model && needs.horizon.count() > 0)
      members[i].source = model_source(s.trace, s.options, needs, registries);
  });
  for (std::size_t i = 0; i < services.size(); ++i) {
    const ServiceEntry& s = services[i];
    members[i].run = std::make_unique<ServiceRun>(s.trace, s.capacity, *members[i].policy,
                                                  members[i].source.get(), s.options.simulation,
                                                  cluster > 0 ? &room : nullptr);
  }
  for (std::size_t slot = 0; slot < members.front().run->slots(); ++slot) {
    for (Member& m : members) m.run->begin(slot);
    for (Member& m : members) m.run->end(slot);
  }
  ServicesResult out;
  out.cluster = cluster;
  std::vector<std::int64_t> together(members.front().run->slots(), 0);
  for (std::size_t i = 0; i < services.size(); ++i) {
    SimulationResult r = members[i].run->finish();
    r.name = services[i].name;
    for (std::size_t slot = 0; slot < r.slots; ++slot) together[slot] += r.replicas[slot];
    out.events += r.events;
    out.waiting_slots += r.waiting_slots;
    out.instance_minutes += r.instance_minutes;
    out.cost += r.cost;
    out.kilowatt_hours += r.kilowatt_hours;
    out.services.push_back(std::move(r));
  }
  out.most_together = *std::max_element(together.begin(), together.end());
  if (cluster > 0) out.most_together = std::min(out.most_together, cluster);
  return out;
}

Value to_value(const ServicesResult& r) {
  Value services = Value::array();
  for (const SimulationResult& s : r.services) services.push(to_value(s));
  return Value::object()
      .set("protocol", to_string(Protocol::honest))
      .set("cluster", r.cluster)
      .set("services", std::move(services))
      .set("total", Value::object()
                        .set("events", r.events)
                        .set("waiting_slots", r.waiting_slots)
                        .set("most_together", r.most_together)
                        .set("instance_minutes", r.instance_minutes)
                        .set("cost", r.cost)
                        .set("kilowatt_hours", r.kilowatt_hours));
}

}  // namespace learningplane::simulation
