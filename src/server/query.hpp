#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/agent/forecast_board.hpp"
#include "server/routes.hpp"

namespace learningplane::server {

/// One condition of a selector: {name="value"}. Of regular expressions, which could be made to take
/// for ever, only alternatives of plain texts are read ("a|b") and ".*" and ".+".
struct Matcher {
  enum class Kind { equal, not_equal, any_of, none_of };
  std::string label{};
  Kind kind = Kind::equal;
  std::vector<std::string> values{};
  bool anything = false;   ///< ".*"
  bool something = false;  ///< ".+"

  /// An absent label is an empty text.
  bool matches(std::string_view text) const;
};

/// An instant selector: name{label="value",…}.
struct Selector {
  std::vector<Matcher> matchers{};  ///< of __name__ too
  bool matches(std::string_view name, const Labels& labels) const;
};
/// @return malformed, with the place and what is read here
Result<Selector> parse_selector(std::string_view text);

/// Largest answers: points of a series as Prometheus allows, and values in all.
inline constexpr std::size_t max_points = 11'000;
inline constexpr std::size_t max_values = 1'000'000;

/// `/api/v1/query_range` (query, start, end, step) and `/api/v1/query` (query, time) over the
/// forecasts, answered as Prometheus answers.
Answer query_range(const agent::ForecastBoard& board, std::string_view form);
Answer query_instant(const agent::ForecastBoard& board, std::string_view form);

}  // namespace learningplane::server
