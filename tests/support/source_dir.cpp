#include "support/source_dir.hpp"

std::string support::source_dir() { return LEARNINGPLANE_SOURCE_DIR; }
