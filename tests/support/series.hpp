#pragma once
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "learningplane/telemetry/frame.hpp"
#include "model/lstm_random.hpp"

namespace support {

inline constexpr std::int64_t minute_ns = 60'000'000'000;
inline constexpr learningplane::Duration minute{minute_ns};

/// Columns a minute apart.
inline learningplane::telemetry::Frame minutes_of(
    std::vector<std::pair<std::string, std::vector<double>>> columns) {
  using namespace learningplane::telemetry;
  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < columns.front().second.size(); ++i)
    times.push_back(static_cast<std::int64_t>(i) * minute_ns);
  std::vector<Column> out;
  for (auto& [name, values] : columns)
    out.push_back({.name = name, .values = std::move(values), .flags = {}});
  return learningplane::value_or_throw(Frame::make(times, std::move(out)));
}

/// Two waves, "a" and "y".
inline learningplane::telemetry::Frame waves(std::size_t rows) {
  std::vector<double> a, y;
  for (std::size_t i = 0; i < rows; ++i) {
    a.push_back(std::sin(static_cast<double>(i) * 0.3));
    y.push_back(std::cos(static_cast<double>(i) * 0.2) + 0.1 * static_cast<double>(i % 3));
  }
  return minutes_of({{"a", a}, {"y", y}});
}

/// A day and more in which a burst of "requests" is followed three rows later by a spike of "cpu";
/// "other" tells nothing.
inline learningplane::telemetry::Frame announced_spikes(std::size_t rows, std::uint64_t seed = 4) {
  learningplane::model::detail::LstmRandom random(seed);
  std::vector<double> requests(rows), cpu(rows), other(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const bool burst = random.uniform() < 0.05;
    requests[i] = 10 + random.uniform() + (burst ? 20 : 0);
    other[i] = 5 * random.uniform();
    cpu[i] = 1 + 0.1 * random.uniform() + (i >= 3 ? 0.2 * requests[i - 3] : 2);
  }
  return minutes_of({{"requests", requests}, {"other", other}, {"cpu", cpu}});
}

}  // namespace support
