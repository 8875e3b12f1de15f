#pragma once
#include <span>

#include "learningplane/model/ets.hpp"

namespace learningplane::model::detail {

bool ets_has_trend(EtsForm form);
bool ets_is_damped(EtsForm form);
bool ets_has_season(EtsForm form);
/// Parameters of a form, its first states and the variance included.
std::size_t ets_parameters(EtsForm form, std::size_t season);

/// Fits one form, at least two more values than parameters.
/// @param figure the season's first values, one a phase; empty for forms without
EtsMethod::Fit fit_ets(std::span<const double> y, EtsForm form, std::span<const double> figure);
/// What is expected next, and what the next value changes.
double ets_next(const EtsMethod::Fit& fit);
void ets_take(EtsMethod::Fit& fit, double y);

}  // namespace learningplane::model::detail
