#include "module.hpp"

#include "learningplane/version.hpp"

PYBIND11_MODULE(_core, m) {
  using namespace learningplane::python;
  m.doc() = "The C++ library as Python sees it; import learningplane instead.";
  m.attr("__version__") = std::string(learningplane::version());
  bind_errors(m);
  bind_telemetry(m);
  bind_series(m);
  bind_sensor(m);
  bind_model(m);
  bind_decision(m);
  bind_policy(m);
  bind_capacity(m);
  bind_actuator(m);
  bind_trigger(m);
  bind_registry(m);
  bind_journal(m);
  bind_agent(m);
  bind_catalogue(m);
  bind_evaluation(m);
  bind_explain(m);
  bind_many(m);
  bind_profiling(m);
  bind_simulation(m);
  bind_tuning(m);
  bind_sizing(m);
  bind_stress(m);
  bind_cli(m);
}
