#include <algorithm>
#include <cmath>
#include <limits>

#include "learningplane/actuator/actuator.hpp"
#include "learningplane/actuator/recording.hpp"
#include "module.hpp"
#include "trampolines.hpp"

namespace learningplane::python {

using namespace actuator;

namespace {

constexpr OutcomeStatus every_status[] = {OutcomeStatus::done,    OutcomeStatus::already_done,
                                          OutcomeStatus::planned, OutcomeStatus::conflict,
                                          OutcomeStatus::refused, OutcomeStatus::failed,
                                          OutcomeStatus::unknown};

OutcomeStatus status_of(const std::string& name) {
  for (OutcomeStatus s : every_status)
    if (to_string(s) == name) return s;
  throw ConfigError("", "status", name,
                    "done, already_done, planned, conflict, refused, failed or unknown");
}

Delivery delivery_of(const std::string& name) {
  if (name == "at_least_once") return Delivery::at_least_once;
  if (name == "at_most_once") return Delivery::at_most_once;
  throw ConfigError("", "delivery", name, "at_least_once or at_most_once");
}

std::string delivery_name(Delivery d) {
  return d == Delivery::at_least_once ? "at_least_once" : "at_most_once";
}

decision::Size size_of(const py::dict& told) {
  const auto number = [&](const char* key) {
    return told.contains(key) && !told[key].is_none() ? py::cast<double>(told[key])
                                                      : std::numeric_limits<double>::quiet_NaN();
  };
  return {number("cpu_cores"), number("memory_bytes")};
}

WorkloadSize workload_size_of(const py::dict& told) {
  WorkloadSize out;
  out.current = size_of(told);
  if (told.contains("requested")) out.requested = size_of(py::cast<py::dict>(told["requested"]));
  if (told.contains("instances")) out.instances = py::cast<std::size_t>(told["instances"]);
  if (told.contains("out_of_memory")) {
    for (const py::handle one : py::cast<py::list>(told["out_of_memory"])) {
      const auto kill = py::cast<py::dict>(one);
      out.out_of_memory.push_back({to_time(kill["at"]), size_of(kill).memory_bytes});
    }
  }
  std::sort(out.out_of_memory.begin(), out.out_of_memory.end(),
            [](const auto& a, const auto& b) { return a.at < b.at; });
  return out;
}

py::dict from_size(const decision::Size& s) {
  const auto number = [](double v) -> py::object {
    return std::isfinite(v) ? py::object(py::float_(v)) : py::object(py::none());
  };
  py::dict out;
  out["cpu_cores"] = number(s.cpu_cores);
  out["memory_bytes"] = number(s.memory_bytes);
  return out;
}

py::dict from_workload_size(const WorkloadSize& s) {
  py::dict out = from_size(s.current);
  out["requested"] = from_size(s.requested);
  out["instances"] = s.instances;
  py::list kills;
  for (const decision::OutOfMemory& k : s.out_of_memory) {
    py::dict kill;
    kill["at"] = from_time(k.at);
    kill["memory_bytes"] = from_size({0, k.memory_bytes})["memory_bytes"];
    kills.append(kill);
  }
  out["out_of_memory"] = kills;
  return out;
}

Outcome unknown_outcome(std::string message) {
  return {OutcomeStatus::unknown, std::move(message), Value::object(), 1};
}

}  // namespace

Outcome PyActuator::call(const char* method, const Command& command) {
  py::gil_scoped_acquire gil;
  py::function f = py::get_override(static_cast<const Actuator*>(this), method);
  if (!f) throw LogicError(std::string("the actuator has no ") + method + "(command)");
  try {
    py::object result = f(command);
    if (py::isinstance<Outcome>(result)) return py::cast<Outcome>(result);
    return unknown_outcome(std::string(method) + " returned no Outcome");
  } catch (const py::error_already_set& e) {
    return unknown_outcome(to_failure(e).message);
  }
}

Outcome PyActuator::do_probe(const Command& command) {
  {
    py::gil_scoped_acquire gil;
    if (py::get_override(static_cast<const Actuator*>(this), "do_probe"))
      return call("do_probe", command);
  }
  return Actuator::do_probe(command);
}

Result<std::string> PyActuator::current_site(const std::string& application) {
  py::gil_scoped_acquire gil;
  py::function f = py::get_override(static_cast<const Actuator*>(this), "current_site");
  if (!f) return Actuator::current_site(application);
  try {
    return py::cast<std::string>(f(application));
  } catch (const py::error_already_set& e) {
    return tl::unexpected(to_failure(e));
  }
}

Result<WorkloadSize> PyActuator::current_size(const std::string& application) {
  py::gil_scoped_acquire gil;
  py::function f = py::get_override(static_cast<const Actuator*>(this), "current_size");
  if (!f) return Actuator::current_size(application);
  try {
    return workload_size_of(py::cast<py::dict>(f(application)));
  } catch (const py::error_already_set& e) {
    return tl::unexpected(to_failure(e));
  } catch (const std::exception& e) {
    return fail(Errc::malformed, std::string("current_size: ") + e.what());
  }
}

Delivery PyActuator::delivery() const {
  py::gil_scoped_acquire gil;
  py::function f = py::get_override(static_cast<const Actuator*>(this), "delivery");
  // what nobody has promised to be repeatable is not repeated
  return f ? delivery_of(py::cast<std::string>(f())) : Delivery::at_most_once;
}

void bind_actuator(py::module_& m) {
  py::class_<Command>(m, "Command", "A decision on its way to an orchestrator.")
      .def(py::init([](std::string id, std::string application, decision::Action action,
                       TimePoint at, std::string reason) {
             return Command{std::move(id), std::move(application), std::move(action),
                            std::move(reason), at};
           }),
           py::kw_only(), py::arg("id"), py::arg("application"), py::arg("action"), py::arg("at"),
           py::arg("reason") = "")
      .def_readonly("id", &Command::id)
      .def_readonly("application", &Command::application)
      .def_readonly("action", &Command::action)
      .def_readonly("reason", &Command::reason)
      .def_readonly("at", &Command::at);
  py::class_<Outcome>(m, "Outcome", "What became of a command.")
      .def(py::init([](const std::string& status, std::string message, Value detail, int attempts) {
             if (detail.is_null()) detail = Value::object();
             return Outcome{status_of(status), std::move(message), std::move(detail), attempts};
           }),
           py::arg("status") = "done", py::arg("message") = "", py::kw_only(),
           py::arg("detail") = py::none(), py::arg("attempts") = 1)
      .def_property_readonly("status",
                             [](const Outcome& o) { return std::string(to_string(o.status)); })
      .def_readonly("message", &Outcome::message)
      .def_readonly("detail", &Outcome::detail)
      .def_readonly("attempts", &Outcome::attempts)
      .def_property_readonly("in_effect", &Outcome::in_effect)
      .def("__repr__", [](const Outcome& o) {
        return "<Outcome " + std::string(to_string(o.status)) + ": " + o.message + ">";
      });
  py::classh<Actuator, PyActuator>(
      m, "Actuator",
      "Carries decisions out. Subclasses define do_act(command), do_plan(command), describe() and, "
      "where repeating does no harm, delivery() -> \"at_least_once\"; for an agent that sizes "
      "current_size(application).")
      .def(py::init<>())
      .def(
          "act",
          [](Actuator& a, const Command& c, bool dry_run) {
            return unlocked([&] { return a.act(c, dry_run ? Mode::dry_run : Mode::real); });
          },
          py::arg("command"), py::kw_only(), py::arg("dry_run") = false)
      .def(
          "probe",
          [](Actuator& a, const Command& c) { return unlocked([&] { return a.probe(c); }); },
          py::arg("command"))
      .def(
          "current_site",
          [](Actuator& a, const std::string& application) {
            return unlocked([&] { return value_or_throw(a.current_site(application)); });
          },
          py::arg("application"))
      .def(
          "current_size",
          [](Actuator& a, const std::string& application) {
            return from_workload_size(
                unlocked([&] { return value_or_throw(a.current_size(application)); }));
          },
          py::arg("application"),
          "A dict: cpu_cores and memory_bytes in effect, `requested` (the same of what the user "
          "asked for), `instances`, `out_of_memory` (kills: at, memory_bytes). None: not known.")
      .def("delivery", [](const Actuator& a) { return delivery_name(a.delivery()); })
      .def("describe", &Actuator::describe);
  py::classh<RecordingActuator, Actuator>(m, "RecordingActuator",
                                          "Keeps what it is told instead of doing it.")
      .def(py::init([](const std::string& delivery) {
             return std::make_unique<RecordingActuator>(delivery_of(delivery));
           }),
           py::arg("delivery") = "at_least_once")
      .def_property_readonly("commands", &RecordingActuator::commands)
      .def("set_site", &RecordingActuator::set_site, py::arg("application"), py::arg("site"));
}

}  // namespace learningplane::python
