#include "report/drawn_series.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace learningplane::report {

namespace {

constexpr std::int64_t ms = 1'000'000;

/// Takes rows one by one and writes the points that are drawn.
class Line {
 public:
  explicit Line(DrawnOptions options) : options_(options) {}

  void take(std::int64_t t, double v) {
    if (options_.gap_ns > 0 && any_ && t - last_ > options_.gap_ns) gap(last_ + 1);
    any_ = true;
    last_ = t;
    std::isfinite(v) ? point(t, v) : gap(t);
  }
  Value done() && { return Value::object().set("t", std::move(t_)).set("v", std::move(v_)); }

 private:
  void point(std::int64_t t, double v) {
    t_.push(t / ms);
    v_.push(drawn_number(v / options_.unit));
    open_ = true;
  }
  /// The line ends; once is enough.
  void gap(std::int64_t t) {
    if (!open_) return;
    t_.push(t / ms);
    v_.push(Value());
    open_ = false;
  }

  DrawnOptions options_;
  Value t_ = Value::array(), v_ = Value::array();
  std::int64_t last_ = 0;
  bool any_ = false, open_ = false;
};

/// The lowest and the highest of a part, by row.
struct Extremes {
  bool known = false;
  std::size_t low = 0, high = 0;
};

}  // namespace

Value drawn_number(double v) {
  if (!std::isfinite(v)) return {};
  if (v == 0) return Value(std::int64_t{0});
  const double scale = std::pow(10.0, 4 - std::floor(std::log10(std::abs(v))));
  if (!std::isfinite(scale) || scale == 0) return Value(v);
  const double rounded = std::round(v * scale) / scale;
  // Whole numbers are shorter without a fraction.
  if (std::abs(rounded) < 1e15 && rounded == std::floor(rounded))
    return Value(static_cast<std::int64_t>(rounded));
  return Value(rounded);
}

std::int64_t usual_step(std::span<const std::int64_t> times_ns) {
  std::vector<std::int64_t> steps;
  for (std::size_t i = 1; i < times_ns.size(); ++i) steps.push_back(times_ns[i] - times_ns[i - 1]);
  if (steps.empty()) return 0;
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  return *middle;
}

Value drawn_series(std::span<const std::int64_t> times_ns,
                   const std::function<double(std::size_t)>& value, const DrawnOptions& options) {
  const std::size_t n = times_ns.size();
  if (n <= std::max<std::size_t>(options.points, 2)) {
    Line line(options);
    for (std::size_t i = 0; i < n; ++i) line.take(times_ns[i], value(i));
    return std::move(line).done();
  }
  // Gaps are between rows, not between the extremes that are kept.
  Line line({.unit = options.unit});
  const auto parts = static_cast<std::int64_t>(std::max<std::size_t>(options.points / 2, 1));
  const std::int64_t width = (times_ns.back() - times_ns.front()) / parts + 1;
  for (std::size_t i = 0; i < n;) {
    const std::int64_t part = (times_ns[i] - times_ns.front()) / width;
    const std::size_t first = i;
    Extremes e;
    for (; i < n && (times_ns[i] - times_ns.front()) / width == part; ++i) {
      const double v = value(i);
      if (!std::isfinite(v)) continue;
      if (!e.known || v < value(e.low)) e.low = i;
      if (!e.known || v > value(e.high)) e.high = i;
      e.known = true;
    }
    if (!e.known) {
      line.take(times_ns[first], std::nan(""));
      continue;
    }
    const auto [a, b] = std::minmax(e.low, e.high);
    if (options.gap_ns > 0 && first > 0 && times_ns[first] - times_ns[first - 1] > options.gap_ns)
      line.take(times_ns[first - 1] + 1, std::nan(""));
    line.take(times_ns[a], value(a));
    if (b != a) line.take(times_ns[b], value(b));
  }
  return std::move(line).done();
}

Value drawn_steps(std::span<const std::int64_t> times_ns,
                  const std::function<double(std::size_t)>& value, const DrawnOptions& options) {
  std::vector<std::int64_t> times;
  std::vector<double> values;
  for (std::size_t i = 0; i < times_ns.size(); ++i) {
    const double v = value(i);
    const bool same = !values.empty() &&
                      (v == values.back() || (!std::isfinite(v) && !std::isfinite(values.back())));
    if (same) continue;
    times.push_back(times_ns[i]);
    values.push_back(v);
  }
  DrawnOptions held = options;
  held.gap_ns = 0;
  return drawn_series(times, [&](std::size_t i) { return values[i]; }, held);
}

}  // namespace learningplane::report
