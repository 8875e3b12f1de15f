#include "cli/printer.hpp"

#include <fmt/format.h>

#include <ostream>

#include "learningplane/json.hpp"

namespace learningplane::cli {

Printer::Printer(std::ostream& out, std::ostream& err, const Clock& clock, PrinterOptions options)
    : out_(out),
      clock_(clock),
      options_(options),
      log_(err, clock, options.json ? LogFormat::json : LogFormat::reference) {}

void Printer::log(LogLevel level, std::string_view message) {
  if (level < (options_.quiet ? LogLevel::warning : LogLevel::info)) return;
  if (options_.secrets != nullptr && !options_.secrets->empty()) {
    log_.log(level, options_.secrets->redact(std::string(message)));
  } else {
    log_.log(level, message);
  }
}

void Printer::on_decision(std::string_view id, const decision::Decision& d) {
  const std::lock_guard lock(mutex_);
  ++decisions_;
  ++rules_[d.rule];
  if (options_.json) {
    Value line = Value::object().set("at", to_iso8601(clock_.now())).set("id", id);
    const Value body = decision::to_value(d);
    for (const auto& [name, v] : body.as_object()) line.set(name, v);
    out_ << dump_json(line) << std::endl;
    return;
  }
  const auto* place = std::get_if<decision::Place>(&d.action);
  const auto* scale = std::get_if<decision::Scale>(&d.action);
  out_ << fmt::format("{} {} {} [{}] {}", to_iso8601(clock_.now()), d.application,
                      place != nullptr   ? "place " + place->site
                      : scale != nullptr ? fmt::format("scale {}", scale->replicas)
                                         : std::string(decision::kind(d.action)),
                      d.rule, d.reason)
       << std::endl;
}

void Printer::on_outcome(const actuator::Command&, const actuator::Outcome& outcome) {
  const std::lock_guard lock(mutex_);
  if (outcome.status == actuator::OutcomeStatus::done) ++moves_;
}

void Printer::on_failure(std::string_view, const Failure&) {
  const std::lock_guard lock(mutex_);
  ++failures_;
}

void Printer::summary() {
  const std::lock_guard lock(mutex_);
  if (options_.json) {
    Value rules = Value::object();
    for (const auto& [rule, n] : rules_) rules.set(rule, n);
    out_ << dump_json(Value::object().set("summary", Value::object()
                                                         .set("decisions", decisions_)
                                                         .set("moves", moves_)
                                                         .set("failures", failures_)
                                                         .set("rules", std::move(rules))))
         << std::endl;
    return;
  }
  out_ << fmt::format("{} decisions, {} moves, {} failures", decisions_, moves_, failures_);
  for (const auto& [rule, n] : rules_) out_ << fmt::format("; {} {}", rule, n);
  out_ << std::endl;
}

}  // namespace learningplane::cli
