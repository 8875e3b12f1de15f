#include <atomic>

#include "agent_host.hpp"
#include "bind_journal.hpp"
#include "builtins.hpp"
#include "learningplane/config/agent_file.hpp"
#include "learningplane/report/report.hpp"
#include "module.hpp"
#include "trampolines.hpp"

namespace learningplane::python {

namespace {

/// Log lines go to logging.getLogger("learningplane").
class PyLogger final : public Logger {
 public:
  void log(LogLevel level, std::string_view message) override {
    static constexpr int levels[] = {10, 20, 30, 40};
    py::gil_scoped_acquire gil;
    py::module_::import("logging")
        .attr("getLogger")("learningplane")
        .attr("log")(levels[static_cast<int>(level)], "%s", std::string(message));
  }
};

class SharedForecaster final : public model::Forecaster {
 public:
  explicit SharedForecaster(std::shared_ptr<model::Forecaster> inner) : inner_(std::move(inner)) {}
  std::string_view kind() const override { return inner_->kind(); }
  Result<model::FitReport> fit(const telemetry::Frame& f) override { return inner_->fit(f); }
  Result<void> update(const telemetry::Frame& f) override { return inner_->update(f); }
  bool fitted() const override { return inner_->fitted(); }
  model::ModelState save() const override { return inner_->save(); }
  Result<void> load(const model::ModelState& s) override { return inner_->load(s); }
  Result<model::Forecast> forecast(std::size_t horizon, std::span<const double> levels) override {
    return inner_->forecast(horizon, levels);
  }

 private:
  std::shared_ptr<model::Forecaster> inner_;
};

/// Python's parts under the names by which the tree calls them.
Registries with_parts(const py::dict& parts) {
  Registries r = all_builtins();
  for (auto [key, part] : parts) {
    const auto name = py::cast<std::string>(key);
    const Manifest manifest{name, "A part made in Python", {}};
    if (py::isinstance<telemetry::Sensor>(part)) {
      r.sensors.add(manifest, [s = py::cast<std::shared_ptr<telemetry::Sensor>>(part)](
                                  const Value&, const BuildContext&) {
        return std::make_unique<SharedSensor>(s);
      });
    } else if (py::isinstance<decision::Policy>(part)) {
      r.policies.add(manifest, [p = py::cast<std::shared_ptr<decision::Policy>>(part)](
                                   const Value&) { return std::make_unique<SharedPolicy>(p); });
    } else if (py::isinstance<actuator::Actuator>(part)) {
      r.actuators.add(manifest, [a = py::cast<std::shared_ptr<actuator::Actuator>>(part)](
                                    const Value&, const BuildContext&) {
        return std::make_unique<SharedActuator>(a);
      });
    } else if (PyCallable_Check(part.ptr()) != 0) {  // makes a forecaster anew for each site
      auto keep = keep_alive(py::reinterpret_borrow<py::object>(part));
      Manifest with_target = manifest;
      with_target.parameters = {{"target", ParameterType::string, "column to forecast"}};
      with_target.parameters.front().required = true;
      r.forecasters.add(with_target, [keep, make = part.ptr()](const Value&) {
        py::gil_scoped_acquire gil;
        return std::make_unique<SharedForecaster>(
            py::cast<std::shared_ptr<model::Forecaster>>(py::handle(make)()));
      });
    } else {
      throw ConfigError("the part '" + name + "' is no Sensor, Policy, Actuator or model factory");
    }
  }
  return r;
}

std::unique_ptr<AgentHost> from_tree(const Value& tree, const py::dict& parts,
                                     const std::string& base_dir) {
  auto load = [tree, base_dir](const Registries& r, const Clock& clock, agent::Purpose purpose,
                               config::Secrets& secrets) {
    return agent::read_agent(config::expand_secrets(tree, base_dir, secrets), r,
                             BuildContext{&clock, base_dir}, purpose);
  };
  return std::make_unique<AgentHost>(with_parts(parts), load, std::make_unique<PyLogger>());
}

std::unique_ptr<AgentHost> from_file(const std::string& path, const py::dict& parts) {
  auto load = [path](const Registries& r, const Clock& clock, agent::Purpose purpose,
                     config::Secrets& secrets) {
    return config::load_agent(path, r, clock, purpose, secrets);
  };
  return std::make_unique<AgentHost>(with_parts(parts), load, std::make_unique<PyLogger>());
}

telemetry::Frame recorded(AgentHost& agent, const py::object& data) {
  py::object path_like = py::module_::import("os").attr("PathLike");
  if (!py::isinstance<py::str>(data) && !py::isinstance(data, path_like)) return to_frame(data);
  const auto path = py::cast<std::string>(py::module_::import("os").attr("fspath")(data));
  return unlocked([&] { return agent.read(path); });
}

/// Lets Python see signals from the thread that called; true while nothing was raised.
class Signals {
 public:
  bool go_on() {
    py::gil_scoped_acquire gil;
    if (PyErr_CheckSignals() == 0) return true;
    raised_ = std::make_exception_ptr(py::error_already_set());
    return false;
  }
  void rethrow() {
    if (raised_) std::rethrow_exception(std::exchange(raised_, nullptr));
  }

 private:
  std::exception_ptr raised_;
};

}  // namespace

void bind_agent(py::module_& m) {
  py::classh<AgentHost>(m, "AgentHost")
      .def(py::init(&from_tree), py::arg("tree"), py::arg("parts"), py::arg("base_dir") = "")
      .def_static("from_file", &from_file, py::arg("path"), py::arg("parts"))
      .def_property_readonly("name", &AgentHost::name)
      .def("keep_in", &AgentHost::keep_in, py::arg("folder"))
      .def("set_dry_run", &AgentHost::set_dry_run)
      .def(
          "run_once",
          [](AgentHost& a, const std::optional<TimePoint>& at) {
            unlocked([&] { a.run_once(at ? *at : SystemClock().now()); });
          },
          py::arg("at") = py::none())
      .def(
          "replay",
          [](AgentHost& a, const py::object& data) {
            telemetry::Frame frame = recorded(a, data);
            Signals signals;
            unlocked([&] { a.replay(std::move(frame), [&] { return signals.go_on(); }); });
            signals.rethrow();
          },
          py::arg("data"))
      .def(
          "run",
          [](AgentHost& a, const std::optional<Duration>& duration) {
            Signals signals;
            const auto end = std::chrono::steady_clock::now() + duration.value_or(Duration(0));
            unlocked([&] {
              a.run([&] {
                if (duration && std::chrono::steady_clock::now() >= end) return false;
                return signals.go_on();
              });
            });
            signals.rethrow();
          },
          py::arg("duration") = py::none())
      .def(
          "journal",
          [](const AgentHost& a, const std::string& kind, const std::string& decision_id,
             std::size_t limit) {
            return entries_of(a.journal(), query_of(kind, decision_id, limit));
          },
          py::arg("kind") = "", py::arg("decision_id") = "", py::arg("limit") = 100'000)
      .def("report",
           [](const AgentHost& a) {
             return report::to_value(value_or_throw(report::collect(a.journal())));
           })
      .def("report_html", [](const AgentHost& a) {
        return report::to_html(value_or_throw(report::collect(a.journal())));
      });
  m.def(
      "agent_schema", [] { return agent::agent_schema(builtins()); },
      "JSON Schema of the agent file.");
}

}  // namespace learningplane::python
