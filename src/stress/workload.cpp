#include "learningplane/stress/workload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <optional>
#include <string_view>

#include "learningplane/telemetry/clean.hpp"
#include "learningplane/telemetry/resample.hpp"
#include "stress/text_fields.hpp"

namespace learningplane::stress {

using profiling::PhaseSequence;
using telemetry::Column;

Result<JobTimes> job_times(std::vector<std::pair<double, double>> spans) {
  if (spans.size() < 2)
    return fail(
        Errc::not_enough_data,
        fmt::format("jobs: {} known, and arrivals need two; name a table of jobs", spans.size()));
  std::vector<double> durations, gaps;
  for (const auto& [start, end] : spans) {
    if (!std::isfinite(start) || !std::isfinite(end) || end < start)
      return fail(Errc::invalid_argument,
                  fmt::format("jobs: one starts at {} and ends at {} seconds", start, end));
    durations.push_back(end - start);
  }
  std::sort(spans.begin(), spans.end());
  for (std::size_t i = 1; i < spans.size(); ++i)
    gaps.push_back(spans[i].first - spans[i - 1].first);
  return JobTimes{Empirical(std::move(durations)), Empirical(std::move(gaps))};
}

namespace {

/// The two columns of one application, its rows and where they stand.
struct Usage {
  Labels labels{};
  const Column* cpu = nullptr;
  const Column* memory = nullptr;
};

Result<std::vector<Usage>> applications(const telemetry::Frame& frame, const WorkloadOptions& o) {
  std::vector<Usage> out;
  for (const Column& c : frame.all()) {
    if (c.name != o.cpu) continue;
    Usage u{.labels = c.labels, .cpu = &c};
    for (const Column& m : frame.all())
      if (m.name == o.memory && m.labels == c.labels) u.memory = &m;
    if (u.memory == nullptr)
      return fail(Errc::not_found, fmt::format("workload: there is no column '{}{}' beside '{}'",
                                               o.memory, c.labels.to_string(), c.id()));
    out.push_back(u);
  }
  if (!out.empty()) return out;
  std::string there;
  for (const Column& c : frame.all())
    if (there.find("'" + c.name + "'") == std::string::npos)
      there += (there.empty() ? "'" : ", '") + c.name + "'";
  return fail(Errc::not_found, fmt::format("workload: there is no column '{}'; there are {}", o.cpu,
                                           there.empty() ? "none" : there));
}

Result<telemetry::Frame> on_own_grid(const telemetry::Frame& frame, const Usage& u,
                                     Duration& step) {
  const auto made = telemetry::Frame::make(
      frame.times_ns(),
      {Column{.name = "cpu", .values = u.cpu->values, .flags = u.cpu->flags},
       Column{.name = "memory", .values = u.memory->values, .flags = u.memory->flags}});
  if (!made) return tl::unexpected(made.error());
  const telemetry::Frame own = telemetry::drop_incomplete_rows(*made);
  for (const Column& c : own.all())
    for (std::size_t i = 0; i < own.rows(); ++i)
      if (c.values[i] < 0)
        return fail(Errc::invalid_argument,
                    fmt::format("workload: {}{} is {} at {}, and usage cannot be negative", c.name,
                                u.labels.to_string(), c.values[i], to_iso8601(own.time(i))));
  if (step.count() == 0) step = own.step();
  if (step.count() == 0) return own;
  return telemetry::resample_mean(own, {.step = step});
}

/// Cuts what lies on the grid into pieces without long gaps.
void add_pieces(const telemetry::Frame& own, const Usage& u, const WorkloadOptions& o,
                std::int64_t step, Workload& out) {
  const auto close = [&](PhaseSequence&& piece, std::size_t number) {
    if (piece.times_ns.size() < o.min_rows) {
      out.dropped += piece.times_ns.size();
      return;
    }
    if (number > 0) piece.labels.set("piece", std::to_string(number));
    out.usage.sequences.push_back(std::move(piece));
  };
  PhaseSequence piece{.labels = u.labels};
  std::size_t number = 0;
  for (std::size_t i = 0; i < own.rows(); ++i) {
    const std::int64_t t = own.times_ns()[i];
    const std::int64_t gap = piece.times_ns.empty() ? step : t - piece.times_ns.back();
    if (gap > step && gap > o.max_gap.count()) {
      close(std::move(piece), number++);
      piece = {.labels = u.labels};
    } else if (gap > step) {
      const std::int64_t missing = gap / step - 1;
      const double cpu = piece.rows[piece.rows.size() - 2], memory = piece.rows.back();
      for (std::int64_t m = 1; m <= missing; ++m) {
        const double share = static_cast<double>(m) / static_cast<double>(missing + 1);
        piece.times_ns.push_back(piece.times_ns.back() + step);
        piece.rows.push_back(cpu + share * (own.column(0).values[i] - cpu));
        piece.rows.push_back(memory + share * (own.column(1).values[i] - memory));
      }
      out.filled += static_cast<std::size_t>(missing);
    }
    piece.times_ns.push_back(t);
    piece.rows.push_back(own.column(0).values[i]);
    piece.rows.push_back(own.column(1).values[i]);
  }
  close(std::move(piece), number);
}

Result<Workload> collect(const telemetry::Frame& frame, const WorkloadOptions& o,
                         std::vector<std::pair<double, double>>& spans) {
  const auto found = applications(frame, o);
  if (!found) return tl::unexpected(found.error());
  if (o.step.count() < 0)
    return fail(Errc::invalid_argument, "workload: the step must not be negative");
  Workload out;
  out.usage.features = {"cpu", "memory"};
  Duration step = o.step;
  for (const Usage& u : *found) {
    const auto own = on_own_grid(frame, u, step);
    if (!own) return tl::unexpected(own.error());
    if (own->rows() == 0) continue;
    // Its last row stands for a whole step.
    spans.emplace_back(to_seconds(own->time(0)), to_seconds(own->time(own->rows() - 1) + step));
    add_pieces(*own, u, o, step.count(), out);
  }
  out.step_s = static_cast<double>(step.count()) / 1e9;
  if (out.usage.sequences.empty())
    return fail(Errc::not_enough_data,
                fmt::format("workload: no application has {} rows in a piece without a gap over {}",
                            o.min_rows, format_duration(o.max_gap)));
  if (out.filled > 0) out.notes.push_back(fmt::format("{} missing rows filled in", out.filled));
  if (out.dropped > 0)
    out.notes.push_back(
        fmt::format("{} rows left out: pieces under {} rows", out.dropped, o.min_rows));
  if (auto fine = out.usage.check(false); !fine) return tl::unexpected(fine.error());
  return out;
}

}  // namespace

Result<Workload> workload_of(const telemetry::Frame& frame, const WorkloadOptions& options) {
  std::vector<std::pair<double, double>> spans;
  auto out = collect(frame, options, spans);
  if (!out) return out;
  auto jobs = job_times(std::move(spans));
  if (!jobs) return tl::unexpected(jobs.error());
  out->jobs = std::move(*jobs);
  return out;
}

Result<Workload> workload_of(const telemetry::Frame& frame, const WorkloadOptions& options,
                             JobTimes jobs) {
  std::vector<std::pair<double, double>> spans;
  auto out = collect(frame, options, spans);
  if (out) out->jobs = std::move(jobs);
  return out;
}

namespace {

/// Seconds since 1970, of a number or an ISO 8601 time.
std::optional<double> moment(std::string_view text) {
  if (const auto v = detail::number(text)) return v;
  const auto t = parse_iso8601(text);
  return t ? std::optional<double>(to_seconds(*t)) : std::nullopt;
}

}  // namespace

Result<JobTimes> read_jobs(const std::string& path, const std::string& start_column,
                           const std::string& end_column) {
  std::ifstream in(path);
  if (!in) return fail(Errc::not_found, fmt::format("{}: cannot be opened", path));
  std::string line;
  std::getline(in, line);
  const auto names = detail::fields(line);
  const auto at = [&](const std::string& name) {
    return static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin());
  };
  const std::size_t start = at(start_column), end = at(end_column);
  for (const auto& [index, name] : {std::pair(start, start_column), std::pair(end, end_column)})
    if (index == names.size())
      return fail(Errc::not_found, fmt::format("{}: there is no column '{}' in '{}'", path, name,
                                               detail::trimmed(line)));
  std::vector<std::pair<double, double>> spans;
  for (std::size_t number = 2; std::getline(in, line); ++number) {
    if (detail::trimmed(line).empty()) continue;
    const auto row = detail::fields(line);
    const auto from = row.size() == names.size() ? moment(row[start]) : std::nullopt;
    const auto to = row.size() == names.size() ? moment(row[end]) : std::nullopt;
    if (!from || !to || *to < *from)
      return fail(Errc::malformed,
                  fmt::format("{}, line {}: '{}' is no job with a start and a later end", path,
                              number, detail::trimmed(line)));
    spans.emplace_back(*from, *to);
  }
  auto out = job_times(std::move(spans));
  if (!out) return fail_within(path, out.error());
  return out;
}

}  // namespace learningplane::stress
