#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/result.hpp"
#include "learningplane/telemetry/frame.hpp"

namespace learningplane::telemetry {

/// What lies between two known cells is judged by.
enum class Spacing {
  rows,  ///< every row is one step, whatever its time (what pandas' interpolate does by default)
  time   ///< the distance in time counts
};
/// What becomes of unknown cells after the last known one. Those before the first stay unknown.
enum class Tail { hold_last, leave_unknown };

struct InterpolateOptions {
  Spacing spacing = Spacing::rows;
  Tail tail = Tail::hold_last;
  Duration max_gap{0};  ///< between the known cells beside a gap; longer ones stay unknown. Zero:
                        ///< no limit. Counts for the tail too.
};

/// Fills unknown cells on the straight line between their known neighbours, each flagged `imputed`.
Frame interpolate(const Frame& frame, const InterpolateOptions& options = {});
/// Adds rows in which nothing is known where neighbouring rows are further apart than `step`, one a
/// step, so that interpolate() can fill them; gaps longer than `max_gap` are left as they are.
/// @return invalid_argument (step)
Result<Frame> fill_rows(const Frame& frame, Duration step, Duration max_gap);
/// Drops rows in which nothing is known.
Frame drop_empty_rows(const Frame& frame);
/// Drops rows in which something is unknown.
Frame drop_incomplete_rows(const Frame& frame);
/// Brings the known values of a column into [low, high]. @return not_found, invalid_argument
Result<Frame> clip(const Frame& frame, std::string_view column, double low, double high);
/// value x factor + offset, for units. Scaling that is fitted to data belongs to the model, which
/// fits it on its training rows only (features/scaler.hpp). @return not_found, invalid_argument
Result<Frame> scale(const Frame& frame, std::string_view column, double factor, double offset);
/// The rows of these numbers (increasing), copied.
Frame keep_rows(const Frame& frame, const std::vector<std::size_t>& rows);

/// One step of cleaning, as it is listed.
struct CleanStep {
  std::string name{};
  std::function<Result<Frame>(const Frame&)> apply{};
};

/// Applies the steps to the columns of each value of the label `group` alone, without the rows in
/// which that group has nothing, and puts the results side by side again. An empty group: to the
/// frame as a whole. A failure names group and step. Columns without the label are one more group.
Result<Frame> clean(const Frame& frame, const std::string& group,
                    const std::vector<CleanStep>& steps);

}  // namespace learningplane::telemetry
