#include "learningplane/evaluation/model_card.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include "learningplane/json.hpp"

namespace learningplane::evaluation {

namespace {

void set_known(Value& object, const char* key, double score) {
  if (std::isfinite(score)) object.set(key, score);
}

Value scores_of(const HorizonScore& s) {
  Value out = Value::object();
  set_known(out, "mae", s.mae);
  set_known(out, "rmse", s.rmse);
  set_known(out, "smape", s.smape);
  set_known(out, "mase", s.mase);
  set_known(out, "interval_coverage", s.interval_coverage);
  set_known(out, "over", s.plan.over);
  set_known(out, "under", s.plan.under);
  return out;
}

/// Four digits are what a reader wants; the file keeps all.
std::string shown(const Value& v) {
  if (v.is_string()) return v.as_string();
  if (!v.is_double()) return dump_json(v);
  char text[32];
  std::snprintf(text, sizeof text, "%.4g", v.as_double());
  return text;
}

/// Nested objects become "outer.inner: value".
void add_lines(std::string& text, const std::string& prefix, const Value& object) {
  for (const auto& [key, value] : object.as_object()) {
    const std::string name = prefix + key;
    if (value.is_object()) {
      add_lines(text, name + ".", value);
    } else {
      text += name + ": " + shown(value) + '\n';
    }
  }
}

}  // namespace

model::ModelCard card_of(std::string name, std::string trained_on, const model::FitReport& report,
                         TimePoint trained_at) {
  model::ModelCard card;
  card.name = std::move(name);
  card.trained_on = std::move(trained_on);
  card.rows = report.rows;
  card.trained_at = trained_at;
  set_known(card.scores, "validation_loss", report.validation_loss);
  set_known(card.scores, "train_loss", report.train_loss);
  if (report.epochs > 0) card.notes.set("epochs", static_cast<std::int64_t>(report.epochs));
  if (!report.note.empty()) card.notes.set("fit", report.note);
  return card;
}

Value card_scores(std::span<const Backtest> results) {
  Value models = Value::object();
  std::size_t horizon = 0;
  std::size_t origins = 0;
  for (const Backtest& r : results) {
    if (r.horizons.empty()) continue;
    const HorizonScore& last = *std::max_element(
        r.horizons.begin(), r.horizons.end(),
        [](const HorizonScore& a, const HorizonScore& b) { return a.horizon < b.horizon; });
    horizon = std::max(horizon, last.horizon);
    origins = std::max(origins, r.origins.size());
    models.set(r.group == "all" ? r.name : r.name + ", " + r.group, scores_of(last));
  }
  return Value::object()
      .set("horizon", static_cast<std::int64_t>(horizon))
      .set("origins", static_cast<std::int64_t>(origins))
      .set("models", models);
}

std::string card_text(std::string_view kind, const model::ModelCard& card) {
  std::string text = "kind: " + std::string(kind) + '\n';
  text += "name: " + card.name + '\n';
  text += "trained on: " + (card.trained_on.empty() ? "not said" : card.trained_on) + '\n';
  text += "rows: " + std::to_string(card.rows) + '\n';
  text += "trained at: " + to_iso8601(card.trained_at) + '\n';
  text += "library: " + card.library_version + '\n';
  add_lines(text, "score ", card.scores);
  add_lines(text, "note ", card.notes);
  return text;
}

}  // namespace learningplane::evaluation
