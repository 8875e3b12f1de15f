#include <doctest/doctest.h>

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
