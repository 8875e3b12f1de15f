#include <utility>

#include "builtins.hpp"
#include "convert.hpp"
#include "learningplane/json.hpp"
#include "learningplane/report/sizing_report.hpp"
#include "learningplane/simulation/sizing_lineup.hpp"
#include "learningplane/simulation/sizing_totals.hpp"
#include "module.hpp"
#include "simulation_options.hpp"
#include "watched.hpp"

namespace learningplane::python {

using namespace simulation;

namespace {

/// What a comparison gave: policy by policy, each on every trace.
struct Sizings {
  std::vector<UsageTrace> traces{};
  std::vector<SizingEntry> lineup{};
  SizingReplayOptions options{};
  std::vector<SizingResult> results{};

  SizingTotals totals() const { return sizing_totals(results, traces.size()); }
  std::size_t policies() const { return results.size() / traces.size(); }
  const SizingResult& at(std::size_t policy, std::size_t trace) const {
    if (policy >= policies() || trace >= traces.size()) throw py::index_error("no such result");
    return results[policy * traces.size() + trace];
  }
};

UsageColumns columns_of(const Value& v) {
  UsageColumns c;
  c.cpu = v.get("cpu", c.cpu.c_str());
  c.memory = v.get("memory", c.memory.c_str());
  c.cpu_unit = v.get("cpu_unit", c.cpu_unit);
  c.memory_unit = v.get("memory_unit", c.memory_unit);
  for (const auto& [key, into] : {std::pair{"requested_cpu", &c.requested.cpu_cores},
                                  {"requested_memory", &c.requested.memory_bytes}}) {
    const Value* given = v.find(key);
    if (given == nullptr) continue;
    *into = given->as_double();
    if (!(*into > 0)) throw ConfigError("", key, std::to_string(*into), "above 0");
  }
  return c;
}

SizingLineupOptions options_of(const Value& v) {
  SizingLineupOptions o;
  o.replay.train_share = v.get("train_share", o.replay.train_share);
  const std::string seen = v.get("seen", "served");
  if (seen != "served" && seen != "demand") throw ConfigError("", "seen", seen, "served or demand");
  o.replay.seen = seen == "demand" ? Seen::demand : Seen::served;
  for (const auto& [key, into] : {std::pair{"window", &o.window}, {"gap", &o.phases.gap}}) {
    const std::string text = v.get(key, "");
    if (!text.empty()) *into = value_or_throw(parse_duration(text));
  }
  const std::string next = v.get("next", "mlp");
  if (next != "mlp" && next != "markov") throw ConfigError("", "next", next, "mlp or markov");
  o.phases.next.method =
      next == "mlp" ? profiling::NextPhaseMethod::mlp : profiling::NextPhaseMethod::markov;
  const Value* phases = v.find("phases");
  o.phases.phases = profiling::phase_options(phases == nullptr ? Value::object() : *phases);
  o.threads = size_of(v, "threads", 0);
  return o;
}

/// Without policies the usual ones, of which some may not work on these applications.
Sizings run(const py::object& usage, const Value& settings, std::vector<Value> policies) {
  const bool usual = policies.empty();
  if (usual)
    for (const std::string& name : sizing_names()) policies.emplace_back(name);
  Sizings out;
  out.traces = value_or_throw(usage_traces(to_frame(usage), columns_of(settings)));
  SizingLineupOptions options = options_of(settings);
  if (usual) options.nowhere = Nowhere::leave_out;
  out.options = options.replay;
  for (const Value& p : policies)
    out.lineup.push_back(p.is_string() ? sizing_entry(p.as_string(), options, builtins())
                                       : sizing_entry(p, builtins()));
  Watch watch;
  out.results = watched(watch, py::none(), 0, [&] {
    return compare_sizing(out.traces, out.lineup, options, builtins());
  });
  return out;
}

Value sum_of_policy(const Sizings& s, std::size_t policy) {
  const SizingTotals totals = s.totals();
  if (policy >= totals.policies.size()) throw py::index_error("no such result");
  return simulation::to_value(totals.policies[policy]).set("over", totals.over[policy].size());
}

/// Demand and limits of the judged samples.
py::dict columns_of_result(const Sizings& s, std::size_t policy, std::size_t trace) {
  const SizingResult& r = s.at(policy, trace);
  std::vector<std::int64_t> times;
  std::vector<double> cpu, memory;
  const auto& samples = s.traces[trace].samples;
  for (std::size_t i = r.first; i < samples.size(); ++i) {
    times.push_back(to_ns(samples[i].at));
    cpu.push_back(samples[i].cpu_cores);
    memory.push_back(samples[i].memory_bytes);
  }
  const auto array = [](const auto& v) {
    return copy_array(v, {static_cast<py::ssize_t>(v.size())});
  };
  py::dict out;
  out["times_ns"] = array(times);
  out["cpu"] = array(cpu);
  out["cpu_limit"] = array(r.cpu_limit);
  out["memory"] = array(memory);
  out["memory_limit"] = array(r.memory_limit);
  return out;
}

void fit_phases(const py::object& usage, const std::string& path, const Value& settings) {
  const auto traces = value_or_throw(usage_traces(to_frame(usage), columns_of(settings)));
  if (traces.size() != 1)
    throw ConfigError("", "usage", std::to_string(traces.size()) + " applications",
                      "that of one application");
  const SizingLineupOptions options = options_of(settings);
  unlocked(
      [&] { value_or_throw(value_or_throw(fit_phase_sizes(traces.front(), options)).save(path)); });
}

}  // namespace

void bind_sizing(py::module_& m) {
  py::class_<Sizings>(m, "_Sizings", "See learningplane.SizingResult.")
      .def_property_readonly("policies", &Sizings::policies)
      .def_property_readonly("applications",
                             [](const Sizings& s) {
                               std::vector<std::string> names;
                               for (const UsageTrace& t : s.traces) names.push_back(t.name);
                               return names;
                             })
      .def_property_readonly(
          "left_out", [](const Sizings& s) { return simulation::to_value(s.totals().left_out); })
      .def("sum", &sum_of_policy)
      .def("one", [](const Sizings& s, std::size_t policy,
                     std::size_t trace) { return simulation::to_value(s.at(policy, trace)); })
      .def("columns", &columns_of_result)
      .def("to_html", [](const Sizings& s, const std::string& source) {
        return report::to_html({.source = source,
                                .options = s.options,
                                .traces = s.traces,
                                .lineup = s.lineup,
                                .results = s.results});
      });
  m.def("_size", &run, py::arg("usage"), py::arg("settings"), py::arg("policies"));
  m.def("_sizing_names", &sizing_names);
  m.def("_fit_phase_sizes", &fit_phases, py::arg("usage"), py::arg("path"), py::arg("settings"));
}

}  // namespace learningplane::python
