#include "learningplane/features/window.hpp"

#include <fmt/format.h>

namespace learningplane::features {

namespace {

struct Source {
  std::vector<std::span<const double>> inputs;
  std::span<const double> target;
  std::int64_t step = 0;
};

Result<Source> source_of(const telemetry::Frame& frame, const WindowOptions& options) {
  if (options.lags == 0 || options.horizon == 0 || options.inputs.empty()) {
    return fail(Errc::invalid_argument,
                fmt::format("windows: lags ({}), horizon ({}) and inputs ({}) must be at least 1",
                            options.lags, options.horizon, options.inputs.size()));
  }
  Source out;
  for (const std::string& name : options.inputs) {
    auto column = frame.require(name);
    if (!column) return fail_within("windows", column.error());
    out.inputs.push_back((*column)->values.span());
  }
  if (!options.target.empty()) {
    auto column = frame.require(options.target);
    if (!column) return fail_within("windows", column.error());
    out.target = (*column)->values.span();
  }
  out.step = (options.step.count() != 0 ? options.step : frame.step()).count();
  return out;
}

/// For each row, how many rows without unknown cells and without a gap end there.
std::vector<std::size_t> run_lengths(const telemetry::Frame& frame, const Source& source,
                                     std::span<const std::span<const double>> columns) {
  std::vector<std::size_t> out(frame.rows(), 0);
  const auto& times = frame.times_ns();
  for (std::size_t r = 0; r < frame.rows(); ++r) {
    bool known = true;
    for (const auto& column : columns) known = known && column[r] == column[r];
    if (!known) continue;
    const bool follows = r > 0 && times[r] - times[r - 1] == source.step;
    out[r] = follows ? out[r - 1] + 1 : 1;
  }
  return out;
}

void append_rows(const Source& source, std::size_t first, std::size_t count,
                 std::vector<double>& out) {
  for (std::size_t r = first; r < first + count; ++r) {
    for (const auto& column : source.inputs) out.push_back(column[r]);
  }
}

}  // namespace

Result<Windows> make_windows(const telemetry::Frame& frame, const WindowOptions& options) {
  auto source = source_of(frame, options);
  if (!source) return tl::unexpected(source.error());
  if (options.target.empty())
    return fail(Errc::invalid_argument, "windows: the target column is not named");
  Windows out;
  out.lags = options.lags;
  out.inputs = options.inputs.size();
  out.horizon = options.horizon;
  out.names = options.inputs;
  const auto inputs_known = run_lengths(frame, *source, source->inputs);
  const auto target_known = run_lengths(frame, *source, std::span(&source->target, 1));
  const auto& times = frame.times_ns();
  for (std::size_t t = options.lags; t + options.horizon <= frame.rows(); ++t) {
    if (inputs_known[t - 1] < options.lags) continue;
    if (target_known[t + options.horizon - 1] < options.horizon) continue;
    if (times[t] - times[t - 1] != source->step) continue;
    append_rows(*source, t - options.lags, options.lags, out.x);
    for (std::size_t h = 0; h < options.horizon; ++h) out.y.push_back(source->target[t + h]);
    out.times_ns.push_back(times[t]);
    out.rows.push_back(t);
  }
  return out;
}

Result<std::vector<double>> latest_window(const telemetry::Frame& frame,
                                          const WindowOptions& options) {
  auto source = source_of(frame, options);
  if (!source) return tl::unexpected(source.error());
  const std::size_t rows = frame.rows();
  if (rows < options.lags) {
    return fail(Errc::not_enough_data,
                fmt::format("windows: {} rows are needed, {} are there", options.lags, rows));
  }
  const auto& times = frame.times_ns();
  for (std::size_t r = rows - options.lags; r < rows; ++r) {
    if (r > rows - options.lags && times[r] - times[r - 1] != source->step) {
      return fail(Errc::not_enough_data,
                  fmt::format("windows: the last {} rows have a gap before {}", options.lags,
                              to_iso8601(from_ns(times[r]))));
    }
    for (std::size_t c = 0; c < source->inputs.size(); ++c) {
      if (source->inputs[c][r] == source->inputs[c][r]) continue;
      return fail(Errc::unknown_data,
                  fmt::format("windows: {} is not known at {}", options.inputs[c],
                              to_iso8601(from_ns(times[r]))));
    }
  }
  std::vector<double> out;
  out.reserve(options.lags * options.inputs.size());
  append_rows(*source, rows - options.lags, options.lags, out);
  return out;
}

}  // namespace learningplane::features
