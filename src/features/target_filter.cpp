#include "learningplane/features/target_filter.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "learningplane/error.hpp"

namespace learningplane::features {

namespace {

constexpr std::array<std::pair<const char*, TargetFilter>, 5> names{
    {{"none", TargetFilter::none},
     {"past_max", TargetFilter::past_max},
     {"past_max_future_mean", TargetFilter::past_max_future_mean},
     {"last_max_mean", TargetFilter::last_max_mean},
     {"past_max_last_max_mean", TargetFilter::past_max_last_max_mean}}};

void check(std::size_t window) {
  if (window == 0) throw LogicError("target filter: the window is 0; 1 or more values are needed");
}

/// Index of the largest known value of [first, last], the newest of equals; last must be known.
std::size_t largest(std::span<const double> values, std::size_t first, std::size_t last) {
  std::size_t best = last;
  for (std::size_t i = last; i-- > first;) {
    if (values[i] > values[best]) best = i;  // false for NaN
  }
  return best;
}

/// Runs `change(values, t)` from the end down to the value after the first w, in place: what it
/// looks at, all before t, has not been changed yet.
template <class Change>
std::vector<double> backward(std::span<const double> values, std::size_t window, Change&& change) {
  check(window);
  std::vector<double> out(values.begin(), values.end());
  for (std::size_t t = out.size(); t-- > window;) {
    if (std::isfinite(out[t])) out[t] = change(std::span<const double>(out), t);
  }
  return out;
}

}  // namespace

std::string_view to_string(TargetFilter filter) {
  return std::find_if(names.begin(), names.end(),
                      [filter](const auto& entry) { return entry.second == filter; })
      ->first;
}

Result<TargetFilter> target_filter(std::string_view name) {
  std::string all;
  for (const auto& [known, filter] : names) {
    if (name == known) return filter;
    all += (all.empty() ? "" : ", ") + std::string(known);
  }
  return fail(Errc::invalid_argument,
              "'" + std::string(name) + "' is no target filter; allowed are " + all);
}

std::vector<double> past_max(std::span<const double> values, std::size_t window) {
  return backward(values, window, [window](std::span<const double> y, std::size_t t) {
    return y[largest(y, t + 1 - window, t)];
  });
}

std::vector<double> last_max_mean(std::span<const double> values, std::size_t window) {
  return backward(values, window, [window](std::span<const double> y, std::size_t t) {
    const std::size_t oldest = t + 1 - window;
    const std::size_t at = largest(y, oldest, t);
    const double part = static_cast<double>(at - oldest) / static_cast<double>(window);
    return std::max(y[t], y[t] + (y[at] - y[t]) * part);
  });
}

std::vector<double> future_mean(std::span<const double> values, std::size_t window) {
  check(window);
  std::vector<double> out(values.begin(), values.end());
  for (std::size_t t = 0; t + window <= out.size(); ++t) {
    if (!std::isfinite(out[t])) continue;
    double sum = 0;
    std::size_t n = 0;
    for (std::size_t k = t; k < t + window; ++k) {
      if (!std::isfinite(out[k])) continue;
      sum += out[k];
      ++n;
    }
    out[t] = sum / static_cast<double>(n);
  }
  return out;
}

std::vector<double> filter_target(std::span<const double> values, TargetFilter filter,
                                  std::size_t window) {
  check(window);
  switch (filter) {
    case TargetFilter::past_max: return past_max(values, window);
    case TargetFilter::past_max_future_mean: return future_mean(past_max(values, window), window);
    case TargetFilter::last_max_mean: return last_max_mean(values, window);
    case TargetFilter::past_max_last_max_mean:
      return last_max_mean(past_max(values, std::max<std::size_t>(window / 2, 1)), window);
    case TargetFilter::none: break;
  }
  return {values.begin(), values.end()};
}

std::size_t filter_lead(TargetFilter filter, std::size_t window) {
  return filter == TargetFilter::past_max_future_mean ? window - 1 : 0;
}

std::size_t filter_reach(TargetFilter filter, std::size_t window) {
  switch (filter) {
    case TargetFilter::none: return 0;
    case TargetFilter::past_max_last_max_mean: return window + window / 2;
    default: return window;
  }
}

double floored_log(double value) {
  if (!std::isfinite(value)) return value;
  return std::max(std::log(std::max(value, 0.0) + 1e-11), -4.0);
}

double from_floored_log(double value) { return std::exp(value) - 1e-11; }

}  // namespace learningplane::features
