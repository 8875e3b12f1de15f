#include <doctest/doctest.h>

#include <cmath>
#include <sstream>

#include "cli/site_store.hpp"
#include "learningplane/cli/cli.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "support/cli_run.hpp"
#include "support/source_dir.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;

namespace {

using Ran = support::CliRun;
Ran run(const std::vector<std::string>& args) { return support::cli_run(args); }

/// Two sites over three hours, one row a minute; `a` is better in even half hours.
std::string telemetry() {
  std::ostringstream out;
  out << "timestamp,site,load,qos\n";
  for (int m = 0; m < 180; ++m) {
    for (int s = 0; s < 2; ++s) {
      const bool good = (m / 30) % 2 == s;
      out << 1715762700 + m * 60 << ',' << (s == 0 ? "a" : "b") << ',' << (m * 7 % 11) << ','
          << (good ? 0.9 : 0.3) + (m % 5) * 0.01 << '\n';
    }
  }
  return out.str();
}

constexpr const char* config = R"(telemetry: {label_columns: [site]}
group: site
target: qos
inputs: [load]
lags: 3
walk_forward: {from_hour: 1, to_hour: 3, refit_every: 30m, seeds: 2}
models:
  naive: {kind: naive}
  ridge: {kind: ridge, penalty: 1}
  small: {kind: lstm, layers: [2], epochs: 1}
placement:
  model: naive
  every: 5m
  horizon: 5
  constraint_quantile: 0.5
  sweep: [0.6]
)";

struct Bench {
  Bench() {
    dir.write("t.csv", telemetry());
    dir.write("e.yaml", config);
  }
  support::TempDir dir{};
  std::string data = dir / "t.csv", file = dir / "e.yaml", store = dir / "models";
};

}  // namespace

TEST_CASE("evaluate: one row for each group and model, with the protocol's numbers") {
  Bench b;
  const Ran r = run({"evaluate", b.file, "--data", b.data, "--json"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  const Value json = r.json();
  const Value::Array& rows = json.find("rows")->as_array();
  REQUIRE(rows.size() == 6);
  CHECK(rows[0].get("group", "") == "a");
  CHECK(rows[0].get("model", "") == "naive");
  CHECK(rows[0].get("target", "") == "qos");
  // Scored from an hour after the first scorable row, minute 3: minutes 63 to 179.
  CHECK(rows[0].find("n")->as_int() == 117);
  for (const Value& row : rows) {
    for (const char* key : {"mae", "mse", "r2"}) CHECK(std::isfinite(row.get(key, std::nan(""))));
    CHECK((row.find("seeds") != nullptr) == (row.get("model", "") == "small"));
  }
  CHECK(rows[2].find("seeds")->as_int() == 2);
  CHECK(r.err.empty());  // progress is for terminals
  const Ran table = run({"evaluate", b.file, "--data", b.data, "--seeds", "1", "--from-hour", "2"});
  CHECK(table.code == 0);
  CHECK(table.out.find("MSE") != std::string::npos);
}

TEST_CASE("evaluate: the placement study compares the agent with its bounds") {
  Bench b;
  const Ran r = run({"evaluate", b.file, "--data", b.data, "--placement", "--json"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  const Value json = r.json();
  const Value& tables = *json.find("placement")->find("tables");
  REQUIRE(tables.size() == 2);
  const Value& sweep = tables.as_array()[1];
  CHECK(sweep.get("constraint", 0.0) == 0.6);
  const auto row = [&sweep](const std::string& strategy) {
    for (const Value& v : sweep.find("rows")->as_array()) {
      if (v.get("strategy", "") == strategy) return v;
    }
    throw Error("no row " + strategy);
  };
  CHECK(row("oracle").get("minutes_below", -1.0) == 0.0);
  CHECK(row("never move: a").get("minutes_below", -1.0) == 60.0);
  CHECK(row("agent").get("minutes_below", -1.0) <= row("never move: a").get("minutes_below", 0.0));
  CHECK(row("agent").get("mean", 0.0) <= row("oracle").get("mean", 0.0));
}

TEST_CASE("evaluate: what is wrong in the file is named with its line; exit code 2") {
  Bench b;
  b.dir.write("bad.yaml", "target: qos\nmodels: {m: {kind: naive}}\nlag: 3\n");
  const Ran unknown = run({"evaluate", b.dir / "bad.yaml", "--data", b.data});
  CHECK(unknown.code == 2);
  CHECK(unknown.err.find("bad.yaml") != std::string::npos);
  CHECK(unknown.err.find("lag") != std::string::npos);
  b.dir.write("kind.yaml", "target: qos\nmodels: {m: {kind: magic}}\n");
  const Ran kind = run({"evaluate", b.dir / "kind.yaml", "--data", b.data});
  CHECK(kind.code == 2);
  CHECK(kind.err.find("magic") != std::string::npos);
  CHECK(run({"evaluate", b.file, "--data", b.dir / "absent.csv"}).code == 1);
  CHECK(run({"evaluate", b.file}).code == 2);
}

TEST_CASE("train, models, forecast: publish, list, forecast from the store") {
  Bench b;
  const Ran trained = run({"train", b.file, "--data", b.data, "--store", b.store, "--model",
                           "ridge", "--alias", "production", "--json"});
  REQUIRE_MESSAGE(trained.code == 0, trained.err);
  CHECK(trained.json().find("published")->size() == 2);
  const Ran listed = run({"models", "--store", b.store});
  CHECK(listed.code == 0);
  CHECK(listed.out.find("ridge-a 1 ridge") != std::string::npos);
  CHECK(listed.out.find("[production]") != std::string::npos);
  const Ran forecast = run({"forecast", "--data", b.data, "--label", "site=a", "--store", b.store,
                            "--model", "ridge-a:production", "--horizon", "5", "--json"});
  REQUIRE_MESSAGE(forecast.code == 0, forecast.err);
  CHECK(forecast.json().get("model", "") == "ridge");
  CHECK(forecast.json().find("steps")->size() == 5);
  CHECK(run({"forecast", "--data", b.data, "--label", "site=a", "--store", b.store, "--model",
             "ridge-a:7"})
            .code == 1);
}

TEST_CASE("forecast: a CSV and a kind are enough") {
  Bench b;
  const Ran r = run({"forecast", "--data", b.data, "--label", "site=b", "--target", "qos",
                     "--model", "seasonal_naive", "--option", "season=1h", "--horizon", "3",
                     "--levels", "0.25,0.75", "--json"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  const Value json = r.json();
  CHECK(json.get("target", "") == "qos");
  CHECK(json.find("levels")->size() == 2);
  const Value& first = json.find("steps")->as_array()[0];
  CHECK(first.get("time", "") == "2024-05-15T11:45:00Z");
  CHECK(first.get("mean", 0.0) == doctest::Approx(0.3));  // as an hour before: minute 120
  const Ran plain =
      run({"forecast", "--data", b.data, "--label", "site=b", "--target", "qos", "--json"});
  CHECK(plain.json().get("model", "") == "auto");
  CHECK(run({"forecast", "--data", b.data, "--target", "no", "--label", "site=b"}).code == 1);
  // Two sites in one file are not one series.
  const Ran mixed = run({"forecast", "--data", b.data, "--target", "qos"});
  CHECK(mixed.code == 1);
  CHECK(mixed.err.find("--label") != std::string::npos);
  CHECK(run({"forecast", "--data", b.data, "--label", "site=a", "--model", "magic", "--target",
             "qos"})
            .code == 2);
}

TEST_CASE("models: every registered kind with its parameters") {
  const Ran text = run({"models"});
  CHECK(text.code == 0);
  for (const char* word : {"naive", "seasonal_naive", "ridge", "nlinear", "lstm", "penalty"})
    CHECK(text.out.find(word) != std::string::npos);
  CHECK(run({"models", "--json"}).json().find("models")->size() >= 5);
}

TEST_CASE("train: a site's name is a name in the store, never another site's") {
  CHECK(cli::store_name("edge-1") == "site-edge-1");
  CHECK(cli::store_name("web/edge 1") == "site-web_2fedge_201");
  CHECK(cli::store_name("a_b") != cli::store_name("a b"));
}

TEST_CASE("train: an agent file publishes a model for each site into its state folder") {
  const support::TempDir dir;
  const std::string example = support::source_dir() + "/examples/04_place_by_qos";
  const std::string data = support::source_dir() + "/examples/data/edge_sites.csv";
  const Ran r = run({"train", example + "/agent.yaml", "--data", data, "--state", dir / "state"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  const Ran listed = run({"models", "--store", dir / "state/models", "--json"});
  REQUIRE(listed.code == 0);
  const Value json = listed.json();
  std::vector<std::string> names;
  for (const Value& v : json.find("models")->as_array()) {
    names.push_back(v.get("name", ""));
    CHECK(v.find("metadata")->find("card")->find("rows")->as_int() > 0);
  }
  CHECK(names == std::vector<std::string>{"site-cloud-1", "site-edge-1", "site-edge-2"});
}
