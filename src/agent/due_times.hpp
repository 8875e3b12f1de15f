#pragma once
#include <algorithm>
#include <deque>

#include "learningplane/time.hpp"

namespace learningplane::agent {

/// The times of a schedule that lie in a stretch of the past.
struct DueTimes {
  std::deque<TimePoint> newest{};  ///< ascending, the newest `limit` at most
  std::size_t count = 0;           ///< of them all; where there are very many, of those looked at
};

/// The times after `from` up to `until`. Where more than some 20,000 have passed, older ones are
/// jumped over: a job of every second that slept for a month costs milliseconds, not seconds.
/// @param next the schedule. @param limit at most 20,000.
template <class Next>
DueTimes due_times(const Next& next, TimePoint from, TimePoint until, std::size_t limit) {
  constexpr std::size_t patience = 20'000;
  DueTimes out;
  TimePoint lap = from;
  for (auto t = next(from); t && *t <= until; t = next(*t)) {
    out.newest.push_back(*t);
    if (out.newest.size() > limit) out.newest.pop_front();
    if (++out.count % patience != 0) continue;
    // As long a stretch as this lap took stays to be looked at, so that the newest are all there.
    const Duration left = until - *t;
    const Duration kept = std::max(left / 2, *t - lap);
    if (kept < left) t = until - kept;
    lap = *t;
  }
  return out;
}

}  // namespace learningplane::agent
