#include <doctest/doctest.h>

#include <sstream>

#include "learningplane/adapters/sqlite/telemetry_store.hpp"
#include "learningplane/cli/cli.hpp"
#include "learningplane/json.hpp"
#include "learningplane/simulation/workload_trace.hpp"
#include "learningplane/stress/stress_schedule.hpp"
#include "support/cli_run.hpp"
#include "support/stress.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;

namespace {

struct Ran {
  int code;
  std::string out, err;
};
Ran run(const std::vector<std::string>& args) {
  std::ostringstream out, err;
  const int code = cli::main(args, out, err);
  return {code, out.str(), err.str()};
}

/// Two applications of three behaviours, the second an hour later, and jobs.
struct Bench {
  Bench() {
    const auto first = support::three_behaviours(300), second = support::three_behaviours(300, 9);
    std::string csv = "time,app,cpu,memory\n", jobs = "start,end\n";
    for (std::size_t i = 0; i < 300; ++i) {
      csv += line(i, "a", first, i) + line(i + 60, "b", second, i);
      if (i < 60)
        jobs += std::to_string(300 * i) + "," + std::to_string(300 * i + 600 + 60 * (i % 9)) + "\n";
    }
    dir.write("usage.csv", csv);
    dir.write("jobs.csv", jobs);
  }
  static std::string line(std::size_t minute, const char* app, const telemetry::Frame& f,
                          std::size_t row) {
    return std::to_string(1'700'000'040 + 60 * minute) + "," + app + "," +
           std::to_string(f.column(0).values[row]) + "," + std::to_string(f.column(1).values[row]) +
           "\n";
  }
  Ran profile(std::vector<std::string> from) const {
    std::vector<std::string> args{"stress", "profile"};
    args.insert(args.end(), from.begin(), from.end());
    for (const char* more :
         {"--k", "3", "--option", "history=1", "--option", "epochs=20", "--jobs"})
      args.emplace_back(more);
    args.push_back(dir / "jobs.csv");
    args.emplace_back("--out");
    args.push_back(dir / "profile.json");
    return run(args);
  }
  Ran generate(std::vector<std::string> more) const {
    std::vector<std::string> args{"stress",  "generate", dir / "profile.json", "--length", "2h",
                                  "--speed", "60"};
    args.insert(args.end(), more.begin(), more.end());
    return run(args);
  }
  support::TempDir dir{};
};

}  // namespace

TEST_CASE("stress command: a CSV becomes a profile, a schedule, a trace and Jobs") {
  const Bench b;
  const Ran profiled = b.profile({"--data", b.dir / "usage.csv", "--by", "app"});
  REQUIRE_MESSAGE(profiled.code == 0, profiled.err);
  CHECK(profiled.out.find("598 rows of 60 s") != std::string::npos);
  CHECK(profiled.out.find("of 60 jobs") != std::string::npos);
  REQUIRE(b.generate({"--out", b.dir / "s.json", "--seed", "3", "--max-cores", "1.5"}).code == 0);
  const auto schedule = value_or_throw(stress::load_schedule(b.dir / "s.json"));
  CHECK(schedule.peak_cores() == doctest::Approx(1.5));
  CHECK(schedule.speed == 60);
  REQUIRE(b.generate({"--as", "trace", "--trace-step", "10s", "--out", b.dir / "t.csv"}).code == 0);
  CHECK(value_or_throw(simulation::read_trace(b.dir / "t.csv", "cpu_cores")).slot ==
        Duration(std::chrono::seconds(10)));
  REQUIRE(
      b.generate({"--as", "kubernetes", "--image", "stress:1", "--out", b.dir / "j.yaml"}).code ==
      0);
  CHECK(b.generate({"--as", "kubernetes", "--out", b.dir / "j.yaml"}).err.find("image") !=
        std::string::npos);
  CHECK(b.generate({"--as", "poem", "--out", b.dir / "j.yaml"}).code == 2);
  CHECK(b.generate({"--weighting", "fair", "--out", b.dir / "j.yaml"}).code == 2);
}

TEST_CASE("stress command: our store is a source as well as a CSV") {
  const Bench b;
  {
    telemetry::CsvOptions csv;
    csv.paths = {b.dir / "usage.csv"};
    csv.label_columns = {"app"};
    const auto store = adapters::sqlite::open_telemetry_store({.path = b.dir / "t.db"});
    value_or_throw(store->write(value_or_throw(telemetry::read_csv(csv))));
  }
  b.dir.write("sensor.yaml", "kind: sqlite\npath: t.db\n");
  const Ran stored = b.profile({"--sensor", b.dir / "sensor.yaml", "--from", "2023-11-14T00:00:00Z",
                                "--to", "2023-11-16T00:00:00Z"});
  REQUIRE_MESSAGE(stored.code == 0, stored.err);
  CHECK(stored.out.find("598 rows of 60 s") != std::string::npos);
  CHECK(b.profile({"--sensor", b.dir / "sensor.yaml"}).err.find("--from") != std::string::npos);
}

TEST_CASE("stress command: the check's page holds what the check says") {
  const Bench b;
  REQUIRE(b.profile({"--data", b.dir / "usage.csv", "--by", "app"}).code == 0);
  REQUIRE(run({"stress", "generate", b.dir / "profile.json", "--length", "6h", "--speed", "60",
               "--out", b.dir / "s.json"})
              .code == 0);
  const auto schedule = value_or_throw(stress::load_schedule(b.dir / "s.json"));
  value_or_throw(telemetry::write_csv(support::recorded(schedule, 0.8), b.dir / "rec.csv"));
  const Ran r = run({"stress", "check", b.dir / "profile.json", b.dir / "s.json", b.dir / "rec.csv",
                     "--report", b.dir / "page.html", "--json"});
  REQUIRE_MESSAGE(r.code == 0, r.err);
  const Value page = support::page_data(b.dir / "page.html");
  CHECK(*page.find("check") == value_or_throw(parse_json(r.out)));
  CHECK(page.get("recording", "") == "rec.csv");
  CHECK(page.get("source", "") == "usage.csv");
  CHECK(page.find("durations")->get("source_count", std::int64_t{0}) == 60);
}

TEST_CASE("stress command: what cannot be is refused with its name") {
  const Bench b;
  CHECK(b.profile({}).err.find("exactly one") != std::string::npos);
  CHECK(b.profile({"--data", b.dir / "usage.csv"}).err.find("--by COLUMN") != std::string::npos);
  CHECK(
      b.profile({"--data", b.dir / "usage.csv", "--by", "app", "--cpu", "load"}).err.find("load") !=
      std::string::npos);
  CHECK(b.profile({"--alibaba", b.dir.path()}).err.find("container_usage.csv") !=
        std::string::npos);
  CHECK(run({"stress", "run", b.dir / "none.json"}).code == 1);
  REQUIRE(b.profile({"--data", b.dir / "usage.csv", "--by", "app"}).code == 0);
  REQUIRE(b.generate({"--out", b.dir / "s.json", "--max-cores", "100000"}).code == 0);
  const Ran absent = run({"stress", "run", b.dir / "s.json", "--stress-ng", "no-such-program"});
  CHECK(absent.code == 1);
  CHECK(absent.err.find("apt-get install stress-ng") != std::string::npos);
  // Refused before anything is started: `true` stands in for stress-ng.
  const Ran over = run({"stress", "run", b.dir / "s.json", "--stress-ng", "true"});
  CHECK(over.code == 2);
  CHECK(over.err.find("allow oversubscription") != std::string::npos);
  const Ran nowhere =
      run({"stress", "run", b.dir / "s.json", "--stress-ng", "true", "--out", "/nowhere/out.csv"});
  CHECK(nowhere.code == 2);
  CHECK(nowhere.err.find("/nowhere/out.csv") != std::string::npos);
  CHECK(
      run({"stress", "run", b.dir / "s.json", "--stress-ng", "true", "--cpu-weight", "-1"}).code ==
      2);
  b.dir.write("half.json", "{\"kind\": \"learningplane.stress_sched");
  CHECK(run({"stress", "run", b.dir / "half.json"}).code == 1);
  b.dir.write("rec.csv", "time,job,cpu_cores\n0,job-0001,1\n");
  CHECK(run({"stress", "check", b.dir / "profile.json", b.dir / "s.json", b.dir / "rec.csv"})
            .err.find("active") != std::string::npos);
}
