#include <doctest/doctest.h>

#include <fstream>
#include <sstream>

#include "learningplane/cli/cli.hpp"
#include "learningplane/json.hpp"
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
}
