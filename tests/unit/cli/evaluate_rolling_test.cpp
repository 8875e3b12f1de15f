#include "cli/evaluate_rolling.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "learningplane/cli/cli.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;

namespace {

struct Ran {
  int code;
  std::string out, err;
  Value json() const { return value_or_throw(parse_json(out)); }
};

Ran run(std::vector<std::string> args) {
  args.insert(args.begin(), "evaluate");
  std::ostringstream out, err;
  const int code = cli::main(args, out, err);
  return {code, out.str(), err.str()};
}

/// A wave and noise, five minutes apart; two sites where wanted.
std::string telemetry(int sites) {
  std::ostringstream out;
  out << (sites > 1 ? "timestamp,site,cpu\n" : "timestamp,cpu\n");
  for (int i = 0; i < 400; ++i) {
    for (int s = 0; s < sites; ++s) {
      out << 1715762700 + i * 300 << ',' << (sites > 1 ? (s == 0 ? "a," : "b,") : "")
          << (s + 1) * (10 + 3 * std::sin(i / 6.0)) + (i * 7 % 5) * 0.1 << '\n';
    }
  }
  return out.str();
}

struct Bench {
  Bench() {
    dir.write("one.csv", telemetry(1));
    dir.write("two.csv", telemetry(2));
  }
  support::TempDir dir{};
  std::string one = dir / "one.csv", two = dir / "two.csv";
};

}  // namespace

TEST_CASE("evaluate: rolling origins of several models, a row for each horizon") {
  const Bench b;
  const std::vector<std::string> args{"--data",   b.one,           "--target",  "cpu",
                                      "--model",  "naive,ridge",   "--horizon", "12",
                                      "--option", "ridge.lags=24", "--origins", "5"};
  const Ran table = run(args);
  REQUIRE_MESSAGE(table.code == 0, table.err);
  CHECK(table.err.empty());
  CHECK(table.out.find("MASE") != std::string::npos);
  std::vector<std::string> more = args;
  more.insert(more.end(), {"--json", "--threads", "2"});
  const Value json = run(more).json();
  const Value::Array& results = json.find("results")->as_array();
  REQUIRE(results.size() == 2);
  CHECK(results[1].get("model", "") == "ridge");
  CHECK(results[0].find("origins")->as_int() == 5);
  REQUIRE(results[0].find("horizons")->size() == 2);  // 1 and 12
  const auto mae = [&results](std::size_t model) {
    return results[model].find("horizons")->as_array()[1].get("mae", std::nan(""));
  };
  CHECK(mae(1) < mae(0));
  CHECK(results[0].find("forecasts")->find("mean")->size() == 60);
  CHECK(results[0].find("forecasts")->find("quantiles")->size() == 120);
}

TEST_CASE("evaluate: groups by a column, refits by duration, a page of its own") {
  const Bench b;
  const std::string page = b.dir / "page.html";
  const Ran r = run({"--data", b.two, "--target", "cpu", "--group", "site", "--model", "naive",
                     "--horizon", "6", "--every", "10", "--refit", "2h", "--levels", "0.1,0.5,0.9",
                     "--report", page, "--json"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  const Value json = r.json();
  const Value::Array& results = json.find("results")->as_array();
  REQUIRE(results.size() == 2);
  CHECK(results[0].get("group", "") == "a");
  CHECK(results[0].find("fits")->as_int() == 4);  // 12 origins, 50 minutes apart
  std::ostringstream html;
  html << std::ifstream(page).rdbuf();
  CHECK(html.str().find("<svg") != std::string::npos);
  CHECK(html.str().find("@DATA@") == std::string::npos);
  CHECK(run({"--data", b.two, "--target", "cpu", "--label", "site=b", "--model", "naive",
             "--horizon", "6"})
            .code == 0);
}

TEST_CASE("evaluate: anticipating is a model like the others") {
  const Bench b;
  const Ran r = run({"--data", b.one, "--target", "cpu", "--model", "anticipating", "--option",
                     "model={kind: ridge, lags: 12}", "--option", "filter=past_max_future_mean",
                     "--horizon", "4", "--every", "1", "--refit", "never", "--json"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  CHECK(r.json().find("results")->as_array()[0].find("fits")->as_int() == 1);
}

TEST_CASE("evaluate: what is wrong is told, exit code 2") {
  const Bench b;
  const auto code = [&b](std::vector<std::string> more, const char* word) {
    std::vector<std::string> args{"--data", b.one};
    args.insert(args.end(), more.begin(), more.end());
    const Ran r = run(args);
    CHECK_MESSAGE(r.err.find(word) != std::string::npos, r.err);
    return r.code;
  };
  CHECK(code({}, "--target") == 2);
  CHECK(code({"--target", "cpu", "--model", "magic"}, "magic") == 2);
  CHECK(code({"--target", "cpu", "--option", "lagz=3"}, "lagz") == 2);
  CHECK(code({"--target", "cpu", "--model", "ridge", "--option", "lags"}, "NAME=VALUE") == 2);
  CHECK(code({"--target", "cpu", "--refit", "sometimes"}, "sometimes") == 2);
  CHECK(code({"--target", "cpu", "--seeds", "3"}, "--seeds") == 2);
  CHECK(code({"--target", "cpu", "--group", "site"}, "site") != 0);
  CHECK(code({"--target", "mem"}, "mem") == 1);
  CHECK(code({"--target", "cpu", "--levels", "0.9,0.1"}, "levels") == 2);
  CHECK(code({"--target", "cpu", "--model", "naive", "--report", "/nowhere/page.html"},
             "/nowhere/page.html") == 2);
  b.dir.write("e.yaml", "target: cpu\nmodels: {m: {kind: naive}}\n");
  CHECK(code({b.dir / "e.yaml", "--horizon", "3"}, "--horizon") == 2);
  const Ran mixed = run({"--data", b.two, "--target", "cpu"});
  CHECK(mixed.code == 1);
  CHECK(mixed.err.find("--group") != std::string::npos);
}
