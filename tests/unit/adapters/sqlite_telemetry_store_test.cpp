#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <limits>
#include <thread>

#include "learningplane/adapters/sqlite/telemetry_store.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::telemetry;
using namespace learningplane::adapters::sqlite;

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

Frame frame(std::vector<std::int64_t> times, std::vector<double> values,
            const Labels& labels = {}) {
  return *Frame::make(std::move(times), {Column{"cpu", labels, "ratio", std::move(values), {}}});
}

Frame all_of(Store& store) {
  return value_or_throw(
      store.read({from_ns(0), from_ns(std::numeric_limits<std::int64_t>::max()), Duration{0}}));
}

}  // namespace

TEST_CASE("telemetry store: what was written comes back, flags and units too") {
  const support::TempDir dir;
  const auto imputed = static_cast<std::uint8_t>(CellFlag::imputed);
  {
    const auto store = open_telemetry_store({dir / "t.sqlite"});
    const Frame f = *Frame::make(
        std::vector<std::int64_t>{10, 20, 30},
        {Column{"cpu",
                {{"site", "a\"b"}},
                "ratio",
                std::vector<double>{1.5, unknown, 1.0 / 3},
                std::vector<std::uint8_t>{0, static_cast<std::uint8_t>(CellFlag::stale), imputed}},
         Column{"never", {}, "", std::vector<double>{unknown, unknown, unknown}, {}}});
    CHECK(store->write(f).value() == 2);
    CHECK(store->write(frame({20}, {7}, {{"site", "b"}})).value() == 1);
  }
  const auto store = open_telemetry_store({dir / "t.sqlite"});
  const Frame f = all_of(*store);
  CHECK(f.times_ns().to_vector() == std::vector<std::int64_t>{10, 20, 30});
  const Column& a = *f.find("cpu", {{"site", "a\"b"}});
  CHECK(a.unit == "ratio");
  CHECK(a.values[2] == 1.0 / 3);
  CHECK(a.flag(0) == CellFlag::observed);
  CHECK_FALSE(a.known(1));
  CHECK(a.flag(2) == CellFlag::imputed);
  CHECK(store->series().value() ==
        std::vector<std::string>{"cpu{site=\"a\\\"b\"}", "cpu{site=\"b\"}"});
}

TEST_CASE("telemetry store: a cell written again is replaced; what is unknown replaces nothing") {
  const support::TempDir dir;
  const auto store = open_telemetry_store({dir / "t.sqlite"});
  REQUIRE(store->write(frame({10, 20}, {1, 2})));
  REQUIRE(store->write(frame({10, 20}, {unknown, 3})));
  CHECK(all_of(*store).column(0).values.to_vector() == std::vector<double>{1, 3});
}

TEST_CASE("telemetry store: retention counts back from the newest cell") {
  const support::TempDir dir;
  const auto store = open_telemetry_store({dir / "t.sqlite", Duration{100}});
  REQUIRE(store->write(frame({10, 200}, {1, 2})));
  CHECK(all_of(*store).times_ns().to_vector() == std::vector<std::int64_t>{200});
  REQUIRE(store->write(frame({300}, {3})));
  CHECK(all_of(*store).rows() == 2);
  CHECK(store->drop_before(from_ns(301)).value() == 2);
  CHECK(store->series().value().empty());
}

TEST_CASE("telemetry store: an older layout is brought up to date, with its cells") {
  const support::TempDir dir;
  {
    SQLite::Database old(dir / "t.sqlite", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    old.exec(
        "CREATE TABLE series (id INTEGER PRIMARY KEY, name TEXT NOT NULL, labels TEXT NOT NULL,"
        " UNIQUE (name, labels));"
        "CREATE TABLE cells (series INTEGER NOT NULL REFERENCES series, at_ns INTEGER NOT NULL,"
        " value REAL NOT NULL, flag INTEGER NOT NULL, PRIMARY KEY (series, at_ns)) WITHOUT ROWID;"
        "INSERT INTO series VALUES (1, 'cpu', '{\"site\":\"a\"}');"
        "INSERT INTO cells VALUES (1, 10, 0.25, 1);"
        "PRAGMA application_id = 1280332883; PRAGMA user_version = 1;");
  }
  const auto store = open_telemetry_store({dir / "t.sqlite"});
  REQUIRE(store->write(frame({20}, {0.5}, {{"site", "a"}})));
  const Frame f = all_of(*store);
  CHECK(f.column(0).values.to_vector() == std::vector<double>{0.25, 0.5});
  CHECK(f.column(0).flag(0) == CellFlag::imputed);
  CHECK(f.column(0).unit == "ratio");
  SQLite::Database now(dir / "t.sqlite");
  CHECK(now.execAndGet("PRAGMA user_version").getInt() == telemetry_schema);
}

TEST_CASE("telemetry store: what is newer, damaged or no store is refused and left alone") {
  const support::TempDir dir;
  open_telemetry_store({dir / "newer.sqlite"});
  SQLite::Database(dir / "newer.sqlite", SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99");
  SQLite::Database(dir / "other.sqlite", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE t (x)");
  dir.write("text.sqlite", std::string(5000, 'x'));
  const auto message = [&](const char* name) -> std::string {
    try {
      open_telemetry_store({dir / name});
    } catch (const Error& e) {
      return e.what();
    }
    return "opened";
  };
  CHECK(message("newer.sqlite").find("newer version (layout 99") != std::string::npos);
  CHECK(message("other.sqlite").find("no store of ours") != std::string::npos);
  CHECK(message("text.sqlite").find("not a database") != std::string::npos);
  CHECK(message("no/such/folder.sqlite").find("path") != std::string::npos);
  CHECK(SQLite::Database(dir / "other.sqlite").execAndGet("PRAGMA user_version").getInt() == 0);
}

TEST_CASE("telemetry store: two stores and four threads write one file") {
  const support::TempDir dir;
  const auto a = open_telemetry_store({dir / "t.sqlite"});
  const auto b = open_telemetry_store({dir / "t.sqlite"});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (std::int64_t i = 0; i < 25; ++i) {
        const Frame f = frame({i}, {static_cast<double>(i)}, {{"thread", std::to_string(t)}});
        CHECK((t % 2 == 0 ? a : b)->write(f).has_value());
      }
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(all_of(*a).rows() == 25);
  CHECK(all_of(*b).columns() == 4);
  CHECK(all_of(*b).unknown_share() == 0);
}

TEST_CASE("telemetry store: what was acknowledged survives kill -9") {
  const support::TempDir dir;
  const std::string path = dir / "t.sqlite";
  int pipe_ends[2];
  REQUIRE(::pipe(pipe_ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const auto store = open_telemetry_store({path});
    for (std::int64_t i = 1;; ++i) {
      if (!store->write(frame({i}, {static_cast<double>(i)}))) ::_exit(1);
      if (::write(pipe_ends[1], &i, sizeof i) != sizeof i) ::_exit(1);
    }
  }
  ::close(pipe_ends[1]);
  std::int64_t acknowledged = 0;
  while (acknowledged < 50 && ::read(pipe_ends[0], &acknowledged, sizeof acknowledged) > 0) {
  }
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  // What the child could still say before it died counts too.
  while (::read(pipe_ends[0], &acknowledged, sizeof acknowledged) > 0) {
  }
  ::close(pipe_ends[0]);
  REQUIRE(acknowledged >= 50);
  const Frame f = all_of(*open_telemetry_store({path}));
  CHECK(f.rows() >= static_cast<std::size_t>(acknowledged));
  CHECK(f.column(0).values[49] == 50);
}
