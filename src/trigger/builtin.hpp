#pragma once
#include "learningplane/trigger/build.hpp"

namespace learningplane::trigger {

/// Adds interval, date, cron, and, or.
void register_builtins(TriggerRegistry& registry);

}  // namespace learningplane::trigger
