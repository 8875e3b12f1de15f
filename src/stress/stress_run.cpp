#include "learningplane/stress/stress_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "learningplane/error.hpp"

namespace learningplane::stress {

StressRun::StressRun(const StressSchedule& schedule, Executor& executor, Launcher& launcher,
                     StressRunOptions options)
    : schedule_(schedule), executor_(executor), launcher_(launcher), options_(std::move(options)) {
  if (options_.sample.count() <= 0)
    throw ConfigError("", "sample", format_duration(options_.sample), "above 0");
  const double cores = schedule.peak_cores(), bytes = schedule.peak_bytes();
  const bool over = cores > options_.room.cores + 1e-9 || bytes > options_.room.bytes;
  if (over && options_.oversubscribe == StressRunOptions::Oversubscribe::refuse)
    throw ConfigError(
        "", "schedule", fmt::format("a peak of {:.2f} cores and {:.0f} MB", cores, bytes / 1e6),
        fmt::format("at most the {:.0f} cores and {:.0f} MB that this machine has free: generate "
                    "with less, or allow oversubscription",
                    options_.room.cores, options_.room.bytes / 1e6));
  accounts_.resize(schedule.jobs.size());
  for (std::size_t j = 0; j < schedule.jobs.size(); ++j) {
    const StressJob& job = schedule.jobs[j];
    for (std::size_t s = 0; s < job.steps.size(); ++s)
      events_.push_back({job.steps[s].start_s, What::begin, j, s});
    events_.push_back({job.end_s(), What::end, j, 0});
  }
  const double step = static_cast<double>(options_.sample.count()) * 1e-9;
  const auto readings = static_cast<std::size_t>(std::ceil(schedule.length_s() / step - 1e-9));
  for (std::size_t i = 1; i <= readings; ++i)
    events_.push_back({static_cast<double>(i) * step, What::sample});
  // Of one moment first the reading, which belongs to what was; then what ends, then what begins.
  std::stable_sort(events_.begin(), events_.end(), [](const Event& a, const Event& b) {
    return std::abs(a.at_s - b.at_s) > 1e-9 ? a.at_s < b.at_s : a.what < b.what;
  });
}

StressRun::~StressRun() { stop(); }

double StressRun::now_s() const {
  return static_cast<double>((executor_.clock().now() - origin_).count()) * 1e-9;
}

void StressRun::start(std::function<void()> done) {
  if (done_ || next_ > 0) throw LogicError("stress run: started twice");
  done_ = std::move(done);
  origin_ = executor_.clock().now();
  wait();
}

void StressRun::wait() {
  const double at = events_[next_].at_s;
  waiting_ = true;
  timer_ =
      executor_.at(origin_ + Duration(static_cast<std::int64_t>(std::llround(at * 1e9))), [this] {
        waiting_ = false;
        // All that is due by now, so that a late wake-up delays nothing further.
        while (next_ < events_.size() && events_[next_].at_s <= now_s() + 1e-9)
          handle(events_[next_++]);
        if (next_ < events_.size()) return wait();
        for (std::size_t j = 0; j < accounts_.size(); ++j) end(j);
        if (done_) std::exchange(done_, nullptr)();
      });
}

void StressRun::handle(const Event& event) {
  switch (event.what) {
    case What::sample: return take_sample();
    case What::end: return end(event.job);
    case What::begin: return begin(event.job, event.step);
  }
}

void StressRun::note_failure(const std::string& what) {
  if (report_.failures.size() < 10) report_.failures.push_back(what);
}

void StressRun::add_plan(Account& a, double until_s) const {
  const double seconds = std::max(0.0, until_s - std::max(a.since_s, sampled_s_));
  if (a.running.step != nullptr) {
    a.active_s += seconds;
    a.plan_cpu_s += seconds * a.running.step->cpu_cores;
  }
  a.since_s = until_s;
}

void StressRun::begin(std::size_t job, std::size_t step) {
  end(job);
  const StressStep& s = schedule_.jobs[job].steps[step];
  Account& a = accounts_[job];
  const double late = std::max(0.0, now_s() - s.start_s);
  report_.late_max_s = std::max(report_.late_max_s, late);
  report_.late_mean_s += (late - report_.late_mean_s) / static_cast<double>(++report_.steps);
  a.running = {.step = &s};
  a.since_s = now_s();
  a.touched = true;
  a.phase = s.phase;
  a.plan_memory = s.memory_bytes;
  const auto command = stress_ng_command(s, options_.command);
  if (command.empty()) return;
  const auto id = launcher_.start(command, schedule_.jobs[job].name);
  if (!id) {
    ++report_.early;
    note_failure(fmt::format("{}, {:.0f} s: {}", schedule_.jobs[job].name, s.start_s,
                             id.error().describe()));
    return;
  }
  ++report_.processes;
  a.running.id = *id;
}

void StressRun::end(std::size_t job) {
  Account& a = accounts_[job];
  if (a.running.step == nullptr) return;
  add_plan(a, now_s());
  if (a.running.id != 0) {
    const ProcessUsage used = launcher_.stop(a.running.id);
    a.cpu_s += std::max(0.0, used.cpu_s - a.running_cpu_s);
    a.memory = used.memory_bytes;
  }
  a.running_cpu_s = 0;
  a.running = {};
  a.touched = true;
}

void StressRun::take_sample() {
  const double now = now_s(), seconds = now - sampled_s_;
  if (seconds <= 0) return;
  // A reading comes some milliseconds late; its row stands on the grid.
  const auto grid = static_cast<double>(options_.sample.count());
  const TimePoint begin =
      origin_ + Duration(static_cast<std::int64_t>(std::round(sampled_s_ * 1e9 / grid) * grid));
  const auto usage = launcher_.usage();
  last_ = samples_.size();
  for (std::size_t j = 0; j < accounts_.size(); ++j) {
    Account& a = accounts_[j];
    if (!a.touched && a.running.step == nullptr) continue;
    add_plan(a, now);
    a.touched = false;
    double cpu = a.cpu_s, memory = a.running.step == nullptr ? a.memory : 0;
    if (const auto found = usage.find(a.running.id); a.running.id != 0 && found != usage.end()) {
      cpu += std::max(0.0, found->second.cpu_s - a.running_cpu_s);
      memory = found->second.memory_bytes;
      a.running_cpu_s = found->second.cpu_s;
      if (!found->second.alive && !a.running.reported) {
        a.running.reported = true;
        ++report_.early;
        note_failure(fmt::format("{}: its program ended before {:.0f} s", schedule_.jobs[j].name,
                                 a.running.step->end_s()));
      }
    }
    const double active = std::exchange(a.active_s, 0) / seconds;
    const double plan = std::exchange(a.plan_cpu_s, 0) / seconds;
    a.cpu_s = 0;
    if (active < 0.01) continue;  // it ended just after the reading before
    samples_.push_back({.begin = begin,
                        .job = j,
                        .phase = a.phase,
                        .active = std::min(1.0, active),
                        .cpu_cores = cpu / seconds,
                        .memory_bytes = memory,
                        .plan_cpu_cores = plan,
                        .plan_memory_bytes = a.plan_memory});
  }
  sampled_s_ = now;
}

void StressRun::stop() {
  if (waiting_) executor_.cancel(timer_);
  waiting_ = false;
  next_ = events_.size();
  done_ = nullptr;
  for (Account& a : accounts_) {
    if (a.running.id != 0) launcher_.stop(a.running.id);
    a.running = {};
  }
}

Result<telemetry::Frame> StressRun::recording() const {
  std::vector<std::int64_t> times;
  for (const StressSample& s : samples_)
    if (times.empty() || to_ns(s.begin) != times.back()) times.push_back(to_ns(s.begin));
  // One block of rows for each job, from its first to its last sample; absent before and after.
  const char* const names[] = {"active",         "cpu_cores",         "memory_bytes",
                               "plan_cpu_cores", "plan_memory_bytes", "phase"};
  std::map<std::size_t, std::vector<std::vector<double>>> jobs;
  std::size_t row = 0;
  for (const StressSample& s : samples_) {
    while (times[row] != to_ns(s.begin)) ++row;
    auto& columns = jobs[s.job];
    if (columns.empty()) columns.assign(6, std::vector<double>(times.size(), std::nan("")));
    const double cells[] = {s.active,         s.cpu_cores,         s.memory_bytes,
                            s.plan_cpu_cores, s.plan_memory_bytes, static_cast<double>(s.phase)};
    for (std::size_t c = 0; c < 6; ++c) columns[c][row] = cells[c];
  }
  std::vector<telemetry::Column> out;
  for (auto& [job, columns] : jobs)
    for (std::size_t c = 0; c < 6; ++c)
      out.push_back({.name = names[c],
                     .labels = Labels{{"job", schedule_.jobs[job].name}},
                     .values = std::move(columns[c]),
                     .flags = {}});
  return telemetry::Frame::make(std::move(times), std::move(out));
}

std::string StressRun::expose() const {
  double cpu = 0, memory = 0, plan_cpu = 0, plan_memory = 0;
  for (std::size_t i = last_; i < samples_.size(); ++i) {
    cpu += samples_[i].cpu_cores;
    memory += samples_[i].memory_bytes;
    plan_cpu += samples_[i].plan_cpu_cores;
    plan_memory += samples_[i].plan_memory_bytes;
  }
  std::string out;
  const auto gauge = [&](const char* name, double value) {
    out += fmt::format("# TYPE {0} gauge\n{0} {1}\n", name, value);
  };
  gauge("stress_cpu_cores", cpu);
  gauge("stress_memory_bytes", memory);
  gauge("stress_plan_cpu_cores", plan_cpu);
  gauge("stress_plan_memory_bytes", plan_memory);
  gauge("stress_jobs", static_cast<double>(samples_.size() - last_));
  return out;
}

Value to_value(const StressRunReport& r) {
  Value failures = Value::array();
  for (const std::string& f : r.failures) failures.push(f);
  return Value::object()
      .set("steps", r.steps)
      .set("processes", r.processes)
      .set("ended_early", r.early)
      .set("late_mean_seconds", r.late_mean_s)
      .set("late_max_seconds", r.late_max_s)
      .set("failures", std::move(failures));
}

}  // namespace learningplane::stress
