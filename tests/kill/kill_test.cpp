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

#include "kill/child.hpp"
#include "learningplane/adapters/sqlite/journal.hpp"

using namespace learningplane;
using journal::EntryKind;
using kill_support::Child;
using kill_support::read_lines;

namespace {

Child start(std::vector<std::string> args) {
  args.insert(args.begin(), LEARNINGPLANE_KILL_CHILD);
  return kill_support::start(args);
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
