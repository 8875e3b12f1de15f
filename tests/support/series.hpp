#pragma once
#include <cmath>
#include <cstdint>
#include <numbers>
#include <string>
#include <vector>

#include "learningplane/telemetry/frame.hpp"

namespace support {

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
