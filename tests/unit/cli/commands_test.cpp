// The subcommands from arguments to output and exit code, in a folder of their own.
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "learningplane/cli/cli.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "support/cli_run.hpp"

using namespace learningplane;

namespace {

using Run = support::CliRun;
Run run(const std::vector<std::string>& args) { return support::cli_run(args); }

struct Folder {
  Folder() {
    static int n = 0;
    path = std::filesystem::temp_directory_path() /
           ("lp-cli-" + std::to_string(::getpid()) + "-" + std::to_string(n++));
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string operator/(const std::string& name) const { return (path / name).string(); }
  std::filesystem::path path;
};

/// Two hours of two sites every 30 s; edge-1 falls after an hour.
void write_telemetry(const std::string& path) {
  std::ofstream out(path);
  out << "timestamp,site,qos,node_cpu_share\n";
  for (int i = 0; i < 240; ++i) {
    const double wave = 0.01 * (i % 7);
    out << 1767571200 + i * 30 << ",edge-1," << (i < 120 ? 0.9 : 0.4) + wave << ",0.3\n";
    out << 1767571200 + i * 30 << ",edge-2," << 0.7 + wave << ",0.5\n";
  }
}

std::string agent_text(const std::string& extra = "") {
  return "agent: planner\napplications: [web]\n"
         "sensors: {t: {kind: csv, path: telemetry.csv, label_columns: [site]}}\n"
         "models: {qos: {kind: naive, target: qos}}\n"
         "sites:\n  edge-1: {labels: {site: edge-1}}\n  edge-2: {labels: {site: edge-2}}\n"
         "policy: {kind: placement, hysteresis: 0.05}\n"
         "actuators: {cluster: {kind: recording}}\n"
         "schedules: {watch: {trigger: {kind: interval, every: 5m}, run: decide}}\n" +
         extra;
}

}  // namespace

TEST_CASE("init: the file it writes passes the check, and is never overwritten") {
  const Folder folder;
  CHECK(run({"init", folder / "agent.yaml"}).code == cli::ok);
  write_telemetry(folder / "telemetry.csv");
  const Run check = run({"check", folder / "agent.yaml"});
  CAPTURE(check.err);
  CHECK(check.code == cli::ok);
  CHECK(check.out.find("schedule watch_qos: decide on interval[0:05:00]") != std::string::npos);
  const Run again = run({"init", folder / "agent.yaml"});
  CHECK(again.code == cli::usage);
  CHECK(again.err.find("exists already") != std::string::npos);
}

TEST_CASE("check: a mistake is named with file, line, key, value and what is allowed") {
  const Folder folder;
  struct Case {
    std::string text;
    std::string says;
  };
  const std::string file = folder / "agent.yaml";
  const std::vector<Case> cases = {
      {agent_text("polcy: {}\n"), file + ":11: polcy"},
      {agent_text("mode: recomend\n"), file + ":11: mode: 'recomend'"},
      {agent_text("forecast: {horizon: 0}\n"), file + ":11: forecast.horizon: '0'"},
      {agent_text("forecast: {horizon: many}\n"), file + ":11: forecast.horizon: 'many'"},
      {agent_text("cleaning: {preset: shiny}\n"), "cleaning.preset: 'shiny'"},
      {agent_text("journal: {retention: long}\n"), file + ":11: journal.retention: 'long'"},
      {agent_text("server: {}\n"), "server.listen"},
      {"agent: x\n", file + ":1: sensors: it is required"},
      {"[1]\n", "learningplane init"},
      {"agent: [\n", file + ":"},
      {agent_text("agent: twice\n"), "stands twice"},
      {agent_text("state: ${env:LP_TEST_NOT_THERE}\n"), "LP_TEST_NOT_THERE"},
  };
  for (const Case& c : cases) {
    std::ofstream(file) << c.text;
    const Run r = run({"check", file});
    CAPTURE(c.says);
    CAPTURE(r.err);
    CHECK(r.code == cli::usage);
    CHECK(r.err.find(c.says) != std::string::npos);
  }
  // Replaced lines rather than added ones.
  const auto broken = [&](const std::string& from, const std::string& to) {
    std::string text = agent_text();
    text.replace(text.find(from), from.size(), to);
    std::ofstream(file) << text;
    return run({"check", file}).err;
  };
  CHECK(broken("kind: csv", "kind: cvs").find(":3: sensors.t.kind: 'cvs'") != std::string::npos);
  CHECK(broken("kind: naive, ", "kind: naive, lag: 3, ").find(":4: models.qos.lag") !=
        std::string::npos);
  CHECK(broken("run: decide", "run: decode").find(":10: schedules.watch.run: 'decode'") !=
        std::string::npos);
  CHECK(broken("every: 5m", "every: 5 parsecs").find(":10:") != std::string::npos);
  CHECK(broken("hysteresis: 0.05", "hysteresis: -1").find("policy.hysteresis: '-1'") !=
        std::string::npos);
}

TEST_CASE("check: a policy may stand in a file of its own, with its table beside it") {
  const Folder folder;
  write_telemetry(folder / "telemetry.csv");
  std::filesystem::create_directories(folder / "policies");
  std::ofstream(folder / "policies/latency.csv") << "load,min,p95,max\n1,1,8,9\n5,1,21,23\n";
  std::ofstream(folder / "policies/hybrid.yaml") << "kind: hybrid\ncapacity: latency.csv\n";
  const std::string file = folder / "agent.yaml";
  const auto check = [&](const std::string& policy) {
    std::string text = agent_text();
    const std::string old = "{kind: placement, hysteresis: 0.05}";
    text.replace(text.find(old), old.size(), policy);
    std::ofstream(file) << text << "scaling: {load: qos}\n";
    return run({"check", file});
  };
  CHECK(check("{file: policies/hybrid.yaml}").err.empty());
  CHECK(check("{kind: hybrid, capacity: policies/latency.csv}").code == cli::ok);
  CHECK(check("{kind: hybrid, capacity: latency.csv}").code != cli::ok);
  CHECK(check("{file: policies/none.yaml}").err.find("none.yaml") != std::string::npos);
  CHECK(check("{file: policies/hybrid.yaml, window: 1h}").err.find("policy.file") !=
        std::string::npos);
}

TEST_CASE("check: a policy file of the wrong kind is told by its own name, line and key") {
  const Folder folder;
  write_telemetry(folder / "telemetry.csv");
  std::ofstream(folder / "empty.yaml") << "";
  std::ofstream(folder / "list.yaml") << "\n- {kind: reactive}\n";
  std::ofstream(folder / "kindless.yaml") << "\nmaximum: 4\n";
  std::ofstream(folder / "wrong.yaml") << "kind: hybrid\n\nthroughput: much\n";
  std::ofstream(folder / "sizes.yaml") << "kind: sizing_window\n";
  std::ofstream(folder / "oracle.yaml") << "\nkind: sizing_oracle\n";
  std::ofstream(folder / "hybrid.yaml") << "kind: hybrid\nthroughput: 5\n";
  const std::string file = folder / "agent.yaml";
  const auto said = [&](const std::string& policy, const std::string& models = {}) {
    std::string text = agent_text();
    const std::string old = "{kind: placement, hysteresis: 0.05}";
    text.replace(text.find(old), old.size(), policy);
    if (!models.empty()) {
      const std::string before = "models: {qos: {kind: naive, target: qos}}";
      text.replace(text.find(before), before.size(), models);
    }
    std::ofstream(file) << text;
    const Run r = run({"check", file});
    CHECK(r.code == cli::usage);
    CHECK(r.err.size() < 500);
    CHECK(r.err.find("null") == std::string::npos);
    CHECK(r.err.find("nothing given") == std::string::npos);
    return r.err;
  };
  const auto has = [](const std::string& text, const std::string& part) {
    CAPTURE(text);
    CAPTURE(part);
    CHECK(text.find(part) != std::string::npos);
  };
  has(said("{file: telemetry.csv}"), "telemetry.csv:1: policy: 'timestamp,site,qos");
  has(said("{file: telemetry.csv}"), "agent.yaml:8");
  has(said("{file: empty.yaml}"), "empty.yaml:1: policy: the file is empty");
  has(said("{file: .}"), "agent.yaml:8: policy.file: '.'; it is a folder");
  has(said("{file: none.yaml}"), "agent.yaml:8: policy.file: 'none.yaml'; there is no such file");
  has(said("{file: 7}"), "agent.yaml:8: policy.file: 'int");
  has(said("{file: list.yaml}"), "list.yaml:2: policy: 'list'");
  has(said("{file: kindless.yaml}"), "kindless.yaml:2: policy.kind: it is missing");
  has(said("{file: wrong.yaml}"), "wrong.yaml:3: policy.throughput: 'much'");
  has(said("{file: oracle.yaml}"), "oracle.yaml:2: policy.kind: 'sizing_oracle'");
  has(said("{file: sizes.yaml}"),
      "agent.yaml:4: models: leave this section out: the policy 'sizing_window'");
  has(said("{file: hybrid.yaml}", "# none"),
      "agent.yaml:1: models: name at least one, as a mapping: the policy 'hybrid' plans on a");
  has(run({"check", folder.path.string()}).err, "it is a folder; name a file");
}

TEST_CASE("check: what run refuses is refused, with file, line and key") {
  const Folder folder;
  write_telemetry(folder / "telemetry.csv");
  const std::string file = folder / "agent.yaml";
  const auto refused = [&](const std::string& text, const std::string& says) {
    std::ofstream(file) << text;
    const Run checked = run({"check", file});
    CAPTURE(text);
    CAPTURE(checked.err);
    CHECK(checked.code == cli::usage);
    CHECK(checked.err.find(file + ":" + says) != std::string::npos);
    CHECK(run({"check", "--offline", file}).code == cli::usage);
    CHECK(run({"run", file, "--once", "--state", folder / "state"}).code == cli::usage);
    CHECK_FALSE(std::filesystem::exists(folder / "state"));
  };
  const auto with = [](const std::string& from, const std::string& to,
                       const std::string& extra = {}) {
    std::string text = agent_text(extra);
    text.replace(text.find(from), from.size(), to);
    return text;
  };
  const std::string apps = "applications: [web]", policy = "{kind: placement, hysteresis: 0.05}";
  const std::string hybrid = "{kind: hybrid, throughput: 5}";
  refused(with(apps, "applications: []"), "2: applications: name whom");
  refused(with(apps, "applications: [a, a]"), "2: applications: 'a'; each stands once");
  refused(with(policy, hybrid, "scaling: {load: nope}\n"), "11: scaling.load: 'nope'");
  refused(with(policy, hybrid, "scaling: {load: qos, by: pod}\n"), "2: applications: 'web'");
  refused(with(policy, "{kind: hybrid}"), "8: policy.capacity: 'neither'");
  refused(agent_text("forecast: {training: -1d}\n"), "11: forecast.training: '-1d'; above 0s");
  refused(agent_text("forecast: {history: 0s}\n"), "11: forecast.history: '0s'; above 0s");
  refused(agent_text("forecast: {max_age: -5m}\n"), "11: forecast.max_age: '-5m'; above 0s");
  refused(with("policy: " + policy, "# none"), "1: policy: a policy is needed");
  std::string neither = with("policy: " + policy, "# none");
  neither.erase(neither.find("sites:"), neither.find("# none") - neither.find("sites:"));
  refused(neither, "1: policy: say how decisions are made");
  refused(
      with("sites:\n  edge-1: {labels: {site: edge-1}}\n  edge-2: {labels: {site: edge-2}}\n", ""),
      "1: sites: name at least one");
  refused(agent_text("cleaning: {step: -15s}\n"), "11: cleaning.step: '-15s'; 0s or more");
  refused(agent_text("cleaning: {max_gap: -1m}\n"), "11: cleaning.max_gap: '-1m'; 0s or more");
  refused(agent_text("cleaning: [{step: resample, every: 0s}]\n"),
          "11: cleaning.every: '0s'; above 0s");
  refused(agent_text("journal: {retention: -1h}\n"), "11: journal.retention: '-1h'; 0s or more");
  refused(agent_text("journal: {resend_within: -1h}\n"), "11: journal.resend_within");
  refused(with("run: decide", "misfire_grace: -1m, run: decide"),
          "10: schedules.watch.misfire_grace: '-1m'");
  const std::string sizes =
      "agent: s\napplications: [web]\n"
      "sensors: {t: {kind: csv, path: telemetry.csv}}\n"
      "policy: {kind: sizing_window}\n"
      "actuators: {cluster: {kind: recording}}\n"
      "schedules: {s: {trigger: {kind: interval, every: 5m}, run: decide}}\n";
  refused(sizes + "sizing: {step: -1m}\n", "7: sizing.step: '-1m'");
  refused(sizes + "sizing: {forget: -1m}\n", "7: sizing.forget: '-1m'");
  refused(sizes + "sizing: {cpu: \"\"}\n", "7: sizing.cpu: name the column");
  refused(sizes + "sizing: {by: pod}\n", "2: applications: 'web'");
  // What is only looked at where it serves.
  std::ofstream(file) << agent_text("server: {listen: '0.0.0.0:1'}\n");
  const Run open = run({"check", file});
  CHECK(open.code == cli::usage);
  CHECK(open.err.find("server.listen: '0.0.0.0:1'; off loopback a token is needed") !=
        std::string::npos);
  CHECK(open.err.find("agent.yaml:11: ") != std::string::npos);
  // The data may come later.
  std::ofstream(file) << with("telemetry.csv", "later.csv");
  const Run later = run({"check", file});
  CHECK(later.code == cli::ok);
  CHECK(later.err.find("warning: " + file + ": sensors.t: ") != std::string::npos);
  CHECK(later.err.find("later.csv") != std::string::npos);
}

TEST_CASE("check: a long secret is not shown where its value is wrong, and cut") {
  const Folder folder;
  std::string secret;
  for (int i = 0; i < 60; ++i) secret += std::to_string(1000 + i);
  ::setenv("LP_TEST_LONG_SECRET", secret.c_str(), 1);
  std::ofstream(folder / "agent.yaml") << agent_text("mode: x${env:LP_TEST_LONG_SECRET}\n");
  const Run r = run({"check", folder / "agent.yaml"});
  CHECK(r.code == cli::usage);
  CAPTURE(r.err);
  CHECK(r.err.find("10001001") == std::string::npos);
  CHECK(r.err.find("mode: 'x***…'") != std::string::npos);
}

TEST_CASE("check: a secret is not shown where its value is wrong") {
  const Folder folder;
  ::setenv("LP_TEST_SECRET_MODE", "hunter22", 1);
  std::ofstream(folder / "agent.yaml") << agent_text("mode: ${env:LP_TEST_SECRET_MODE}\n");
  const Run r = run({"check", folder / "agent.yaml"});
  CHECK(r.code == cli::usage);
  CHECK(r.err.find("hunter22") == std::string::npos);
  CHECK(r.err.find("mode: '***'") != std::string::npos);
}

TEST_CASE("run --replay: the same agent over recorded telemetry, and its journal") {
  const Folder folder;
  write_telemetry(folder / "telemetry.csv");
  std::ofstream(folder / "agent.yaml") << agent_text();
  const Run r = run({"run", folder / "agent.yaml", "--replay", folder / "telemetry.csv", "--state",
                     folder / "state", "--quiet"});
  CAPTURE(r.err);
  REQUIRE(r.code == cli::ok);
  CHECK(r.out.find("place edge-1 [highest_forecast]") != std::string::npos);
  CHECK(r.out.find("place edge-2 [highest_forecast]") != std::string::npos);
  CHECK(r.out.find("23 decisions, 2 moves, 0 failures") != std::string::npos);

  const Run listed = run({"journal", "--state", folder / "state", "--kind", "decision", "--json"});
  REQUIRE(listed.code == cli::ok);
  std::istringstream lines(listed.out);
  std::string line;
  std::string id;
  int n = 0;
  while (std::getline(lines, line)) {
    const Value entry = value_or_throw(parse_json(line));
    ++n;
    if (id.empty() && entry.find("body")->get("rule", "") == "highest_forecast")
      id = entry.get("decision_id", "");
  }
  CHECK(n == 23);
  const Run why = run({"journal", "--state", folder / "state", "--why", id});
  CHECK(why.code == cli::ok);
  CHECK(why.out.find("Place on edge-1 [highest_forecast]") != std::string::npos);
  CHECK(why.out.find("outcome done") != std::string::npos);
  CHECK(run({"journal", "--state", folder / "state", "--why", "nobody"}).code == cli::failure);
  CHECK(run({"journal", "--state", folder / "nowhere"}).code == cli::usage);
}

TEST_CASE("run --replay --json: every line is JSON") {
  const Folder folder;
  write_telemetry(folder / "telemetry.csv");
  std::ofstream(folder / "agent.yaml") << agent_text();
  const Run r = run({"run", folder / "agent.yaml", "--replay", folder / "telemetry.csv", "--json"});
  REQUIRE(r.code == cli::ok);
  for (const std::string& text : {r.out, r.err}) {
    std::istringstream lines(text);
    std::string line;
    int n = 0;
    while (std::getline(lines, line)) {
      ++n;
      REQUIRE(parse_json(line).has_value());
    }
    CHECK(n > 20);
  }
}

TEST_CASE("run --replay --dry-run plans only") {
  const Folder folder;
  write_telemetry(folder / "telemetry.csv");
  std::ofstream(folder / "agent.yaml") << agent_text();
  const Run r = run(
      {"run", folder / "agent.yaml", "--replay", folder / "telemetry.csv", "--dry-run", "--quiet"});
  CHECK(r.code == cli::ok);
  CHECK(r.out.find(" 0 moves") != std::string::npos);
}

TEST_CASE("run --replay --once decides once, at the end of the telemetry") {
  const Folder folder;
  write_telemetry(folder / "telemetry.csv");
  std::ofstream(folder / "agent.yaml") << agent_text();
  const Run r = run(
      {"run", folder / "agent.yaml", "--replay", folder / "telemetry.csv", "--once", "--quiet"});
  CHECK(r.code == cli::ok);
  CHECK(r.out.find("2026-01-05T01:59:30Z web place edge-2") == 0);
}

TEST_CASE("run --replay: a recording that the agent cannot go by is refused") {
  const Folder folder;
  write_telemetry(folder / "telemetry.csv");
  const std::string file = folder / "agent.yaml", csv = folder / "telemetry.csv";
  std::ofstream(file) << agent_text();
  const Run late = run({"run", file, "--replay", csv, "--from", "2030-01-01T00:00:00Z"});
  CAPTURE(late.err);
  CHECK(late.code == cli::usage);
  CHECK(late.err.find("--from: '2030-01-01T00:00:00Z'; a time that") != std::string::npos);
  CHECK(late.err.find("from 2026-01-05T00:00:00Z to 2026-01-05T01:59:30Z") != std::string::npos);
  CHECK(run({"run", file, "--replay", csv, "--from", "2026-01-05T01:59:30Z"}).code == cli::ok);
  // The column that decisions rest on.
  std::string text = agent_text();
  text.replace(text.find("target: qos"), 11, "target: qoe");
  std::ofstream(file) << text;
  const Run other = run({"run", file, "--replay", csv});
  CAPTURE(other.err);
  CHECK(other.code == cli::usage);
  CHECK(other.err.find("'qoe'; a column of " + csv + ", which has: node_cpu_share, qos") !=
        std::string::npos);
  // Another one.
  const std::string sizes =
      "agent: s\napplications: [web]\n"
      "sensors: {t: {kind: csv, path: telemetry.csv}}\n"
      "policy: {kind: sizing_window}\n"
      "actuators: {cluster: {kind: recording}}\n"
      "schedules: {s: {trigger: {kind: interval, every: 5m}, run: decide}}\n";
  std::ofstream(file) << sizes + "sizing: {cpu: node_cpu_share, memory: rss}\n";
  const Run half = run({"run", file, "--replay", csv, "--quiet"});
  CAPTURE(half.err);
  CHECK(half.code == cli::ok);
  CHECK(half.err.find("sizing.memory: 'rss' is no column of ") != std::string::npos);
  std::ofstream(file) << sizes;
  CHECK(run({"run", file, "--replay", csv}).code == cli::usage);
}

TEST_CASE("run: what cannot be read is a usage error") {
  const Folder folder;
  std::ofstream(folder / "agent.yaml") << agent_text();
  CHECK(run({"run", folder / "none.yaml"}).code == cli::usage);
  const Run r = run({"run", folder / "agent.yaml", "--replay", folder / "none.csv"});
  CHECK(r.code == cli::failure);
  CHECK(r.err.find("none.csv") != std::string::npos);
  CHECK(run({"run", folder / "agent.yaml", "--speed", "2"}).code == cli::usage);
}

TEST_CASE("train and models: a published model keeps its scores, and its card can be read") {
  const Folder folder;
  write_telemetry(folder / "telemetry.csv");
  std::ofstream(folder / "evaluate.yaml")
      << "telemetry: {label_columns: [site]}\n"
         "cleaning: {preset: fresh, step: 30s, group: site, qos: none}\n"
         "group: site\ntarget: qos\nmodels: {chosen: {kind: auto, horizon: 4}}\n";
  const std::string store = folder / "store";
  const Run trained = run({"train", folder / "evaluate.yaml", "--data", folder / "telemetry.csv",
                           "--store", store, "--horizon", "4", "--origins", "2"});
  CAPTURE(trained.err);
  REQUIRE(trained.code == cli::ok);
  CHECK(trained.out.find("published chosen-edge-2 version 1") != std::string::npos);
  CHECK(trained.out.find("  naive: MAE ") != std::string::npos);

  const Run card = run({"models", "--store", store, "chosen-edge-2:1", "--json"});
  REQUIRE(card.code == cli::ok);
  const Value read = value_or_throw(parse_json(card.out));
  const Value& scores = *read.find("card")->find("scores");
  const Value& rolling = *scores.find("rolling");
  CHECK(rolling.get("horizon", std::int64_t{0}) == 4);
  CHECK(rolling.get("origins", std::int64_t{0}) == 2);
  CHECK(rolling.find("models")->find("chosen")->find("mae") != nullptr);
  CHECK(rolling.find("models")->find("naive")->find("mae") != nullptr);
  CHECK(scores.get("validation_loss", -1.0) >= 0);
  CHECK(read.find("card")->find("notes")->get("fit", "").find("values") != std::string::npos);

  const Run text = run({"models", read.get("path", "")});
  CHECK(text.code == cli::ok);
  CHECK(text.out.find("kind: auto\nname: chosen-edge-2\n") == 0);
  const Run kind = run({"models", "naive"});
  CHECK(kind.out.find("naive: ") == 0);
  CHECK(kind.out.find("theta") == std::string::npos);
  const Run neither = run({"models", "thta"});
  CHECK(neither.code == cli::usage);
  CHECK(neither.err.find("seasonal_naive") != std::string::npos);
  CHECK(run({"models", "--store", store, "other"}).code == cli::failure);
}
