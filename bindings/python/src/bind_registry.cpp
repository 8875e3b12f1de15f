#include "builtins.hpp"
#include "convert.hpp"
#include "learningplane/features/cleaning.hpp"
#include "learningplane/model/lstm.hpp"
#include "module.hpp"

namespace learningplane::python {

Registries all_builtins() {
  Registries r;
  register_core(r);
  register_net(r);
  return r;
}

const Registries& builtins() {
  static const Registries all = all_builtins();
  return all;
}

namespace {

template <class R>
Value listing(const R& registry) {
  Value out = Value::object();
  for (const std::string& name : registry.names())
    out.set(name, registry.manifest(name).to_value());
  return out;
}

const BuildContext& live_context() {
  static const SystemClock clock;
  static const BuildContext context{&clock, {}};
  return context;
}

Value options_of(const Value& given) { return given.is_null() ? Value::object() : given; }

std::shared_ptr<model::Forecaster> build_model(const std::string& kind, const Value& given) {
  const Value options = options_of(given);
  if (kind != "lstm" && kind != "gru") return builtins().forecasters.build(kind, options);
  const Value checked = builtins().forecasters.manifest(kind).check(options);
  py::object cls = py::module_::import("learningplane._core").attr(kind == "gru" ? "Gru" : "Lstm");
  return py::cast<std::shared_ptr<model::Forecaster>>(
      cls(**py::cast<py::dict>(from_value(checked))));  // the class that listens to Ctrl-C
}

}  // namespace

void bind_registry(py::module_& m) {
  m.def(
      "list_sensors", [] { return listing(builtins().sensors); },
      "Sensors by name, each {\"name\", \"summary\", \"parameters\"}.");
  m.def("list_models", [] { return listing(builtins().forecasters); });
  m.def("list_policies", [] { return listing(builtins().policies); });
  m.def("list_actuators", [] { return listing(builtins().actuators); });
  m.def("list_triggers", [] { return listing(builtins().triggers); });
  m.def("list_cleaning_steps", [] {
    Value out = Value::object();
    for (const Manifest& step : features::Cleaning::step_manifests())
      out.set(step.name, step.to_value());
    return out;
  });
  m.def("build_model", &build_model, py::arg("kind"), py::arg("options") = py::none());
  m.def(
      "build_sensor",
      [](const std::string& kind, const Value& o) -> std::shared_ptr<telemetry::Sensor> {
        return builtins().sensors.build(kind, options_of(o), live_context());
      },
      py::arg("kind"), py::arg("options") = py::none());
  m.def(
      "build_policy",
      [](const std::string& kind, const Value& o) -> std::shared_ptr<decision::Policy> {
        return builtins().policies.build(kind, options_of(o));
      },
      py::arg("kind"), py::arg("options") = py::none());
  m.def(
      "build_actuator",
      [](const std::string& kind, const Value& o) -> std::shared_ptr<actuator::Actuator> {
        return builtins().actuators.build(kind, options_of(o), live_context());
      },
      py::arg("kind"), py::arg("options") = py::none());
  m.def(
      "build_trigger",
      [](const Value& o, const std::string& zone) -> std::shared_ptr<trigger::Trigger> {
        return trigger::build(o, {&builtins().triggers, zone, "trigger", 0});
      },
      py::arg("options"), py::kw_only(), py::arg("timezone") = "UTC",
      ">>> build_trigger({\"kind\": \"cron\", \"expression\": \"0 * * * *\"}).describe()\n"
      "'cron[0 * * * *]'");
}

}  // namespace learningplane::python
