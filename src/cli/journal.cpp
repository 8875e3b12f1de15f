#include "learningplane/journal/journal.hpp"

#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/context.hpp"
#include "learningplane/adapters/sqlite/journal.hpp"
#include "learningplane/decision/decision.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"

namespace learningplane::cli {

namespace {

using journal::Entry;
using journal::EntryKind;

struct JournalArguments {
  std::string state = "state";
  std::string why{};
  std::string kind{};
  std::string application{};
  std::size_t limit = 50;
  bool json = false;
};

Value to_value(const Entry& e) {
  return Value::object()
      .set("sequence", e.sequence)
      .set("at", to_iso8601(e.at))
      .set("kind", journal::to_string(e.kind))
      .set("agent", e.agent)
      .set("schedule", e.schedule)
      .set("decision_id", e.decision_id)
      .set("application", e.application)
      .set("body", e.body);
}

/// The one thing of an entry that a person looks for.
std::string gist(const Entry& e) {
  const Value& b = e.body;
  switch (e.kind) {
    case EntryKind::decision:
      if (auto d = decision::decision_from_value(b)) {
        const auto* place = std::get_if<decision::Place>(&d->action);
        const auto* scale = std::get_if<decision::Scale>(&d->action);
        return (place != nullptr   ? "place " + place->site
                : scale != nullptr ? "scale " + std::to_string(scale->replicas)
                                   : std::string(kind(d->action))) +
               " [" + d->rule + "] " + d->reason;
      }
      return "unreadable";
    case EntryKind::outcome: return b.get("status", "") + " " + b.get("message", "");
    case EntryKind::run:
      return b.get("task", "") + " " + b.get("status", "") + " " + b.get("failure", "");
    case EntryKind::forecast: {
      const Value* mean = b.find("mean");
      return b.get("site", "") + " " + b.get("target", "") + " " +
             (mean != nullptr && mean->is_number()
                  ? dump_json(*mean)
                  : "unknown (" + b.get("unknown", "") + ": " + b.get("detail", "") + ")");
    }
    default: return dump_json(b);
  }
}

/// "last" stands for the newest decision that acted, or the newest one where none did.
std::string decision_id(const std::string& why, const journal::Journal& j) {
  if (why != "last") return why;
  std::string newest = why;
  bool acted = false;
  for (const Entry& e : value_or_throw(j.read({.kind = EntryKind::decision, .limit = 100'000}))) {
    const auto d = decision::decision_from_value(e.body);
    const bool acts = d && d->acts();
    if (acts || !acted) newest = e.decision_id;
    acted = acted || acts;
  }
  return newest;
}

int explain(const JournalArguments& a, const journal::Journal& j, Context& context) {
  const auto entries =
      value_or_throw(j.read({.decision_id = decision_id(a.why, j), .limit = 10'000}));
  if (entries.empty()) {
    context.err << "learningplane: the journal knows no decision '" << a.why
                << "'; `learningplane journal` lists them\n";
    return failure;
  }
  if (a.json) {
    Value list = Value::array();
    for (const Entry& e : entries) list.push(to_value(e));
    context.out << dump_json(list, JsonStyle::pretty) << '\n';
    return ok;
  }
  for (const Entry& e : entries) {
    context.out << to_iso8601(e.at) << ' ' << journal::to_string(e.kind) << ' ' << gist(e) << '\n';
    if (e.kind != EntryKind::decision) continue;
    const Value* current = e.body.find("current");
    if (current != nullptr && current->is_string())
      context.out << "  ran on: " << current->as_string() << '\n';
    if (auto d = decision::decision_from_value(e.body)) {
      context.out << "  " << decision::explain(*d) << '\n'
                  << "  rules: " << dump_json(d->details) << '\n';
    }
  }
  return ok;
}

int list(const JournalArguments& a, const journal::Journal& j, Context& context) {
  journal::Query q;
  q.limit = a.limit;
  q.application = a.application;
  if (!a.kind.empty()) {
    auto kind = journal::entry_kind(a.kind);
    if (!kind)
      throw ConfigError("", "--kind", a.kind, "run, forecast, decision, intent, outcome or note");
    q.kind = *kind;
  }
  for (const Entry& e : value_or_throw(j.read(q))) {
    if (a.json) {
      context.out << dump_json(to_value(e)) << '\n';
      continue;
    }
    context.out << to_iso8601(e.at) << ' ' << journal::to_string(e.kind) << ' '
                << (e.decision_id.empty() ? e.schedule : e.decision_id) << ' '
                << (e.application.empty() ? "" : e.application + ": ") << gist(e) << '\n';
  }
  return ok;
}

}  // namespace

void add_journal(CLI::App& app, Context& context) {
  auto a = std::make_shared<JournalArguments>();
  CLI::App* sub = app.add_subcommand("journal", "What an agent saw, decided and did, and why");
  sub->add_option("--state", a->state, "The agent's state folder")->capture_default_str();
  sub->add_option("--why", a->why, "Everything about this decision; last: the newest that acted");
  sub->add_option("--kind", a->kind, "Only run, forecast, decision, intent, outcome or note");
  sub->add_option("--application", a->application, "Only of this application");
  sub->add_option("--limit", a->limit, "The newest so many")->capture_default_str();
  sub->add_flag("--json", a->json, "As JSON, one object a line");
  sub->callback([a, &context] {
    context.command = [a, &context] {
      const auto j = adapters::sqlite::open_journal(a->state + "/journal.sqlite",
                                                    adapters::sqlite::Access::read);
      return a->why.empty() ? list(*a, *j, context) : explain(*a, *j, context);
    };
  });
}

}  // namespace learningplane::cli
