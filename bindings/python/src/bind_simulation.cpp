#include <algorithm>
#include <filesystem>
#include <tuple>
#include <utility>

#include "builtins.hpp"
#include "convert.hpp"
#include "learningplane/config/yaml.hpp"
#include "learningplane/decision/capacity.hpp"
#include "learningplane/simulation/lineup.hpp"
#include "learningplane/simulation/operating_rooms.hpp"
#include "learningplane/telemetry/series.hpp"
#include "module.hpp"
#include "simulation_options.hpp"
#include "watched.hpp"

namespace learningplane::python {

using namespace simulation;

namespace {

/// What one comparison gave: a result a policy, and every decision that was kept.
struct Simulations {
  std::vector<SimulationResult> results{};
  std::vector<std::shared_ptr<Recording>> recordings{};
  TimePoint start{};
  Duration slot{};

  const SimulationResult& at(std::size_t i) const {
    if (i >= results.size()) throw py::index_error("there is no such run");
    return results[i];
  }
};

telemetry::Series series_of_trace(const WorkloadTrace& trace) {
  const telemetry::Frame frame = trace.frame(0, trace.size());
  return {frame.times_ns(), frame.column(0)};
}

/// A well-known policy, {usual: its name, name: what it is called here}, or a policy file's
/// mapping.
LineupEntry entry_of(const Value& policy, const LineupOptions& options,
                     const decision::Capacity& capacity, const Registries& registries) {
  const Value* usual = policy.find("usual");
  if (usual == nullptr) return lineup_entry(policy, options, registries);
  LineupEntry entry = lineup_entry(usual->as_string(), options, capacity, registries);
  entry.name = policy.get("name", entry.name.c_str());
  return entry;
}

/// Compares policies once for each set of options.
std::vector<Simulations> run(const Workload& workload, const decision::Capacity& capacity,
                             const std::vector<std::pair<Value, std::vector<Value>>>& jobs,
                             bool record, const py::object& progress) {
  const WorkloadTrace trace = trace_of(workload);
  Watch watch;
  const Registries registries = watched_builtins(watch);
  std::vector<std::pair<LineupOptions, std::vector<LineupEntry>>> prepared;
  std::size_t runs = 0, slots = 0;
  for (const auto& [given, policies] : jobs) {
    const LineupOptions options = lineup_options(given);
    std::vector<LineupEntry> lineup;
    for (const Value& policy : policies) {
      lineup.push_back(entry_of(policy, options, capacity, registries));
      if (record) lineup.back().options.set(recorded, static_cast<std::int64_t>(runs));
      ++runs;
    }
    const SimulationOptions& s = options.simulation;
    if (s.start_slot < trace.size())
      slots += lineup.size() * std::min(s.slots, trace.size() - s.start_slot);
    prepared.emplace_back(options, std::move(lineup));
  }
  watch.recordings.resize(record ? runs : 0);
  return watched(watch, progress, slots, [&] {
    std::vector<Simulations> out;
    std::size_t first = 0;
    for (const auto& [options, lineup] : prepared) {
      Simulations done{Comparison(trace, capacity, options, registries).run(lineup, record),
                       {},
                       trace.start,
                       trace.slot};
      for (std::size_t i = 0; record && i < lineup.size(); ++i)
        done.recordings.push_back(watch.recordings[first + i]);
      first += lineup.size();
      out.push_back(std::move(done));
    }
    return out;
  });
}

template <class T>
py::array as_array(const std::vector<T>& values) {
  return copy_array(values, {static_cast<py::ssize_t>(values.size())});
}

py::dict columns_of(const SimulationResult& r) {
  py::dict out;
  out["load"] = as_array(r.load);
  out["instances"] = as_array(r.replicas);
  out["ready"] = as_array(r.ready);
  out["latency"] = as_array(r.latency);
  out["highest"] = as_array(r.highest);
  out["forecast"] = as_array(r.forecast);
  for (std::size_t i = 0; i < SimulationResult::quantiles.size(); ++i)
    out[py::str("p" + std::to_string(std::lround(100 * SimulationResult::quantiles[i])))] =
        as_array(r.percentiles[i]);
  return out;
}

/// The decisions that changed something: slots, from, wish, to, rules.
py::dict changes_of(const Simulations& s, std::size_t i) {
  std::vector<std::int64_t> slots, from, wish, to;
  py::list rules;
  (void)s.at(i);
  for (const auto& [at, d] : s.recordings.at(i)->decisions) {
    if (!d.acts()) continue;
    slots.push_back((at - s.start) / s.slot - 1);
    from.push_back(d.current);
    wish.push_back(d.wish);
    to.push_back(d.replicas);
    rules.append(py::str(std::string(d.rule)));
  }
  py::dict out;
  out["slot"] = as_array(slots);
  out["current"] = as_array(from);
  out["wish"] = as_array(wish);
  out["replicas"] = as_array(to);
  out["rule"] = rules;
  return out;
}

/// What was decided at the end of the slot; none where it was not kept.
std::optional<decision::Decision> decision_at(const Simulations& s, std::size_t i,
                                              std::size_t slot) {
  const SimulationResult& r = s.at(i);
  if (slot < r.start_slot || slot >= r.start_slot + r.slots)
    throw ConfigError(
        "", "slot", std::to_string(slot),
        std::to_string(r.start_slot) + " to " + std::to_string(r.start_slot + r.slots - 1));
  const Recording& kept = *s.recordings.at(i);
  const TimePoint when = s.start + s.slot * static_cast<std::int64_t>(slot + 1);
  const auto found =
      std::lower_bound(kept.decisions.begin(), kept.decisions.end(), when,
                       [](const auto& known, TimePoint t) { return known.first < t; });
  if (found == kept.decisions.end() || found->first != when) return std::nullopt;
  return decision::to_decision(found->second, *kept.policy);
}

}  // namespace

void bind_simulation(py::module_& m) {
  py::class_<Simulations>(m, "_Simulations", "See learningplane.SimulationResult.")
      .def("__len__", [](const Simulations& s) { return s.results.size(); })
      .def("name", [](const Simulations& s, std::size_t i) { return s.at(i).name; })
      .def("to_dict", [](const Simulations& s) { return simulation::to_value(s.results); })
      .def("columns", [](const Simulations& s, std::size_t i) { return columns_of(s.at(i)); })
      .def("changes", &changes_of)
      .def("decision", &decision_at)
      .def("bounds", [](const Simulations& s) { return s.at(0).bounds; })
      .def_property_readonly("first_slot", [](const Simulations& s) { return s.at(0).start_slot; })
      .def("time_ns",
           [](const Simulations& s, std::int64_t slot) { return to_ns(s.start + s.slot * slot); })
      .def_property_readonly("slot_ns", [](const Simulations& s) { return s.slot.count(); });
  m.def("_simulate", &run, py::arg("workload"), py::arg("capacity"), py::arg("jobs"),
        py::arg("record"), py::arg("progress") = py::none());
  m.def(
      "_read_trace",
      [](const std::string& path, const std::string& column) {
        return series_of_trace(value_or_throw(read_trace(path, column)));
      },
      py::arg("path"), py::arg("column") = "");
  m.def("_duration_ns", [](Duration d) { return d.count(); }, py::arg("duration"));
  m.def("_load_policies", [](const std::string& path) {
    return decision::with_capacity_from(config::load_yaml(path),
                                        std::filesystem::path(path).parent_path().string());
  });
  m.def(
      "operating_rooms",
      [](std::uint64_t seed, std::size_t weeks, std::size_t rooms, std::size_t weekend_rooms) {
        return series_of_trace(simulation::operating_rooms({weeks, rooms, seed, weekend_rooms}));
      },
      py::kw_only(), py::arg("seed") = 0, py::arg("weeks") = 8, py::arg("rooms") = 10,
      py::arg("weekend_rooms") = 4,
      "How many operating rooms are in use, minute by minute from a Monday: made up, with the "
      "published statistics of a hospital.");
}

}  // namespace learningplane::python
