#include "learningplane/simulation/workload_trace.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <limits>

#include "learningplane/error.hpp"
#include "learningplane/telemetry/csv.hpp"

namespace learningplane::simulation {

telemetry::Frame WorkloadTrace::frame(std::size_t first, std::size_t count) const {
  std::vector<std::int64_t> times(count);
  for (std::size_t i = 0; i < count; ++i) times[i] = to_ns(time(first + i));
  telemetry::Column column;
  column.name = "load";
  column.values = std::vector<double>(load.begin() + static_cast<std::ptrdiff_t>(first),
                                      load.begin() + static_cast<std::ptrdiff_t>(first + count));
  return value_or_throw(telemetry::Frame::make(std::move(times), {std::move(column)}));
}

namespace {

Result<double> number(const std::string& text) {
  double v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (error != std::errc() || end != text.data() + text.size())
    return fail(Errc::malformed, fmt::format("'{}' is no number", text));
  return v;
}

Result<WorkloadTrace> from_frame(const telemetry::Frame& frame, const std::string& column) {
  const telemetry::Column* found = nullptr;
  if (!column.empty()) {
    auto required = frame.require(column);
    if (!required) return tl::unexpected(required.error());
    found = *required;
  } else if (frame.columns() == 1) {
    found = &frame.column(0);
  } else {
    return fail(Errc::malformed,
                fmt::format("{} columns: say which one is the load", frame.columns()));
  }
  if (frame.rows() < 2) return fail(Errc::malformed, "a trace needs at least two slots");
  WorkloadTrace trace;
  trace.start = frame.time(0);
  trace.slot = frame.time(1) - frame.time(0);
  for (std::size_t i = 0; i < frame.rows(); ++i) {
    if (frame.time(i) != trace.time(i))
      return fail(Errc::malformed, fmt::format("row {} is not {} after the one before: resample",
                                               i + 1, format_duration(trace.slot)));
    const double v = found->values[i];
    if (v < 0)
      return fail(Errc::malformed, fmt::format("{}: {} is {}, a load below 0",
                                               to_iso8601(frame.time(i)), found->name, v));
    trace.load.push_back(std::isfinite(v) ? v : std::numeric_limits<double>::quiet_NaN());
  }
  return trace;
}

}  // namespace

Result<WorkloadTrace> read_trace(const std::string& path, const std::string& column,
                                 Duration slot) {
  std::ifstream in(path);
  if (!in) return fail(Errc::not_found, "trace: cannot open " + path);
  std::string line;
  std::getline(in, line);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (!number(line)) {
    telemetry::CsvOptions csv;
    csv.paths = {path};
    csv.duplicates = telemetry::CsvDuplicates::refuse;
    auto frame = telemetry::read_csv(csv);
    if (!frame) return tl::unexpected(frame.error());
    auto trace = from_frame(*frame, column);
    if (!trace) return fail_within(path, trace.error());
    return trace;
  }
  WorkloadTrace trace;
  trace.slot = slot;
  std::size_t count = 1;
  do {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    auto v = number(line);
    if (!v)
      return fail(Errc::malformed, fmt::format("{}, line {}: {}", path, count, v.error().message));
    if (!(*v >= 0))
      return fail(Errc::malformed, fmt::format("{}, line {}: a load below 0", path, count));
    trace.load.push_back(*v);
    ++count;
  } while (std::getline(in, line));
  return trace;
}

TraceCombine trace_combine_from(std::string_view name) {
  if (name == "even") return TraceCombine::even;
  if (name == "mean") return TraceCombine::mean;
  if (name == "sum") return TraceCombine::sum;
  if (name == "count") return TraceCombine::count;
  throw ConfigError("", "combine", name, "even, mean, sum or count");
}

namespace {

constexpr std::size_t most_slots = 100'000'000;

/// A value and when it was; NaN: not known.
using Row = std::pair<TimePoint, double>;

Result<WorkloadTrace> combined(const std::vector<Row>& rows, const TraceReading& reading) {
  if (reading.slot.count() <= 0) return fail(Errc::invalid_argument, "a slot must last above 0s");
  if (rows.empty()) return fail(Errc::malformed, "a trace needs at least one row");
  const std::int64_t step = reading.slot.count();
  const auto slot_of = [&](TimePoint t) {
    const std::int64_t ns = to_ns(t);
    return ns / step - (ns % step < 0 ? 1 : 0);
  };
  const auto [first, last] = std::minmax_element(
      rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.first < b.first; });
  const std::int64_t begin = slot_of(first->first);
  const auto count = static_cast<std::size_t>(slot_of(last->first) - begin) + 1;
  if (count > most_slots)
    return fail(Errc::too_large, fmt::format("{} slots, at most {}", count, most_slots));
  std::vector<double> sum(count, 0), known(count, 0), rows_in(count, 0);
  for (const auto& [at, v] : rows) {
    const auto i = static_cast<std::size_t>(slot_of(at) - begin);
    ++rows_in[i];
    if (!std::isfinite(v)) continue;
    sum[i] += v;
    ++known[i];
  }
  WorkloadTrace trace;
  trace.slot = reading.slot;
  trace.start = from_ns(begin * step);
  for (std::size_t i = 0; i < count; ++i) {
    double v = reading.combine == TraceCombine::mean ? sum[i] / known[i] : sum[i];
    if (known[i] == 0) v = std::numeric_limits<double>::quiet_NaN();
    trace.load.push_back(reading.combine == TraceCombine::count ? rows_in[i] : v);
  }
  return trace;
}

/// When each request came: the first cell of each line after the header, ISO 8601 or seconds.
Result<std::vector<Row>> requests(const std::string& path) {
  std::ifstream in(path);
  if (!in) return fail(Errc::not_found, "trace: cannot open " + path);
  std::vector<Row> rows;
  std::string line;
  for (std::size_t n = 1; std::getline(in, line); ++n) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (n == 1 || line.empty()) continue;
    const std::string cell = line.substr(0, line.find(','));
    const auto seconds = number(cell);
    const auto time = seconds ? Result<TimePoint>(from_seconds(*seconds)) : parse_iso8601(cell);
    if (!time)
      return fail(Errc::malformed, fmt::format("{}, line {}: '{}' is no time", path, n, cell));
    rows.emplace_back(*time, 1.0);
  }
  return rows;
}

Result<std::vector<Row>> values(const std::string& path, const TraceReading& reading) {
  telemetry::CsvOptions csv;
  csv.paths = {path};
  auto frame = telemetry::read_csv(csv);
  if (!frame) return tl::unexpected(frame.error());
  const telemetry::Column* column = nullptr;
  if (!reading.column.empty()) {
    auto required = frame->require(reading.column);
    if (!required) return fail_within(path, required.error());
    column = *required;
  } else if (frame->columns() == 1) {
    column = &frame->column(0);
  } else {
    return fail(Errc::malformed,
                fmt::format("{}: {} columns: say which one is the load", path, frame->columns()));
  }
  std::vector<Row> rows;
  for (std::size_t i = 0; i < frame->rows(); ++i) {
    const double v =
        column->known(i) ? column->values[i] : std::numeric_limits<double>::quiet_NaN();
    if (v < 0) return fail(Errc::malformed, fmt::format("{}, row {}: a load below 0", path, i + 1));
    rows.emplace_back(frame->time(i), v);
  }
  return rows;
}

}  // namespace

Result<WorkloadTrace> read_trace(const std::string& path, const TraceReading& reading) {
  if (reading.combine == TraceCombine::even) return read_trace(path, reading.column, reading.slot);
  auto rows = reading.combine == TraceCombine::count ? requests(path) : values(path, reading);
  if (!rows) return tl::unexpected(rows.error());
  auto trace = combined(*rows, reading);
  if (!trace) return fail_within(path, trace.error());
  return trace;
}

}  // namespace learningplane::simulation
