#pragma once
#include <cstdint>
#include <vector>

#include "learningplane/telemetry/sensor.hpp"

namespace learningplane::adapters::prometheus {

/// The time stamps of a range query: whole multiples of the step since 1970, so that two windows
/// that overlap share their stamps, however they were split.
struct Grid {
  std::int64_t first_ms = 0;
  std::int64_t step_ms = 1;
  std::size_t count = 0;

  std::int64_t at(std::size_t i) const { return first_ms + static_cast<std::int64_t>(i) * step_ms; }
};

/// Consecutive points of a grid.
struct Chunk {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// The points with begin <= t < end. @return invalid_argument where the step is no whole number of
/// milliseconds
Result<Grid> grid_of(const telemetry::Window& window, Duration step);
/// Parts of at most `most` points that cover each point once.
std::vector<Chunk> split(std::size_t count, std::size_t most);
/// Milliseconds as seconds, exactly: "1715762700.123".
std::string seconds_text(std::int64_t ms);

}  // namespace learningplane::adapters::prometheus
