#include <doctest/doctest.h>

#include <sstream>

#include "learningplane/cli/cli.hpp"
#include "learningplane/json.hpp"
#include "support/cli_run.hpp"
#include "support/phases.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;

namespace {

using Ran = support::CliRun;
Ran run(const std::vector<std::string>& args) { return support::cli_run(args); }
struct Bench {
  Bench() {
    value_or_throw(telemetry::write_csv(support::three_behaviours(300), data));
    value_or_throw(telemetry::write_csv(support::three_behaviours(120, 9), fresh));
  }
  Ran fit(std::vector<std::string> more = {}) const {
    std::vector<std::string> args{"phases",   "fit",
                                  "--data",   data,
                                  "--out",    model,
                                  "--k",      "3",
                                  "--option", "epochs=20",
                                  "--option", "history=2",
                                  "--option", "learning_rate=0.005"};
    args.insert(args.end(), more.begin(), more.end());
    return run(args);
  }
  support::TempDir dir{};
  std::string data = dir / "data.csv", fresh = dir / "fresh.csv", model = dir / "web.phases.json";
};

}  // namespace

TEST_CASE("phases command: fit, label, stats, update from a CSV") {
  const Bench b;
  const Ran fit = b.fit({"--json"});
  REQUIRE_MESSAGE(fit.code == 0, fit.err);
  CHECK(fit.json().get("k", std::int64_t{0}) == 3);
  CHECK(fit.json().get("rows", std::int64_t{0}) == 300);

  const Ran label = run(
      {"phases", "label", b.model, "--data", b.fresh, "--json", "--out", b.dir / "labelled.csv"});
  REQUIRE_MESSAGE(label.code == 0, label.err);
  const Value& phases = *label.json().as_array().at(0).find("phases");
  REQUIRE(phases.size() == 120);
  CHECK(phases.as_array()[0].is_null());  // no past: not known
  CHECK(phases.as_array()[2].is_int());
  telemetry::CsvOptions csv;
  csv.paths = {b.dir / "labelled.csv"};
  const auto frame = value_or_throw(telemetry::read_csv(csv));
  REQUIRE(frame.find("phase") != nullptr);
  CHECK(frame.find("phase")->values[2] == phases.as_array()[2].as_double());

  const Ran stats = run({"phases", "stats", b.model, "--data", b.fresh, "--json"});
  REQUIRE_MESSAGE(stats.code == 0, stats.err);
  CHECK(stats.json().get("rows", std::int64_t{0}) == 118);
  CHECK(stats.json().find("phases")->size() == 3);
  const Ran text = run({"phases", "stats", b.model, "--data", b.fresh});
  CHECK(text.out.find("chance of the next phase") != std::string::npos);
  CHECK(text.out.find("memory") != std::string::npos);

  const Ran update = run({"phases", "update", b.model, "--data", b.fresh, "--json"});
  REQUIRE_MESSAGE(update.code == 0, update.err);
  CHECK(update.json().get("rows", std::int64_t{0}) == 120);
  const Ran extended = run({"phases", "update", b.model, "--data", b.fresh, "--new-phases", "2",
                            "--phase", "1", "--out", b.dir / "more.json", "--json"});
  REQUIRE_MESSAGE(extended.code == 0, extended.err);
  CHECK(extended.json().get("first", std::int64_t{0}) == 3);
  const Ran more = run({"phases", "stats", b.dir / "more.json", "--data", b.fresh, "--json"});
  CHECK(more.json().find("phases")->size() == 5);
}

TEST_CASE("phases command: choose-k says why") {
  const Bench b;
  const Ran r = run({"phases", "choose-k", "--data", b.data, "--option", "history=2", "--option",
                     "epochs=20", "--option", "k_max=5"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  CHECK(r.out.find("the silhouette") != std::string::npos);
  CHECK(r.out.find("k = 5") != std::string::npos);
}

TEST_CASE("phases command: the published model and trace") {
  const auto dir = support::data_dir("ai4dl");
  LEARNINGPLANE_NEED(!dir.empty(), "data/ai4dl is absent (LEARNINGPLANE_DATA)");
  const Ran r = run({"phases", "label", dir / "trained_model.json", "--data", dir / "sample.csv",
                     "--by", "pod.id"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  CHECK(r.out.find("48 4 11 0 2\n") != std::string::npos);
  CHECK(r.out.find("1 4 36 0 11\n") != std::string::npos);
  // Without --by two pods would be taken for one only where their times meet; here they are refused
  // or labelled as one run.
  const Ran corrected = run({"phases", "label", dir / "trained_model.json", "--data",
                             dir / "sample.csv", "--by", "pod.id", "--mode", "corrected"});
  CHECK(corrected.out.find("48 4 11 0 2\n") == std::string::npos);
}

TEST_CASE("phases command: bad input is named") {
  const Bench b;
  REQUIRE(b.fit().code == 0);
  const auto refused = [&b](const char* csv, const char* why) {
    b.dir.write("bad.csv", csv);
    const Ran r = run({"phases", "label", b.model, "--data", b.dir / "bad.csv"});
    CHECK(r.code != 0);
    CHECK_MESSAGE(r.err.find(why) != std::string::npos, r.err);
  };
  refused("time,cpu\n2024-01-01T00:00:00Z,1\n", "memory");
  refused("time,cpu,memory\n2024-01-01T00:00:00Z,1,2\n2024-01-01T00:00:00Z,3,4\n", "--by");
  refused("time,cpu,memory\n2024-01-01T00:00:00Z,1,\n", "memory is not known");
  refused("time,cpu,memory\n2024-01-01T00:00:00Z,-1,2\n", "cannot be negative");
  b.dir.write("foreign.json", "{\"model\": 1}");
  const Ran foreign = run({"phases", "stats", b.dir / "foreign.json", "--data", b.data});
  CHECK(foreign.code == 1);
  CHECK(foreign.err.find("no phase model") != std::string::npos);
  const Ran option = b.fit({"--option", "histroy=3"});
  CHECK(option.code == 2);
  CHECK(option.err.find("history") != std::string::npos);
  CHECK(b.fit({"--mode", "late"}).code == 2);
}
