#pragma once
#include <span>
#include <string>

#include "learningplane/evaluation/backtest.hpp"
#include "learningplane/model/model_file.hpp"

namespace learningplane::evaluation {

/// The card of a model that was just fitted: rows, losses (where they are known) and what the fit
/// said about itself, such as what the automatic choice took.
/// @param trained_on the data in words. @param trained_at from the caller's clock
model::ModelCard card_of(std::string name, std::string trained_on, const model::FitReport& report,
                         TimePoint trained_at);

/// What a card keeps of an evaluation: {"horizon", "origins", "models": {NAME: {"mae", "rmse",
/// "smape", "mase", "interval_coverage", "over", "under"}}}, over the steps 1 to the largest
/// horizon. Groups other than "all" are told apart as "NAME, GROUP". Unknown scores are left out.
Value card_scores(std::span<const Backtest> results);

/// The card as lines "what: value" for people; `kind` stands first.
std::string card_text(std::string_view kind, const model::ModelCard& card);

}  // namespace learningplane::evaluation
