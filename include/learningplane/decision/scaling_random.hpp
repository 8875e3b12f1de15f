#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>

namespace learningplane::decision {

/// Random numbers that are the same on every machine (xoshiro256++, seeded by splitmix64). The
/// standard library's distributions are not.
class ScalingRandom {
 public:
  /// @param stream tells apart the streams of one seed
  explicit ScalingRandom(std::uint64_t seed, std::uint64_t stream = 0) {
    std::uint64_t x = seed * 0x9E3779B97F4A7C15ULL + stream * 0xD1B54A32D192ED03ULL + 1;
    for (std::uint64_t& s : state_) {
      x += 0x9E3779B97F4A7C15ULL;
      std::uint64_t z = x;
      z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
      z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
      s = z ^ (z >> 31U);
    }
  }
  std::uint64_t bits() {
    const std::uint64_t out = turn(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t t = state_[1] << 17U;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = turn(state_[3], 45);
    return out;
  }
  /// In [0, 1).
  double uniform() { return static_cast<double>(bits() >> 11U) * 0x1.0p-53; }
  double normal(double mean, double deviation) {
    const double r = std::sqrt(-2 * std::log(1 - uniform()));
    return mean + deviation * r * std::cos(2 * std::numbers::pi * uniform());
  }
  double exponential(double mean) { return -mean * std::log(1 - uniform()); }
  /// A count of events of which `mean` are expected.
  std::int64_t poisson(double mean) {
    if (mean > 64)  // the sum of two halves has the same distribution
      return poisson(mean / 2) + poisson(mean / 2);
    std::int64_t n = 0;
    for (double p = uniform(), limit = std::exp(-mean); p > limit; p *= uniform()) ++n;
    return n;
  }
  /// Where the stream stands; a copy of it goes on with the same numbers.
  std::array<std::uint64_t, 4>& words() { return state_; }

 private:
  static std::uint64_t turn(std::uint64_t x, unsigned k) { return (x << k) | (x >> (64U - k)); }
  std::array<std::uint64_t, 4> state_;
};

}  // namespace learningplane::decision
