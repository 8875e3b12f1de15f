#pragma once
// Small series and frames for tests.
#include <cmath>
#include <cstdint>
#include <numbers>
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

/// A frame with one column, one row every `step` from `first` on, in steps.
inline learningplane::telemetry::Frame frame_of(const std::vector<double>& values,
                                                std::int64_t first = 0,
                                                const std::string& name = "y",
                                                std::int64_t step_ns = 60'000'000'000) {
  std::vector<std::int64_t> times(values.size());
  for (std::size_t r = 0; r < values.size(); ++r)
    times[r] = (first + static_cast<std::int64_t>(r)) * step_ns;
  return learningplane::value_or_throw(learningplane::telemetry::Frame::make(
      times, {learningplane::telemetry::Column{.name = name, .values = values, .flags = {}}}));
}

/// Standard normal numbers that are the same everywhere: SplitMix64 through Box and Muller.
class Noise {
 public:
  explicit Noise(std::uint64_t seed) : state_(seed) {}
  double uniform() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (static_cast<double>((z ^ (z >> 31)) >> 11) + 0.5) * 0x1p-53;
  }
  double uniform(double low, double high) { return low + (high - low) * uniform(); }
  double normal() {
    const double radius = std::sqrt(-2 * std::log(uniform()));
    return radius * std::cos(2 * std::numbers::pi * uniform());
  }

 private:
  std::uint64_t state_;
};

}  // namespace support
