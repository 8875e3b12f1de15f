#pragma once
#include <atomic>
#include <exception>
#include <thread>
#include <vector>

namespace learningplane::simulation {

/// Calls work(0) … work(count - 1) on `threads` threads (0: one for each core). An exception is
/// thrown after all have ended: that of the lowest index, so that it does not depend on timing.
template <class Work>
void parallel_for(std::size_t count, std::size_t threads, const Work& work) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::exception_ptr> errors(count);
  std::atomic<std::size_t> next{0};
  const auto run = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      try {
        work(i);
      } catch (...) {
        errors[i] = std::current_exception();
      }
    }
  };
  {
    std::vector<std::jthread> pool;
    for (std::size_t t = 1; t < std::min(threads, count); ++t) pool.emplace_back(run);
    run();
  }
  for (const std::exception_ptr& e : errors) {
    if (e) std::rethrow_exception(e);
  }
}

}  // namespace learningplane::simulation
