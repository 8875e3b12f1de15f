#pragma once
#include <memory>

#include "learningplane/executor.hpp"

namespace boost::asio {
class io_context;
}

namespace learningplane::net {

struct AsioExecutorOptions {
  /// Timers so close together share one wake-up, which is where the cost lies at thousands a
  /// second.
  Duration slack = std::chrono::microseconds(200);
  const Clock* clock =
      nullptr;  ///< what at() goes by, outlives the executor; nullptr: the machine's
  Duration clock_check = std::chrono::seconds(1);  ///< how soon a jump of the clock is noticed
};

/// The executor of a live process, on Boost.Asio: its own io_context, or the embedder's beside
/// whatever else runs there. Tasks run one at a time, also where several threads run the
/// io_context. post(), at(), cancel() and stop() may be called from any thread. A task that throws
/// ends run() with its exception.
class AsioExecutor final : public Executor {
 public:
  /// Owns an io_context, which run() runs.
  explicit AsioExecutor(AsioExecutorOptions options = {});
  /// Uses the embedder's, which the embedder runs and which outlives this object.
  explicit AsioExecutor(boost::asio::io_context& context, AsioExecutorOptions options = {});
  /// Drops what waits and waits for the task that runs on another thread, if any.
  ~AsioExecutor() override;

  void post(Task task) override;
  TimerId at(TimePoint t, Task task) override;
  bool cancel(TimerId id) override;
  const Clock& clock() const override;
  void watch_clock(ClockWatcher watcher) override;

  /// Runs tasks on this thread until stop(). @throws LogicError where the io_context is the
  /// embedder's.
  void run();
  /// No task starts after the running one; run() returns. Final.
  void stop();
  boost::asio::io_context& context();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace learningplane::net
