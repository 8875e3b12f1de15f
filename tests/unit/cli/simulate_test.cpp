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

using Run = support::CliRun;
Run run(const std::vector<std::string>& args) { return support::cli_run(args); }

}  // namespace

TEST_CASE("simulate: the JSON of every policy, the same for the same seed") {
  const std::vector<std::string> args{"simulate",
                                      "--trace",
                                      "generate:operating_rooms:2",
                                      "--throughput",
                                      "5",
                                      "--slots",
                                      "3000",
                                      "--sample-share",
                                      "0.02",
                                      "--seed",
                                      "3",
                                      "--json",
                                      "--start-slot",
                                      "10080"};
  const Run first = run(args);
  REQUIRE_MESSAGE(first.code == 0, first.err);
  const Value v = value_or_throw(parse_json(first.out));
  CHECK(v.get("protocol", "") == "honest");
  CHECK(v.get("seed", std::int64_t{0}) == 3);
  const auto& policies = v.find("policies")->as_array();
  REQUIRE(policies.size() == 6);
  CHECK(policies[0].get("name", "") == "vanilla");
  CHECK(policies[4].get("name", "") == "hybrid");
  for (const Value& p : policies) {
    for (const char* key :
         {"window", "events", "instance_minutes", "penalty_percentile", "max_instances"})
      CHECK_MESSAGE(p.find(key) != nullptr, key);
    for (const char* bound : {"18", "20", "22"})
      CHECK(p.find("violations")->find(bound) != nullptr);
    CHECK(p.get("instance_minutes", 0.0) >= 3'000);
  }
  // With throughput alone there is no latency to react to: planning has instances, reacting has
  // not.
  const auto above = [](const Value& p) { return p.find("violations")->get("18", 0.0); };
  CHECK(above(policies[4]) < above(policies[0]) / 2);
  CHECK(run(args).out == first.out);
}

TEST_CASE("simulate: policy files stand beside the well-known names") {
  const support::TempDir dir;
  std::ofstream(dir / "policies.yaml")
      << "- {kind: hybrid, name: ours, throughput: 5, quantile: 0.9}\n"
         "- {kind: schedule, periods: [{from: '07:00', to: '18:00', replicas: 2}]}\n";
  const Run r =
      run({"simulate", "--trace", "generate:operating_rooms:2", "--throughput", "5", "--slots",
           "1500", "--exact", "--policy", "none", "--policy-file", dir / "policies.yaml"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  CHECK(r.out.find("protocol honest") != std::string::npos);
  CHECK(r.out.find("ours") != std::string::npos);
  CHECK(r.out.find("schedule") != std::string::npos);
}

TEST_CASE("simulate: wrong arguments are named") {
  const auto refused = [](std::vector<std::string> more, const std::string& word) {
    std::vector<std::string> args{"simulate", "--trace", "generate:operating_rooms:2"};
    args.insert(args.end(), more.begin(), more.end());
    const Run r = run(args);
    CHECK(r.code == cli::usage);
    CHECK_MESSAGE(r.err.find(word) != std::string::npos, r.err);
  };
  refused({}, "--latency");
  refused({"--throughput", "5", "--protocol", "both"}, "protocol");
  refused({"--throughput", "5", "--policy", "luck"}, "luck");
  refused({"--throughput", "5", "--start-slot", "999999"}, "start_slot");
  refused({"--throughput", "5", "--model", "crystal"}, "crystal");
  refused({"--throughput", "5", "--sample-share", "0"}, "sample_share");
  refused({"--throughput", "5", "--startup-slots", "-1"}, "--startup-slots");
  refused({"--throughput", "5", "--seed", "-1"}, "--seed");
  const support::TempDir dir;
  for (const char* none : {"", "[]", "[{throughput: 5}]", "just words"}) {
    dir.write("policy.yaml", none);
    refused({"--throughput", "5", "--policy-file", dir / "policy.yaml"}, "policy.yaml");
  }
}

TEST_CASE("simulate: a load below 0 is refused, one that is not known is told") {
  const support::TempDir dir;
  const auto trace = [&](const std::string& second, const std::string& others) {
    std::string csv = "time,load\n";
    for (int i = 0; i < 40; ++i)
      csv += to_iso8601(from_seconds(60 * i)) + "," + (i == 1 ? second : others) + "\n";
    dir.write("load.csv", csv);
    return run({"simulate", "--trace", dir / "load.csv", "--throughput", "5", "--policy", "vanilla",
                "--start-slot", "0", "--train-slots", "0"});
  };
  const Run below = trace("-3", "2");
  CHECK(below.code == 1);
  CHECK_MESSAGE(
      below.err.find("1970-01-01T00:01:00Z: load is -3, a load below 0") != std::string::npos,
      below.err);
  const Run gap = trace("", "2");
  CHECK(gap.code == 0);
  CHECK(gap.out.find("the load of 1 slots is not known") != std::string::npos);
  const Run nothing = trace("", "");
  CHECK(nothing.code == cli::usage);
  CHECK_MESSAGE(nothing.err.find("no known load") != std::string::npos, nothing.err);
}

TEST_CASE("simulate: the report is one page, and names protocol and settings") {
  const support::TempDir dir;
  const std::string page = dir / "report.html";
  const Run r = run({"simulate", "--trace", "generate:operating_rooms:2", "--throughput", "5",
                     "--slots", "1500", "--exact", "--policy", "hybrid,oracle,target_tracking",
                     "--sweep", "20,60", "--report", page});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  CHECK(r.out.find("report written to") != std::string::npos);
  std::stringstream html;
  html << std::ifstream(page).rdbuf();
  CHECK(html.str().find("\"protocol\":\"honest\"") != std::string::npos);
  CHECK(html.str().find("target_tracking") != std::string::npos);
  CHECK(html.str().find("\"sweeps\":[{\"name\":\"hybrid\"") != std::string::npos);
  CHECK(html.str().find("://") == std::string::npos);
}

TEST_CASE("simulate: several services share a cluster, their paths start from the file") {
  const support::TempDir dir;
  std::string rows;
  for (int i = 0; i < 300; ++i) rows += i % 60 < 30 ? "4\n" : "12\n";
  dir.write("shop/load.csv", rows);
  dir.write("shop/latency.csv", "load,min,p95,max\n1,1,8,9\n4,1,21,23\n8,1,40,50\n");
  dir.write("shop/policy.yaml", "kind: hybrid\ncapacity: latency.csv\nforecasts: trace\n");
  dir.write(
      "shop/services.yaml",
      "cluster: 5\nservices:\n"
      "  - {name: web, trace: load.csv, latency: latency.csv, policy: policy.yaml, price: 2}\n"
      "  - {name: jobs, trace: load.csv, throughput: 4, watts: 100,\n"
      "     policy: {kind: hpa, metrics: [{name: load, target: 3.2}]}}\n");
  const std::vector<std::string> args{"simulate",     "--services", dir / "shop/services.yaml",
                                      "--start-slot", "0",          "--slots",
                                      "300",          "--exact"};
  const Run r = run(args);
  REQUIRE_MESSAGE(r.code == 0, r.err);
  CHECK(r.out.find("a cluster of 5 instances") != std::string::npos);
  std::vector<std::string> json = args;
  json.push_back("--json");
  const Value v = value_or_throw(parse_json(run(json).out));
  const auto& services = v.find("services")->as_array();
  REQUIRE(services.size() == 2);
  CHECK(services[0].get("waiting_slots", std::int64_t{-1}) == 0);
  CHECK(services[1].get("waiting_slots", std::int64_t{-1}) > 0);
  CHECK(services[0].get("cost", 0.0) > 0);
  CHECK(services[1].get("kilowatt_hours", 0.0) > 0);
  dir.write("shop/services.yaml", "services: [{name: web, trace: load.csv, throughput: 4}]\n");
  const Run refused = run(args);
  CHECK(refused.code == cli::usage);
  CHECK_MESSAGE(refused.err.find("policy") != std::string::npos, refused.err);
}
