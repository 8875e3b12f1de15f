#pragma once
// Python subclasses of the library's interfaces, and holders that let C++ own what Python shares.
// What a Python method raises becomes a failure: the loop goes on.
#include <pybind11/trampoline_self_life_support.h>

#include "convert.hpp"
#include "learningplane/actuator/actuator.hpp"
#include "learningplane/decision/policy.hpp"
#include "learningplane/model/model.hpp"
#include "learningplane/telemetry/sensor.hpp"
#include "learningplane/trigger/trigger.hpp"

namespace learningplane::python {

/// The failure that a Python exception stands for: an Error keeps its code.
Failure to_failure(const py::error_already_set& e);

class PySensor : public telemetry::Sensor, public py::trampoline_self_life_support {
 public:
  std::string describe() const override {
    PYBIND11_OVERRIDE_PURE(std::string, telemetry::Sensor, describe, );
  }

 protected:
  Result<telemetry::Frame> do_read(const telemetry::Window& window) override {
    py::gil_scoped_acquire gil;
    try {
      py::function f = py::get_override(static_cast<const telemetry::Sensor*>(this), "do_read");
      if (!f) return fail(Errc::unsupported, "the sensor has no do_read(window)");
      return to_frame(f(window));
    } catch (const py::error_already_set& e) {
      return tl::unexpected(to_failure(e));
    } catch (const Error& e) {
      return tl::unexpected(e.failure());
    }
  }
};

class PyPolicy : public decision::Policy, public py::trampoline_self_life_support {
 public:
  decision::Decision decide(const decision::Observation& observation) override {
    py::gil_scoped_acquire gil;
    py::function f = py::get_override(static_cast<const decision::Policy*>(this), "decide");
    if (!f) throw LogicError("the policy has no decide(observation)");
    try {
      return py::cast<decision::Decision>(f(observation));
    } catch (const py::error_already_set& e) {
      throw Error(to_failure(e));
    }
  }
  std::string_view kind() const override {
    py::gil_scoped_acquire gil;
    if (kind_.empty()) {
      py::function f = py::get_override(static_cast<const decision::Policy*>(this), "kind");
      kind_ = f ? py::cast<std::string>(f()) : "python";
    }
    return kind_;
  }

 private:
  mutable std::string kind_;
};

class PyActuator : public actuator::Actuator, public py::trampoline_self_life_support {
 public:
  Result<std::string> current_site(const std::string& application) override;
  Result<actuator::WorkloadSize> current_size(const std::string& application) override;
  actuator::Delivery delivery() const override;
  std::string describe() const override {
    PYBIND11_OVERRIDE_PURE(std::string, actuator::Actuator, describe, );
  }

 protected:
  actuator::Outcome do_act(const actuator::Command& command) override {
    return call("do_act", command);
  }
  actuator::Outcome do_plan(const actuator::Command& command) override {
    return call("do_plan", command);
  }
  actuator::Outcome do_probe(const actuator::Command& command) override;

 private:
  actuator::Outcome call(const char* method, const actuator::Command& command);
};

class PyTrigger : public trigger::Trigger, public py::trampoline_self_life_support {
 public:
  std::optional<TimePoint> next(TimePoint after) const override {
    PYBIND11_OVERRIDE_PURE(std::optional<TimePoint>, trigger::Trigger, next, after);
  }
  std::string describe() const override {
    PYBIND11_OVERRIDE_PURE(std::string, trigger::Trigger, describe, );
  }
};

class PyForecaster : public model::Forecaster, public py::trampoline_self_life_support {
 public:
  std::string_view kind() const override;
  Result<model::FitReport> fit(const telemetry::Frame& data) override;
  Result<void> update(const telemetry::Frame& data) override;
  bool fitted() const override;
  model::ModelState save() const override;
  Result<void> load(const model::ModelState& state) override;
  Result<model::Forecast> forecast(std::size_t horizon, std::span<const double> levels) override;

 private:
  mutable std::string kind_;
};

/// Owns a share of a sensor, policy or actuator that Python holds too.
class SharedSensor final : public telemetry::Sensor {
 public:
  explicit SharedSensor(std::shared_ptr<telemetry::Sensor> inner) : inner_(std::move(inner)) {}
  std::string describe() const override { return inner_->describe(); }

 protected:
  Result<telemetry::Frame> do_read(const telemetry::Window& w) override { return inner_->read(w); }

 private:
  std::shared_ptr<telemetry::Sensor> inner_;
};

class SharedPolicy final : public decision::Policy {
 public:
  explicit SharedPolicy(std::shared_ptr<decision::Policy> inner) : inner_(std::move(inner)) {}
  decision::Decision decide(const decision::Observation& o) override { return inner_->decide(o); }
  std::string_view kind() const override { return inner_->kind(); }

 private:
  std::shared_ptr<decision::Policy> inner_;
};

class SharedActuator final : public actuator::Actuator {
 public:
  explicit SharedActuator(std::shared_ptr<actuator::Actuator> inner) : inner_(std::move(inner)) {}
  Result<std::string> current_site(const std::string& application) override {
    return inner_->current_site(application);
  }
  Result<actuator::WorkloadSize> current_size(const std::string& application) override {
    return inner_->current_size(application);
  }
  actuator::Delivery delivery() const override { return inner_->delivery(); }
  std::string describe() const override { return inner_->describe(); }

 protected:
  actuator::Outcome do_act(const actuator::Command& c) override {
    return inner_->act(c, actuator::Mode::real);
  }
  actuator::Outcome do_plan(const actuator::Command& c) override {
    return inner_->act(c, actuator::Mode::dry_run);
  }
  actuator::Outcome do_probe(const actuator::Command& c) override { return inner_->probe(c); }

 private:
  std::shared_ptr<actuator::Actuator> inner_;
};

}  // namespace learningplane::python
