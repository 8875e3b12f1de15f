#include "learningplane/agent/parts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

namespace learningplane::agent {

namespace {

constexpr std::array<std::string_view, 4> task_names{"train", "update", "forecast", "decide"};
constexpr std::array<std::string_view, 4> mode_names{"train", "update", "forecast", "recommend"};
constexpr std::array<std::string_view, 3> aggregate_names{"mean", "min", "last"};

template <class Enum, std::size_t N>
Result<Enum> from_name(const std::array<std::string_view, N>& names, std::string_view name) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == name) return static_cast<Enum>(i);
  }
  return fail(Errc::invalid_argument, fmt::format("'{}' is not known; it is one of {}",
                                                  name.substr(0, 40), fmt::join(names, ", ")));
}

}  // namespace

std::string_view to_string(Task t) { return task_names[static_cast<std::size_t>(t)]; }
Result<Task> task(std::string_view name) { return from_name<Task>(task_names, name); }
std::string_view to_string(Mode m) { return mode_names[static_cast<std::size_t>(m)]; }
Result<Mode> mode(std::string_view name) { return from_name<Mode>(mode_names, name); }
std::string_view to_string(Aggregate a) { return aggregate_names[static_cast<std::size_t>(a)]; }
Result<Aggregate> aggregate(std::string_view name) {
  return from_name<Aggregate>(aggregate_names, name);
}

}  // namespace learningplane::agent
