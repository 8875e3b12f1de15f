#include "learningplane/evaluation/model_card.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace learningplane;

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

evaluation::Backtest result(const std::string& name, const std::string& group, double mae) {
  evaluation::Backtest out;
  out.name = name;
  out.group = group;
  out.origins = {10, 20, 30};
  out.horizons.resize(2);
  out.horizons[0].horizon = 12;
  out.horizons[0].mae = mae;
  out.horizons[0].mase = unknown;
  out.horizons[1].horizon = 1;
  out.horizons[1].mae = 99;
  return out;
}

}  // namespace

TEST_CASE("card_of: takes over what the fit found, and leaves out what it did not") {
  model::FitReport report{120, unknown, 0.25, 0, "median of naive, theta"};
  const auto card = evaluation::card_of("cpu", "a CSV", report, TimePoint(std::chrono::hours(1)));
  CHECK(card.name == "cpu");
  CHECK(card.trained_on == "a CSV");
  CHECK(card.rows == 120);
  CHECK(to_iso8601(card.trained_at) == "1970-01-01T01:00:00Z");
  CHECK(card.scores.find("train_loss") == nullptr);
  CHECK(card.scores.get("validation_loss", 0.0) == 0.25);
  CHECK(card.notes.find("epochs") == nullptr);
  CHECK(card.notes.get("fit", "") == "median of naive, theta");

  report.epochs = 7;
  report.note.clear();
  const auto neural = evaluation::card_of("cpu", "", report, {});
  CHECK(neural.notes.get("epochs", std::int64_t{0}) == 7);
  CHECK(neural.notes.find("fit") == nullptr);
}

TEST_CASE("card_scores: the largest horizon of each model, groups told apart") {
  const std::vector<evaluation::Backtest> found{result("auto", "all", 0.5),
                                                result("auto", "edge-1", 0.75)};
  const Value scores = evaluation::card_scores(found);
  CHECK(scores.get("horizon", std::int64_t{0}) == 12);
  CHECK(scores.get("origins", std::int64_t{0}) == 3);
  const Value& models = *scores.find("models");
  CHECK(models.find("auto")->get("mae", 0.0) == 0.5);
  CHECK(models.find("auto, edge-1")->get("mae", 0.0) == 0.75);
  CHECK(models.find("auto")->find("mase") == nullptr);
  CHECK(evaluation::card_scores({}).find("models")->as_object().empty());
}

TEST_CASE("card_text: one line each, nested names joined by dots") {
  model::ModelCard card;
  card.name = "cpu";
  card.rows = 3;
  card.scores.set("rolling", evaluation::card_scores(std::vector{result("auto", "all", 0.123456)}));
  card.notes.set("fit", "by hand");
  const std::string text = evaluation::card_text("auto", card);
  CHECK(text.find("kind: auto\nname: cpu\ntrained on: not said\nrows: 3\n") == 0);
  CHECK(text.find("\nscore rolling.models.auto.mae: 0.1235\n") != std::string::npos);
  CHECK(text.find("\nnote fit: by hand\n") != std::string::npos);
}
