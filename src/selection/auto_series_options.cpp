#include "selection/auto_series_options.hpp"

#include <algorithm>

#include "learningplane/error.hpp"
#include "selection/candidates.hpp"

namespace learningplane::selection {

namespace {

template <class E, std::size_t N>
E parse(std::string_view name, const char* key, const std::pair<const char*, E> (&all)[N]) {
  std::string allowed;
  for (const auto& [text, value] : all) {
    if (name == text) return value;
    allowed += (allowed.empty() ? "" : ", ") + std::string(text);
  }
  throw ConfigError("", key, name, allowed);
}

constexpr std::pair<const char*, Combine> combines[] = {
    {"median", Combine::median}, {"weighted", Combine::weighted}, {"best", Combine::best}};
constexpr std::pair<const char*, Criterion> criteria[] = {{"mae", Criterion::mae},
                                                          {"rmse", Criterion::rmse},
                                                          {"smape", Criterion::smape},
                                                          {"pinball", Criterion::pinball}};

constexpr std::pair<const char*, Select> selects[] = {{"validation", Select::validation},
                                                      {"behaviour", Select::behaviour}};

}  // namespace

void detail::check(const AutoSeriesOptions& o) {
  const auto refuse = [](const char* key, const std::string& value, const char* allowed) {
    throw ConfigError("", key, value, allowed);
  };
  if (o.horizon == 0) refuse("horizon", "0", "1 or more");
  if (o.origins < 2) refuse("origins", std::to_string(o.origins), "2 or more");
  if (!(o.validation_share > 0 && o.validation_share <= 0.5))
    refuse("validation_share", std::to_string(o.validation_share), "above 0, at most 0.5");
  if (o.most_history < 100) refuse("most_history", std::to_string(o.most_history), "100 or more");
  if (!(o.level > 0 && o.level < 1)) refuse("level", std::to_string(o.level), "between 0 and 1");
  for (std::size_t i = 0; i < o.seasons.size(); ++i) {
    if (o.seasons[i] < 2 || (i > 0 && o.seasons[i] <= o.seasons[i - 1]))
      refuse("seasons", std::to_string(o.seasons[i]), "2 or more, increasing");
  }
  std::string allowed;
  for (const std::string& name : detail::families())
    allowed += (allowed.empty() ? "" : ", ") + name;
  for (const std::string& name : o.families) {
    const auto& all = detail::families();
    if (std::find(all.begin(), all.end(), name) == all.end())
      refuse("families", name, allowed.c_str());
  }
}

std::string_view to_string(Combine combine) {
  return combines[static_cast<std::size_t>(combine)].first;
}
std::string_view to_string(Select select) {
  return selects[static_cast<std::size_t>(select)].first;
}
Select select_from(std::string_view name) { return parse(name, "select", selects); }
Combine combine_from(std::string_view name) { return parse(name, "combine", combines); }
std::string_view to_string(Criterion criterion) {
  return criteria[static_cast<std::size_t>(criterion)].first;
}
Criterion criterion_from(std::string_view name) { return parse(name, "criterion", criteria); }

}  // namespace learningplane::selection
