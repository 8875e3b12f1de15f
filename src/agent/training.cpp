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

Result<std::size_t> read_in_parts(AgentParts& parts, const telemetry::Window& window,
                                  const OnPart& on_part, const OnFailure& on_failure) {
  constexpr double most_samples = 1e6;
  const Duration whole = window.end - window.begin;
  const Duration unit = std::max<Duration>(window.step, std::chrono::minutes(1));
  Duration part = parts.clean ? whole : std::min<Duration>(whole, std::chrono::hours(6));
  std::size_t rows = 0;
  for (TimePoint from = window.begin; from < window.end;) {
    part = std::max(unit, part / unit * unit);
    const TimePoint to = window.end - from > part ? from + part : window.end;
    auto data = read_sensors(parts, {from, to, window.step}, on_failure);
    if (!data) return tl::unexpected(data.error());
    on_part(*data, to);
    rows += data->rows();
    from = to;
    const double samples =
        static_cast<double>(data->rows()) * static_cast<double>(data->all().size());
    const double growth = samples > 0 ? std::clamp(most_samples / samples, 0.1, 8.0) : 8.0;
    part = Duration(static_cast<std::int64_t>(
        std::min(static_cast<double>(part.count()) * growth, static_cast<double>(whole.count()))));
  }
  return rows;
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
