#include "learningplane/stress/launcher.hpp"

#include <doctest/doctest.h>

#include <signal.h>  // NOLINT: kill is POSIX
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>

#include "learningplane/error.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::stress;
using namespace std::chrono_literals;

namespace {

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    ::usleep(5000);
  }
  return true;
}
bool gone(long pid) { return ::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH; }
long number_in(const std::string& path) {
  long out = 0;
  std::ifstream(path) >> out;
  return out;
}

}  // namespace

TEST_CASE("launcher: usage is that of all descendants, and stop leaves none") {
  support::TempDir dir;
  ProcessLauncher launcher;
  // A shell whose child spins while it waits, and that has started an orphan besides.
  const std::string script = "(sleep 300 & echo $! > " + (dir / "orphan") + "); sh -c 'echo $$ > " +
                             (dir / "child") + "; while :; do :; done' & wait";
  const auto id = value_or_throw(launcher.start({"sh", "-c", script}, ""));
  REQUIRE(eventually([&] { return launcher.usage()[id].cpu_s > 0.05; }));
  CHECK(launcher.usage()[id].alive);
  CHECK(launcher.usage()[id].memory_bytes > 0);
  const long child = number_in(dir / "child"), orphan = number_in(dir / "orphan");
  REQUIRE(child > 0);
  REQUIRE(orphan > 0);
  const double before = launcher.usage()[id].cpu_s;
  CHECK(launcher.stop(id).cpu_s >= before);
  CHECK(gone(id));
  CHECK(gone(child));
  CHECK(gone(orphan));
  CHECK(launcher.usage().empty());
  CHECK(launcher.stop(id).cpu_s == 0);
}

TEST_CASE("launcher: a program that ends by itself is told, and keeps what it used") {
  ProcessLauncher launcher;
  const auto id = value_or_throw(
      launcher.start({"sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"}, ""));
  REQUIRE(eventually([&] { return !launcher.usage()[id].alive; }));
  CHECK(launcher.usage()[id].cpu_s > 0);
  CHECK(launcher.stop(id).cpu_s > 0);
  CHECK(gone(id));
}

TEST_CASE("launcher: the destructor ends what still runs") {
  Launcher::Id id = 0;
  {
    ProcessLauncher launcher;
    id = value_or_throw(launcher.start({"sleep", "300"}, ""));
    CHECK_FALSE(gone(id));
  }
  CHECK(gone(id));
}

TEST_CASE("launcher: a program that is not there is an error, not a silent child") {
  ProcessLauncher launcher;
  CHECK(launcher.start({"learningplane-no-such-program"}, "").error().code == Errc::not_found);
  CHECK(launcher.start({}, "").error().code == Errc::invalid_argument);
  CHECK(launcher.usage().empty());
  const auto found = find_program("learningplane-no-such-program");
  REQUIRE_FALSE(found);
  CHECK(found.error().message.find("apt-get install stress-ng") != std::string::npos);
  CHECK(value_or_throw(find_program("sh")).ends_with("/sh"));
}

TEST_CASE("launcher: the room of the machine") {
  const MachineRoom room = value_or_throw(machine_room());
  CHECK(room.cores >= 1);
  CHECK(room.bytes > 1e6);
  support::TempDir dir;
  dir.write("meminfo", "MemTotal: 1000 kB\nMemAvailable:   500 kB\n");
  CHECK(value_or_throw(machine_room(dir.path())).bytes == 512'000);
  CHECK(machine_room("/nowhere").error().code == Errc::unavailable);
}
