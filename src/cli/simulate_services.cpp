#include "cli/simulate_services.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <ostream>

#include "learningplane/config/yaml.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/simulation/services.hpp"

namespace learningplane::cli {

namespace {

Manifest service_section() {
  const auto text = [](std::string name, std::string summary) {
    return Parameter{std::move(name), ParameterType::string, std::move(summary), Value()};
  };
  const auto number = [](std::string name, std::string summary) {
    return Parameter{
        std::move(name), ParameterType::number, std::move(summary), Value(), false, {}, 0, 1e12};
  };
  Manifest m{"service", "One of several that share a cluster", {}};
  m.parameters = {text("name", "in the results"),
                  text("trace", "its load; from the file's folder"),
                  text("column", "of the CSV, that is the load"),
                  text("combine", "how rows become slots"),
                  text("slot", "length of a slot"),
                  text("latency", "latency table of an instance; from the file's folder"),
                  number("throughput", "streams that one instance carries, instead"),
                  {"policy", ParameterType::any, "{kind, options} or a policy file", Value(), true},
                  number("price", "of an instance hour"),
                  number("watts", "of an instance, whatever it does"),
                  number("watts_per_stream", "more for each it serves"),
                  {"startup_slots",
                   ParameterType::integer,
                   "that an instance needs",
                   Value(),
                   false,
                   {},
                   0,
                   1e6}};
  m.parameters[0].required = m.parameters[1].required = true;
  return m;
}

simulation::ServiceEntry entry_of(const Value& s, const std::string& folder, std::size_t index,
                                  SimulationArguments a, const Registries& registries) {
  const auto text = [&](const char* key, std::string& to) {
    if (const Value* v = s.find(key); !v->is_null()) to = v->as_string();
  };
  const auto number = [&](const char* key, double& to) {
    if (const Value* v = s.find(key); !v->is_null()) to = v->as_double();
  };
  const auto from_folder = [&](std::string& path) {
    if (!path.empty() && std::filesystem::path(path).is_relative())
      path = (std::filesystem::path(folder) / path).string();
  };
  simulation::SimulationOptions& o = a.lineup.simulation;
  text("trace", a.trace);
  if (!a.trace.starts_with("generate:")) from_folder(a.trace);
  text("column", a.column);
  text("combine", a.combine);
  text("slot", a.slot);
  // What a service carries is its own: one of the two replaces the other.
  if (!s.find("latency")->is_null() || !s.find("throughput")->is_null()) {
    a.latency.clear();
    a.throughput = 0;
  }
  text("latency", a.latency);
  if (!s.find("latency")->is_null()) from_folder(a.latency);
  number("throughput", a.throughput);
  number("price", o.price);
  number("watts", o.watts);
  number("watts_per_stream", o.watts_per_stream);
  if (const Value* v = s.find("startup_slots"); !v->is_null())
    o.startup_slots = static_cast<std::size_t>(v->as_int());
  o.seed += index;  // services do not draw the same
  const Value& given = *s.find("policy");
  std::string file = given.is_string() ? given.as_string() : std::string();
  from_folder(file);
  const Value policy =
      file.empty() ? decision::with_capacity_from(given, folder) : read_policies(file).front();
  const simulation::LineupOptions lineup = lineup_options(a, false);
  return {s.find("name")->as_string(), trace_of(a), capacity_of(a),
          simulation::lineup_entry(completed(policy, a, registries), lineup, registries), lineup};
}

void table(const simulation::ServicesResult& r, std::ostream& out) {
  out << fmt::format("protocol honest, {} services, {}\n", r.services.size(),
                     r.cluster > 0 ? fmt::format("a cluster of {} instances", r.cluster)
                                   : std::string("any number of instances"));
  out << fmt::format("{:16} {:>7} {:>9} {:>12} {:>8} {:>5} {:>10} {:>10}\n", "service", "events",
                     fmt::format(">{:g} %", r.services.front().bounds[2]), "instance-min",
                     "waiting", "most", "cost", "kWh");
  for (const auto& s : r.services)
    out << fmt::format("{:16} {:>7} {:>9.3f} {:>12.0f} {:>8} {:>5} {:>10.2f} {:>10.2f}\n", s.name,
                       s.events, s.violations[2], s.instance_minutes, s.waiting_slots,
                       s.max_instances, s.cost, s.kilowatt_hours);
  out << fmt::format("{:16} {:>7} {:>9} {:>12.0f} {:>8} {:>5} {:>10.2f} {:>10.2f}\n", "together",
                     r.events, "", r.instance_minutes, r.waiting_slots, r.most_together, r.cost,
                     r.kilowatt_hours);
}

}  // namespace

int simulate_services(const std::string& path, const SimulationArguments& arguments, bool json,
                      Context& context) {
  const Value file = Manifest{
      "services",
      "Services that share a cluster",
      {{"cluster", ParameterType::integer, "instances that fit; 0: any number", 0},
       {"services", ParameterType::list, "by importance", Value(),
        true}}}.check(config::load_yaml(path));
  const std::string folder = std::filesystem::absolute(path).parent_path().string();
  const Manifest section = service_section();
  std::vector<simulation::ServiceEntry> services;
  for (const Value& one : file.find("services")->as_array())
    services.push_back(entry_of(section.check(one, "services"), folder, services.size(), arguments,
                                context.registries));
  const simulation::ServicesResult r = simulation::simulate_services(
      services, file.get("cluster", std::int64_t{0}), context.registries);
  if (json) {
    context.out << dump_json(simulation::to_value(r), JsonStyle::pretty) << '\n';
  } else {
    table(r, context.out);
  }
  return ok;
}

}  // namespace learningplane::cli
