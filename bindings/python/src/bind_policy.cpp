#include <limits>
#include <map>

#include "learningplane/decision/placement.hpp"
#include "learningplane/decision/policy.hpp"
#include "module.hpp"
#include "trampolines.hpp"

namespace learningplane::python {

using namespace decision;

namespace {

Candidate make_candidate(std::string name, const py::object& forecast) {
  if (py::isinstance<Quantity>(forecast)) return {std::move(name), py::cast<Quantity>(forecast)};
  if (forecast.is_none())
    return {std::move(name), Quantity::missing(Unknown::absent, "None given")};
  return {std::move(name), Quantity::of(py::cast<double>(forecast))};
}

Observation make_observation(TimePoint at, std::string application, std::string current,
                             std::vector<Candidate> candidates,
                             std::optional<TimePoint> last_change,
                             std::optional<ScalingInput> scaling) {
  if (scaling) scaling->at = at;
  return {at,          std::move(application), std::move(current), std::move(candidates),
          last_change, std::move(scaling)};
}

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

ScalingInput make_scaling(std::int64_t replicas, std::optional<std::int64_t> ready,
                          std::optional<double> load, std::optional<double> latency,
                          const std::map<std::string, double>& metrics,
                          std::vector<double> forecast, std::vector<double> forecast_mean) {
  ScalingInput in;
  in.replicas = replicas;
  in.ready = ready.value_or(replicas);
  in.load = load.value_or(unknown);
  in.latency = latency.value_or(unknown);
  for (const auto& [name, value] : metrics) in.metrics.push_back({name, value});
  in.forecast_mean = forecast_mean.empty() ? forecast : std::move(forecast_mean);
  in.forecast = std::move(forecast);
  return in;
}

void bind_scaling_input(py::module_& m) {
  py::class_<ScalingInput>(m, "ScalingInput",
                           "What a policy that says how many instances may look at. None and NaN "
                           "are not known, never zero.")
      .def(py::init(&make_scaling), py::kw_only(), py::arg("replicas"),
           py::arg("ready") = py::none(), py::arg("load") = py::none(),
           py::arg("latency") = py::none(), py::arg("metrics") = std::map<std::string, double>{},
           py::arg("forecast") = std::vector<double>{},
           py::arg("forecast_mean") = std::vector<double>{},
           "`replicas`: asked for; `ready`: serving (all of them where None); `latency`: at the "
           "objective's quantile; `forecast`: of the load for the coming steps, at the policy's "
           "quantile, and its mean.")
      .def_readonly("at", &ScalingInput::at)
      .def_readonly("replicas", &ScalingInput::replicas)
      .def_readonly("ready", &ScalingInput::ready)
      .def_readonly("load", &ScalingInput::load)
      .def_readonly("latency", &ScalingInput::latency)
      .def_property_readonly("metrics",
                             [](const ScalingInput& in) {
                               std::map<std::string, double> out;
                               for (const ScalingMetric& s : in.metrics) out[s.name] = s.value;
                               return out;
                             })
      .def_readonly("forecast", &ScalingInput::forecast)
      .def_readonly("forecast_mean", &ScalingInput::forecast_mean);
}

}  // namespace

void bind_policy(py::module_& m) {
  bind_scaling_input(m);
  py::class_<Candidate>(m, "Candidate", "One choice with what is forecast for it.")
      .def(py::init(&make_candidate), py::arg("name"), py::arg("forecast"),
           "`forecast`: a number, a Quantity, or None where it is not known.")
      .def_readonly("name", &Candidate::name)
      .def_readonly("forecast", &Candidate::forecast);
  py::class_<Observation>(m, "Observation", "Everything a policy may look at.")
      .def(py::init(&make_observation), py::kw_only(), py::arg("at"), py::arg("application"),
           py::arg("current") = "", py::arg("candidates") = std::vector<Candidate>{},
           py::arg("last_change") = py::none(), py::arg("scaling") = py::none())
      .def_readonly("at", &Observation::at)
      .def_readonly("application", &Observation::application)
      .def_readonly("current", &Observation::current)
      .def_readonly("candidates", &Observation::candidates)
      .def_readonly("last_change", &Observation::last_change)
      .def_readonly("scaling", &Observation::scaling);
  py::classh<Policy, PyPolicy>(
      m, "Policy", "Turns an observation into a decision. Subclasses define decide(observation).")
      .def(py::init<>())
      .def(
          "decide",
          [](Policy& p, const Observation& o) { return unlocked([&] { return p.decide(o); }); },
          py::arg("observation"))
      .def("kind", [](const Policy& p) { return std::string(p.kind()); });
  py::classh<Placement, Policy>(m, "Placement",
                                "The site with the highest forecast, with constraint, hysteresis "
                                "and cool-down; options as in list_policies().")
      .def(py::init([](const py::kwargs& options) {
        return std::make_unique<Placement>(
            placement_options(placement_manifest().check(to_value(options))));
      }));
}

}  // namespace learningplane::python
