#include "learningplane/executor.hpp"

#include <algorithm>

namespace learningplane {

void ManualExecutor::post(Task task) { ready_.push_back(std::move(task)); }

Executor::TimerId ManualExecutor::at(TimePoint t, Task task) {
  const TimerId id = ++last_;
  timers_.emplace(std::pair{t, id}, std::move(task));
  due_.emplace(id, t);
  return id;
}

bool ManualExecutor::cancel(TimerId id) {
  auto it = due_.find(id);
  if (it == due_.end()) return false;
  timers_.erase({it->second, id});
  due_.erase(it);
  return true;
}

void ManualExecutor::check_clock() {
  const TimePoint now = clock_.now();
  const Duration back = seen_ - now;
  seen_ = now;
  if (back > Duration{0}) std::erase_if(watchers_, [&](auto& watcher) { return !watcher(back); });
}

std::size_t ManualExecutor::run_ready() {
  std::size_t ran = 0;
  for (;;) {
    check_clock();
    Task task;
    if (!ready_.empty()) {
      task = std::move(ready_.front());
      ready_.pop_front();
    } else if (!timers_.empty() && timers_.begin()->first.first <= clock_.now()) {
      task = std::move(timers_.begin()->second);
      due_.erase(timers_.begin()->first.second);
      timers_.erase(timers_.begin());
    } else {
      return ran;
    }
    task();
    ++ran;
  }
}

std::size_t ManualExecutor::run_until(TimePoint t) {
  std::size_t ran = run_ready();
  while (next_due() <= t) {
    clock_.set(std::max(clock_.now(), next_due()));
    ran += run_ready();
  }
  clock_.set(std::max(clock_.now(), t));
  return ran;
}

TimePoint ManualExecutor::next_due() const {
  return timers_.empty() ? TimePoint::max() : timers_.begin()->first.first;
}

}  // namespace learningplane
