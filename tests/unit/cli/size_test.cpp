#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "learningplane/cli/cli.hpp"
#include "learningplane/json.hpp"
#include "learningplane/time.hpp"
#include "support/cli_run.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;

namespace {
struct Ran {
  int code = 0;
  std::string out{}, err{};
};
Ran run(std::vector<std::string> args) {
  std::ostringstream out, err;
  const int code = cli::main(args, out, err);
  return {code, out.str(), err.str()};
}

/// Two pods, in percent of a core and MiB; one is busy every third hour.
std::string trace(const support::TempDir& dir) {
  std::ofstream out(dir / "usage.csv");
  out << "timestamp,pod,cpu_pct,mem\n";
  for (int i = 0; i < 300; ++i) {
    const std::string at = to_iso8601(from_ns(0) + std::chrono::minutes(5 * i));
    out << at << ",a," << (i % 36 < 12 ? 150 + i % 5 : 20 + i % 3) << ',' << 300 + i % 7 << '\n';
    out << at << ",b," << 40 + i % 9 << ',' << 100 + i % 4 << '\n';
  }
  return dir / "usage.csv";
}
}  // namespace

TEST_CASE("cli size: a table of policies, and the same as JSON") {
  support::TempDir dir;
  std::vector<std::string> args{"size",       "--trace",         trace(dir), "--by",
                                "pod",        "--cpu-column",    "cpu_pct",  "--cpu-unit",
                                "0.01",       "--memory-column", "mem",      "--memory-unit",
                                "1048576",    "--requested-cpu", "4",        "--requested-memory",
                                "1073741824", "--train-share",   "0.5",      "--option",
                                "epochs=5"};
  Ran all = run(args);
  CHECK_MESSAGE(all.code == 0, all.err);
  for (const char* name :
       {"request", "static_p95", "histogram", "theta_scan_dynamic", "phase_max", "oracle"})
    CHECK(all.out.find(name) != std::string::npos);
  args.insert(args.end(), {"--policy", "request", "--policy", "oracle", "--each", "--json"});
  const Ran json = run(args);
  REQUIRE_MESSAGE(json.code == 0, json.err);
  const Value v = value_or_throw(parse_json(json.out));
  CHECK(v.get("applications", std::int64_t{0}) == 2);
  const auto& policies = v.find("policies")->as_array();
  REQUIRE(policies.size() == 2);
  CHECK(policies[0].find("cpu")->get("allocation", 0.0) == doctest::Approx(8));
  CHECK(policies[0].find("cpu")->get("samples", std::int64_t{0}) == 300);
  CHECK(policies[1].get("out_of_memory", std::int64_t{-1}) == 0);
  CHECK(policies[1].find("applications")->as_array().size() == 2);
}

TEST_CASE("cli size: the sizes of phases are saved, and read by the registered policy") {
  support::TempDir dir;
  std::ofstream(dir / "one.csv") << [] {
    std::string text = "timestamp,cpu,memory\n";
    for (int i = 0; i < 200; ++i)
      text += to_iso8601(from_ns(0) + std::chrono::minutes(i)) + "," +
              (i / 10 % 2 == 0 ? "0.5" : "2.5") + std::to_string(i % 7) + "," +
              (i / 10 % 2 == 0 ? "2e8" : "6e8") + "\n";
    return text;
  }();
  const Ran saved = run({"size", "--trace", dir / "one.csv", "--option", "k=2", "--option",
                         "epochs=5", "--save", dir / "sizes.json"});
  REQUIRE_MESSAGE(saved.code == 0, saved.err);
  std::ofstream(dir / "policy.yaml")
      << "- {kind: sizing_phases, model: " << std::string(dir / "sizes.json")
      << ", statistic: max, name: mine}\n- {kind: static, quantile: 1}\n";
  const Ran replay =
      run({"size", "--trace", dir / "one.csv", "--policy-file", dir / "policy.yaml"});
  REQUIRE_MESSAGE(replay.code == 0, replay.err);
  CHECK(replay.out.find("mine") != std::string::npos);
  CHECK(replay.out.find("static") != std::string::npos);
}

TEST_CASE("cli size: a page with the same scores") {
  support::TempDir dir;
  const Ran r = run({"size",
                     "--trace",
                     trace(dir),
                     "--by",
                     "pod",
                     "--cpu-column",
                     "cpu_pct",
                     "--cpu-unit",
                     "0.01",
                     "--memory-column",
                     "mem",
                     "--memory-unit",
                     "1048576",
                     "--policy",
                     "window_max",
                     "--policy",
                     "oracle",
                     "--seen",
                     "demand",
                     "--report",
                     dir / "page.html",
                     "--json"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  const Value page = support::page_data(dir / "page.html");
  const Value told = value_or_throw(parse_json(r.out));
  CHECK(page.get("source", "") == "usage.csv");
  CHECK(page.get("seen", "") == "demand");
  REQUIRE(page.find("policies")->size() == 2);
  for (std::size_t p = 0; p < 2; ++p)
    CHECK(*page.find("policies")->as_array()[p].find("total") ==
          told.find("policies")->as_array()[p]);
  const Value& busy = page.find("applications")->as_array().at(0);
  CHECK(busy.get("name", "") == "a");
  CHECK(busy.find("cpu")->find("v")->as_array()[0] == Value(1.5));
}

TEST_CASE("cli size: what is wrong is named") {
  support::TempDir dir;
  const std::string file = trace(dir);
  Ran r = run({"size", "--trace", file, "--cpu-column", "cpu_pct", "--memory-column", "mem"});
  CHECK(r.code != 0);
  CHECK(r.err.find("--by") != std::string::npos);
  r = run(
      {"size", "--trace", file, "--by", "pod", "--cpu-column", "cpu", "--memory-column", "mem"});
  CHECK(r.code != 0);
  CHECK(r.err.find("cpu") != std::string::npos);
  r = run({"size", "--trace", file, "--by", "pod", "--cpu-column", "cpu_pct", "--memory-column",
           "mem", "--policy", "magic"});
  CHECK(r.code == 2);
  CHECK(r.err.find("window_p95") != std::string::npos);
  r = run({"size", "--trace", file, "--by", "pod", "--cpu-column", "cpu_pct", "--memory-column",
           "mem", "--train-share", "1"});
  CHECK(r.code == 2);
  CHECK(r.err.find("train_share") != std::string::npos);
  r = run({"size", "--trace", dir / "absent.csv"});
  CHECK(r.code == 1);
}

namespace {
/// Three pods; one idles: its usage never changes.
std::string with_idle(const support::TempDir& dir) {
  std::ofstream out(dir / "idle.csv");
  out << "timestamp,pod,cpu,memory\n";
  for (int i = 0; i < 300; ++i) {
    const std::string at = to_iso8601(from_ns(0) + std::chrono::minutes(5 * i));
    out << at << ",a," << (i % 36 < 12 ? "1.5" : "0.2") << i % 5 << ",30000000" << i % 7 << '\n';
    out << at << ",b,0.4" << i % 9 << ",10000000" << i % 4 << '\n';
    out << at << ",vm44,0.1,100000000\n";
  }
  return dir / "idle.csv";
}
}  // namespace

TEST_CASE("cli size: an application whose usage never changes stops no other") {
  support::TempDir dir;
  std::vector<std::string> args{"size", "--trace",  with_idle(dir), "--by",
                                "pod",  "--option", "epochs=3",     "--option",
                                "k=3",  "--report", dir / "p.html"};
  const Ran text = run(args);
  REQUIRE_MESSAGE(text.code == 0, text.err);
  CHECK(text.out.find("left out: vm44: phase_p95, phase_sigma, phase_max: ") != std::string::npos);
  CHECK(text.out.find("no feature ever changes") != std::string::npos);
  CHECK(text.out.find("2 of 3") != std::string::npos);
  args.insert(args.end(), {"--each", "--json", "--policy", "request,phase_max"});
  const Ran told = run(args);
  REQUIRE_MESSAGE(told.code == 0, told.err);
  const Value v = value_or_throw(parse_json(told.out));
  const auto& policies = v.find("policies")->as_array();
  REQUIRE(policies.size() == 2);  // names with a comma are two
  // Sums are of the same two applications, so that they compare.
  for (const Value& p : policies) {
    CHECK(p.get("over", std::int64_t{0}) == 2);
    CHECK(p.find("cpu")->get("samples", std::int64_t{0}) == 300);
  }
  CHECK(policies[0].find("cpu")->get("demand", 0.0) == policies[1].find("cpu")->get("demand", 1.0));
  const Value& idle = policies[1].find("applications")->as_array().at(2);
  CHECK(idle.get("left_out", "").find("no feature ever changes") != std::string::npos);
  CHECK(idle.find("cpu")->find("allocation")->is_null());  // not known, not zero
  CHECK(policies[0].find("applications")->as_array().at(2).find("left_out") == nullptr);
  CHECK(v.get("alike", false));
  REQUIRE(v.find("left_out")->size() == 1);
  CHECK(v.find("left_out")->as_array()[0].get("application", "") == "vm44");
  CHECK(v.find("left_out")->as_array()[0].get("policy", "") == "phase_max");
  const Value page = support::page_data(dir / "p.html");
  CHECK(*page.find("left_out") == *v.find("left_out"));
  CHECK(page.find("policies")->as_array()[0].find("total")->get("over", std::int64_t{0}) == 2);
}

TEST_CASE("cli size: a policy that was asked for must work somewhere; a usual one need not") {
  support::TempDir dir;
  std::ofstream(dir / "still.csv") << [] {
    std::string text = "timestamp,cpu,memory\n";
    for (int i = 0; i < 100; ++i)
      text += to_iso8601(from_ns(0) + std::chrono::minutes(i)) + ",0.1,100000000\n";
    return text;
  }();
  const Ran usual = run({"size", "--trace", dir / "still.csv", "--json"});
  REQUIRE_MESSAGE(usual.code == 0, usual.err);
  const Value v = value_or_throw(parse_json(usual.out));
  CHECK(v.find("left_out")->size() == 3);
  CHECK(v.find("policies")->size() == 11);
  const Ran asked = run({"size", "--trace", dir / "still.csv", "--policy", "request,phase_max"});
  CHECK(asked.code == 1);
  CHECK(asked.err.find("phase_max cannot be made") != std::string::npos);
}

TEST_CASE("cli size: nothing to learn from or to judge is said with its cause") {
  support::TempDir dir;
  dir.write("header.csv", "timestamp,cpu_pct,mem\n");
  Ran r = run(
      {"size", "--trace", dir / "header.csv", "--cpu-column", "cpu_pct", "--memory-column", "mem"});
  CHECK(r.code == 1);
  CHECK_MESSAGE(r.err.find("in 0 rows no value of 'cpu_pct' or 'mem'") != std::string::npos, r.err);
  std::string half = "timestamp,cpu,memory\n";
  for (int i = 0; i < 50; ++i)
    half += to_iso8601(from_ns(0) + std::chrono::minutes(i)) + ",0." + std::to_string(i) + ",\n";
  dir.write("half.csv", half);
  r = run({"size", "--trace", dir / "half.csv", "--policy", "phase_max"});
  CHECK(r.code == 1);
  CHECK_MESSAGE(r.err.find("memory is not known in any of the 25") != std::string::npos, r.err);
  r = run({"size", "--trace", with_idle(dir), "--by", "pod", "--train-share", "0", "--policy",
           "phase_max"});
  CHECK(r.code == 1);
  CHECK_MESSAGE(r.err.find("a: train_share 0 of 300 samples") != std::string::npos, r.err);
}

TEST_CASE("cli size: a static policy is checked; no empty list, no page without a folder") {
  support::TempDir dir;
  const std::string file = with_idle(dir);
  const auto refused = [&](const char* policy, std::vector<std::string> names) {
    dir.write("p.yaml", policy);
    const Ran r = run({"size", "--trace", file, "--by", "pod", "--policy-file", dir / "p.yaml"});
    CHECK(r.code == 2);
    for (const std::string& name : names)
      CHECK_MESSAGE(r.err.find(name) != std::string::npos, r.err);
  };
  refused("{kind: static, quantil: 0.5}", {"quantil", "quantile"});
  refused("- {kind: static, quantile: 2}", {"quantile", "2", "1"});
  refused("- {kind: static, quantile: -3}", {"quantile", "-3"});
  refused("- {kind: static, quantile: high}", {"quantile", "high"});
  refused("[]", {"--policy-file", "p.yaml", "one or more"});
  const Ran r = run({"size", "--trace", file, "--by", "pod", "--save", dir / "s.json", "--report",
                     dir / std::string("no/such/p.html")});
  CHECK(r.code == 2);
  CHECK(r.err.find("a folder that exists") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(dir / "s.json"));
}
