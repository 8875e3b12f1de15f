#pragma once
#include <string_view>

namespace learningplane {
/// "major.minor.patch", as it stands in CMakeLists.txt.
std::string_view version();
}  // namespace learningplane
