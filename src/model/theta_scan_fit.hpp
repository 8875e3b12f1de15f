#pragma once
#include <span>

#include "learningplane/model/theta_scan.hpp"

namespace learningplane::model::detail {

/// A line times (or plus) a season of this period, which must fit twice.
/// @param alpha of the smoothed level; the published code has 0.2
/// @return unknown_data where the published rules divide by zero
Result<ThetaScanMethod::Line> fit_line(std::span<const double> y, std::size_t period,
                                       ThetaScanMode mode, double alpha = 0.2);
/// The values from step `first` on.
void draw_line(const ThetaScanMethod::Line& line, std::size_t first, ThetaScanMode mode,
               std::span<double> out);

}  // namespace learningplane::model::detail
