#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace learningplane::agent {

/// One thread that does pieces of work in order, so that the executor stays free while sensors are
/// read and models are fitted. Thread safe.
class WorkerThread {
 public:
  WorkerThread();
  /// Finishes the running piece, drops the waiting ones and joins.
  ~WorkerThread();
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;
  void post(std::function<void()> work);

 private:
  void run();
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> queue_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace learningplane::agent
