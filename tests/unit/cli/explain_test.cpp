#include <doctest/doctest.h>

#include <cmath>
#include <sstream>

#include "learningplane/cli/cli.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/model/model_file.hpp"
#include "learningplane/model/ridge.hpp"
#include "learningplane/telemetry/csv.hpp"
#include "support/cli_run.hpp"
#include "support/series.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;

namespace {

using Ran = support::CliRun;
Ran run(const std::vector<std::string>& args) { return support::cli_run(args); }

struct Bench {
  Bench() { value_or_throw(telemetry::write_csv(support::announced_spikes(400), data)); }
  support::TempDir dir{};
  std::string data = dir / "t.csv";
};

}  // namespace

TEST_CASE("explain: a kind and a CSV are enough; every other column is looked at") {
  const Bench b;
  for (const char* method : {"permutation", "occlusion", "gradients", "shapley", "components"}) {
    const Ran r = run({"explain", "--data", b.data, "--target", "cpu", "--option", "lags=4",
                       "--method", method, "--spikes", "--windows", "10", "--json"});
    REQUIRE_MESSAGE(r.code == 0, r.err);
    const Value json = r.json();
    CHECK(json.get("method", "") == method);
    CHECK(json.get("spikes", false));
    const Value::Array& effects = json.find("effects")->as_array();
    REQUIRE(effects.size() == 12);
    const Value* strongest = &effects[0];
    for (const Value& e : effects) {
      if (e.get("strength", 0.0) > strongest->get("strength", 0.0)) strongest = &e;
    }
    CHECK(strongest->get("block", "") == "requests[3]");
  }
  const Ran text = run({"explain", "--data", b.data, "--target", "cpu", "--top", "1"});
  CHECK(text.code == 0);
  CHECK(text.out.find("requests[3]") != std::string::npos);
  CHECK(text.out.find("other[") == std::string::npos);
}

TEST_CASE("explain: a fitted model from a file, several steps ahead") {
  const Bench b;
  model::RidgeOptions o;
  o.window = {.target = "cpu", .inputs = {"requests"}, .lags = 4, .horizon = 3};
  model::Ridge ridge(o);
  value_or_throw(ridge.fit(support::announced_spikes(400)));
  value_or_throw(model::save_model(b.dir / "m.lpm", ridge, {}));
  const Ran r = run({"explain", b.dir / "m.lpm", "--data", b.data, "--step", "2", "--grouping",
                     "columns", "--json"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  CHECK(r.json().find("effects")->size() == 2);
  CHECK(r.json().find("step")->as_int() == 2);
  const Ran far = run({"explain", b.dir / "m.lpm", "--data", b.data, "--step", "4"});
  CHECK(far.code == 1);
  CHECK(far.err.find("3 at once") != std::string::npos);
  CHECK(run({"explain", b.dir / "m.lpm", "--data", b.data, "--reduce", "2"}).code == 2);
}

TEST_CASE("explain: --reduce compares the detector on the named blocks with the full one") {
  const Bench b;
  const Ran r = run({"explain", "--data", b.data, "--target", "cpu", "--option", "lags=4",
                     "--reduce", "1", "--json"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  const Value json = r.json();
  CHECK(json.find("kept")->as_array()[0].as_string() == "requests[3]");
  CHECK(json.find("full")->find("cells")->as_int() == 12);
  CHECK(json.find("reduced")->find("provision")->get("recall", 0.0) == 1);
  const Ran text = run({"explain", "--data", b.data, "--target", "cpu", "--reduce", "1", "--filter",
                        "past_max", "--margin", "0.9"});
  REQUIRE_MESSAGE(text.code == 0, text.err);
  CHECK(text.out.find("reduced") != std::string::npos);
}

TEST_CASE("explain: what is wrong is named; exit code 2 for arguments, 1 for data") {
  const Bench b;
  const auto refused = [&](std::vector<std::string> more, const char* word) {
    std::vector<std::string> args{"explain", "--data", b.data, "--target", "cpu"};
    args.insert(args.end(), more.begin(), more.end());
    const Ran r = run(args);
    CHECK(r.err.find(word) != std::string::npos);
    return r.code;
  };
  CHECK(refused({"--method", "magic"}, "magic") == 2);
  CHECK(refused({"--windows", "0"}, "windows") == 2);
  CHECK(refused({"--model", "magic"}, "magic") == 2);
  CHECK(refused({"--model", "naive", "--reduce", "2"}, "inputs") == 2);
  CHECK(refused({"--reduce", "2", "--filter", "magic"}, "magic") == 2);
  CHECK(refused({"--option", "lags"}, "NAME=VALUE") == 2);
  CHECK(run({"explain", "--data", b.data}).code == 2);
  CHECK(run({"explain", "--data", b.data, "--target", "absent"}).code == 1);
}
