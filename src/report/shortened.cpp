#include "report/shortened.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

namespace learningplane::report {

namespace {

constexpr std::size_t most_lines = 2'000;   ///< of each kind of decision
constexpr std::size_t most_points = 2'400;  ///< of one series

/// The newest lines, in their order.
void shorten(std::vector<DecisionLine>& lines) {
  std::size_t acts = 0, holds = 0;
  std::vector<DecisionLine> kept;
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    std::size_t& count = line->action == "hold" ? holds : acts;
    if (count++ < most_lines) kept.push_back(std::move(*line));
  }
  std::reverse(kept.begin(), kept.end());
  lines = std::move(kept);
}

/// What a point shows, of which extremes are kept.
template <class Point>
using Shown = std::function<double(const Point&)>;

/// Of each part of equal length the first point and the extremes of what is shown; and the points
/// that matter, unless there are too many of these too.
template <class Point>
void shorten(std::vector<Point>& points, const std::vector<Shown<Point>>& shown,
             const std::function<bool(const Point&)>& matters) {
  if (points.size() <= most_points) return;
  const bool all_that_matter =
      static_cast<std::size_t>(std::count_if(points.begin(), points.end(), matters)) <= most_points;
  const std::size_t each = 1 + 2 * shown.size();
  const std::size_t part = (each * points.size() + most_points - 1) / most_points;
  std::vector<Point> kept;
  for (std::size_t first = 0; first < points.size(); first += part) {
    const std::size_t last = std::min(points.size(), first + part);
    std::set<std::size_t> keep{first};
    for (const Shown<Point>& value : shown) {
      std::size_t low = first, high = first;
      for (std::size_t i = first; i < last; ++i) {
        const double v = value(points[i]);
        if (!std::isfinite(v)) continue;
        if (!(value(points[low]) <= v)) low = i;
        if (!(value(points[high]) >= v)) high = i;
      }
      keep.insert({low, high});
    }
    for (std::size_t i = first; i < last; ++i)
      if (keep.contains(i) || (all_that_matter && matters(points[i]))) kept.push_back(points[i]);
  }
  points = std::move(kept);
}

}  // namespace

Report shortened(Report report) {
  shorten(report.decisions);
  for (auto& [name, points] : report.sites)
    shorten<SitePoint>(points, {[](const SitePoint& p) { return p.observed; }},
                       [](const SitePoint&) { return false; });
  for (auto& [name, points] : report.sizes)
    shorten<SizePoint>(points,
                       {[](const SizePoint& p) { return p.cpu.usage; },
                        [](const SizePoint& p) { return p.memory.usage; }},
                       [](const SizePoint& p) { return p.in_effect || p.kills > 0; });
  return report;
}

}  // namespace learningplane::report
