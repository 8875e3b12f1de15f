#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include <ostream>

#include "cli/context.hpp"
#include "learningplane/config/agent_file.hpp"
#include "learningplane/config/yaml.hpp"
#include "learningplane/error.hpp"
#include "learningplane/server/server.hpp"
#include "learningplane/telemetry/csv_sensor.hpp"

namespace learningplane::cli {

namespace {
/// As the run does when it serves.
void check_listen(const std::string& file, const std::string& listen) {
  try {
    server::check_listen({.listen = listen});
  } catch (const ConfigError& e) {
    const Value tree = config::load_yaml(file);
    const Value* section = tree.find("server");
    const Value* at = section == nullptr ? nullptr : section->find("listen");
    throw ConfigError(
        fmt::format("{}:{}: server.{}", file, at == nullptr ? 1 : at->where().line, e.what()));
  }
}
}  // namespace

void add_check(CLI::App& app, Context& context) {
  auto file = std::make_shared<std::string>();
  auto offline = std::make_shared<bool>(false);
  CLI::App* sub = app.add_subcommand("check", "Check an agent file and say what it describes");
  sub->add_option("agent", *file, "The agent file (YAML)")->required();
  sub->add_flag("--offline", *offline,
                "Check the options of sensors and actuators without building them");
  sub->callback([file, offline, &context] {
    context.command = [file, offline, &context] {
      const SystemClock clock;
      config::Secrets secrets;
      const agent::AgentFile f =
          config::load_agent(*file, context.registries, clock,
                             *offline ? agent::Purpose::replay : agent::Purpose::live, secrets);
      const agent::AgentParts& p = f.parts;
      if (!f.listen.empty()) check_listen(*file, f.listen);
      context.out << *file << ": agent '" << p.name << "', mode " << to_string(p.mode) << '\n';
      for (const auto& [name, sensor] : p.sensors)
        context.out << "  sensor " << name << ": " << secrets.redact(sensor->describe()) << '\n';
      for (const auto& [name, sensor] : p.sensors) {
        const auto* csv = dynamic_cast<const telemetry::CsvSensor*>(sensor.get());
        if (csv == nullptr) continue;
        if (auto there = csv->look(); !there)
          context.err << "learningplane: warning: " << *file << ": sensors." << name << ": "
                      << secrets.redact(there.error().describe()) << '\n';
      }
      for (const agent::Site& s : p.sites)
        context.out << "  site " << s.name << s.labels.to_string()
                    << (s.node.empty() ? "" : " on node " + s.node) << '\n';
      for (const auto& [name, a] : p.actuators)
        context.out << "  actuator " << name << ": " << secrets.redact(a->describe()) << '\n';
      const TimePoint now = clock.now();
      for (const agent::Schedule& s : p.schedules) {
        const auto next = s.job.trigger->next(now);
        context.out << "  schedule " << s.job.name << ": " << to_string(s.task) << " on "
                    << s.job.trigger->describe() << ", next "
                    << (next ? to_iso8601(*next) : "never") << '\n';
      }
      return static_cast<int>(ok);
    };
  });
}

}  // namespace learningplane::cli
