#pragma once
#include <optional>
#include <string>
#include <utility>

#include "learningplane/decision/decision.hpp"
#include "learningplane/report/report.hpp"

namespace learningplane::report {

/// What a decision on sizes was about; nothing where it was about something else.
std::optional<SizePoint> size_point(const decision::Decision& decision, TimePoint at);
/// "0.5 cores, 512 MiB": the present size.
std::string size_text(const SizePoint& point);
/// What changes, as it was and as it was decided: "0.5 cores" and "1 cores".
std::pair<std::string, std::string> change_text(const SizePoint& point);
Value to_value(const SizePoint& point);

}  // namespace learningplane::report
