#include "learningplane/net/asio_executor.hpp"

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_map>
#include <vector>

#include "learningplane/error.hpp"

namespace learningplane::net {

namespace {
/// So many tasks in a row, then the other handlers of the io_context have their turn.
constexpr int turn = 256;
}  // namespace

// One heap of times and one Asio timer for the earliest, instead of an Asio timer per task: arming
// costs no system call unless the earliest changes, and cancelled times are dropped when they come
// up. Handlers hold this weakly, so that an executor that is gone leaves nothing behind that
// matters.
struct AsioExecutor::Impl : std::enable_shared_from_this<Impl> {
  using Io = boost::asio::io_context;
  struct Due {
    TimePoint t;
    TimerId id;
    /// Earliest first; of equal times the older.
    bool operator<(const Due& other) const { return t != other.t ? t > other.t : id > other.id; }
  };

  Impl(Io* embedders, AsioExecutorOptions options)
      : owned(embedders == nullptr ? std::make_unique<Io>(1) : nullptr),
        io(embedders == nullptr ? *owned : *embedders),
        clock(options.clock == nullptr ? system : *options.clock),
        clock_check(std::max(options.clock_check, options.slack)),
        slack(options.slack),
        timer(io),
        seen(clock.now()) {
    if (owned) guard.emplace(owned->get_executor());
  }

  SystemClock system;
  std::unique_ptr<Io> owned;
  Io& io;
  const Clock& clock;
  const Duration clock_check;
  const Duration slack;
  std::optional<boost::asio::executor_work_guard<Io::executor_type>> guard;

  std::mutex mutex;  // guards all below; never held while a task runs
  std::condition_variable quiet;
  boost::asio::steady_timer timer;
  TimePoint armed_for = TimePoint::max();
  std::deque<Task> ready;
  std::vector<Due> heap;
  std::unordered_map<TimerId, Task> waiting;
  TimerId last_id = 0;
  TimePoint seen;
  std::vector<ClockWatcher> watchers;
  bool drain_posted = false;
  bool draining = false;
  bool stopped = false;
  int runs = 0;
  std::thread::id drainer, runner;

  void post_drain() {
    if (drain_posted || draining || stopped) return;
    drain_posted = true;
    boost::asio::post(io, [weak = weak_from_this()] {
      if (const auto impl = weak.lock()) impl->drain(true);
    });
  }

  /// Sets the Asio timer to the earliest time, or to the next look at the clock if that is sooner.
  void arm() {
    while (!heap.empty() && !waiting.contains(heap.front().id)) pop();
    if (heap.empty() || stopped) {
      if (armed_for != TimePoint::max()) timer.cancel();
      armed_for = TimePoint::max();
      return;
    }
    if (heap.front().t == armed_for) return;
    armed_for = heap.front().t;
    const TimePoint now = clock.now();
    const Duration wait = armed_for <= now                ? Duration{0}
                          : armed_for > now + clock_check ? clock_check
                                                          : std::max(slack, armed_for - now);
    timer.expires_after(wait);
    timer.async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
      if (error) return;
      if (const auto impl = weak.lock()) impl->drain(false);
    });
  }

  void pop() {
    std::pop_heap(heap.begin(), heap.end());
    heap.pop_back();
  }

  /// The next task that may run now; null where there is none.
  Task take(TimePoint now) {
    Task task;
    if (!ready.empty()) {
      task = std::move(ready.front());
      ready.pop_front();
      return task;
    }
    while (!heap.empty() && heap.front().t <= now) {
      const auto found = waiting.find(heap.front().id);
      pop();
      if (found == waiting.end()) continue;
      task = std::move(found->second);
      waiting.erase(found);
      return task;
    }
    return task;
  }

  void tell_watchers(std::unique_lock<std::mutex>& lock, Duration back) {
    std::vector<ClockWatcher> told;
    told.swap(watchers);
    lock.unlock();
    std::erase_if(told, [&](const ClockWatcher& watcher) { return !watcher(back); });
    lock.lock();
    told.insert(told.end(), watchers.begin(), watchers.end());
    watchers.swap(told);
  }

  void drain(bool posted) {
    std::unique_lock lock(mutex);
    if (posted) drain_posted = false;
    if (!posted) armed_for = TimePoint::max();
    if (draining || stopped) return;
    draining = true;
    drainer = std::this_thread::get_id();
    // Also where a task throws through run().
    struct Leave {
      Impl& impl;
      std::unique_lock<std::mutex>& lock;
      ~Leave() {
        if (!lock.owns_lock()) lock.lock();
        impl.draining = false;
        impl.drainer = {};
        if (!impl.ready.empty() || (!impl.heap.empty() && impl.heap.front().t <= impl.seen)) {
          impl.post_drain();
        } else {
          impl.arm();
        }
        impl.quiet.notify_all();
      }
    } leave{*this, lock};
    for (int i = 0; i < turn && !stopped; ++i) {
      const TimePoint now = clock.now();
      const Duration back = seen - now;
      seen = now;
      if (back > Duration{0}) tell_watchers(lock, back);
      Task task = take(now);
      if (!task) return;
      lock.unlock();
      task();
      task = nullptr;
      lock.lock();
    }
  }

  void stop() {
    std::deque<Task> dropped_ready;
    std::unordered_map<TimerId, Task> dropped_waiting;
    {
      const std::lock_guard lock(mutex);
      stopped = true;
      dropped_ready.swap(ready);
      dropped_waiting.swap(waiting);
      heap.clear();
      if (!draining) arm();
      guard.reset();
    }
    if (owned) owned->stop();
  }
};

AsioExecutor::AsioExecutor(AsioExecutorOptions options)
    : impl_(std::make_shared<Impl>(nullptr, options)) {}

AsioExecutor::AsioExecutor(boost::asio::io_context& context, AsioExecutorOptions options)
    : impl_(std::make_shared<Impl>(&context, options)) {}

AsioExecutor::~AsioExecutor() {
  stop();
  const auto me = std::this_thread::get_id();
  std::unique_lock lock(impl_->mutex);
  impl_->quiet.wait(lock, [&] {
    return (!impl_->draining || impl_->drainer == me) && (impl_->runs == 0 || impl_->runner == me);
  });
}

void AsioExecutor::post(Task task) {
  const std::lock_guard lock(impl_->mutex);
  if (impl_->stopped) return;
  impl_->ready.push_back(std::move(task));
  impl_->post_drain();
}

Executor::TimerId AsioExecutor::at(TimePoint t, Task task) {
  const std::lock_guard lock(impl_->mutex);
  const TimerId id = ++impl_->last_id;
  if (impl_->stopped) return id;
  impl_->waiting.emplace(id, std::move(task));
  impl_->heap.push_back({t, id});
  std::push_heap(impl_->heap.begin(), impl_->heap.end());
  if (!impl_->draining && impl_->heap.front().id == id) impl_->arm();
  return id;
}

bool AsioExecutor::cancel(TimerId id) {
  Task dropped;
  const std::lock_guard lock(impl_->mutex);
  const auto found = impl_->waiting.find(id);
  if (found == impl_->waiting.end()) return false;
  dropped = std::move(found->second);
  impl_->waiting.erase(found);
  if (impl_->heap.size() > 2 * impl_->waiting.size() + 64) {
    std::erase_if(impl_->heap,
                  [this](const auto& due) { return !impl_->waiting.contains(due.id); });
    std::make_heap(impl_->heap.begin(), impl_->heap.end());
  }
  return true;
}

const Clock& AsioExecutor::clock() const { return impl_->clock; }

void AsioExecutor::watch_clock(ClockWatcher watcher) {
  const std::lock_guard lock(impl_->mutex);
  impl_->watchers.push_back(std::move(watcher));
}

void AsioExecutor::run() {
  if (!impl_->owned)
    throw LogicError("the io_context is the embedder's: run that instead of the executor");
  // Outlives this object where a task destroys it.
  const std::shared_ptr<Impl> impl = impl_;
  {
    const std::lock_guard lock(impl->mutex);
    if (impl->runs > 0) throw LogicError("the executor runs already, on another thread");
    ++impl->runs;
    impl->runner = std::this_thread::get_id();
  }
  struct Leave {
    Impl& impl;
    ~Leave() {
      const std::lock_guard lock(impl.mutex);
      --impl.runs;
      impl.quiet.notify_all();
    }
  } leave{*impl};
  impl->io.run();
}

void AsioExecutor::stop() { impl_->stop(); }

boost::asio::io_context& AsioExecutor::context() { return impl_->io; }

}  // namespace learningplane::net
