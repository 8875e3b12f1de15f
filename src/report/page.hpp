#pragma once
#include <string_view>

namespace learningplane::report {
/// The page with the marker @DATA@ where the report's JSON goes.
std::string_view page_template();
}  // namespace learningplane::report
