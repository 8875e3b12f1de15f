#include "model/series_grid.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "learningplane/error.hpp"
#include "learningplane/time.hpp"
#include "model/saved.hpp"

namespace learningplane::model::detail {

Result<void> SeriesCursor::check() const {
  if (broken)
    return fail(Errc::unknown_data,
                "a gap before " + to_iso8601(from_ns(last_ns)) + " is too long: fit again");
  if (unknown > 0)
    return fail(Errc::unknown_data, "the last " + std::to_string(unknown) + " steps are not known");
  return {};
}

std::vector<std::int64_t> SeriesCursor::coming(std::size_t horizon) const {
  std::vector<std::int64_t> out(horizon);
  for (std::size_t s = 0; s < horizon; ++s)
    out[s] = last_ns + static_cast<std::int64_t>(s + 1) * step_ns;
  return out;
}

void SeriesCursor::save(Value& attributes) const {
  attributes.set("step_ns", step_ns)
      .set("last_ns", last_ns)
      .set("unknown", unknown)
      .set("broken", broken)
      .set("taken", taken)
      .set("imputed", imputed);
}

SeriesCursor SeriesCursor::from(const Value& attributes) {
  SeriesCursor out;
  out.step_ns = member(attributes, "step_ns").as_int();
  if (out.step_ns <= 0) throw FormatError("'step_ns' is not above zero");
  out.last_ns = member(attributes, "last_ns").as_int();
  out.unknown = count(attributes, "unknown");
  out.broken = member(attributes, "broken").as_bool();
  out.taken = count(attributes, "taken");
  out.imputed = count(attributes, "imputed");
  return out;
}

namespace {

/// Takes rows one after another; `values` grows by what became known, bridges included.
struct Taker {
  SeriesCursor& at;
  std::size_t max_gap;
  std::vector<double>& values;
  std::size_t bridged = 0;

  /// @param steps from the row before, 1 or more. @param restart begin anew after a long gap
  void take(std::int64_t steps, double value, bool imputed, bool restart) {
    const std::size_t missing = at.unknown + static_cast<std::size_t>(steps - 1);
    if (!std::isfinite(value)) {
      at.unknown = missing + 1;
      return;
    }
    at.unknown = 0;
    if (missing > max_gap) {
      if (restart) {
        values.clear();
        at.taken = at.imputed = bridged = 0;
      } else {
        at.broken = true;
      }
    } else if (at.taken > 0) {
      for (std::size_t i = 1; i <= missing; ++i) {
        // Mixed rather than added to, so that no difference can grow beyond what a number can hold.
        const double share = static_cast<double>(i) / static_cast<double>(missing + 1);
        values.push_back(at.last * (1 - share) + value * share);
      }
      at.imputed += missing;
      at.taken += missing;
      bridged += missing;
    }
    values.push_back(value);
    ++at.taken;
    at.imputed += imputed ? 1 : 0;
    at.last = value;
  }
};

}  // namespace

Result<SeriesGrid> series_grid(const telemetry::Frame& frame, const std::string& target,
                               std::size_t max_gap) {
  const auto column = frame.require(target);
  if (!column) return tl::unexpected(column.error());
  SeriesGrid out;
  out.cursor.step_ns = frame.step().count();
  if (out.cursor.step_ns <= 0)
    return fail(Errc::not_enough_data, "fewer than two rows, so that no step is known");
  Taker taker{out.cursor, max_gap, out.values};
  for (std::size_t r = 0; r < frame.rows(); ++r) {
    const std::int64_t t = frame.times_ns()[r];
    const std::int64_t apart = r == 0 ? out.cursor.step_ns : t - out.cursor.last_ns;
    if (apart % out.cursor.step_ns != 0)
      return fail(Errc::invalid_argument, "the row at " + to_iso8601(from_ns(t)) +
                                              " is not a whole number of steps of " +
                                              format_duration(Duration(out.cursor.step_ns)) +
                                              " after the one before: resample the data first");
    const bool known = (*column)->known(r);
    taker.take(apart / out.cursor.step_ns,
               known ? (*column)->values[r] : std::numeric_limits<double>::quiet_NaN(),
               known && (*column)->flag(r) == telemetry::CellFlag::imputed, true);
    out.cursor.last_ns = t;
  }
  out.bridged = taker.bridged;
  if (out.values.empty()) return fail(Errc::unknown_data, "no value of '" + target + "' is known");
  return out;
}

Result<std::vector<double>> newer_values(const telemetry::Frame& frame, const std::string& target,
                                         std::size_t max_gap, SeriesCursor& cursor) {
  const auto column = frame.require(target);
  if (!column) return tl::unexpected(column.error());
  SeriesCursor moved = cursor;
  std::vector<double> values;
  Taker taker{moved, max_gap, values};
  for (std::size_t r = 0; r < frame.rows(); ++r) {
    const std::int64_t t = frame.times_ns()[r];
    if (t <= moved.last_ns) continue;
    const std::int64_t apart = t - moved.last_ns;
    if (apart % moved.step_ns != 0)
      return fail(Errc::invalid_argument,
                  "the row at " + to_iso8601(from_ns(t)) + " is not on the grid of " +
                      format_duration(Duration(moved.step_ns)) + " that was learned");
    const bool known = (*column)->known(r);
    taker.take(apart / moved.step_ns,
               known ? (*column)->values[r] : std::numeric_limits<double>::quiet_NaN(),
               known && (*column)->flag(r) == telemetry::CellFlag::imputed, false);
    moved.last_ns = t;
  }
  cursor = moved;
  return values;
}

}  // namespace learningplane::model::detail
