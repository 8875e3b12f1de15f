#include <doctest/doctest.h>

#include <sstream>

#include "learningplane/cli/cli.hpp"
#include "learningplane/json.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;

namespace {

struct Run {
  int code;
  std::string out, err;
};
Run run(std::vector<std::string> args, const std::vector<std::string>& more = {}) {
  args.insert(args.end(), more.begin(), more.end());
  std::ostringstream out, err;
  const int code = cli::main(args, out, err);
  return {code, out.str(), err.str()};
}

const std::vector<std::string> small{"tune",       "--trace",    "generate:operating_rooms:3",
                                     "--train-to", "15840",      "--score-from",
                                     "20160",      "--score-to", "23040",
                                     "--trials",   "20"};

}  // namespace

TEST_CASE("tune: the file that it writes is a policy of the simulator, with its table beside it") {
  const support::TempDir dir;
  // Five streams keep 22, six do not.
  dir.write("tables/latency.csv",
            "load,min,p95,max\n1,1,8,9\n2,1,9,10\n3,1,12,13\n4,1,17,18\n5,1,21,23\n6,1,25,30\n");
  dir.write("policies/start.yaml", "kind: hybrid\ncapacity: ../tables/latency.csv\n");
  const Run tuned = run(small, {"--latency", dir / "tables/latency.csv", "--policy",
                                dir / "policies/start.yaml", "--out", dir / "policies/best.yaml"});
  REQUIRE_MESSAGE(tuned.code == 0, tuned.err);
  CHECK(tuned.out.find("chosen on slots 10080 to 15839, scored on 20160 to 23039") !=
        std::string::npos);
  CHECK(tuned.out.find("written to") != std::string::npos);
  const Run used = run({"simulate", "--trace", "generate:operating_rooms:3", "--latency",
                        dir / "tables/latency.csv", "--exact", "--start-slot", "20160", "--slots",
                        "2880", "--json", "--policy", dir / "policies/best.yaml"});
  REQUIRE_MESSAGE(used.code == 0, used.err);
  const Run again = run(small, {"--latency", dir / "tables/latency.csv", "--policy",
                                dir / "policies/start.yaml", "--json"});
  const Value said = value_or_throw(parse_json(again.out));
  const Value simulated = value_or_throw(parse_json(used.out));
  const Value& score = *said.find("chosen")->find("score");
  const Value& figures = simulated.find("policies")->as_array()[0];
  CHECK(score.get("events", std::int64_t{-1}) == figures.get("events", std::int64_t{-2}));
  CHECK(score.get("instance_minutes", -1.0) == figures.get("instance_minutes", -2.0));
}

TEST_CASE("tune: what is searched can be said") {
  const Run r = run(small, {"--throughput", "5", "--policy", "target_tracking", "--search",
                            "target=[3, 4, 5]", "--no-score", "--json"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  const Value v = value_or_throw(parse_json(r.out));
  CHECK(v.get("trials", std::int64_t{0}) == 4);
  CHECK(v.find("score")->is_null());
}

TEST_CASE("tune: values that are none of the option's are told, a short trace is divided") {
  const Run none = run(small, {"--throughput", "5", "--search", "quantile=[5, 7]"});
  CHECK(none.code == cli::usage);
  CHECK_MESSAGE(none.err.find("quantile: '5'") != std::string::npos, none.err);
  const Run one = run(small, {"--throughput", "5", "--search", "quantile=[0.9, 7]"});
  REQUIRE_MESSAGE(one.code == 0, one.err);
  CHECK(one.out.find("1 combinations are no policy and were left out") != std::string::npos);
  const Run fortnight = run({"tune", "--trace", "generate:operating_rooms:2", "--throughput", "5",
                             "--search", "quantile=[0.9]"});
  REQUIRE_MESSAGE(fortnight.code == 0, fortnight.err);
  CHECK_MESSAGE(fortnight.out.find("chosen on slots 5040 to 15119, scored on 15120 to 20159") !=
                    std::string::npos,
                fortnight.out);
}

TEST_CASE("tune: wrong arguments are named") {
  const auto refused = [](const std::vector<std::string>& more, const std::string& word) {
    const Run r = run(small, more);
    CHECK(r.code == cli::usage);
    CHECK_MESSAGE(r.err.find(word) != std::string::npos, r.err);
  };
  refused({}, "--latency");
  refused({"--throughput", "5", "--policy", "luck"}, "luck");
  refused({"--throughput", "5", "--search", "slack=3"}, "--search");
  refused({"--throughput", "5", "--aim", "beauty"}, "beauty");
  refused({"--throughput", "5", "--aim", "energy"}, "watts");
  refused({"--throughput", "5", "--bound", "21"}, "--bound");
  refused({"--throughput", "5", "--train-from", "16000"}, "train");
}
