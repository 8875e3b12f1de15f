#pragma once
#include <tuple>

#include "convert.hpp"
#include "learningplane/simulation/lineup.hpp"

namespace learningplane::python {

/// Loads, when the first slot begins, and how long a slot is, in nanoseconds.
using Workload = std::tuple<py::array, std::int64_t, std::int64_t>;
simulation::WorkloadTrace trace_of(const Workload& workload);

/// What simulate(), what_if() and tune() are told alike, as Python hands it over. @throws
/// ConfigError
simulation::LineupOptions lineup_options(const Value& settings);
/// A count; @throws ConfigError where it is below 0
std::size_t size_of(const Value& settings, const char* key, std::size_t fallback);

}  // namespace learningplane::python
