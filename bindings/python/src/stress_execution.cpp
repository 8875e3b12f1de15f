#include "stress_execution.hpp"

#include <algorithm>
#include <exception>

#include "cli/stress_execute.hpp"
#include "learningplane/net/asio_executor.hpp"

namespace learningplane::python {

using namespace stress;

namespace {

constexpr Duration look = std::chrono::milliseconds(50);

cli::StressExecuteArguments arguments_of(const Value& v) {
  cli::StressExecuteArguments a;
  a.sample = v.get("sample", a.sample.c_str());
  a.program = v.get("program", a.program.c_str());
  a.cgroup = v.get("cgroup", a.cgroup.c_str());
  a.limits = v.get("limits", a.limits.c_str());
  a.cpu_weight = v.get("cpu_weight", a.cpu_weight);
  a.allow_oversubscribe = v.get("allow_oversubscribe", false);
  return a;
}

/// Asks Python again and again whether to go on.
class Watcher {
 public:
  Watcher(net::AsioExecutor& executor, py::object progress, double length_s)
      : executor_(executor),
        progress_(std::move(progress)),
        length_s_(length_s),
        begin_(executor.clock().now()) {
    wait();
  }
  /// What Python raised.
  std::exception_ptr raised() const { return raised_; }

 private:
  void wait() {
    executor_.at(executor_.clock().now() + look, [this] { ask(); });
  }
  void ask() {
    py::gil_scoped_acquire gil;
    try {
      if (PyErr_CheckSignals() != 0) throw py::error_already_set();
      const double done = std::chrono::duration<double>(executor_.clock().now() - begin_).count();
      if (!progress_.is_none()) progress_(std::min(done, length_s_), length_s_);
      wait();
    } catch (...) {
      raised_ = std::current_exception();
      executor_.stop();
    }
  }

  net::AsioExecutor& executor_;
  py::object progress_;
  double length_s_;
  TimePoint begin_;
  std::exception_ptr raised_{};
};

/// The exception as an object, to be raised by whoever takes it.
py::object object_of(const std::exception_ptr& raised) {
  if (!raised) return py::none();
  try {
    std::rethrow_exception(raised);
  } catch (const py::error_already_set& e) {
    return e.value();
  }
}

}  // namespace

py::dict run_stress(const StressSchedule& schedule, const Value& settings,
                    const py::object& progress) {
  const cli::StressExecuteArguments a = arguments_of(settings);
  const StressRunOptions options = cli::run_options(a);
  net::AsioExecutor executor;
  {
    // What cannot be is refused before a group is made for it.
    ProcessLauncher none;
    const StressRun checked(schedule, executor, none, options);
  }
  // Programs end before their groups go, and a run stops before its launcher.
  const ControlGroups groups(schedule, cli::group_options(a));
  ProcessLauncher launcher({.joins = groups.joins()});
  StressRun run(schedule, executor, launcher, options);
  Watcher watcher(executor, progress, schedule.length_s());
  unlocked([&] {
    run.start([&executor] { executor.stop(); });
    executor.run();
    run.stop();
  });
  py::dict out;
  out["frame"] = run.samples().empty() ? py::none() : py::cast(value_or_throw(run.recording()));
  out["report"] = from_value(to_value(run.report()));
  out["limits"] = groups.notes();
  out["raised"] = object_of(watcher.raised());
  return out;
}

}  // namespace learningplane::python
