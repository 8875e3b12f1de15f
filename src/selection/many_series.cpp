#include "learningplane/selection/many_series.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "learningplane/error.hpp"
#include "learningplane/time.hpp"

namespace learningplane::selection {

using telemetry::Buffer;

ManySource source_of(const std::vector<ManySeries>& series) {
  return [&series, next = std::size_t{0}]() mutable -> std::optional<ManySeries> {
    if (next == series.size()) return std::nullopt;
    return series[next++];
  };
}

namespace {

/// first + steps x step, where a stamp can hold it.
std::optional<std::int64_t> later(std::int64_t first, std::size_t steps, std::int64_t step) {
  std::int64_t way = 0, out = 0;
  if (steps > static_cast<std::size_t>(std::numeric_limits<std::int64_t>::max()) ||
      __builtin_mul_overflow(static_cast<std::int64_t>(steps), step, &way) ||
      __builtin_add_overflow(first, way, &out))
    return std::nullopt;
  return out;
}

tl::unexpected<Failure> too_far() {
  return fail(Errc::invalid_argument,
              "the times reach beyond what nanoseconds can hold (year 2262)");
}

Result<Buffer<std::int64_t>> times_of(const ManySeries& s) {
  if (!s.times_ns.empty()) return s.times_ns;
  if (s.step_ns <= 0) return fail(Errc::malformed, "there are neither times nor a step above zero");
  if (!later(s.start_ns, s.values.size(), s.step_ns)) return too_far();
  std::vector<std::int64_t> times(s.values.size());
  for (std::size_t i = 0; i < times.size(); ++i)
    times[i] = s.start_ns + static_cast<std::int64_t>(i) * s.step_ns;
  return Buffer<std::int64_t>(std::move(times));
}

template <class T>
Buffer<T> arranged(const Buffer<T>& from, const std::vector<std::size_t>& order) {
  std::vector<T> out;
  out.reserve(order.size());
  for (const std::size_t i : order) out.push_back(from[i]);
  return Buffer<T>(std::move(out));
}

/// Both by time. The caller's memory stays as it is.
void sort_by_time(Buffer<std::int64_t>& times, Buffer<double>& values) {
  std::vector<std::size_t> order(times.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&times](std::size_t a, std::size_t b) { return times[a] < times[b]; });
  times = arranged(times, order);
  values = arranged(values, order);
}

/// What is to be said of cells that hold no number; a failure where all are such.
Result<std::string> unknown_cells(const Buffer<double>& values) {
  std::size_t infinite = 0, unknown = 0;
  for (const double v : values) {
    infinite += std::isinf(v) ? 1 : 0;
    unknown += std::isfinite(v) ? 0 : 1;
  }
  if (unknown == values.size())
    return fail(Errc::unknown_data,
                "none of the " + std::to_string(unknown) + " values is a finite number");
  if (unknown == 0) return std::string{};
  return std::to_string(unknown) + " of " + std::to_string(values.size()) + " values not known" +
         (infinite > 0 ? " (" + std::to_string(infinite) + " infinite)" : "");
}

}  // namespace

Result<ManyInput> many_input(const ManySeries& s, std::size_t horizon) {
  if (!s.times_ns.empty() && s.times_ns.size() != s.values.size())
    return fail(Errc::malformed, std::to_string(s.values.size()) + " values, but " +
                                     std::to_string(s.times_ns.size()) + " times");
  if (s.values.size() < 2)
    return fail(Errc::not_enough_data,
                std::to_string(s.values.size()) + " rows; 2 or more are needed");
  auto times = times_of(s);
  if (!times) return tl::unexpected(times.error());
  Buffer<double> values = s.values;
  ManyInput out;
  if (!std::is_sorted(times->begin(), times->end())) {
    sort_by_time(*times, values);
    out.note = "rows sorted by time";
  }
  if (const auto twice = std::adjacent_find(times->begin(), times->end()); twice != times->end())
    return fail(Errc::conflict, "the time " + to_iso8601(from_ns(*twice)) + " stands twice");
  auto unknown = unknown_cells(values);
  if (!unknown) return tl::unexpected(unknown.error());
  if (!unknown->empty()) out.note += (out.note.empty() ? "" : "; ") + *unknown;
  const std::int64_t first = (*times)[0], last = (*times)[times->size() - 1];
  std::int64_t apart = 0;  // so that differences of times cannot overflow further on
  if (__builtin_sub_overflow(last, first, &apart)) return too_far();
  auto frame =
      telemetry::Frame::make(*times, {{.name = many_target, .values = values, .flags = {}}});
  if (!frame) return tl::unexpected(frame.error());
  const std::int64_t step = frame->step().count();
  if (s.step_ns > 0 && step != s.step_ns)
    return fail(Errc::malformed, "its step is " + format_duration(Duration(step)) + ", not " +
                                     format_duration(Duration(s.step_ns)) + " as asked for");
  if (!later(last, horizon, step)) return too_far();
  for (std::size_t i = 1; i < times->size(); ++i) {
    if (((*times)[i] - (*times)[i - 1]) % step != 0)
      return fail(Errc::invalid_argument, "the row at " + to_iso8601(from_ns((*times)[i])) +
                                              " is not a whole number of steps of " +
                                              format_duration(Duration(step)) +
                                              " after the one before: resample the data first");
  }
  out.frame = std::move(*frame);
  return out;
}

namespace {

Value with_target(const ManyOptions& o, const std::string& kind, Value options,
                  const Registry<model::Forecaster>& all) {
  options.set("target", many_target);
  const auto& parameters = all.manifest(kind).parameters;
  const bool takes_horizon = std::any_of(parameters.begin(), parameters.end(),
                                         [](const Parameter& p) { return p.name == "horizon"; });
  if (takes_horizon && options.find("horizon") == nullptr)
    options.set("horizon", static_cast<std::int64_t>(o.horizon));
  return options;
}

}  // namespace

std::function<std::unique_ptr<model::Forecaster>()> many_maker(
    const ManyOptions& o, const Registry<model::Forecaster>& all) {
  const Value options = with_target(o, o.kind, o.model, all);
  (void)all.build(o.kind, options);  // what is wrong is told once, not for every series
  return [options, kind = o.kind, &all] { return all.build(kind, options); };
}

}  // namespace learningplane::selection
