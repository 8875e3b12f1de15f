// kill -9 of an agent that scales, at drawn moments, again and again through a morning: what was
// decided is what an agent decides that nobody kills. LEARNINGPLANE_KILL_TRIALS (default 20) kills.
#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "kill/child.hpp"
#include "learningplane/adapters/sqlite/journal.hpp"
#include "support/scaling_day.hpp"

using namespace learningplane;
using journal::EntryKind;

namespace {

std::vector<journal::Entry> entries(const std::filesystem::path& state, EntryKind kind) {
  auto j = adapters::sqlite::open_journal((state / "journal.sqlite").string());
  return value_or_throw(j->read({.kind = kind, .limit = 1'000'000}));
}

std::vector<std::string> decided(const std::filesystem::path& state) {
  std::vector<std::string> out;
  for (const auto& e : entries(state, EntryKind::decision)) out.push_back(support::decided_line(e));
  return out;
}

std::vector<std::string> acts(const std::filesystem::path& state) {
  std::vector<std::string> out;
  std::ifstream in(state / "fleet");
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

/// Whether it died between a decision that acts and its intent: nothing was done, and the next
/// minute decides it again.
bool undone(const std::filesystem::path& state) {
  const auto all = entries(state, EntryKind::decision);
  if (all.empty() || all.back().body.find("action")->get("kind", "") != "scale") return false;
  const auto intents = entries(state, EntryKind::intent);
  return intents.empty() || intents.back().decision_id != all.back().decision_id;
}

std::vector<std::string> run(const std::filesystem::path& state, const std::string& hook, int n) {
  return {LEARNINGPLANE_SCALING_KILL_CHILD, state.string(), hook, std::to_string(n)};
}

}  // namespace

TEST_CASE("kill: an agent that scales decides as the one that was not killed") {
  const char* given = std::getenv("LEARNINGPLANE_KILL_TRIALS");
  const int count = given != nullptr ? std::atoi(given) : 20;
  const auto root =
      std::filesystem::temp_directory_path() / ("lp-scaling-kill-" + std::to_string(::getpid()));
  const auto start_child = [](const std::vector<std::string>& args) {
    return kill_support::start(args);
  };
  std::filesystem::create_directories(root / "through");
  std::string rest;
  const auto whole = start_child(run(root / "through", "none", 0));
  kill_support::read_lines(whole.out, rest, [](const std::string&) { return false; });
  ::close(whole.out);
  int status = 0;
  REQUIRE(::waitpid(whole.pid, &status, 0) == whole.pid);
  REQUIRE(WIFEXITED(status));
  REQUIRE(WEXITSTATUS(status) == 0);
  const auto wanted = decided(root / "through");
  REQUIRE(wanted.size() == 360);
  REQUIRE(acts(root / "through").size() >= 3);

  std::mt19937_64 random(3);
  static const char* hooks[] = {"run",        "run",       "run",     "intent",
                                "before_act", "after_act", "outcome", "random"};
  int killed = 0, mornings = 0, other = 0;
  while (killed < count) {
    const auto state = root / std::to_string(mornings++);
    std::filesystem::create_directories(state);
    bool done = false, again = false;
    while (!done) {
      const std::string hook = killed < count ? hooks[random() % 8] : "none";
      const bool by_run = hook == "run" || hook == "random";
      const int n = 1 + static_cast<int>(random() % (by_run ? 90 : 2));
      const auto child = start_child(run(state, hook, n));
      std::string more;
      int slots = 0;
      kill_support::read_lines(child.out, more, [&](const std::string& line) {
        done = done || line == "DONE";
        slots += line == "SLOT";
        return line == "PAUSE" || done || (hook == "random" && slots >= n);
      });
      if (!done) {
        REQUIRE(::kill(child.pid, SIGKILL) == 0);
        ++killed;
      }
      REQUIRE(::waitpid(child.pid, &status, 0) == child.pid);
      ::close(child.out);
      CAPTURE(hook);
      if (done) {
        REQUIRE(WIFEXITED(status));
        REQUIRE(WEXITSTATUS(status) == 0);
      } else if (hook != "random") {
        REQUIRE(WIFSIGNALED(status));  // it did not end by itself
      }
      again = again || undone(state);
    }
    CAPTURE(mornings);
    // Each act has its intent, no decision was carried out twice, nothing stays half done.
    std::set<std::string> intents, closed;
    for (const auto& e : entries(state, EntryKind::intent)) intents.insert(e.decision_id);
    for (const auto& e : entries(state, EntryKind::outcome)) closed.insert(e.decision_id);
    CHECK(intents == closed);
    std::set<std::string> carried_out;
    for (const std::string& act : acts(state)) {
      const std::string id = act.substr(0, act.find(' '));
      CHECK(intents.contains(id));
      carried_out.insert(act);
    }
    CHECK(carried_out.size() == intents.size());
    for (const auto& e : entries(state, EntryKind::note)) {
      CHECK(e.body.get("event", "") == "started");  // no state was refused
    }
    const auto got = decided(state);
    REQUIRE(got.size() == wanted.size());
    if (again) {
      ++other;
      continue;
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i] == got[i]) continue;
      FAIL_CHECK("minute " << i << ": " << got[i] << " instead of " << wanted[i]);
      break;
    }
  }
  std::printf("scaling: %d kills in %d mornings; %d of them with a decision that was not begun\n",
              killed, mornings, other);
  std::filesystem::remove_all(root);
}
