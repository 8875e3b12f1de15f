#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <vector>

#include "learningplane/time.hpp"

namespace learningplane {

/// Runs work now or at a time. The core knows only this; net::AsioExecutor and ManualExecutor
/// implement it. Tasks of one executor never run at the same time as each other. post() and
/// cancel() may be called from any thread.
class Executor {
 public:
  using Task = std::function<void()>;
  using TimerId = std::uint64_t;
  /// Told by how much the clock was set back; false: tell me no more.
  using ClockWatcher = std::function<bool(Duration back)>;

  Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;
  virtual ~Executor() = default;

  /// Runs the task soon, after those posted before it.
  virtual void post(Task task) = 0;
  /// Runs the task at or after t; a time in the past means soon. Never runs it inside this call.
  virtual TimerId at(TimePoint t, Task task) = 0;
  /// True where the task was still waiting and now never runs.
  virtual bool cancel(TimerId id) = 0;
  /// The clock that at() goes by.
  virtual const Clock& clock() const = 0;
  /// Calls the watcher, as a task, whenever the clock is found to have been set back, before any
  /// other task sees the new time. An executor whose clock never goes back need not.
  virtual void watch_clock(ClockWatcher) {}
};

/// Runs tasks when told, on the caller's thread, moving a ManualClock forward from timer to timer.
/// Not thread safe.
class ManualExecutor final : public Executor {
 public:
  explicit ManualExecutor(ManualClock& clock) : clock_(clock), seen_(clock.now()) {}
  void post(Task task) override;
  TimerId at(TimePoint t, Task task) override;
  bool cancel(TimerId id) override;
  const Clock& clock() const override { return clock_; }
  void watch_clock(ClockWatcher watcher) override { watchers_.push_back(std::move(watcher)); }

  /// Runs everything due up to and including t, in order of time, then sets the clock to t. Returns
  /// how many ran.
  std::size_t run_until(TimePoint t);
  /// Runs what is posted or due now, without moving the clock.
  std::size_t run_ready();
  /// When the next timer is due; TimePoint::max() where none waits.
  TimePoint next_due() const;
  std::size_t waiting() const { return timers_.size(); }

 private:
  void check_clock();

  ManualClock& clock_;
  TimePoint seen_;  ///< what the clock showed last
  std::vector<ClockWatcher> watchers_;
  std::deque<Task> ready_;
  std::map<std::pair<TimePoint, TimerId>, Task> timers_;
  std::map<TimerId, TimePoint> due_;
  TimerId last_ = 0;
};

}  // namespace learningplane
