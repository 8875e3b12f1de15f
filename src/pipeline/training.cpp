#include "learningplane/pipeline/training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::pipeline {

using model::Forecaster;
using telemetry::Frame;

Result<Comparison> compare_on_tail(Forecaster& model, Forecaster& baseline, const Frame& data,
                                   std::size_t first, std::size_t horizon,
                                   const std::string& target) {
  auto column = data.require(target);
  if (!column) return tl::unexpected(column.error());
  Comparison out;
  double model_sum = 0;
  double baseline_sum = 0;
  std::size_t seen = first;
  for (std::size_t origin = first; origin + 1 < data.rows(); origin += horizon) {
    if (origin > seen) {
      const Frame newer = data.slice(seen, origin - seen);
      // A model that cannot take these rows in cannot forecast either: the origin is passed over.
      (void)model.update(newer);
      (void)baseline.update(newer);
      seen = origin;
    }
    auto a = model.forecast(horizon);
    auto b = baseline.forecast(horizon);
    if (!a || !b) continue;
    std::size_t compared = 0;
    for (std::size_t step = 0; step < horizon; ++step) {
      // By time, not by row: rows may be missing.
      const std::size_t row = data.lower_bound(a->time(step));
      if (row >= data.rows() || data.time(row) != a->time(step) || !(*column)->known(row)) continue;
      if (b->times_ns[step] != a->times_ns[step]) continue;
      const double truth = (*column)->values[row];
      model_sum += (a->mean[step] - truth) * (a->mean[step] - truth);
      baseline_sum += (b->mean[step] - truth) * (b->mean[step] - truth);
      ++compared;
    }
    out.values += compared;
    if (compared > 0) ++out.forecasts;
  }
  if (out.values == 0)
    return fail(Errc::not_enough_data, "no forecast of the held-out tail can be compared");
  out.model = model_sum / static_cast<double>(out.values);
  out.baseline = baseline_sum / static_cast<double>(out.values);
  return out;
}

namespace {

using Shared = std::shared_ptr<Forecaster>;

Result<void> collect(const TrainingOptions& o, Context& c) {
  auto data = o.collect();
  if (!data) return tl::unexpected(data.error());
  c.put("raw", std::move(*data));
  return {};
}

Result<void> preprocess(const TrainingOptions& o, Context& c) {
  auto raw = c.get<Frame>("raw");
  if (!raw) return tl::unexpected(raw.error());
  auto data = o.preprocess ? o.preprocess(**raw) : Result<Frame>(**raw);
  if (!data) return tl::unexpected(data.error());
  if (data->rows() < 2)
    return fail(Errc::not_enough_data, fmt::format("{} rows are left to train on", data->rows()));
  if (auto target = data->require(o.target); !target) return tl::unexpected(target.error());
  Value columns = Value::array();
  for (const telemetry::Column& column : data->all())
    columns.push(Value::object().set("name", column.id()).set("unit", column.unit));
  model::ModelCard card;
  card.name = o.name;
  card.trained_on = o.trained_on;
  card.trained_at = o.now;
  card.rows = data->rows();
  card.notes.set("structure", Value::object()
                                  .set("columns", std::move(columns))
                                  .set("step", format_duration(data->step()))
                                  .set("begin", to_iso8601(data->time(0)))
                                  .set("end", to_iso8601(data->time(data->rows() - 1)))
                                  .set("unknown_share", data->unknown_share())
                                  .set("imputed_share", data->imputed_share()));
  c.put("card", std::move(card));
  c.put("data", std::move(*data));
  return {};
}

Result<void> train(const TrainingOptions& o, Context& c) {
  auto data = c.get<Frame>("data");
  if (!data) return tl::unexpected(data.error());
  Shared fitted = o.make_model();
  auto report = fitted->fit(**data);
  if (!report) return tl::unexpected(report.error());
  c.put("model", fitted);
  c.put("report", *report);
  return {};
}

Result<void> validate(const TrainingOptions& o, Context& c) {
  if (!o.make_baseline) return {};
  auto data = c.get<Frame>("data");
  auto card = c.get<model::ModelCard>("card");
  if (!data) return tl::unexpected(data.error());
  if (!card) return tl::unexpected(card.error());
  const Frame& all = **data;
  const auto held = static_cast<std::size_t>(o.holdout * static_cast<double>(all.rows()));
  const std::size_t first = all.rows() - held;
  const Frame past = all.slice(0, first);
  auto candidate = o.make_model();
  auto baseline = o.make_baseline();
  auto fit = candidate->fit(past);
  auto base_fit = baseline->fit(past);
  Result<Comparison> compared =
      fit && base_fit
          ? compare_on_tail(*candidate, *baseline, all, first, o.horizon, o.target)
          : Result<Comparison>(fail(Errc::not_enough_data, "too little before the held-out tail"));
  model::ModelCard scored = **card;
  if (!compared) {
    // Too young to be judged is no reason to go without a model; the card says so.
    scored.notes.set("validation", compared.error().describe());
    c.put("card", std::move(scored));
    return {};
  }
  scored.scores = Value::object()
                      .set("mse", compared->model)
                      .set("baseline", std::string(baseline->kind()))
                      .set("baseline_mse", compared->baseline)
                      .set("forecasts", compared->forecasts)
                      .set("values", compared->values);
  c.put("card", std::move(scored));
  if (compared->model > compared->baseline)
    return fail(
        Errc::refused,
        fmt::format("worse than {} on the last {:.0f} % of the data (mse {:.6g} against "
                    "{:.6g}): not published",
                    baseline->kind(), o.holdout * 100, compared->model, compared->baseline));
  return {};
}

Result<void> publish(const TrainingOptions& o, Context& c) {
  if (!o.publish) return {};
  auto fitted = c.get<Shared>("model");
  auto card = c.get<model::ModelCard>("card");
  if (!fitted) return tl::unexpected(fitted.error());
  if (!card) return tl::unexpected(card.error());
  model::ModelCard full = **card;
  if (const auto report = c.get<model::FitReport>("report"); report && !(*report)->note.empty())
    full.notes.set("fit", (*report)->note);
  auto version = o.publish(***fitted, full);
  if (!version) return tl::unexpected(version.error());
  c.put("version", std::move(*version));
  return {};
}

}  // namespace

Graph training_pipeline(TrainingOptions options) {
  if (!options.collect) throw ConfigError("", "collect", "", "a function is needed");
  if (!options.make_model) throw ConfigError("", "make_model", "", "a function is needed");
  if (options.target.empty()) throw ConfigError("", "target", "", "name the column to forecast");
  if (!(options.holdout > 0 && options.holdout < 1))
    throw ConfigError("", "holdout", fmt::format("{}", options.holdout), "above 0 and below 1");
  const std::string name = options.name;
  auto o = std::make_shared<const TrainingOptions>(std::move(options));
  const auto stage = [&](std::string stage_name, std::vector<std::string> after,
                         Result<void> (*work)(const TrainingOptions&, Context&)) {
    Stage s;
    s.name = std::move(stage_name);
    s.after = std::move(after);
    s.work = [o, work](Context& c) { return work(*o, c); };
    return s;
  };
  return Graph(name,
               {stage("collect", {}, collect), stage("preprocess", {"collect"}, preprocess),
                stage("train", {"preprocess"}, train), stage("validate", {"preprocess"}, validate),
                stage("publish", {"train", "validate"}, publish)});
}

}  // namespace learningplane::pipeline
