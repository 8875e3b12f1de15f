#include "learningplane/telemetry/clean.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace learningplane::telemetry {

namespace {

constexpr auto imputed = static_cast<std::uint8_t>(CellFlag::imputed);

std::vector<std::uint8_t> flags_of(const Column& c) {
  std::vector<std::uint8_t> out(c.values.size());
  for (std::size_t r = 0; r < out.size(); ++r) out[r] = static_cast<std::uint8_t>(c.flag(r));
  return out;
}

/// One column's gaps, filled in place.
class Filler {
 public:
  Filler(const Frame& frame, const InterpolateOptions& options)
      : times_(frame.times_ns()), options_(options) {}

  Column fill(const Column& c) const {
    std::vector<double> values = c.values.to_vector();
    std::vector<std::uint8_t> flags = flags_of(c);
    const std::size_t n = values.size();
    std::size_t last = n;  // the last known row; n: none yet
    for (std::size_t r = 0; r < n; ++r) {
      if (!c.known(r)) continue;
      if (last != n && r - last > 1 && within_limit(last, r)) line(values, flags, last, r);
      last = r;
    }
    if (last != n && options_.tail == Tail::hold_last) {
      for (std::size_t r = last + 1; r < n && within_limit(last, r); ++r) {
        values[r] = values[last];
        flags[r] = imputed;
      }
    }
    return {c.name, c.labels, c.unit, std::move(values), std::move(flags)};
  }

 private:
  bool within_limit(std::size_t from, std::size_t to) const {
    return options_.max_gap.count() == 0 || times_[to] - times_[from] <= options_.max_gap.count();
  }
  double distance(std::size_t from, std::size_t to) const {
    return options_.spacing == Spacing::rows ? static_cast<double>(to - from)
                                             : static_cast<double>(times_[to] - times_[from]);
  }
  void line(std::vector<double>& values, std::vector<std::uint8_t>& flags, std::size_t from,
            std::size_t to) const {
    const double slope = (values[to] - values[from]) / distance(from, to);
    for (std::size_t r = from + 1; r < to; ++r) {
      values[r] = slope * distance(from, r) + values[from];
      flags[r] = imputed;
    }
  }

  const Buffer<std::int64_t>& times_;
  const InterpolateOptions& options_;
};

Result<Frame> with_mapped(const Frame& frame, std::string_view name,
                          const std::function<double(double)>& f) {
  auto found = frame.require(name);
  if (!found) return tl::unexpected(found.error());
  Column c = **found;
  std::vector<std::uint8_t> flags = flags_of(c);
  std::vector<double> values = c.values.to_vector();
  std::transform(values.begin(), values.end(), values.begin(), f);
  c.values = std::move(values);
  c.flags = std::move(flags);
  return frame.with(std::move(c));
}

Result<Frame> apply_all(Frame frame, const std::vector<CleanStep>& steps) {
  for (const CleanStep& step : steps) {
    auto next = step.apply(frame);
    if (!next) return fail_within(step.name, std::move(next.error()));
    frame = std::move(*next);
  }
  return frame;
}

template <class Keep>
Frame keep_if(const Frame& frame, Keep keep) {
  std::vector<std::size_t> rows;
  for (std::size_t r = 0; r < frame.rows(); ++r) {
    if (keep(r)) rows.push_back(r);
  }
  return rows.size() == frame.rows() ? frame : keep_rows(frame, rows);
}

}  // namespace

Frame keep_rows(const Frame& frame, const std::vector<std::size_t>& rows) {
  std::vector<std::int64_t> times;
  times.reserve(rows.size());
  for (std::size_t r : rows) times.push_back(frame.times_ns()[r]);
  std::vector<Column> columns;
  for (const Column& c : frame.all()) {
    std::vector<double> values;
    std::vector<std::uint8_t> flags;
    values.reserve(rows.size());
    for (std::size_t r : rows) {
      values.push_back(c.values[r]);
      if (!c.flags.empty()) flags.push_back(c.flags[r]);
    }
    columns.push_back({c.name, c.labels, c.unit, std::move(values), std::move(flags)});
  }
  return *Frame::make(std::move(times), std::move(columns));
}

Frame interpolate(const Frame& frame, const InterpolateOptions& options) {
  const Filler filler(frame, options);
  std::vector<Column> columns;
  for (const Column& c : frame.all()) columns.push_back(filler.fill(c));
  return *Frame::make(frame.times_ns(), std::move(columns));
}

Result<Frame> fill_rows(const Frame& frame, Duration step, Duration max_gap) {
  if (step <= Duration{0}) {
    return fail(Errc::invalid_argument,
                "fill_rows: the step " + format_duration(step) + " must be above zero");
  }
  const auto& old = frame.times_ns();
  std::vector<std::int64_t> times;
  for (std::size_t r = 0; r < frame.rows(); ++r) {
    if (r > 0 && old[r] - old[r - 1] <= max_gap.count()) {
      for (std::int64_t t = old[r - 1] + step.count(); t < old[r]; t += step.count()) {
        times.push_back(t);
      }
    }
    times.push_back(old[r]);
  }
  if (times.size() == frame.rows()) return frame;
  // A frame without columns brings its rows along when it is joined.
  auto rows = Frame::make(std::move(times), {});
  if (!rows) return tl::unexpected(rows.error());
  return join({frame, *rows});
}

Frame drop_empty_rows(const Frame& frame) {
  return keep_if(frame, [&](std::size_t r) {
    return std::any_of(frame.all().begin(), frame.all().end(),
                       [&](const Column& c) { return c.known(r); });
  });
}

Frame drop_incomplete_rows(const Frame& frame) {
  return keep_if(frame, [&](std::size_t r) {
    return std::all_of(frame.all().begin(), frame.all().end(),
                       [&](const Column& c) { return c.known(r); });
  });
}

Result<Frame> clip(const Frame& frame, std::string_view column, double low, double high) {
  if (!(low <= high)) {
    return fail(Errc::invalid_argument,
                fmt::format("clip: low ({}) must not be above high ({})", low, high));
  }
  // Comparisons with NaN are false, so that unknown stays unknown.
  return with_mapped(frame, column, [&](double v) { return v < low ? low : v > high ? high : v; });
}

Result<Frame> scale(const Frame& frame, std::string_view column, double factor, double offset) {
  if (!std::isfinite(factor) || !std::isfinite(offset))
    return fail(Errc::invalid_argument, "scale: factor and offset must be finite");
  return with_mapped(frame, column, [&](double v) { return v * factor + offset; });
}

Result<Frame> clean(const Frame& frame, const std::string& group,
                    const std::vector<CleanStep>& steps) {
  if (group.empty()) return apply_all(frame, steps);
  std::vector<Frame> parts;
  for (const std::string& value : frame.label_values(group)) {
    auto part = apply_all(drop_empty_rows(frame.where({{group, value}})), steps);
    if (!part) return fail_within(group + "=" + value, std::move(part.error()));
    parts.push_back(std::move(*part));
  }
  std::vector<Column> others;
  for (const Column& c : frame.all()) {
    if (!c.labels.get(group)) others.push_back(c);
  }
  if (!others.empty()) {
    auto rest = Frame::make(frame.times_ns(), std::move(others));
    if (!rest) return rest;
    auto part = apply_all(drop_empty_rows(*rest), steps);
    if (!part) return fail_within("without " + group, std::move(part.error()));
    parts.push_back(std::move(*part));
  }
  return join(parts);
}

}  // namespace learningplane::telemetry
