#include "learningplane/actuator/actuator.hpp"

#include <exception>

#include "learningplane/actuator/recording.hpp"

namespace learningplane::actuator {

std::string_view to_string(OutcomeStatus status) {
  static constexpr std::string_view names[] = {"done",    "already_done", "planned", "conflict",
                                               "refused", "failed",       "unknown"};
  return names[static_cast<std::size_t>(status)];
}

namespace {
/// An exception says nothing of what was sent before it: the outcome is unknown.
template <class F>
Outcome guarded(F&& f) {
  try {
    return f();
  } catch (const std::exception& e) {
    return Outcome{OutcomeStatus::unknown, e.what(), Value::object(), 1};
  }
}
}  // namespace

Outcome Actuator::act(const Command& command, Mode mode) {
  if (std::holds_alternative<decision::Hold>(command.action)) {
    return Outcome{OutcomeStatus::already_done, "nothing to do", Value::object(), 0};
  }
  return guarded([&] { return mode == Mode::dry_run ? do_plan(command) : do_act(command); });
}

Outcome Actuator::probe(const Command& command) {
  return guarded([&] { return do_probe(command); });
}

Outcome Actuator::do_probe(const Command&) {
  return Outcome{OutcomeStatus::unknown,
                 describe() + " cannot tell whether a command was carried out", Value::object(), 0};
}

Result<std::string> Actuator::current_site(const std::string& application) {
  return fail(Errc::unsupported, describe() + " cannot tell where '" + application + "' runs");
}

Result<std::int64_t> Actuator::current_replicas(const std::string& application) {
  return fail(Errc::unsupported,
              describe() + " cannot tell how many instances '" + application + "' has");
}

Result<Instances> Actuator::current_instances(const std::string& application) {
  auto asked = current_replicas(application);
  if (!asked) return tl::unexpected(asked.error());
  return Instances{*asked, std::nullopt};
}

Result<WorkloadSize> Actuator::current_size(const std::string& application) {
  return fail(Errc::unsupported,
              describe() + " cannot tell how large the instances of '" + application + "' are");
}

Result<WorkloadSize> RecordingActuator::current_size(const std::string& application) {
  auto it = sizes_.find(application);
  if (it == sizes_.end())
    return fail(Errc::unsupported, "'" + application + "' was not resized yet");
  return it->second;
}

Result<std::int64_t> RecordingActuator::current_replicas(const std::string& application) {
  auto it = replicas_.find(application);
  if (it == replicas_.end())
    return fail(Errc::unsupported, "'" + application + "' was not scaled yet");
  return it->second;
}

Result<std::string> RecordingActuator::current_site(const std::string& application) {
  auto it = sites_.find(application);
  if (it == sites_.end()) return fail(Errc::not_found, "'" + application + "' was not placed yet");
  return it->second;
}

Outcome RecordingActuator::do_act(const Command& command) {
  commands_.push_back(command);
  if (const auto* place = std::get_if<decision::Place>(&command.action))
    sites_[command.application] = place->site;
  if (const auto* scale = std::get_if<decision::Scale>(&command.action))
    replicas_[command.application] = scale->replicas;
  if (const auto* size = std::get_if<decision::Resize>(&command.action)) {
    decision::Size& current = sizes_[command.application].current;
    if (size->cpu_cores > 0) current.cpu_cores = size->cpu_cores;
    if (size->memory_bytes > 0) current.memory_bytes = size->memory_bytes;
  }
  return Outcome{OutcomeStatus::done, "recorded",
                 Value::object().set("action", decision::to_value(command.action)), 1};
}

Outcome RecordingActuator::do_plan(const Command& command) {
  return Outcome{OutcomeStatus::planned, "would record",
                 Value::object().set("action", decision::to_value(command.action)), 0};
}

Outcome RecordingActuator::do_probe(const Command& command) {
  for (const Command& c : commands_) {
    if (c.id == command.id) return Outcome{OutcomeStatus::done, "recorded", Value::object(), 0};
  }
  return Outcome{OutcomeStatus::failed, "not recorded", Value::object(), 0};
}

}  // namespace learningplane::actuator
