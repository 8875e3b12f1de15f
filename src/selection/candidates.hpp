#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "learningplane/model/series_method.hpp"
#include "learningplane/selection/auto_series.hpp"

namespace learningplane::selection::detail {

/// A member that may take part, not yet fitted.
struct Candidate {
  std::string name{};
  std::unique_ptr<model::SeriesMethod> method{};
};

/// Names that AutoSeriesOptions::families may hold.
const std::vector<std::string>& families();
/// The members for a series of n values, cheapest first: never empty for n >= 2.
std::vector<Candidate> candidates(const AutoSeriesOptions& options, std::size_t n);
/// Why members that would take part in a longer series do not: "boosting: from 360 values on".
std::vector<std::string> too_short_for(const AutoSeriesOptions& options, std::size_t n);
/// The families that fit what the series does, and in words what that is.
struct Observed {
  std::vector<std::string> families{};
  std::string words{};
};
Observed observe(std::span<const double> y);
/// The same member again, for load(). @throws FormatError for an unknown name
std::unique_ptr<model::SeriesMethod> candidate(const AutoSeriesOptions& options,
                                               const std::string& name);

}  // namespace learningplane::selection::detail
