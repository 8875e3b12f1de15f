#include "learningplane/stress/alibaba.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <unordered_map>

#include "stress/text_fields.hpp"

namespace learningplane::stress {

namespace {

namespace fs = std::filesystem;

/// Rows of one container, as they come.
struct Rows {
  std::vector<std::int64_t> times{};
  std::vector<double> cpu{}, memory{};
};
struct Counts {
  std::size_t empty = 0, before = 0, nameless = 0, unfinished = 0, over = 0;
};

std::string place(const fs::path& path, std::size_t line) {
  return fmt::format("{}, line {}", path.filename().string(), line);
}

Result<void> take_usage(const std::vector<std::string_view>& row, const AlibabaOptions& o,
                        std::map<std::string, Rows, std::less<>>& into, Counts& counts) {
  if (row.size() < 4)
    return fail(Errc::malformed,
                fmt::format("{} fields, where ts, instance_id, cpu_util and mem_util must stand",
                            row.size()));
  const auto t = detail::number(row[0]);
  if (!t) return fail(Errc::malformed, fmt::format("'{}' is no time in seconds", row[0]));
  if (row[2].empty() || row[3].empty()) return ++counts.empty, Result<void>{};
  const auto cpu = detail::number(row[2]), memory = detail::number(row[3]);
  if (!cpu || !memory)
    return fail(Errc::malformed, fmt::format("'{}' is no usage", !cpu ? row[2] : row[3]));
  if (*cpu < 0 || *memory < 0)
    return fail(Errc::invalid_argument,
                fmt::format("usage of {}, and usage cannot be negative", std::min(*cpu, *memory)));
  auto found = into.find(row[1]);
  if (found == into.end()) {
    if (into.size() >= o.max_containers) return ++counts.over, Result<void>{};
    found = into.emplace(std::string(row[1]), Rows{}).first;
  }
  Rows& r = found->second;
  const auto ns = static_cast<std::int64_t>(*t * 1e9);
  if (o.order == AlibabaOptions::Order::refuse && !r.times.empty() && ns <= r.times.back())
    return fail(ns == r.times.back() ? Errc::conflict : Errc::invalid_argument,
                fmt::format("container {} at {} s {} its row before; rows must be sorted by time "
                            "(or ask for sorting), each time once",
                            row[1], row[0], ns == r.times.back() ? "repeats" : "is earlier than"));
  r.times.push_back(ns);
  r.cpu.push_back(*cpu);
  r.memory.push_back(*memory);
  return {};
}

Result<void> sort_rows(const std::string& name, Rows& r) {
  std::vector<std::size_t> order(r.times.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return r.times[a] < r.times[b]; });
  Rows sorted;
  for (const std::size_t i : order) {
    if (!sorted.times.empty() && r.times[i] == sorted.times.back())
      return fail(Errc::conflict, fmt::format("container {} stands twice at {} s", name,
                                              r.times[i] / 1'000'000'000));
    sorted.times.push_back(r.times[i]);
    sorted.cpu.push_back(r.cpu[i]);
    sorted.memory.push_back(r.memory[i]);
  }
  r = std::move(sorted);
  return {};
}

struct Span {
  double from = 0, to = 0;
};
Result<void> take_job(const std::vector<std::string_view>& row,
                      std::unordered_map<std::string, Span>& into, Counts& counts) {
  if (row.size() < 6)
    return fail(Errc::malformed, fmt::format("{} fields, where times, job_id, task_id, a count or "
                                             "machine, and status must stand",
                                             row.size()));
  if (row[2].empty()) return ++counts.nameless, Result<void>{};
  if (row[5] != "Terminated") return ++counts.unfinished, Result<void>{};
  const auto from = detail::number(row[0]), to = detail::number(row[1]);
  if (!from || !to)
    return fail(Errc::malformed,
                fmt::format("'{}' is no time in seconds", !from ? row[0] : row[1]));
  if (*from <= 0) return ++counts.before, Result<void>{};
  if (*to < *from)
    return fail(Errc::invalid_argument,
                fmt::format("job {} ends at {} before its start at {}", row[2], row[1], row[0]));
  const auto [at, fresh] = into.try_emplace(std::string(row[2]), Span{*from, *to});
  if (!fresh) {
    at->second.from = std::min(at->second.from, *from);
    at->second.to = std::max(at->second.to, *to);
  }
  return {};
}

/// Every line of a table into `take`, in bounded memory.
template <class Take>
Result<void> read_lines(const fs::path& path, const Take& take) {
  std::ifstream in(path);
  if (!in) return fail(Errc::not_found, fmt::format("{}: cannot be opened", path.string()));
  std::string line;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (detail::trimmed(line).empty()) continue;
    if (auto fine = take(detail::fields(line)); !fine)
      return fail_within(place(path, number), fine.error());
  }
  return {};
}

Result<JobTimes> read_batch(const AlibabaOptions& o, Counts& counts) {
  fs::path path = fs::path(o.folder) / "batch_instance.csv";
  if (!fs::exists(path)) path = fs::path(o.folder) / "batch_task.csv";
  std::unordered_map<std::string, Span> jobs;
  auto read = read_lines(path, [&](const auto& row) { return take_job(row, jobs, counts); });
  if (!read) return tl::unexpected(read.error());
  std::vector<std::pair<double, double>> spans;
  for (const auto& [id, s] : jobs) spans.emplace_back(s.from, s.to);
  auto out = job_times(std::move(spans));
  if (!out) return fail_within(path.filename().string(), out.error());
  return out;
}

void note(std::vector<std::string>& notes, std::size_t n, const char* what) {
  if (n > 0) notes.push_back(fmt::format("{} {}", n, what));
}

}  // namespace

Result<Workload> read_alibaba_2017(const AlibabaOptions& o) {
  std::map<std::string, Rows, std::less<>> containers;
  Counts counts;
  auto read = read_lines(fs::path(o.folder) / "container_usage.csv",
                         [&](const auto& row) { return take_usage(row, o, containers, counts); });
  if (!read) return tl::unexpected(read.error());
  auto jobs = read_batch(o, counts);
  if (!jobs) return tl::unexpected(jobs.error());
  // One container after another: a frame of all would stand on the union of their times.
  Workload out;
  WorkloadOptions each = o.workload;
  each.cpu = "cpu";
  each.memory = "memory";
  for (auto& [name, r] : containers) {
    if (o.order == AlibabaOptions::Order::sort)
      if (auto fine = sort_rows(name, r); !fine) return tl::unexpected(fine.error());
    const Labels labels{{"container", name}};
    auto frame = telemetry::Frame::make(
        std::move(r.times),
        {telemetry::Column{
             .name = "cpu", .labels = labels, .values = std::move(r.cpu), .flags = {}},
         telemetry::Column{
             .name = "memory", .labels = labels, .values = std::move(r.memory), .flags = {}}});
    if (!frame) return tl::unexpected(frame.error());
    auto one = workload_of(*frame, each, {});
    if (!one && one.error().code == Errc::not_enough_data) {
      out.dropped += frame->rows();
      continue;
    }
    if (!one) return tl::unexpected(one.error());
    each.step = Duration(static_cast<std::int64_t>(one->step_s * 1e9));
    out.step_s = one->step_s;
    out.filled += one->filled;
    out.dropped += one->dropped;
    out.usage.features = one->usage.features;
    for (auto& s : one->usage.sequences) out.usage.sequences.push_back(std::move(s));
  }
  if (out.usage.sequences.empty())
    return fail(Errc::not_enough_data,
                fmt::format("container_usage.csv: no container has {} rows in a piece without a "
                            "gap over {}",
                            each.min_rows, format_duration(each.max_gap)));
  out.source = "alibaba 2017";
  out.jobs = std::move(*jobs);
  note(out.notes, out.filled, "missing rows filled in");
  note(out.notes, out.dropped, "rows left out: their pieces are too short");
  note(out.notes, counts.empty, "rows left out: without usage");
  note(out.notes, counts.over, "rows left out: containers beyond max_containers");
  note(out.notes, counts.nameless, "batch rows left out: without a job");
  note(out.notes, counts.unfinished, "batch rows left out: not terminated");
  note(out.notes, counts.before, "batch rows left out: begun before the trace");
  return out;
}

}  // namespace learningplane::stress
