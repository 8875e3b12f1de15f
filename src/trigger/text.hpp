#pragma once
#include <string>

#include "learningplane/time.hpp"

namespace learningplane::trigger::detail {

/// "2024-04-12 10:44:31 UTC", as the reference log writes the time of the next run.
std::string utc_text(TimePoint t);
/// "2024-04-12 10:44:31.706882+00:00", as Python prints it: microseconds only where there are any.
std::string python_text(TimePoint t);
/// "0:05:00", "1 day, 0:00:00", "0:00:00.500000", as Python prints a timedelta.
std::string python_text(Duration d);

}  // namespace learningplane::trigger::detail
