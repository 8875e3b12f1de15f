#pragma once
#include <algorithm>
#include <optional>

#include "learningplane/time.hpp"

namespace learningplane::trigger::detail {

struct Jitter {
  Duration width{};
  std::uint64_t seed = 0;
  std::optional<TimePoint> end{};
};

/// 64 well mixed bits of seed and time (splitmix64).
inline std::uint64_t mixed(std::uint64_t seed, TimePoint t) {
  std::uint64_t z = seed * 0x9e3779b97f4a7c15U + static_cast<std::uint64_t>(to_ns(t)) + 1;
  for (int round = 0; round < 2; ++round) {
    z += 0x9e3779b97f4a7c15U;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    z ^= z >> 31;
  }
  return z;
}

/// The first time after `after` of a schedule whose times are put off at random. The delay of a
/// time is a function of seed and time and ends before the next time, so that the order stays and
/// the answer depends on `after` alone.
/// @param nominal the schedule without jitter: a monotone next().
template <class Nominal>
std::optional<TimePoint> next_with_jitter(const Nominal& nominal, TimePoint after,
                                          const Jitter& jitter) {
  if (jitter.width <= Duration{0}) return nominal(after);
  auto delayed = [&](TimePoint n) {
    Duration room = std::min(jitter.width, TimePoint::max() - std::max(n, TimePoint{}));
    if (const auto following = nominal(n)) room = std::min(room, *following - n - Duration{1});
    if (jitter.end) room = std::min(room, *jitter.end - n);
    return n + Duration(static_cast<std::int64_t>(mixed(jitter.seed, n) %
                                                  (static_cast<std::uint64_t>(room.count()) + 1)));
  };
  // A time up to one jitter ago may still lie ahead; only the last one can, as order is kept.
  const TimePoint from =
      after < TimePoint::min() + jitter.width ? TimePoint::min() : after - jitter.width;
  auto last = nominal(from);
  if (!last) return std::nullopt;
  TimePoint high = after;
  while (*last <= after) {
    const auto following = nominal(*last);
    if (!following || *following > high) {
      const TimePoint t = delayed(*last);
      if (t > after) return t;
      last = nominal(after);
      return last ? std::optional(delayed(*last)) : std::nullopt;
    }
    const TimePoint middle = *last + (high - *last) / 2;
    const auto later = nominal(middle);
    if (later && *later <= high) {
      last = later;
    } else {
      high = middle;
    }
  }
  return delayed(*last);
}

}  // namespace learningplane::trigger::detail
