#include "agent/commander.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "agent/log_lines.hpp"

namespace learningplane::agent {

using actuator::Command;
using actuator::Outcome;
using actuator::OutcomeStatus;
using journal::EntryKind;

namespace {

Value to_value(const Command& c) {
  return Value::object()
      .set("id", c.id)
      .set("application", c.application)
      .set("action", decision::to_value(c.action))
      .set("reason", c.reason)
      .set("at_ns", to_ns(c.at));
}

Result<Command> command_from_value(const Value* v) {
  if (v == nullptr || v->find("action") == nullptr)
    return fail(Errc::malformed, "an intent without a command");
  try {
    auto action = decision::action_from_value(*v->find("action"));
    if (!action) return tl::unexpected(action.error());
    return Command{v->get("id", ""), v->get("application", ""), std::move(*action),
                   v->get("reason", ""), from_ns(v->get("at_ns", std::int64_t{0}))};
  } catch (const Error& e) {
    return tl::unexpected(e.failure());
  }
}

/// What was there before the act, for the journal: instances, or sizes.
Value from_of(const decision::Decision& d) {
  const Value* current = d.details.find("current");
  if (current != nullptr && current->is_int()) return *current;
  if (!std::holds_alternative<decision::Resize>(d.action)) return {};
  const auto of = [&](std::string_view resource) {
    const Value* part = d.details.find(resource);
    const Value* was = part == nullptr ? nullptr : part->find("current");
    return was == nullptr ? Value() : *was;
  };
  return Value::object().set("cpu_cores", of("cpu")).set("memory_bytes", of("memory"));
}

double size_at(const Value& of, std::string_view key) {
  const Value* v = of.is_object() ? of.find(key) : nullptr;
  return v != nullptr && v->is_number() ? v->as_double() : std::nan("");
}

constexpr std::size_t resizes_kept = 64;

OutcomeStatus status_from(const std::string& name) {
  for (int i = 0; i <= static_cast<int>(OutcomeStatus::unknown); ++i) {
    if (actuator::to_string(static_cast<OutcomeStatus>(i)) == name)
      return static_cast<OutcomeStatus>(i);
  }
  return OutcomeStatus::unknown;
}

}  // namespace

actuator::Actuator* Commander::actuator_of(const std::string& application,
                                           const std::string& name) {
  std::string wanted = name;
  for (const Application& a : parts_.applications) {
    if (wanted.empty() && a.name == application) wanted = a.actuator;
  }
  if (wanted.empty() && parts_.actuators.size() == 1) return parts_.actuators.begin()->second.get();
  auto it = parts_.actuators.find(wanted);
  return it == parts_.actuators.end() ? nullptr : it->second.get();
}

std::string Commander::site_of_node(const std::string& node) const {
  for (const Site& s : parts_.sites) {
    if ((s.node.empty() ? s.name : s.node) == node) return s.name;
  }
  return node;
}

void Commander::remember(const Command& command, const Outcome& outcome, const Value& from) {
  const bool dry =
      outcome.status == OutcomeStatus::planned && parts_.act == actuator::Mode::dry_run;
  const bool changed = outcome.status == OutcomeStatus::done || dry;
  if (const auto* scale = std::get_if<decision::Scale>(&command.action)) {
    if (!changed) return;
    scaled_[command.application] = {command.at, scale->replicas,
                                    from.is_int() ? scale->replicas - from.as_int() : 0};
    return;
  }
  if (const auto* size = std::get_if<decision::Resize>(&command.action)) {
    if (!changed) return;
    const auto given = [](double v) { return v > 0 ? v : std::nan(""); };
    auto& all = resized_[command.application];
    if (all.size() >= resizes_kept) all.erase(all.begin());
    all.push_back({command.at,
                   {size_at(from, "cpu_cores"), size_at(from, "memory_bytes")},
                   {given(size->cpu_cores), given(size->memory_bytes)},
                   dry});
    return;
  }
  const auto* place = std::get_if<decision::Place>(&command.action);
  if (place == nullptr) return;
  // An act that may have happened cools down like one that did; where it went stays open.
  if (outcome.in_effect()) placed_[command.application].site = site_of_node(place->site);
  if (outcome.status == OutcomeStatus::done || outcome.status == OutcomeStatus::unknown)
    placed_[command.application].at = command.at;
}

std::optional<TimePoint> Commander::last_change(const std::string& application) const {
  auto it = placed_.find(application);
  if (it == placed_.end() || it->second.at == TimePoint{}) return std::nullopt;
  return it->second.at;
}

std::optional<Commander::Scaled> Commander::last_scale(const std::string& application) const {
  auto it = scaled_.find(application);
  return it == scaled_.end() ? std::nullopt : std::optional<Scaled>(it->second);
}

Result<actuator::Instances> Commander::instances(const Application& application,
                                                 std::int64_t first) {
  const auto acted = last_scale(application.name);
  const actuator::Instances kept{acted ? acted->replicas : first, std::nullopt};
  if (parts_.act == actuator::Mode::dry_run && acted) return kept;
  actuator::Actuator* a = actuator_of(application.name, application.actuator);
  if (a == nullptr)
    return fail(Errc::not_found, "no actuator is configured for " + application.name);
  try {
    auto now = a->current_instances(application.name);
    if (!now && now.error().code == Errc::unsupported) return kept;
    return now;
  } catch (const std::exception& e) {
    return fail(Errc::internal, e.what());
  }
}

const std::vector<Commander::Resized>& Commander::resizes(const std::string& application) const {
  static const std::vector<Resized> none;
  auto it = resized_.find(application);
  return it == resized_.end() ? none : it->second;
}

Result<actuator::WorkloadSize> Commander::size(const Application& application,
                                               const decision::Size& requested) {
  actuator::Actuator* a = actuator_of(application.name, application.actuator);
  if (a == nullptr)
    return fail(Errc::not_found, "no actuator is configured for " + application.name);
  Result<actuator::WorkloadSize> out;
  try {
    out = a->current_size(application.name);
  } catch (const std::exception& e) {
    return fail(Errc::internal, e.what());
  }
  const auto& ours = resizes(application.name);
  const bool untold = !out && out.error().code == Errc::unsupported;
  if (untold) out = actuator::WorkloadSize{.current = requested};
  if (!out) return out;
  const auto take = [](double& to, double v) {
    if (std::isfinite(v)) to = v;
  };
  if (!std::isfinite(out->requested.cpu_cores)) out->requested.cpu_cores = requested.cpu_cores;
  if (!std::isfinite(out->requested.memory_bytes))
    out->requested.memory_bytes = requested.memory_bytes;
  for (const Resized& r : ours) {
    if (!untold && !r.planned) continue;
    take(out->current.cpu_cores, r.to.cpu_cores);
    take(out->current.memory_bytes, r.to.memory_bytes);
  }
  for (decision::OutOfMemory& kill : out->out_of_memory) {
    if (std::isfinite(kill.memory_bytes)) continue;
    const auto next = std::find_if(ours.begin(), ours.end(), [&](const Resized& r) {
      return !r.planned && r.at >= kill.at && std::isfinite(r.from.memory_bytes);
    });
    if (next != ours.end()) kill.memory_bytes = next->from.memory_bytes;
  }
  return out;
}

Result<std::string> Commander::current_site(const Application& application) {
  auto known = placed_.find(application.name);
  const std::string placed = known == placed_.end() ? std::string() : known->second.site;
  actuator::Actuator* a = actuator_of(application.name, application.actuator);
  if (a == nullptr) return placed;
  try {
    auto node = a->current_site(application.name);
    if (node) return site_of_node(*node);
    const Errc code = node.error().code;
    if (code == Errc::unsupported || code == Errc::not_found) return placed;
    return tl::unexpected(node.error());
  } catch (const std::exception& e) {
    return fail(Errc::internal, e.what());
  }
}

Result<actuator::Outcome> Commander::carry_out(const Application& application,
                                               const decision::Decision& decision,
                                               const std::string& id, const std::string& schedule) {
  Command command{id, application.name, decision.action, decision.reason,
                  parts_.executor->clock().now()};
  const Value from = from_of(decision);
  if (auto* place = std::get_if<decision::Place>(&command.action)) {
    for (const Site& s : parts_.sites) {
      if (s.name == place->site && !s.node.empty()) {
        place->site = s.node;
        break;
      }
    }
  }
  actuator::Actuator* actuator = actuator_of(application.name, application.actuator);
  if (actuator == nullptr)
    return fail(Errc::not_found, "no actuator is configured for " + application.name);
  if (parts_.act == actuator::Mode::dry_run) {
    const Outcome planned = actuator->act(command, actuator::Mode::dry_run);
    parts_.logger->info(patch_line(command) + " (dry run)");
    if (auto written = write_outcome(command, planned, schedule, from); !written)
      return tl::unexpected(written.error());
    return planned;
  }
  journal::Entry intent{0,        command.at, EntryKind::intent, parts_.name,
                        schedule, id,         application.name,  Value::object()};
  intent.body.set("command", to_value(command))
      .set("actuator", application.actuator)
      .set("delivery", actuator->delivery() == actuator::Delivery::at_least_once ? "at_least_once"
                                                                                 : "at_most_once")
      .set("from", from);
  if (auto written = parts_.journal->append(intent); !written)
    return fail_within("intent", written.error());
  if (parts_.observer != nullptr) parts_.observer->on_intent(command);
  const Outcome outcome = send(*actuator, command);
  // Nothing was lost where this fails: the open intent is settled at the next start.
  if (auto written = write_outcome(command, outcome, schedule, from); !written) {
    parts_.logger->error("the outcome of " + id +
                         " could not be written: " + written.error().describe());
    if (parts_.observer != nullptr) parts_.observer->on_failure("journal", written.error());
  }
  return outcome;
}

actuator::Outcome Commander::send(actuator::Actuator& actuator, const Command& command) {
  parts_.logger->info(patch_line(command));
  Outcome outcome = actuator.act(command, actuator::Mode::real);
  if (outcome.in_effect()) {
    parts_.logger->info("update_deployment_with_patch succeeded");
  } else {
    parts_.logger->error(fmt::format("update_deployment_with_patch failed: {} ({})",
                                     outcome.message, actuator::to_string(outcome.status)));
  }
  return outcome;
}

Result<void> Commander::write_outcome(const Command& command, const Outcome& outcome,
                                      const std::string& schedule, const Value& from) {
  journal::Entry e{0,
                   parts_.executor->clock().now(),
                   EntryKind::outcome,
                   parts_.name,
                   schedule,
                   command.id,
                   command.application,
                   Value::object()};
  e.body.set("status", actuator::to_string(outcome.status))
      .set("message", outcome.message)
      .set("attempts", outcome.attempts)
      .set("detail", outcome.detail)
      .set("command", to_value(command));
  if (!from.is_null()) e.body.set("from", from);
  if (auto written = parts_.journal->append(e); !written) return tl::unexpected(written.error());
  remember(command, outcome, from);
  if (parts_.observer != nullptr) parts_.observer->on_outcome(command, outcome);
  return {};
}

namespace {
Value from_of(const Value& body) {
  const Value* from = body.find("from");
  return from == nullptr ? Value() : *from;
}
constexpr std::size_t outcomes_looked_at = 20'000;
}  // namespace

Result<void> Commander::recall(const std::string& application, std::size_t limit) {
  auto outcomes = parts_.journal->read(
      {.kind = EntryKind::outcome, .application = application, .limit = limit});
  if (!outcomes) return tl::unexpected(outcomes.error());
  for (const journal::Entry& e : *outcomes) {
    auto command = command_from_value(e.body.find("command"));
    if (!command || e.agent != parts_.name) continue;
    Outcome o;
    o.status = status_from(e.body.get("status", ""));
    remember(*command, o, from_of(e.body));
  }
  return {};
}

Result<void> Commander::recover() {
  // Applications that come by a label are not known yet: the newest outcomes of all.
  if (!parts_.scaling.by.empty() || !parts_.sizing.by.empty()) {
    if (auto done = recall({}, outcomes_looked_at); !done) return done;
  }
  for (const Application& a : parts_.applications) {
    if (auto done = recall(a.name, 1000); !done) return done;
  }
  auto open = parts_.journal->open_intents();
  if (!open) return tl::unexpected(open.error());
  for (const journal::Entry& e : *open) {
    if (e.agent != parts_.name) continue;
    if (auto settled = settle(e); !settled) return settled;
  }
  return {};
}

Result<void> Commander::settle(const journal::Entry& intent) {
  auto command = command_from_value(intent.body.find("command"));
  if (!command) {
    parts_.logger->error(fmt::format("recovery: the intent {} cannot be read: {}",
                                     intent.decision_id, command.error().describe()));
    command = Command{intent.decision_id, intent.application, decision::Hold{}, "", intent.at};
    return write_outcome(*command, Outcome{OutcomeStatus::unknown, "the intent cannot be read"},
                         intent.schedule);
  }
  if (parts_.act == actuator::Mode::dry_run) {
    parts_.logger->warning("recovery: " + command->id + " is half done; left alone in a dry run");
    return {};
  }
  actuator::Actuator* actuator = actuator_of(command->application, intent.body.get("actuator", ""));
  const Value from = from_of(intent.body);
  const auto report = [&](Outcome outcome, std::string_view what) {
    outcome.message = fmt::format("after a restart: {}{}{}", what,
                                  outcome.message.empty() ? "" : ": ", outcome.message);
    parts_.logger->warning(fmt::format("recovery: {}: {}", command->id, outcome.message));
    return write_outcome(*command, outcome, intent.schedule, from);
  };
  if (actuator == nullptr)
    return report({OutcomeStatus::unknown}, "its actuator is not configured any more");
  const Outcome probed = actuator->probe(*command);
  if (probed.in_effect()) return report(probed, "found carried out");
  if (probed.status == OutcomeStatus::conflict)
    return report(probed, "overtaken by another writer; not sent again");
  if (actuator->delivery() == actuator::Delivery::at_most_once)
    return report(probed, probed.status == OutcomeStatus::failed
                              ? "not carried out; not sent again (at most once)"
                              : "may have been carried out; not sent again (at most once)");
  const Duration age = parts_.executor->clock().now() - command->at;
  if (age > parts_.resend_within)
    return report(probed, fmt::format("not sent again, it is {} old", format_duration(age)));
  return report(send(*actuator, *command), "sent again");
}

}  // namespace learningplane::agent
