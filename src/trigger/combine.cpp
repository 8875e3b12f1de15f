#include "learningplane/trigger/combine.hpp"

#include <algorithm>

#include "learningplane/error.hpp"

namespace learningplane::trigger {

namespace {

constexpr int max_rounds = 500;

Children checked(Children children, const char* kind) {
  if (children.empty())
    throw ConfigError({}, "children", "[]", std::string("one or more triggers for '") + kind + "'");
  if (std::any_of(children.begin(), children.end(), [](const auto& c) { return c == nullptr; }))
    throw ConfigError({}, "children", "null", "triggers");
  return children;
}

std::string described(const char* kind, const Children& children) {
  std::string out = std::string(kind) + "[";
  for (const auto& child : children) {
    if (out.back() != '[') out += ", ";
    out += child->describe();
  }
  return out + "]";
}

}  // namespace

And::And(Children children) : children_(checked(std::move(children), "and")) {}

std::optional<TimePoint> And::next(TimePoint after) const {
  // Leapfrog: whoever is behind jumps to the first of its times at or after the foremost.
  auto meeting = children_.front()->next(after);
  for (int round = 0; round < max_rounds && meeting; ++round) {
    const TimePoint target = *meeting;
    for (const auto& child : children_) {
      const auto t = child->next(*meeting - Duration{1});
      if (!t) return std::nullopt;
      meeting = std::max(*meeting, *t);
    }
    if (*meeting == target) return meeting;
  }
  return std::nullopt;
}

std::string And::describe() const { return described("and", children_); }

Or::Or(Children children) : children_(checked(std::move(children), "or")) {}

std::optional<TimePoint> Or::next(TimePoint after) const {
  std::optional<TimePoint> first;
  for (const auto& child : children_) {
    const auto t = child->next(after);
    if (t && (!first || *t < *first)) first = t;
  }
  return first;
}

std::string Or::describe() const { return described("or", children_); }

}  // namespace learningplane::trigger
