#pragma once
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "convert.hpp"
#include "learningplane/decision/scaling.hpp"
#include "learningplane/registries.hpp"

namespace learningplane::python {

/// Every decision of one simulated run, and the policy that owns the texts in it.
struct Recording {
  static constexpr std::size_t all_of = 100'000;  ///< beyond, only decisions that act are kept
  std::shared_ptr<decision::ScalingPolicy> policy{};
  std::vector<std::pair<TimePoint, decision::ScalingDecision>> decisions{};
};

/// Runs on other threads, seen from Python's: they can be told to stop, say how far they are, and
/// leave what was decided.
struct Watch {
  std::atomic<bool> stop{false};
  std::atomic<std::size_t> slots{0};                     ///< simulated
  std::vector<std::shared_ptr<Recording>> recordings{};  ///< by the number of the run

  /// @throws Error where Python was interrupted
  void look() const {
    if (stop) throw Error("stopped");
  }
};

/// The policies and models of this build, that stop when the watch says so. A policy that is given
/// the option `recorded`, the number of its run, leaves its decisions there.
Registries watched_builtins(Watch& watch);
/// The name of that option.
inline constexpr const char* recorded = "recorded";

/// Runs `work` on a thread of its own while this one looks for signals and tells `progress` of
/// `all` slots. What Python raises stops the work and is thrown when it has ended.
template <class Work>
auto watched(Watch& watch, const py::object& progress, std::size_t all, Work work) {
  py::gil_scoped_release release;
  auto result = std::async(std::launch::async, std::move(work));
  std::exception_ptr raised;
  while (result.wait_for(std::chrono::milliseconds(50)) != std::future_status::ready) {
    if (raised) continue;
    py::gil_scoped_acquire gil;
    try {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      if (!progress.is_none()) progress(std::min(watch.slots.load(), all), all);
    } catch (...) {
      raised = std::current_exception();
      watch.stop = true;
    }
  }
  if (raised) {
    try {
      (void)result.get();
    } catch (const Error&) {  // that it was stopped
    }
    std::rethrow_exception(raised);
  }
  return result.get();
}

}  // namespace learningplane::python
