#include "learningplane/simulation/workload_trace.hpp"

#include <fmt/format.h>

#include <charconv>
#include <fstream>

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
    trace.load.push_back(found->values[i]);
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

}  // namespace learningplane::simulation
