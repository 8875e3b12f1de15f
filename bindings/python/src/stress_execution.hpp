#pragma once
#include "convert.hpp"
#include "learningplane/stress/stress_schedule.hpp"

namespace learningplane::python {

/// Follows a schedule with stress-ng on this thread, without the interpreter's lock. Looks for
/// signals twenty times a second; what Python raises ends the run, which is then as long as it got.
/// @param settings sample, program, cgroup, limits, cpu_weight, allow_oversubscribe
/// @param progress called with (seconds done, seconds of all), or None
/// @return {"frame": Frame or None, "report": {…}, "limits": […], "raised": exception or None}
py::dict run_stress(const stress::StressSchedule& schedule, const Value& settings,
                    const py::object& progress);

}  // namespace learningplane::python
