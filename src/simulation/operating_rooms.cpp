#include "learningplane/simulation/operating_rooms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learningplane/decision/scaling_random.hpp"
#include "learningplane/error.hpp"

namespace learningplane::simulation {

namespace {

using decision::ScalingRandom;

// Minutes after midnight, and minutes. Fitted by hand to the published hourly means.
constexpr double earliest = 6 * 60 + 54, latest = 20 * 60 + 24;
constexpr double first_mean = 8 * 60 + 37, first_deviation = 46;
constexpr double last_mean = 14 * 60 + 40, last_deviation = 55;  // no operation begins after it
constexpr double length_median = 130, length_sigma = 0.5, shortest = 20, longest = 480;
constexpr double gap_least = 8, gap_mean = 24;
constexpr double room_in_use = 0.97;
constexpr double weekend_operations = 3.4;

double length(ScalingRandom& random) {
  return std::clamp(length_median * std::exp(random.normal(0, length_sigma)), shortest, longest);
}

void occupy(std::vector<double>& day, double from, double to) {
  for (auto m = static_cast<std::size_t>(from); m < static_cast<std::size_t>(to); ++m) day[m] += 1;
}

void working_day(std::vector<double>& day, std::size_t rooms, ScalingRandom& random) {
  for (std::size_t r = 0; r < rooms; ++r) {
    const bool used = random.uniform() < room_in_use;
    double at = std::max(earliest, random.normal(first_mean, first_deviation));
    const double last = random.normal(last_mean, last_deviation);
    while (used && at < last) {
      const double end = std::min(latest, at + length(random));
      occupy(day, at, end);
      at = end + gap_least + random.exponential(gap_mean);
    }
  }
}

void weekend_day(std::vector<double>& day, std::size_t most, ScalingRandom& random) {
  const std::int64_t operations = random.poisson(weekend_operations);
  for (std::int64_t i = 0; i < operations; ++i) {
    const double at = 8 * 60 + 9 * 60 * random.uniform();
    const double end = std::min(latest, at + length(random));
    const auto first = day.begin() + static_cast<std::ptrdiff_t>(at);
    const auto full = std::any_of(first, day.begin() + static_cast<std::ptrdiff_t>(end),
                                  [&](double v) { return v >= static_cast<double>(most); });
    if (!full) occupy(day, at, end);
  }
}

}  // namespace

WorkloadTrace operating_rooms(const OperatingRoomsOptions& o) {
  if (o.weeks < 1 || o.weeks > 5'000)
    throw ConfigError("", "weeks", fmt::format("{}", o.weeks), "1 to 5000");
  if (o.rooms < 1 || o.rooms > 100'000)
    throw ConfigError("", "rooms", fmt::format("{}", o.rooms), "1 to 100000");
  WorkloadTrace trace;
  std::vector<double> day(24 * 60);
  for (std::size_t d = 0; d < 7 * o.weeks; ++d) {
    ScalingRandom random(o.seed, 100 + d);  // each day its own: longer traces begin the same
    std::fill(day.begin(), day.end(), 0.0);
    if (d % 7 < 5) {
      working_day(day, o.rooms, random);
    } else {
      weekend_day(day, o.weekend_rooms, random);
    }
    trace.load.insert(trace.load.end(), day.begin(), day.end());
  }
  return trace;
}

}  // namespace learningplane::simulation
