#include "learningplane/model/season.hpp"

#include "learningplane/error.hpp"

namespace learningplane::model {

namespace {
constexpr const char* allowed = "a number of steps (1 or more), a duration such as 1d, or none";
}

Result<std::size_t> Season::in_steps(std::int64_t step_ns) const {
  if (steps > 0) return steps;
  if (length.count() == 0) return std::size_t{1};
  if (step_ns <= 0 || length.count() % step_ns != 0)
    return fail(Errc::invalid_argument, "the season of " + format_duration(length) +
                                            " is not a whole number of steps of " +
                                            format_duration(Duration(step_ns)));
  return static_cast<std::size_t>(length.count() / step_ns);
}

Value Season::to_value() const {
  if (steps > 0) return Value(steps);
  return none() ? Value("none") : Value(format_duration(length));
}

Parameter season_parameter(Value fallback) {
  return {.name = "season",
          .type = ParameterType::any,
          .summary = "length of a season: a number of steps, a duration such as 1d, or none",
          .fallback = std::move(fallback)};
}

Season season_from(const Value& value, std::string_view key) {
  if (value.is_int()) {
    if (value.as_int() < 1) throw ConfigError("", key, std::to_string(value.as_int()), allowed);
    return {.steps = static_cast<std::size_t>(value.as_int())};
  }
  if (!value.is_string()) throw ConfigError("", key, value.kind(), allowed);
  if (value.as_string() == "none") return {};
  const auto length = parse_duration(value.as_string());
  if (!length || length->count() <= 0) throw ConfigError("", key, value.as_string(), allowed);
  return {.length = *length};
}

}  // namespace learningplane::model
