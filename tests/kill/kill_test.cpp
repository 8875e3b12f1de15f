// kill -9 at drawn moments between intent, act and acknowledgement, then a look at what the journal
// and the actuator's own count say. LEARNINGPLANE_KILL_TRIALS (default 20) kills for each kind of
// delivery.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "learningplane/adapters/sqlite/journal.hpp"

using namespace learningplane;
using journal::EntryKind;

namespace {

struct Child {
  pid_t pid = 0;
  int out = -1;
};

Child start(const std::vector<std::string>& args) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    std::vector<char*> argv{const_cast<char*>(LEARNINGPLANE_KILL_CHILD)};
    for (const std::string& a : args) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    ::execv(LEARNINGPLANE_KILL_CHILD, argv.data());
    std::_Exit(127);
  }
  ::close(ends[1]);
  return {pid, ends[0]};
}

/// Reads lines until `stop` says so or the child has ended.
template <class F>
void read_lines(int file, std::string& rest, F&& stop) {
  char chunk[4096];
  for (;;) {
    for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
      const std::string line = rest.substr(0, end);
      rest.erase(0, end + 1);
      if (stop(line)) return;
    }
    const ssize_t n = ::read(file, chunk, sizeof chunk);
    if (n <= 0) return;
    rest.append(chunk, static_cast<std::size_t>(n));
  }
}

std::map<std::string, int> acts(const std::filesystem::path& file) {
  std::map<std::string, int> out;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) ++out[line];
  return out;
}

struct Seen {
  std::set<std::string> intents{};
  std::set<std::string> in_effect{};
  std::set<std::string> closed{};
};
Seen look(const std::filesystem::path& state) {
  auto j = adapters::sqlite::open_journal((state / "journal.sqlite").string());
  Seen seen;
  for (const auto& e : value_or_throw(j->read({.kind = EntryKind::intent, .limit = 1'000'000})))
    seen.intents.insert(e.decision_id);
  for (const auto& e : value_or_throw(j->read({.kind = EntryKind::outcome, .limit = 1'000'000}))) {
    seen.closed.insert(e.decision_id);
    const std::string status = e.body.get("status", "");
    if (status == "done" || status == "already_done") seen.in_effect.insert(e.decision_id);
  }
  return seen;
}

struct Totals {
  int killed = 0;
  std::size_t intents = 0;
  std::size_t acted = 0;
  std::size_t acknowledged = 0;
  int doubled = 0;  ///< acts beyond the first of the same command
};

void trials(const std::string& delivery, std::uint64_t seed) {
  const char* given = std::getenv("LEARNINGPLANE_KILL_TRIALS");
  const int count = given != nullptr ? std::atoi(given) : 20;
  const bool once = delivery == "at_most_once";
  std::mt19937_64 rng(seed);
  const auto root = std::filesystem::temp_directory_path() /
                    ("lp-kill-" + std::to_string(::getpid()) + "-" + delivery);
  std::map<std::string, int> at;
  Totals total;
  constexpr int chain = 10;  // kills in a row in one folder: a restart is killed too
  for (int trial = 0; trial < count;) {
    const auto state = root / std::to_string(trial);
    std::filesystem::create_directories(state);
    std::set<std::string> acknowledged;
    for (int run = 0; run < chain && trial < count; ++run, ++trial) {
      static const char* hooks[] = {"intent", "before_act", "after_act", "outcome", "random"};
      const std::string hook = hooks[rng() % 5];
      ++at[hook];
      const int n = 1 + static_cast<int>(rng() % 4);
      const auto counted = acts(state / "acts");
      const auto before = acknowledged;
      const Child child =
          start({state.string(), delivery, hook, std::to_string(n), std::to_string(run)});
      std::string rest;
      int lines = 0;
      const auto hear = [&](const std::string& line) {
        if (line.starts_with("ACK ")) acknowledged.insert(line.substr(4));
        ++lines;
        // At "random" the child runs on while the signal is on its way.
        return line == "PAUSE" || (hook == "random" && lines > n);
      };
      read_lines(child.out, rest, hear);
      REQUIRE(::kill(child.pid, SIGKILL) == 0);
      int status = 0;
      REQUIRE(::waitpid(child.pid, &status, 0) == child.pid);
      REQUIRE(WIFSIGNALED(status));  // it did not end by itself
      ++total.killed;
      read_lines(child.out, rest, [&](const std::string& line) {
        if (line.starts_with("ACK ")) acknowledged.insert(line.substr(4));
        return false;
      });
      ::close(child.out);

      CAPTURE(trial);
      CAPTURE(hook);
      const Seen seen = look(state);  // opens, or throws
      const auto now = acts(state / "acts");
      for (const std::string& id : acknowledged) REQUIRE(seen.in_effect.contains(id));
      for (const auto& [id, times] : now) {
        REQUIRE(seen.intents.contains(id));  // never an act without an intent
        if (once) REQUIRE(times == 1);
      }
      for (const std::string& id : seen.in_effect) REQUIRE(now.contains(id));
      // What was acknowledged before this start was not done again by it.
      for (const std::string& id : before) REQUIRE(now.at(id) == counted.at(id));
    }
    // A last start that nobody kills settles everything.
    const Child last = start({state.string(), delivery, "none", "0", "20"});
    std::string rest;
    read_lines(last.out, rest, [](const std::string&) { return false; });
    ::close(last.out);
    int status = 0;
    REQUIRE(::waitpid(last.pid, &status, 0) == last.pid);
    REQUIRE(WIFEXITED(status));
    REQUIRE(WEXITSTATUS(status) == 0);
    const Seen seen = look(state);
    const auto now = acts(state / "acts");
    for (const std::string& id : seen.intents) {
      REQUIRE(seen.closed.contains(id));     // nothing stays half done unreported
      if (!once) REQUIRE(now.contains(id));  // at least once: none is lost
      if (!once) REQUIRE(seen.in_effect.contains(id));
    }
    for (const auto& [id, times] : now) {
      if (once) REQUIRE(times == 1);
      total.doubled += times - 1;
    }
    total.intents += seen.intents.size();
    total.acted += now.size();
    total.acknowledged += acknowledged.size();
  }
  std::printf("%s: %d trials, %d killed", delivery.c_str(), count, total.killed);
  for (const auto& [hook, n] : at) std::printf(", %d at %s", n, hook.c_str());
  std::printf("; %zu intents, %zu acted on, %zu acknowledged, %d acts repeated\n", total.intents,
              total.acted, total.acknowledged, total.doubled);
  std::filesystem::remove_all(root);
}

}  // namespace

TEST_CASE("kill: at most once never acts twice") { trials("at_most_once", 1); }
TEST_CASE("kill: at least once never loses") { trials("at_least_once", 2); }
