// An agent that sizes, from its file to what the command says of it.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <fstream>
#include <sstream>

#include "learningplane/time.hpp"
#include "support/cli_run.hpp"
#include "support/temp_dir.hpp"

using support::cli_run;
using support::CliRun;
using support::TempDir;

namespace {

/// Two pods for four hours, a sample each five minutes: idle, and busy every second hour.
void write_files(const TempDir& dir, const std::string& policy) {
  std::ofstream csv(dir / "usage.csv");
  csv << "time,pod,cpu,memory\n";
  for (int i = 0; i < 96; ++i) {
    const bool busy = i / 12 % 2 == 1;
    const std::string time =
        learningplane::to_iso8601(learningplane::from_ns(0) + i * std::chrono::minutes(5));
    csv << fmt::format("{0},web-1,{1},{2}\n{0},web-2,0.1,1e8\n", time, busy ? 1.5 : 0.3,
                       busy ? 6e8 : 2e8);
  }
  std::ofstream(dir / "agent.yaml") << R"(
agent: sizes
applications: [web]
sensors: {usage: {kind: csv, path: usage.csv, label_columns: [pod]}}
policy: )" << policy << R"(
sizing: {step: 5m, requested_cpu: 2, requested_memory: 1073741824}
actuators: {pods: {kind: recording}}
schedules: {size: {trigger: {kind: interval, every: 5m}, run: decide}}
)";
}

std::string why(const CliRun& r) { return r.out + r.err; }

}  // namespace

TEST_CASE("cli run: an agent that sizes is checked, replayed, explained and reported") {
  TempDir dir;
  write_files(dir, "{kind: sizing_window, memory_margin: 0.1, cpu_bump_ratio: 1}");
  const CliRun checked = cli_run({"check", dir / "agent.yaml"});
  REQUIRE_MESSAGE(checked.code == 0, why(checked));
  const CliRun replayed = cli_run({"run", dir / "agent.yaml", "--replay", dir / "usage.csv",
                                   "--state", dir / "state", "--quiet"});
  REQUIRE_MESSAGE(replayed.code == 0, why(replayed));
  CHECK(replayed.out.find("web resize [window] cpu from 2 cores to 0.3 cores (window)") !=
        std::string::npos);
  CHECK_MESSAGE(replayed.out.find("cpu from 0.3 cores to 1.5 cores") != std::string::npos,
                replayed.out);
  const CliRun said = cli_run({"journal", "--state", dir / "state", "--why", "last"});
  REQUIRE_MESSAGE(said.code == 0, why(said));
  CHECK_MESSAGE(said.out.find("because the sliding window of its usage asks for it [window]") !=
                    std::string::npos,
                said.out);
  CHECK(said.out.find("were in use") != std::string::npos);
  const CliRun report = cli_run({"report", "--state", dir / "state", "--out", dir / "report.html"});
  REQUIRE_MESSAGE(report.code == 0, why(report));
  const learningplane::Value page = support::page_data(dir / "report.html");
  const auto& sizes = page.find("sizes")->find("web")->as_array();
  CHECK(static_cast<std::int64_t>(sizes.size()) ==
        page.find("figures")->get("decisions", std::int64_t{0}));
  std::int64_t changes = 0;
  bool raised = false;
  for (const learningplane::Value& point : sizes) {
    const learningplane::Value& cpu = *point.find("cpu");
    changes += point.get("in_effect", false) ? 1 : 0;
    raised = raised || (point.get("in_effect", false) && cpu.get("usage", 0.0) == 1.5 &&
                        cpu.get("current", 0.0) == 0.3 && cpu.get("value", 0.0) == 1.5);
  }
  CHECK(raised);
  CHECK(changes == page.find("figures")->get("moves", std::int64_t{0}));
  // By what was seen at the end, once.
  const CliRun once =
      cli_run({"run", dir / "agent.yaml", "--replay", dir / "usage.csv", "--once", "--json"});
  REQUIRE_MESSAGE(once.code == 0, why(once));
  CHECK(once.out.find("\"policy\":\"sizing_window\"") != std::string::npos);
  const CliRun dry = cli_run({"run", dir / "agent.yaml", "--replay", dir / "usage.csv", "--dry-run",
                              "--state", dir / "dry", "--quiet"});
  CHECK_MESSAGE(dry.code == 0, why(dry));
  CHECK(dry.out.substr(0, dry.out.find(" moves")).find("cpu from 0.3 cores to 1.5 cores") !=
        std::string::npos);
  const CliRun outcomes =
      cli_run({"journal", "--state", dir / "dry", "--kind", "outcome", "--limit", "1000"});
  CHECK(outcomes.out.find("planned") != std::string::npos);
  CHECK(outcomes.out.find("done") == std::string::npos);
}

TEST_CASE("cli run: sizes of phases stand beside the agent file, and damaged ones are refused") {
  TempDir dir;
  write_files(dir, "{kind: sizing_phases, model: web.sizes.json, statistic: max}");
  std::ofstream(dir / "one.csv") << [] {
    std::string text = "time,cpu,memory\n";
    for (int i = 0; i < 240; ++i)
      text += fmt::format(
          "{},{},{}\n",
          learningplane::to_iso8601(learningplane::from_ns(0) + i * std::chrono::minutes(5)),
          (i / 12 % 2 == 1 ? 1.5 : 0.3) * (1 + 0.01 * (i % 5)),
          (i / 12 % 2 == 1 ? 6e8 : 2e8) * (1 + 0.01 * (i % 3)));
    return text;
  }();
  const CliRun saved =
      cli_run({"size", "--trace", dir / "one.csv", "--option", "k=2", "--option", "epochs=5",
               "--option", "history=1", "--save", dir / "web.sizes.json"});
  REQUIRE_MESSAGE(saved.code == 0, why(saved));
  const CliRun replayed =
      cli_run({"run", dir / "agent.yaml", "--replay", dir / "usage.csv", "--quiet"});
  REQUIRE_MESSAGE(replayed.code == 0, why(replayed));
  CHECK_MESSAGE(replayed.out.find("(phase)") != std::string::npos, replayed.out);
  // One digit of the file is another.
  std::ostringstream read;
  read << std::ifstream(dir / "web.sizes.json").rdbuf();
  std::string text = read.str();
  const std::size_t at = text.rfind('7');
  REQUIRE(at != std::string::npos);
  text[at] = '8';
  dir.write("web.sizes.json", text);
  const CliRun damaged = cli_run({"check", dir / "agent.yaml"});
  CHECK(damaged.code == 2);
  CHECK_MESSAGE(damaged.err.find("model") != std::string::npos, damaged.err);
}

TEST_CASE("cli schema: knows the section of an agent that sizes") {
  const CliRun r = cli_run({"schema"});
  REQUIRE(r.code == 0);
  const learningplane::Value* sizing = r.json().find("properties")->find("sizing");
  REQUIRE(sizing != nullptr);
  CHECK(
      r.json().find("properties")->find("sizing")->find("properties")->find("instances_quantile") !=
      nullptr);
}
