#pragma once
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "learningplane/result.hpp"

namespace learningplane::features {

/// How a target is changed before a model learns it, so that it announces spikes instead of
/// following them. A value without a whole window stays as it is; an unknown one stays unknown, and
/// unknown ones within a window are passed over.
enum class TargetFilter {
  none,
  past_max,               ///< y_t = max(y_{t-w+1} … y_t)
  past_max_future_mean,   ///< past_max, then y_t = mean(y_t … y_{t+w-1}): leads the rise
  last_max_mean,          ///< y_t = max(y_t, y_t + (m - y_t) k / w): decays after a peak
  past_max_last_max_mean  ///< past_max over w / 2, then last_max_mean over w
};
std::string_view to_string(TargetFilter filter);
Result<TargetFilter> target_filter(std::string_view name);

/// The largest of the last w values. The filters that look back leave the first w values as they
/// are: they run from the end down to the value after them, in place.
std::vector<double> past_max(std::span<const double> values, std::size_t window);
/// The mean of this and the next w - 1 values; the last w - 1 values stay.
std::vector<double> future_mean(std::span<const double> values, std::size_t window);
/// With m the largest of the last w values (the newest of equals) and k how many steps it lies
/// after the oldest of them: the distance to m, k of w parts of it, is added.
std::vector<double> last_max_mean(std::span<const double> values, std::size_t window);

/// The filter as a whole. @throws LogicError where window is 0
std::vector<double> filter_target(std::span<const double> values, TargetFilter filter,
                                  std::size_t window);
/// How many later values a filtered one needs: w - 1 for past_max_future_mean, else 0.
std::size_t filter_lead(TargetFilter filter, std::size_t window);
/// How many earlier values a filtered one can depend on.
std::size_t filter_reach(TargetFilter filter, std::size_t window);

/// log(value + 1e-11), at least -4; a value below zero counts as zero, an unknown one stays so.
double floored_log(double value);
/// The inverse of floored_log() above its floor.
double from_floored_log(double value);

}  // namespace learningplane::features
