#pragma once
#include <pybind11/pybind11.h>

namespace learningplane::python {

/// One for each folder of the library: adds its classes and functions to the module.
void bind_errors(pybind11::module_& m);
void bind_telemetry(pybind11::module_& m);
void bind_series(pybind11::module_& m);
void bind_sensor(pybind11::module_& m);
void bind_model(pybind11::module_& m);
void bind_decision(pybind11::module_& m);
void bind_policy(pybind11::module_& m);
void bind_capacity(pybind11::module_& m);
void bind_actuator(pybind11::module_& m);
void bind_trigger(pybind11::module_& m);
void bind_registry(pybind11::module_& m);
void bind_journal(pybind11::module_& m);
void bind_agent(pybind11::module_& m);
void bind_catalogue(pybind11::module_& m);
void bind_evaluation(pybind11::module_& m);
void bind_explain(pybind11::module_& m);
void bind_many(pybind11::module_& m);
void bind_profiling(pybind11::module_& m);
void bind_simulation(pybind11::module_& m);
void bind_tuning(pybind11::module_& m);
void bind_sizing(pybind11::module_& m);
void bind_stress(pybind11::module_& m);
void bind_cli(pybind11::module_& m);

}  // namespace learningplane::python
