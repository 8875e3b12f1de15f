#pragma once
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "learningplane/error.hpp"
#include "learningplane/telemetry/frame.hpp"

namespace support {

/// Columns y, x, z one step apart. @param first_s seconds since 1970 of the first row
inline learningplane::telemetry::Frame frame_of(const std::vector<std::vector<double>>& columns,
                                                std::int64_t first_s = 0,
                                                std::int64_t step_s = 15) {
  using namespace learningplane::telemetry;
  std::vector<std::int64_t> times;
  for (std::size_t r = 0; r < columns.front().size(); ++r)
    times.push_back((first_s + static_cast<std::int64_t>(r) * step_s) * 1'000'000'000);
  const std::vector<std::string> names{"y", "x", "z"};
  std::vector<Column> out;
  for (std::size_t c = 0; c < columns.size(); ++c)
    out.push_back({.name = names[c], .values = columns[c], .flags = {}});
  return learningplane::value_or_throw(Frame::make(times, out));
}

/// Within +-0.5, without a random device: the fractional parts of multiples of the golden ratio.
inline double noise(std::size_t i, double phase) {
  const double v = phase + 0.6180339887498949 * static_cast<double>(i * i % 9973);
  return v - std::floor(v) - 0.5;
}

}  // namespace support
