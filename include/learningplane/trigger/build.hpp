#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "learningplane/registry.hpp"
#include "learningplane/trigger/trigger.hpp"

namespace learningplane::trigger {

struct TriggerContext;
using TriggerRegistry = Registry<Trigger, const TriggerContext&>;

/// What a builder of triggers may need besides its options.
struct TriggerContext {
  const TriggerRegistry* registry = nullptr;  ///< where `and` and `or` find the kinds of children
  std::string timezone = "UTC";               ///< IANA zone of options that name none
  std::string path{};  ///< where the options stand in the configuration, for messages
  int depth = 0;       ///< how deep in `and` and `or`; at most 8
};

/// Builds what a configuration describes: {kind: interval, every: 5m}, or
/// {kind: or, children: [{kind: …}, …]}. @throws ConfigError naming line, key, value and what is
/// allowed.
std::unique_ptr<Trigger> build(const Value& options, const TriggerContext& context);

}  // namespace learningplane::trigger
