#include "model/seasons.hpp"

#include <algorithm>

namespace learningplane::model::detail {

Parameter seasons_parameter() {
  return {.name = "seasons",
          .type = ParameterType::any,
          .summary = "lengths of the seasons: numbers of steps, or durations such as 1d",
          .fallback = Value(std::vector<Value>{Value("1d"), Value("7d")})};
}

std::vector<Season> seasons_from(const Value& value) {
  std::vector<Season> out;
  if (!value.is_array()) {
    out.push_back(season_from(value, "seasons"));
  } else {
    for (const Value& v : value.as_array()) out.push_back(season_from(v, "seasons"));
  }
  return out;
}

Value seasons_value(const std::vector<Season>& seasons) {
  std::vector<Value> out;
  for (const Season& s : seasons) out.push_back(s.to_value());
  return Value(std::move(out));
}

Result<std::vector<std::size_t>> in_steps(const std::vector<Season>& seasons,
                                          std::int64_t step_ns) {
  std::vector<std::size_t> out;
  for (const Season& s : seasons) {
    const auto steps = s.in_steps(step_ns);
    if (!steps) return tl::unexpected(steps.error());
    if (*steps > 1) out.push_back(*steps);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace learningplane::model::detail
