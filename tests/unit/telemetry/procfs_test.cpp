#include "learningplane/telemetry/procfs.hpp"

#include <doctest/doctest.h>

#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::telemetry;

namespace {

/// A machine of text files, and a clock that is moved by hand.
struct Machine {
  support::TempDir dir;
  ManualClock clock{from_seconds(1000)};

  void at(int user, int idle, int sectors, int received) const {
    dir.write("stat", "cpu  " + std::to_string(user) + " 0 0 " + std::to_string(idle) +
                          " 0 0 0 0 0 0\ncpu0 1 2 3 4\n");
    dir.write("meminfo", "MemTotal:  2048 kB\nMemFree: 1 kB\nMemAvailable:    1024 kB\n");
    dir.write("loadavg", "0.5 0.25 0.125 1/200 4242\n");
    dir.write("diskstats",
              "   8 0 sda 5 0 " + std::to_string(sectors) + " 7 5 0 64 9 0 0 0\n" +
                  "   8 1 sda1 5 0 10 7 5 0 64 9 0 0 0\n   7 0 loop0 1 0 2 0 0 0 0 0\n");
    dir.write("net/dev",
              "Inter-| Receive | Transmit\n face |bytes packets\n    lo: 1 0 0 0 0 0 0 0 1 0\n"
              "  eth0:" +
                  std::to_string(received) + " 0 0 0 0 0 0 0 700 0 0 0 0 0 0 0\n");
  }
  Window last_minute() const {
    return {clock.now() - std::chrono::minutes(1), clock.now(), Duration{0}};
  }
};

double last(const Frame& f, std::string_view name, const Labels& labels = {}) {
  const Column* c = f.find(name, labels);
  REQUIRE(c != nullptr);
  return c->values[f.rows() - 1];
}

}  // namespace

TEST_CASE("procfs: the first reading knows gauges, and of rates that they are unknown") {
  Machine m;
  m.at(100, 900, 64, 1000);
  ProcfsSensor sensor({m.dir.path(), 100, &m.clock});
  const auto f = sensor.read(m.last_minute());
  REQUIRE(f);
  REQUIRE(f->rows() == 1);
  CHECK(last(*f, "memory_total_bytes") == 2048 * 1024);
  CHECK(last(*f, "memory_available_bytes") == 1024 * 1024);
  CHECK(last(*f, "load5") == 0.25);
  CHECK_FALSE(f->find("cpu_ratio", {{"mode", "user"}})->known(0));
  CHECK_FALSE(f->find("disk_read_bytes_per_second", {{"device", "sda"}})->known(0));
  CHECK(f->find("disk_read_bytes_per_second", {{"device", "sda1"}}) == nullptr);
  CHECK(f->find("network_receive_bytes_per_second", {{"device", "lo"}}) == nullptr);
  CHECK(f->find("memory_total_bytes")->unit == "bytes");
}

TEST_CASE("procfs: the second reading knows rates") {
  Machine m;
  m.at(100, 900, 64, 1000);
  ProcfsSensor sensor({m.dir.path(), 100, &m.clock});
  REQUIRE(sensor.read(m.last_minute()));
  m.at(125, 975, 84, 6000);
  m.clock.advance(std::chrono::seconds(10));
  const auto f = sensor.read(m.last_minute());
  REQUIRE(f);
  REQUIRE(f->rows() == 2);
  CHECK(last(*f, "cpu_ratio", {{"mode", "user"}}) == doctest::Approx(0.25));
  CHECK(last(*f, "cpu_ratio", {{"mode", "idle"}}) == doctest::Approx(0.75));
  CHECK(last(*f, "disk_read_bytes_per_second", {{"device", "sda"}}) == doctest::Approx(1024));
  CHECK(last(*f, "disk_written_bytes_per_second", {{"device", "sda"}}) == 0);
  CHECK(last(*f, "network_receive_bytes_per_second", {{"device", "eth0"}}) == doctest::Approx(500));
}

TEST_CASE("procfs: a counter that went back is unknown, not negative") {
  Machine m;
  m.at(100, 900, 64, 1000);
  ProcfsSensor sensor({m.dir.path(), 100, &m.clock});
  REQUIRE(sensor.read(m.last_minute()));
  m.at(125, 975, 84, 10);
  m.clock.advance(std::chrono::seconds(10));
  const auto f = sensor.read(m.last_minute());
  REQUIRE(f);
  CHECK_FALSE(f->find("network_receive_bytes_per_second", {{"device", "eth0"}})->known(1));
}

TEST_CASE("procfs: windows of the past are answered from memory, which is bounded") {
  Machine m;
  m.at(1, 1, 1, 1);
  ProcfsSensor sensor({m.dir.path(), 3, &m.clock});
  for (int i = 0; i < 5; ++i) {
    REQUIRE(sensor.read(m.last_minute()));
    m.clock.advance(std::chrono::seconds(10));
  }
  const auto past = sensor.read({from_seconds(0), from_seconds(900), Duration{0}});
  REQUIRE(past);
  CHECK(past->empty());
  const auto whole = sensor.read({from_seconds(0), m.clock.now(), Duration{0}});
  REQUIRE(whole);
  CHECK(whole->rows() == 3);
}

TEST_CASE("procfs: a folder without any of the files is a failure, not a row of zeros") {
  Machine m;
  ProcfsSensor sensor({m.dir / "nothing", 3, &m.clock});
  CHECK(sensor.read(m.last_minute()).error().code == Errc::not_found);
  m.dir.write("loadavg", "1 2 3 4/5 6\n");
  const auto f = ProcfsSensor({m.dir.path(), 3, &m.clock}).read(m.last_minute());
  REQUIRE(f);
  CHECK(f->columns() == 3);
}

TEST_CASE("procfs: this machine can be read") {
  SystemClock clock;
  ProcfsSensor sensor;
  const auto f = sensor.read({clock.now() - std::chrono::seconds(5), clock.now(), Duration{0}});
  REQUIRE(f);
  CHECK(last(*f, "memory_total_bytes") > 1e6);
}
