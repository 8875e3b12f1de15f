#include "adapters/prometheus/grid.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace learningplane::adapters::prometheus {

namespace {

std::int64_t divide_up(std::int64_t a, std::int64_t b) {
  const std::int64_t q = a / b;
  return q * b < a ? q + 1 : q;
}

}  // namespace

Result<Grid> grid_of(const telemetry::Window& window, Duration step) {
  constexpr std::int64_t ms = 1'000'000;
  if (step.count() < ms || step.count() % ms != 0) {
    return fail(Errc::invalid_argument,
                fmt::format("the step is {} ns; Prometheus knows whole milliseconds from 1 on",
                            step.count()));
  }
  // In steps, not in nanoseconds: the first multiple after the end may lie beyond what those hold.
  const std::int64_t first = divide_up(to_ns(window.begin), step.count());
  const std::int64_t end = divide_up(to_ns(window.end), step.count());
  Grid grid;
  grid.step_ms = step.count() / ms;
  grid.first_ms = first * grid.step_ms;
  grid.count = static_cast<std::size_t>(std::max<std::int64_t>(0, end - first));
  return grid;
}

std::vector<Chunk> split(std::size_t count, std::size_t most) {
  std::vector<Chunk> out;
  for (std::size_t first = 0; first < count; first += most)
    out.push_back({first, std::min(most, count - first)});
  return out;
}

std::string seconds_text(std::int64_t ms) {
  const std::int64_t whole = ms / 1000, rest = ms % 1000;
  if (rest == 0) return fmt::format("{}", whole);
  return fmt::format("{}{}.{:03}", ms < 0 ? "-" : "", ms < 0 ? -whole : whole,
                     ms < 0 ? -rest : rest);
}

}  // namespace learningplane::adapters::prometheus
