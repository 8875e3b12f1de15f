#pragma once
#include "learningplane/registry.hpp"

namespace learningplane::agent {

/// What each section of an agent file may hold: the reader checks against them and the schema is
/// written from them.
Manifest file_section();
Manifest application_section();
Manifest site_section();
Manifest forecast_section();
Manifest scaling_section();
Manifest sizing_section();
Manifest schedule_section();
Manifest journal_section();
Manifest server_section();

}  // namespace learningplane::agent
