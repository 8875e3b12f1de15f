#pragma once
#include "learningplane/simulation/workload_trace.hpp"

namespace learningplane::simulation {

struct OperatingRoomsOptions {
  std::size_t weeks = 8;   ///< from a Monday, at least 1
  std::size_t rooms = 10;  ///< at least 1
  std::uint64_t seed = 0;
  std::size_t weekend_rooms = 4;  ///< most that are in use at a time on Saturday and Sunday
};

/// How many operating rooms are in use, minute by minute: a workload with the published statistics
/// of a German hospital's ten rooms (activity on working days from about seven to eighteen, two to
/// three operations a room and day of two and a half hours on the mean, few at weekends). Made up,
/// so that examples and tests need no data from elsewhere. Same options, same trace; weeks do not
/// depend on how many are asked for. @throws ConfigError
WorkloadTrace operating_rooms(const OperatingRoomsOptions& options = {});

}  // namespace learningplane::simulation
