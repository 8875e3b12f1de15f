// One and the same usage as a CSV, in our store and in a real Prometheus: one and the same profile.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdlib>
#include <optional>

#include "learningplane/adapters/sqlite/telemetry_store.hpp"
#include "learningplane/json.hpp"
#include "learningplane/stress/stress_profile.hpp"
#include "support/cli_run.hpp"
#include "support/phases.hpp"
#include "support/skip.hpp"
#include "support/source_dir.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;

namespace {

constexpr std::int64_t begin_s = 1'700'000'040;  // a whole minute

int free_port() {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor a(io, {boost::asio::ip::make_address("127.0.0.1"), 0});
  return a.local_endpoint().port();
}

/// Two applications, the second some minutes later. Where there are gaps, one of three minutes that
/// is filled and one of twenty that cuts.
enum class Gaps { none, some };

struct Usage {
  Usage(const support::TempDir& dir, Gaps gaps, std::size_t later) {
    const telemetry::Frame frames[] = {support::three_behaviours(300),
                                       support::three_behaviours(300, 9)};
    std::string csv = "time,app,cpu,memory\n", text[2];
    for (std::size_t row = 0; row < 300 + later; ++row) {
      for (std::size_t app = 0; app < 2; ++app) {
        const std::size_t i = row - later * app;
        if (i >= 300 || (gaps == Gaps::some && ((i > 99 && i < 102) || (i > 199 && i < 219))))
          continue;
        const auto time = begin_s + 60 * static_cast<std::int64_t>(row);
        const char* name = app == 0 ? "a" : "b";
        const double cpu = frames[app].column(0).values[i],
                     memory = frames[app].column(1).values[i];
        csv += fmt::format("{},{},{},{}\n", time, name, cpu, memory);
        text[0] += fmt::format("cpu{{app=\"{}\"}} {} {}\n", name, cpu, time);
        text[1] += fmt::format("memory{{app=\"{}\"}} {} {}\n", name, memory, time);
      }
    }
    dir.write("usage.csv", csv);
    dir.write("usage.om",
              "# TYPE cpu gauge\n" + text[0] + "# TYPE memory gauge\n" + text[1] + "# EOF\n");
  }
};

/// A Prometheus that holds what stands in usage.om.
class Backfilled {
 public:
  explicit Backfilled(const support::TempDir& dir) : dir_(dir), port_(free_port()) {
    if (std::system("command -v promtool prometheus >/dev/null") != 0) return;
    const std::string fill = fmt::format(
        "promtool tsdb create-blocks-from openmetrics '{0}/usage.om' '{0}/data' >/dev/null",
        dir_.path());
    const std::string up = fmt::format("'{}/tests/components/prometheus-up' '{}' {} {} >/dev/null",
                                       support::source_dir(), dir_.path(), port_, free_port());
    failed_ = std::system(fill.c_str()) != 0 || std::system(up.c_str()) != 0;
    there_ = !failed_;
  }
  Backfilled(const Backfilled&) = delete;
  Backfilled& operator=(const Backfilled&) = delete;
  ~Backfilled() {
    if (!there_) return;
    CHECK(std::system(fmt::format("'{}/tests/components/prometheus-down' '{}'",
                                  support::source_dir(), dir_.path())
                          .c_str()) == 0);
  }
  bool missing() const { return !there_ && !failed_; }
  bool failed() const { return failed_; }
  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }

 private:
  const support::TempDir& dir_;
  int port_;
  bool there_ = false, failed_ = false;
};

/// What `stress profile` makes of a source, without the source's name.
Value profile(const support::TempDir& dir, std::vector<std::string> source) {
  std::vector<std::string> args{"stress", "profile"};
  args.insert(args.end(), source.begin(), source.end());
  for (const std::string& more :
       {std::string("--k"), std::string("3"), std::string("--option"), std::string("history=1"),
        std::string("--option"), std::string("epochs=5"), std::string("--out"), dir / "p.json"})
    args.push_back(more);
  const auto ran = support::cli_run(args);
  REQUIRE_MESSAGE(ran.code == 0, ran.err);
  stress::StressProfile out = value_or_throw(stress::load_profile(dir / "p.json"));
  out.source.clear();
  return to_value(out);
}

Value from_csv(const support::TempDir& dir) {
  return profile(dir, {"--data", dir / "usage.csv", "--by", "app"});
}

/// @param minutes of the window, from the first sample on
Value from_sensor(const support::TempDir& dir, const std::string& yaml, int minutes) {
  dir.write("sensor.yaml", yaml);
  return profile(dir, {"--sensor", dir / "sensor.yaml", "--from", to_iso8601(from_seconds(begin_s)),
                       "--to", to_iso8601(from_seconds(begin_s + 60 * minutes))});
}

std::int64_t dictionary_rows(const Value& profile) {
  return profile.find("dictionary")->get("rows", std::int64_t{0});
}

std::string range_of(const std::string& url) {
  return "kind: prometheus\nurl: " + url +
         "\nstep: 1m\nqueries:\n  - {name: cpu, query: cpu}\n  - {name: memory, query: memory}\n";
}

}  // namespace

TEST_CASE("stress profile: a store of ours says the same as a CSV, gaps and all") {
  const support::TempDir dir;
  const Usage usage(dir, Gaps::some, 60);
  {
    telemetry::CsvOptions csv;
    csv.paths = {dir / "usage.csv"};
    csv.label_columns = {"app"};
    const auto store = adapters::sqlite::open_telemetry_store({.path = dir / "t.db"});
    value_or_throw(store->write(value_or_throw(telemetry::read_csv(csv))));
  }
  CHECK(from_sensor(dir, "kind: sqlite\npath: t.db\n", 360) == from_csv(dir));
}

TEST_CASE("stress profile: a Prometheus says the same as a CSV") {
  const support::TempDir dir;
  const Usage usage(dir, Gaps::none, 0);
  const Backfilled prometheus(dir);
  LEARNINGPLANE_NEED(!prometheus.missing(), "the programs prometheus and promtool are missing");
  REQUIRE_FALSE(prometheus.failed());
  // As in the guide: evaluated minute by minute.
  CHECK(from_sensor(dir, range_of(prometheus.url()), 300) == from_csv(dir));
}

TEST_CASE("stress profile: gaps that a Prometheus holds are the CSV's, where samples are read") {
  const support::TempDir dir;
  const Usage usage(dir, Gaps::some, 60);
  const Backfilled prometheus(dir);
  LEARNINGPLANE_NEED(!prometheus.missing(), "the programs prometheus and promtool are missing");
  REQUIRE_FALSE(prometheus.failed());
  // Evaluated minute by minute, a gap shows the sample before it for five minutes.
  const std::string instant = "kind: prometheus\nurl: " + prometheus.url() +
                              "\nmode: instant\nqueries:\n  - {name: cpu, query: 'cpu[6h]'}\n"
                              "  - {name: memory, query: 'memory[6h]'}\n";
  const Value csv = from_csv(dir);
  CHECK(from_sensor(dir, instant, 360) == csv);
  CHECK(dictionary_rows(from_sensor(dir, range_of(prometheus.url()), 360)) > dictionary_rows(csv));
}
