#include "watched.hpp"

#include <limits>

#include "builtins.hpp"

namespace learningplane::python {

using decision::ScalingDecision;
using decision::ScalingInput;
using decision::ScalingPolicy;

namespace {

decision::Limits none() {
  decision::Limits l;
  l.minimum = 0;
  l.maximum = std::numeric_limits<std::int64_t>::max();
  return l;
}

/// Decides as the policy within, whose limits have been applied already.
class WatchedPolicy final : public ScalingPolicy {
 public:
  WatchedPolicy(std::shared_ptr<ScalingPolicy> inner, Watch& watch, std::int64_t run)
      : ScalingPolicy(none()), inner_(std::move(inner)), watch_(watch), run_(run) {}
  std::string_view kind() const override { return inner_->kind(); }
  decision::ScalingNeeds needs() const override { return inner_->needs(); }

 protected:
  void wish(const ScalingInput& input, ScalingDecision& d) override {
    watch_.look();
    ++watch_.slots;
    ScalingDecision told = inner_->plan(input);
    d = told;
    d.wish = told.replicas;
    if (!kept_) return;
    if (kept_->decisions.size() < Recording::all_of || told.acts())
      kept_->decisions.emplace_back(input.at, std::move(told));
  }
  void forget() override {
    inner_->reset();
    if (run_ < 0) return;
    kept_ = std::make_shared<Recording>();
    kept_->policy = inner_;
    watch_.recordings.at(static_cast<std::size_t>(run_)) = kept_;
  }

 private:
  std::shared_ptr<ScalingPolicy> inner_;
  Watch& watch_;
  std::int64_t run_;
  std::shared_ptr<Recording> kept_{};
};

class WatchedForecaster final : public model::Forecaster {
 public:
  WatchedForecaster(std::unique_ptr<Forecaster> inner, const Watch& watch)
      : inner_(std::move(inner)), watch_(watch) {}
  std::string_view kind() const override { return inner_->kind(); }
  Result<model::FitReport> fit(const telemetry::Frame& data) override {
    watch_.look();
    return inner_->fit(data);
  }
  Result<void> update(const telemetry::Frame& data) override {
    watch_.look();
    return inner_->update(data);
  }
  bool fitted() const override { return inner_->fitted(); }
  model::ModelState save() const override { return inner_->save(); }
  Result<void> load(const model::ModelState& state) override { return inner_->load(state); }
  Result<model::Forecast> forecast(std::size_t horizon, std::span<const double> levels) override {
    watch_.look();
    return inner_->forecast(horizon, levels);
  }

 private:
  std::unique_ptr<Forecaster> inner_;
  const Watch& watch_;
};

std::unique_ptr<decision::Policy> build(const std::string& kind, const Value& given, Watch& watch) {
  Value options = Value::object();
  for (const auto& [key, value] : given.as_object()) {
    if (key != recorded) options.set(key, value);
  }
  std::unique_ptr<decision::Policy> policy = builtins().policies.build(kind, options);
  auto* scaling = dynamic_cast<ScalingPolicy*>(policy.get());
  if (scaling == nullptr) return policy;  // whoever needs a scaling policy says so
  (void)policy.release();
  return std::make_unique<WatchedPolicy>(std::shared_ptr<ScalingPolicy>(scaling), watch,
                                         given.get(recorded, std::int64_t{-1}));
}

}  // namespace

Registries watched_builtins(Watch& watch) {
  Registries out;
  for (const std::string& kind : builtins().policies.names()) {
    Manifest manifest = builtins().policies.manifest(kind);
    manifest.parameters.push_back({.name = recorded, .type = ParameterType::integer});
    out.policies.add(std::move(manifest),
                     [kind, &watch](const Value& o) { return build(kind, o, watch); });
  }
  for (const std::string& kind : builtins().forecasters.names())
    out.forecasters.add(builtins().forecasters.manifest(kind),
                        [kind, &watch](const Value& o) -> std::unique_ptr<model::Forecaster> {
                          return std::make_unique<WatchedForecaster>(
                              builtins().forecasters.build(kind, o), watch);
                        });
  return out;
}

}  // namespace learningplane::python
