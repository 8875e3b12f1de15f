#include "agent/training.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "learningplane/pipeline/runner.hpp"
#include "learningplane/pipeline/training.hpp"

namespace learningplane::agent {

using telemetry::Frame;

Result<Frame> read_sensors(AgentParts& parts, const telemetry::Window& window,
                           const OnFailure& on_failure) {
  std::vector<Frame> frames;
  std::optional<Failure> first;
  for (const auto& [name, sensor] : parts.sensors) {
    auto frame = sensor->read(window);
    if (frame) {
      if (!frame->empty()) frames.push_back(std::move(*frame));
      continue;
    }
    on_failure("sensor " + name, frame.error());
    if (!first) first = std::move(frame.error()).within("sensor " + name);
  }
  // What other sensors saw is used; the failed one's columns are simply not there.
  if (frames.empty() && first) return tl::unexpected(std::move(*first));
  if (frames.empty()) return Frame();
  auto joined =
      frames.size() == 1 ? Result<Frame>(std::move(frames.front())) : telemetry::join(frames);
  if (!joined || !parts.clean) return joined;
  try {
    auto cleaned = parts.clean(*joined);
    if (!cleaned) return fail_within("cleaning", cleaned.error());
    return cleaned;
  } catch (const std::exception& e) {
    return fail(Errc::internal, std::string("cleaning: ") + e.what());
  }
}

Result<Value> train_model(AgentParts& parts, const std::string& key, const Frame& data,
                          std::size_t horizon, bool has_model, const Adopt& adopt) {
  pipeline::TrainingOptions o;
  o.name = key;
  o.collect = [&data] { return Result<Frame>(data); };
  o.make_model = parts.make_model;
  o.make_baseline = parts.make_baseline;
  o.target = parts.forecast.target;
  o.horizon = horizon;
  o.now = parts.executor->clock().now();
  o.trained_on = "telemetry of " + key;
  if (parts.publish)
    o.publish = [&](const model::Forecaster& m, const model::ModelCard& card) {
      return parts.publish(key, m, card);
    };
  pipeline::Context context;
  const pipeline::RunReport run = pipeline::Runner().run(pipeline::training_pipeline(o), context);
  auto model = context.get<std::shared_ptr<model::Forecaster>>("model");
  auto card = context.get<model::ModelCard>("card");
  Value out = Value::object();
  if (card) out.set("rows", (*card)->rows).set("scores", (*card)->scores);
  if (run.ok()) {
    adopt(**model);
    parts.logger->info(fmt::format("trained the model of {} on {} rows", key, (*card)->rows));
    if (auto version = context.get<std::string>("version")) out.set("version", **version);
    return out;
  }
  const Failure why = run.failure();
  if (why.code != Errc::refused) {
    // A model that could not be kept still forecasts.
    if (model && parts.publish && !context.contains("version")) adopt(**model);
    return tl::unexpected(why);
  }
  out.set("refused", why.message);
  parts.logger->warning("the model of " + key + " is " + why.message);
  if (has_model) return out;
  // Better the plain forecast that nothing beat than none.
  std::shared_ptr<model::Forecaster> baseline = parts.make_baseline();
  if (auto fit = baseline->fit(data); !fit) return tl::unexpected(fit.error());
  parts.logger->info(fmt::format("{} forecasts {} instead", baseline->kind(), key));
  out.set("instead", baseline->kind());
  adopt(std::move(baseline));
  return out;
}

}  // namespace learningplane::agent
