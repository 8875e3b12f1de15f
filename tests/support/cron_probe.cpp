// Answers questions about cron expressions and time zones line by line, for
// tools/compare_cronsim.py.
//   cron <TAB> expression <TAB> zone <TAB> start <TAB> count   the next times, or "!why it is
//   refused" zone <TAB> zone <TAB> seconds …                            the offsets from UTC wall
//   <TAB> zone <TAB> local seconds …                      kind:first:second
// All times in seconds since 1970. The longest call of next() goes to the error stream at the end.
#include <algorithm>
#include <chrono>
#include <ctime>
#include <iostream>
#include <map>
#include <sstream>

#include "learningplane/error.hpp"
#include "learningplane/trigger/cron.hpp"

namespace {

using learningplane::Zone;

std::shared_ptr<const Zone> zone_of(const std::string& name) {
  static std::map<std::string, std::shared_ptr<const Zone>> known;
  auto& zone = known[name];
  if (!zone) zone = learningplane::value_or_throw(Zone::load(name));
  return zone;
}

/// Of this thread: on a busy machine the time on the wall says little about a call.
std::chrono::nanoseconds cpu_time() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return std::chrono::seconds(t.tv_sec) + std::chrono::nanoseconds(t.tv_nsec);
}

std::chrono::nanoseconds slowest{};
std::string slowest_expression;

void answer_cron(std::istream& in) {
  std::string expression, zone, start, count;
  std::getline(in, expression, '\t');
  std::getline(in, zone, '\t');
  std::getline(in, start, '\t');
  std::getline(in, count, '\t');
  try {
    const learningplane::trigger::Cron cron({.expression = expression, .zone = zone_of(zone)});
    auto t = learningplane::TimePoint(std::chrono::seconds(std::stoll(start)));
    for (int i = std::stoi(count); i > 0; --i) {
      const auto before = cpu_time();
      const auto next = cron.next(t);
      const auto took = cpu_time() - before;
      if (took > slowest) {
        slowest = took;
        slowest_expression = expression;
      }
      if (!next) break;
      t = *next;
      std::cout << learningplane::to_ns(t) / 1'000'000'000 << ' ';
    }
  } catch (const learningplane::ConfigError& e) {
    std::cout << '!' << e.what();
  }
}

}  // namespace

int main() {
  std::ios::sync_with_stdio(false);
  std::string line, what, zone;
  while (std::getline(std::cin, line)) {
    std::istringstream in(line);
    std::getline(in, what, '\t');
    if (what == "cron") {
      answer_cron(in);
    } else {
      std::getline(in, zone, '\t');
      const auto z = zone_of(zone);
      for (std::int64_t t = 0; in >> t;) {
        if (what == "zone") {
          std::cout << z->span(t).offset << ' ';
        } else {
          const auto m = z->meaning(t);
          std::cout << static_cast<int>(m.kind) << ':' << m.first << ':' << m.second << ' ';
        }
      }
    }
    std::cout << '\n';
  }
  std::cerr << "slowest next(): " << slowest.count() / 1000 << " us of computing ("
            << slowest_expression << ")\n";
}
