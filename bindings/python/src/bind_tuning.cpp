#include "learningplane/simulation/tuning.hpp"

#include <algorithm>

#include "builtins.hpp"
#include "module.hpp"
#include "simulation_options.hpp"
#include "watched.hpp"

namespace learningplane::python {

using namespace simulation;

namespace {

SlotRange range_of(const Value& v, const char* key) {
  const Value::Array& ends = v.find(key)->as_array();
  if (ends.size() != 2 || ends[0].as_int() < 0 || ends[1].as_int() < 0)
    throw ConfigError("", key, std::to_string(ends.size()) + " numbers", "first slot, last + 1");
  return {static_cast<std::size_t>(ends[0].as_int()), static_cast<std::size_t>(ends[1].as_int())};
}

std::size_t bound_of(const Value& v, const SimulationOptions& s) {
  const double bound = v.find("bound")->as_double();
  const auto found = std::find(s.bounds.begin(), s.bounds.end(), bound);
  if (found == s.bounds.end())
    throw ConfigError("", "bound", std::to_string(bound), "one of the bounds");
  return static_cast<std::size_t>(found - s.bounds.begin());
}

TuningOptions tuning_options(const Value& settings, const Value& v, const Registries& registries) {
  TuningOptions t;
  t.lineup = lineup_options(settings);
  t.seed = t.lineup.simulation.seed;
  t.policy = *v.find("policy");
  t.train = range_of(v, "train");
  if (!v.find("score")->is_null()) t.score = range_of(v, "score");
  for (const auto& [option, values] : v.find("search")->as_object())
    t.axes.push_back({option, values.as_array()});
  if (t.axes.empty()) {
    for (TuningAxis& axis : usual_axes(t.policy.get("kind", ""), registries))
      if (t.policy.find(axis.option) == nullptr) t.axes.push_back(std::move(axis));
  }
  t.trials = size_of(v, "trials", t.trials);
  t.aims.clear();
  for (const Value& aim : v.find("aims")->as_array())
    t.aims.push_back(tuning_aim_from(aim.as_string()));
  t.bound = bound_of(v, t.lineup.simulation);
  t.most_violations = v.find("most_violations")->as_double();
  t.choice = tuning_choice_from(v.get("choice", "flat"));
  if (v.find("most_events") != nullptr) t.most_events = size_of(v, "most_events", 0);
  return t;
}

/// The tree that the command prints, and the policy file's text.
py::tuple run(const Workload& workload, const decision::Capacity& capacity, const Value& settings,
              const Value& search, const py::object& progress) {
  const WorkloadTrace trace = trace_of(workload);
  Watch watch;
  const Registries registries = watched_builtins(watch);
  const TuningOptions options = tuning_options(settings, search, registries);
  const std::size_t slots = options.trials * (options.train.last - options.train.first);
  const Tuning found =
      watched(watch, progress, slots, [&] { return tune(trace, capacity, options, registries); });
  return py::make_tuple(simulation::to_value(found), policy_file(found));
}

}  // namespace

void bind_tuning(py::module_& m) {
  m.def("_tune", &run, py::arg("workload"), py::arg("capacity"), py::arg("settings"),
        py::arg("search"), py::arg("progress") = py::none());
}

}  // namespace learningplane::python
