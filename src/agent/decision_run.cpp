#include "agent/decision_run.hpp"

#include <fmt/format.h>

#include "learningplane/decision/sizing_explanation.hpp"

namespace learningplane::agent {

using actuator::OutcomeStatus;

Value unknown_value(const std::string& name, const decision::Quantity& q) {
  return Value::object()
      .set("name", name)
      .set("reason", decision::to_string(q.unknown))
      .set("detail", q.detail);
}

std::string DecisionRun::next_id() { return fmt::format("{}-{}", epoch_, ++count_); }

std::string DecisionRun::rule_of(const decision::Decision& d) {
  // Of two resources a change of either one's rule is news.
  if (!decision::is_sizing(d)) return d.rule;
  return d.details.find("cpu")->get("rule", "") + " " + d.details.find("memory")->get("rule", "");
}

bool DecisionRun::recorded(const std::string& before, const decision::Decision& d) const {
  return record_ == RecordedDecisions::all || d.acts() || before != rule_of(d);
}

journal::Entry DecisionRun::entry(const std::string& id, const std::string& application,
                                  const decision::Decision& d, const std::string& schedule) const {
  Value body = decision::to_value(d);
  const Value* current = d.details.find("current");
  body.set("current", current == nullptr ? Value() : *current)
      .set("target", target_)
      .set("constraint", Value());
  return {0,
          parts_.executor->clock().now(),
          journal::EntryKind::decision,
          parts_.name,
          schedule,
          id,
          application,
          std::move(body)};
}

Result<void> DecisionRun::record(const std::vector<journal::Entry>& entries,
                                 const std::vector<journal::Kept>& kept) {
  if (entries.empty() && kept.empty()) return {};
  if (auto written = parts_.journal->record(entries, kept); !written) {
    failed("journal", written.error());
    return fail(written.error().code, "not acting without a journal");
  }
  return {};
}

DecisionRun::Came DecisionRun::carry_out(const Application& application, const std::string& id,
                                         const decision::Decision& d, const std::string& schedule) {
  const auto outcome = commander_.carry_out(application, d, id, schedule);
  if (!outcome) {
    failed("deciding for " + application.name, outcome.error());
    return Came::not_about;
  }
  if (outcome->in_effect() || outcome->status == OutcomeStatus::planned) return Came::about;
  // Where it may have happened all the same, the next look at the back end tells.
  return outcome->status == OutcomeStatus::unknown ? Came::unknown : Came::not_about;
}

void DecisionRun::failed(const std::string& where, const Failure& failure) {
  parts_.logger->error(where + " failed: " + failure.describe());
  parts_.observer->on_failure(where, failure);
}

}  // namespace learningplane::agent
