#include "learningplane/trigger/build.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "learningplane/error.hpp"

namespace learningplane::trigger {

namespace {

constexpr int max_depth = 8;

[[noreturn]] void refuse(const Value& at, const std::string& key, const std::string& value,
                         const std::string& allowed) {
  const int line = at.where().line;
  throw ConfigError(line > 0 ? fmt::format("line {}", line) : std::string(), key, value, allowed);
}

}  // namespace

std::unique_ptr<Trigger> build(const Value& options, const TriggerContext& context) {
  if (context.registry == nullptr)
    throw LogicError("TriggerContext::registry is missing: set it to Registries::triggers");
  const std::string here = context.path.empty() ? "trigger" : context.path;
  if (context.depth > max_depth)
    refuse(options, here, "…", fmt::format("at most {} levels of 'and' and 'or'", max_depth));
  const std::string known = fmt::format("{}", fmt::join(context.registry->names(), ", "));
  if (!options.is_object())
    refuse(options, here, std::string(options.kind()),
           "a mapping like {kind: interval, every: 5m}");
  const Value* kind = options.find("kind");
  if (kind == nullptr) refuse(options, here + ".kind", "", "one of: " + known);
  if (!kind->is_string())
    refuse(*kind, here + ".kind", std::string(kind->kind()), "one of: " + known);
  if (!context.registry->contains(kind->as_string()))
    refuse(*kind, here + ".kind", kind->as_string(), "one of: " + known);
  Value rest = Value::object();
  rest.set_where(options.where());
  for (const auto& [key, value] : options.as_object())
    if (key != "kind") rest.set(key, value);
  TriggerContext inner = context;
  inner.path = here;
  return context.registry->build_at(here, kind->as_string(), rest, inner);
}

}  // namespace learningplane::trigger
