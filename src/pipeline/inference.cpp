#include "learningplane/pipeline/inference.hpp"

#include <cmath>
#include <limits>
#include <optional>

#include "learningplane/error.hpp"

namespace learningplane::pipeline {

using model::Forecast;
using telemetry::Frame;

namespace {

using Models = std::vector<std::shared_ptr<model::Forecaster>>;
using Reasons = std::vector<std::string>;

/// Fills one value a site; the reason of a failure stands in its place. Fails where all failed.
template <class T, class F>
Result<void> each_site(const InferenceOptions& o, std::vector<T>& values, Reasons& why, F&& make) {
  std::optional<Failure> last;
  std::size_t good = 0;
  for (std::size_t i = 0; i < o.sites.size(); ++i) {
    if (!why[i].empty()) continue;
    auto made = make(i);
    if (made) {
      values[i] = std::move(*made);
      ++good;
    } else {
      why[i] = made.error().describe();
      last = std::move(made.error());
    }
  }
  if (good > 0) return {};
  if (last) return fail_within("every site", std::move(*last));
  return fail(Errc::unknown_data, "no site is left");
}

Result<void> download(const InferenceOptions& o, Context& c) {
  Models models(o.sites.size());
  Reasons why(o.sites.size());
  auto done = each_site(o, models, why, [&](std::size_t i) { return o.download(o.sites[i]); });
  c.put("models", std::move(models));
  c.put("model reasons", std::move(why));
  return done;
}

Result<void> preprocess(const InferenceOptions& o, Context& c) {
  auto before = c.get<Reasons>("model reasons");
  if (!before) return tl::unexpected(before.error());
  std::vector<Frame> frames(o.sites.size());
  Reasons why = **before;
  auto done = each_site(o, frames, why, [&](std::size_t i) { return o.collect(o.sites[i]); });
  c.put("frames", std::move(frames));
  c.put("frame reasons", std::move(why));
  return done;
}

Result<void> predict(const InferenceOptions& o, Context& c) {
  auto models = c.get<Models>("models");
  auto frames = c.get<std::vector<Frame>>("frames");
  auto before = c.get<Reasons>("frame reasons");
  if (!models) return tl::unexpected(models.error());
  if (!frames) return tl::unexpected(frames.error());
  if (!before) return tl::unexpected(before.error());
  std::vector<Forecast> forecasts(o.sites.size());
  Reasons why = **before;
  auto done = each_site(o, forecasts, why, [&](std::size_t i) -> Result<Forecast> {
    model::Forecaster& m = *(**models)[i];
    if (auto updated = m.update((**frames)[i]); !updated) return tl::unexpected(updated.error());
    return m.forecast(o.horizon);
  });
  c.put("forecasts", std::move(forecasts));
  c.put("reasons", std::move(why));
  return done;
}

Result<void> postprocess(const InferenceOptions& o, Context& c) {
  auto forecasts = c.get<std::vector<Forecast>>("forecasts");
  auto why = c.get<Reasons>("reasons");
  if (!forecasts) return tl::unexpected(forecasts.error());
  if (!why) return tl::unexpected(why.error());
  Inference out;
  out.sites = o.sites;
  out.why = **why;
  out.max_qos = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t i = 0; i < o.sites.size(); ++i) {
    const Forecast& f = (**forecasts)[i];
    double sum = 0;
    for (double v : f.mean) sum += v;
    const double qos = f.steps() == 0 ? std::numeric_limits<double>::quiet_NaN()
                                      : sum / static_cast<double>(f.steps());
    out.qos.push_back(qos);
    if (std::isfinite(qos) && (out.max_qos_index < 0 || qos > out.max_qos)) {
      out.max_qos = qos;
      out.max_qos_index = static_cast<int>(i);
    }
  }
  c.put("inference", std::move(out));
  return {};
}

}  // namespace

Graph inference_pipeline(InferenceOptions options) {
  if (!options.download) throw ConfigError("", "download", "", "a function is needed");
  if (!options.collect) throw ConfigError("", "collect", "", "a function is needed");
  if (options.sites.empty()) throw ConfigError("", "sites", "", "name at least one site");
  const std::string name = options.name;
  auto o = std::make_shared<const InferenceOptions>(std::move(options));
  const auto stage = [&](std::string stage_name, std::vector<std::string> after,
                         Result<void> (*work)(const InferenceOptions&, Context&)) {
    Stage s;
    s.name = std::move(stage_name);
    s.after = std::move(after);
    s.work = [o, work](Context& c) { return work(*o, c); };
    s.timeout = o->timeout;
    return s;
  };
  std::vector<Stage> stages = {stage("download-model", {}, download),
                               stage("preprocessing-batch", {"download-model"}, preprocess),
                               stage("predictor-batch", {"preprocessing-batch"}, predict),
                               stage("postprocessing-batch", {"predictor-batch"}, postprocess)};
  stages[0].retries = stages[1].retries = o->retries;
  return Graph(name, std::move(stages));
}

}  // namespace learningplane::pipeline
