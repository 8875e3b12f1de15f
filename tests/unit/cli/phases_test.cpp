#include <doctest/doctest.h>

#include <filesystem>
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

TEST_CASE("phases command: where only two phases can be, two are chosen") {
  const Bench b;
  std::string csv = "timestamp,cpu,memory\n";
  for (int i = 0; i < 200; ++i)
    csv +=
        to_iso8601(from_ns(0) + std::chrono::minutes(i)) + (i / 20 % 2 == 0 ? ",1,5\n" : ",2,9\n");
  b.dir.write("two.csv", csv);
  for (const char* criterion : {"criterion=silhouette", "criterion=elbow"}) {
    const Ran r = run({"phases", "choose-k", "--data", b.dir / "two.csv", "--option", "history=0",
                       "--option", "epochs=3", "--option", criterion, "--json"});
    REQUIRE_MESSAGE(r.code == 0, r.err);
    CHECK(r.json().get("k", std::int64_t{0}) == 2);
    CHECK(r.json().get("reason", "").find("only one") != std::string::npos);
  }
}

TEST_CASE("phases command: how well the next phase is foreseen, where that is asked") {
  const Bench b;
  REQUIRE(b.fit().code == 0);
  const Ran told = run(
      {"phases", "stats", b.model, "--data", b.data, "--next", "markov", "--ahead", "2", "--json"});
  REQUIRE_MESSAGE(told.code == 0, told.err);
  const Value next = told.json().find("next_phase")->as_array().at(0);
  CHECK(next.get("method", "") == "markov");
  CHECK(next.get("rows", std::int64_t{0}) > 100);
  CHECK(next.get("rows", std::int64_t{0}) <= 150);  // the second half
  CHECK(next.get("accuracy", 0.0) > 0.7);
  const Ran text = run({"phases", "stats", b.model, "--data", b.data, "--next", "markov"});
  CHECK(text.out.find("next phase by markov") != std::string::npos);
  CHECK(run({"phases", "stats", b.model, "--data", b.data, "--json"}).json().find("next_phase") ==
        nullptr);
  CHECK(run({"phases", "stats", b.model, "--data", b.data, "--next", "magic"}).code == 2);
}

TEST_CASE("phases command: a page of each subcommand") {
  const Bench b;
  const std::string page = b.dir / "page.html";
  const auto html = [&] { return support::page_data(page); };
  const Ran fit =
      run({"phases", "fit", "--data", b.data, "--out", b.model, "--k", "0", "--option", "epochs=20",
           "--option", "history=2", "--option", "k_max=4", "--report", page});
  REQUIRE_MESSAGE(fit.code == 0, fit.err);
  Value v = html();
  CHECK(v.get("source", "") == "data.csv");
  const std::string reason = v.find("why")->find("choice")->get("reason", "");
  CHECK(fit.out.find(reason) != std::string::npos);
  CHECK(v.find("training")->find("errors")->size() == 20);
  CHECK(v.find("series")->as_array().at(0).get("rows", std::int64_t{0}) == 300);

  const Ran stats = run({"phases", "stats", b.model, "--data", b.fresh, "--json", "--next",
                         "markov", "--report", page});
  REQUIRE_MESSAGE(stats.code == 0, stats.err);
  v = html();
  CHECK(v.find("why")->get("model", "") == "web.phases.json");
  CHECK(v.find("statistics")->find("phases")->as_array()[1] ==
        stats.json().find("phases")->as_array()[1]);
  CHECK(v.find("next")->as_array().at(0).get("changes", std::int64_t{-1}) ==
        stats.json().find("next_phase")->as_array().at(0).get("changes", std::int64_t{-2}));

  REQUIRE(run({"phases", "label", b.model, "--data", b.fresh, "--report", page}).code == 0);
  CHECK(html().find("statistics")->get("rows", std::int64_t{0}) == 118);
  REQUIRE(run({"phases", "update", b.model, "--data", b.fresh, "--report", page}).code == 0);
  CHECK(html().find("why")->find("choice") == nullptr);
  const Ran nowhere = run({"phases", "label", b.model, "--data", b.fresh, "--report",
                           b.dir / "no" + std::string("/such/page.html")});
  CHECK(nowhere.code == 2);
  CHECK(nowhere.err.find("page.html") != std::string::npos);
  // Told before the work: no file is written that a failing command leaves behind.
  const std::string second = b.dir / "second.json";
  const Ran early = run({"phases", "fit", "--data", b.data, "--out", second, "--report",
                         b.dir / std::string("no/such/page.html")});
  CHECK(early.code == 2);
  CHECK(early.err.find("a folder that exists") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(second));
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
  // The columns that were wanted are named.
  b.dir.write("other.csv", "time,disk\n2024-01-01T00:00:00Z,1\n");
  const Ran other = run({"phases", "stats", b.model, "--data", b.dir / "other.csv"});
  CHECK(other.code == 1);
  CHECK_MESSAGE(other.err.find("cpu or memory") != std::string::npos, other.err);
  const std::string none = b.dir / "none.json";
  const Ran untrained =
      run({"phases", "fit", "--data", b.data, "--out", none, "--k", "2", "--option", "epochs=0"});
  CHECK(untrained.code == 2);
  CHECK(untrained.err.find("epochs") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(none));
}
