#include "learningplane/agent/scheduler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <map>

#include "agent/due_times.hpp"
#include "trigger/text.hpp"

namespace learningplane::agent {

using Kind = SchedulerEvent::Kind;

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::added: return "added";
    case Kind::started: return "started";
    case Kind::finished: return "finished";
    case Kind::failed: return "failed";
    case Kind::missed: return "missed";
    case Kind::skipped: return "skipped";
    case Kind::queued: return "queued";
    case Kind::paused: return "paused";
    case Kind::resumed: return "resumed";
    case Kind::removed: return "removed";
    case Kind::ended: return "ended";
    case Kind::clock_set_back: return "clock_set_back";
  }
  return "added";
}

std::string to_log_line(const SchedulerEvent& e) {
  using trigger::detail::python_text;
  using trigger::detail::utc_text;
  const std::string next = e.next ? utc_text(*e.next) : "none";
  const std::string job =
      fmt::format("\"{} (trigger: {}, next run at: {})\"", e.job, e.trigger, next);
  const std::string scheduled = python_text(e.scheduled);
  switch (e.kind) {
    case Kind::added:
      return fmt::format("{} has been added. first run will start at {}", e.job, next);
    case Kind::started: return fmt::format("Running job {} (scheduled at {})", job, scheduled);
    case Kind::finished: return fmt::format("Job {} executed successfully", job);
    case Kind::failed:
      return fmt::format("Job {} failed: {}", job,
                         e.failure ? e.failure->describe() : "no reason given");
    case Kind::missed:
      return fmt::format("Run time of job {} was missed by {}{}", job,
                         python_text(e.at - e.scheduled),
                         e.count > 1 ? fmt::format(" ({} run times)", e.count) : "");
    case Kind::skipped:
      return fmt::format("Execution of job {} skipped: it is still running (scheduled at {})", job,
                         scheduled);
    case Kind::queued:
      return fmt::format("Job {} is still running: the run scheduled at {} waits for it", job,
                         scheduled);
    case Kind::paused: return fmt::format("{} has been paused", e.job);
    case Kind::resumed:
      return fmt::format("{} has been resumed. next run will start at {}", e.job, next);
    case Kind::removed: return fmt::format("{} has been removed", e.job);
    case Kind::ended: return fmt::format("{} has no further run times", e.job);
    case Kind::clock_set_back:
      return fmt::format("The clock was set back: {} goes on at {}", e.job, next);
  }
  return {};
}

namespace {

constexpr std::size_t max_queue = 1000;

struct Waiting {
  TimePoint scheduled;
  Cause cause;
};

struct Job {
  JobOptions options;
  Work work;
  std::string described;
  std::optional<TimePoint> next;
  std::optional<TimePoint> last;
  Executor::TimerId timer = 0;
  bool armed = false;
  bool running = false;
  bool paused = false;
  std::uint64_t run = 0;  ///< counts runs, so that a second Done of an old one means nothing
  JobRun current;
  std::deque<Waiting> queue;

  /// The job's first time after `after`, within its own start and end.
  std::optional<TimePoint> next_after(TimePoint after) const {
    if (options.start && after < *options.start) after = *options.start - Duration{1};
    const auto t = options.trigger->next(after);
    return t && options.end && *t > *options.end ? std::nullopt : t;
  }
};

}  // namespace

// Shared with the tasks and Done functions that are out, which hold it weakly: what comes in after
// the scheduler is gone finds nobody. Only the executor touches what is in it.
struct Scheduler::Impl : std::enable_shared_from_this<Impl> {
  using JobPointer = std::shared_ptr<Job>;

  Impl(Executor& e, Observer o) : executor(e), observer(std::move(o)) {}

  Executor& executor;
  Observer observer;
  std::map<std::string, JobPointer, std::less<>> jobs;

  TimePoint now() const { return executor.clock().now(); }

  Result<JobPointer> find(std::string_view name) const {
    const auto it = jobs.find(name);
    if (it == jobs.end()) return fail(Errc::not_found, fmt::format("there is no job '{}'", name));
    return it->second;
  }

  void tell(Kind kind, const Job& job, TimePoint scheduled, std::size_t count = 1) const {
    if (observer)
      observer({kind, job.options.name, job.described, now(), scheduled, job.next, count, nullptr});
  }

  void disarm(Job& job) {
    if (job.armed) executor.cancel(job.timer);
    job.armed = false;
  }

  void arm(const JobPointer& job) {
    disarm(*job);
    if (job->paused || !job->next) return;
    job->armed = true;
    job->timer = executor.at(*job->next, [self = weak_from_this(), weak = std::weak_ptr(job)] {
      const auto impl = self.lock();
      const auto due = weak.lock();
      if (impl && due && due->armed) impl->fall_due(due);
    });
  }

  void fall_due(const JobPointer& job) {
    job->armed = false;
    const TimePoint present = now();
    // Early only where the clock was set back between the timer and this task.
    if (*job->next > present) return arm(job);
    const TimePoint first = *job->next;
    DueTimes due{{first}, 1};
    job->next = job->next_after(first);
    if (job->next && *job->next <= present) {
      // Several at once: the process slept, or the clock was put forward.
      due = due_times([&](TimePoint t) { return job->next_after(t); }, first - Duration{1}, present,
                      max_queue);
      job->next = job->next_after(present);
    }
    arm(job);
    if (!job->next) tell(Kind::ended, *job, first);
    offer(job, due, present);
  }

  /// Starts, queues or drops the times that fell due.
  void offer(const JobPointer& job, DueTimes& due, TimePoint present) {
    const auto good = std::find_if(due.newest.begin(), due.newest.end(), [&](TimePoint t) {
      return present - t <= job->options.misfire_grace;
    });
    const auto kept = static_cast<std::size_t>(due.newest.end() - good);
    if (due.count > kept) tell(Kind::missed, *job, due.newest.front(), due.count - kept);
    due.newest.erase(due.newest.begin(), good);
    // Of several at once a job that skips wants the newest only.
    if (job->options.overlap == Overlap::skip && due.newest.size() > 1) {
      tell(Kind::skipped, *job, due.newest.front(), due.newest.size() - 1);
      due.newest.erase(due.newest.begin(), due.newest.end() - 1);
    }
    for (const TimePoint t : due.newest) submit(job, {t, Cause::trigger});
  }

  void submit(const JobPointer& job, Waiting what) {
    if (!job->running) return start(job, what);
    const bool one = job->options.overlap == Overlap::queue_one;
    if (job->options.overlap == Overlap::skip) return tell(Kind::skipped, *job, what.scheduled);
    if (job->queue.size() >= (one ? 1 : max_queue)) {
      tell(Kind::skipped, *job, job->queue.front().scheduled);
      job->queue.pop_front();
    }
    job->queue.push_back(what);
    tell(Kind::queued, *job, what.scheduled);
  }

  void start(const JobPointer& job, Waiting what) {
    job->running = true;
    const std::uint64_t run = ++job->run;
    job->current = {job->options.name, what.scheduled, now(), what.cause};
    if (what.cause != Cause::manual)
      job->last = std::max(job->last.value_or(what.scheduled), what.scheduled);
    tell(Kind::started, *job, what.scheduled);
    // Done may come on any thread, where the scheduler may be going: it only posts.
    Done done = [self = weak_from_this(), weak = std::weak_ptr(job), run,
                 executor_ = &executor](Result<void> result) {
      const auto impl = self.lock();
      if (!impl) return;
      executor_->post([self, weak, run, result = std::move(result)] {
        const auto alive = self.lock();
        const auto ended = weak.lock();
        if (alive && ended && ended->running && ended->run == run) alive->finish(ended, result);
      });
    };
    const JobRun current = job->current;
    try {
      job->work(current, std::move(done));
    } catch (const Error& e) {
      finish(job, tl::unexpected(e.failure()));
    } catch (const std::exception& e) {
      finish(job, fail(Errc::internal, e.what()));
    }
  }

  void finish(const JobPointer& job, const Result<void>& result) {
    if (!job->running) return;
    job->running = false;
    if (result) {
      tell(Kind::finished, *job, job->current.scheduled);
    } else if (observer) {
      observer({Kind::failed, job->options.name, job->described, now(), job->current.scheduled,
                job->next, 1, &result.error()});
    }
    if (job->queue.empty()) return;
    // As a task of its own, so that a queue of work that ends at once does not recurse.
    executor.post([self = weak_from_this(), weak = std::weak_ptr(job)] {
      const auto impl = self.lock();
      const auto waiting = weak.lock();
      if (!impl || !waiting || waiting->running || waiting->queue.empty()) return;
      const Waiting what = waiting->queue.front();
      waiting->queue.pop_front();
      impl->start(waiting, what);
    });
  }

  void clock_set_back(Duration back) {
    const TimePoint present = now();
    // Observers may add and remove jobs.
    const auto all = jobs;
    for (const auto& [name, job] : all) {
      if (!job->next || job->paused) continue;
      auto next = job->next_after(present);
      if (next && job->last && *next <= *job->last) {
        // It ran already. What recurs faster than the jump goes on, the rest does not run again.
        const auto following = job->next_after(*next);
        if (!following || *following - *next > back) next = job->next_after(*job->last);
      }
      if (next == job->next) continue;
      job->next = next;
      arm(job);
      tell(Kind::clock_set_back, *job, present);
    }
  }

  void first_times(const JobPointer& job) {
    const TimePoint present = now();
    const JobOptions& o = job->options;
    job->next = job->next_after(present);
    std::vector<Waiting> runs;
    if (o.last_run && o.catch_up != CatchUp::none && *o.last_run < present) {
      const std::size_t limit = o.catch_up == CatchUp::one ? 1 : max_queue;
      const DueTimes due =
          due_times([&](TimePoint t) { return job->next_after(t); }, *o.last_run, present, limit);
      for (const TimePoint t : due.newest) runs.push_back({t, Cause::catch_up});
      tell(Kind::added, *job, present);
      if (due.count > runs.size())
        tell(Kind::missed, *job, *job->next_after(*o.last_run), due.count - runs.size());
    } else {
      tell(Kind::added, *job, present);
    }
    if (runs.empty() && o.first_run == FirstRun::at_once && (!o.start || present >= *o.start))
      runs.push_back({present, Cause::trigger});
    arm(job);
    if (runs.empty()) return;
    job->queue.assign(runs.begin() + 1, runs.end());
    start_soon(job, runs.front());
  }

  /// Never inside the caller's call, so that add() returns before the work begins.
  void start_soon(const JobPointer& job, Waiting what) {
    executor.post([self = weak_from_this(), weak = std::weak_ptr(job), what] {
      const auto impl = self.lock();
      const auto starting = weak.lock();
      if (!impl || !starting) return;
      if (!starting->running) return impl->start(starting, what);
      starting->queue.push_front(what);
    });
  }
};

Scheduler::Scheduler(Executor& executor, Observer observer)
    : impl_(std::make_shared<Impl>(executor, std::move(observer))) {
  executor.watch_clock([weak = std::weak_ptr(impl_)](Duration back) {
    const auto impl = weak.lock();
    if (impl) impl->clock_set_back(back);
    return impl != nullptr;
  });
}

Scheduler::~Scheduler() {
  for (auto& [name, job] : impl_->jobs) impl_->disarm(*job);
}

void Scheduler::add(JobOptions options, Work work) {
  if (options.name.empty()) throw LogicError("a job needs a name");
  if (!options.trigger || !work)
    throw LogicError(fmt::format("the job '{}' needs a trigger and work", options.name));
  if (impl_->jobs.contains(options.name))
    throw LogicError(fmt::format("there is a job '{}' already; remove it first", options.name));
  auto job = std::make_shared<Job>();
  job->described = options.trigger->describe();
  job->last = options.last_run;
  job->options = std::move(options);
  job->work = std::move(work);
  impl_->jobs.emplace(job->options.name, job);
  impl_->first_times(job);
}

Result<void> Scheduler::remove(std::string_view name) {
  auto job = impl_->find(name);
  if (!job) return tl::unexpected(job.error());
  impl_->disarm(**job);
  (*job)->next.reset();
  impl_->jobs.erase((*job)->options.name);
  impl_->tell(Kind::removed, **job, impl_->now());
  return {};
}

Result<void> Scheduler::pause(std::string_view name) {
  auto job = impl_->find(name);
  if (!job) return tl::unexpected(job.error());
  if ((*job)->paused) return {};
  (*job)->paused = true;
  (*job)->next.reset();
  impl_->disarm(**job);
  impl_->tell(Kind::paused, **job, impl_->now());
  return {};
}

Result<void> Scheduler::resume(std::string_view name) {
  auto job = impl_->find(name);
  if (!job) return tl::unexpected(job.error());
  if (!(*job)->paused) return {};
  (*job)->paused = false;
  (*job)->next = (*job)->next_after(impl_->now());
  impl_->arm(*job);
  impl_->tell(Kind::resumed, **job, impl_->now());
  return {};
}

Result<void> Scheduler::run_now(std::string_view name) {
  auto job = impl_->find(name);
  if (!job) return tl::unexpected(job.error());
  if ((*job)->running && (*job)->options.overlap == Overlap::skip)
    return fail(Errc::conflict, fmt::format("the job '{}' runs already", name));
  const Waiting what{impl_->now(), Cause::manual};
  if ((*job)->running) {
    impl_->submit(*job, what);
  } else {
    impl_->start_soon(*job, what);
  }
  return {};
}

std::vector<JobStatus> Scheduler::jobs() const {
  std::vector<JobStatus> out;
  for (const auto& [name, job] : impl_->jobs)
    out.push_back(
        {name, job->described, job->next, job->last, job->running, job->paused, job->queue.size()});
  return out;
}

std::size_t Scheduler::running() const {
  return static_cast<std::size_t>(std::count_if(impl_->jobs.begin(), impl_->jobs.end(),
                                                [](const auto& j) { return j.second->running; }));
}

}  // namespace learningplane::agent
