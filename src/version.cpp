#include "learningplane/version.hpp"

namespace learningplane {

std::string_view version() { return LEARNINGPLANE_VERSION; }

}  // namespace learningplane
