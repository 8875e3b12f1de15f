#pragma once
#include <span>

#include "learningplane/model/theta.hpp"

namespace learningplane::model::detail {

/// Fits one variant to values without season, at least 4 of them.
ThetaMethod::Fit fit_theta(std::span<const double> y, ThetaVariant variant);
/// Takes in the next value.
void theta_take(ThetaMethod::Fit& fit, double y);
/// What is expected next.
double theta_next(const ThetaMethod::Fit& fit);

}  // namespace learningplane::model::detail
