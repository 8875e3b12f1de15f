// The only core file that knows every built-in of the core: one line each.
#include "learningplane/actuator/recording.hpp"
#include "learningplane/decision/hpa.hpp"
#include "learningplane/decision/hybrid.hpp"
#include "learningplane/decision/memory.hpp"
#include "learningplane/decision/placement.hpp"
#include "learningplane/decision/predictive_scaling.hpp"
#include "learningplane/decision/schedule.hpp"
#include "learningplane/decision/sizing_histogram.hpp"
#include "learningplane/decision/sizing_oracle.hpp"
#include "learningplane/decision/sizing_request.hpp"
#include "learningplane/decision/sizing_theta_scan.hpp"
#include "learningplane/decision/sizing_window.hpp"
#include "learningplane/decision/step.hpp"
#include "learningplane/decision/target_tracking.hpp"
#include "learningplane/model/anticipating.hpp"
#include "learningplane/model/boosting.hpp"
#include "learningplane/model/day_profile.hpp"
#include "learningplane/model/dlinear.hpp"
#include "learningplane/model/drift.hpp"
#include "learningplane/model/ets.hpp"
#include "learningplane/model/gru.hpp"
#include "learningplane/model/informer.hpp"
#include "learningplane/model/load_regression.hpp"
#include "learningplane/model/lstm.hpp"
#include "learningplane/model/mstl.hpp"
#include "learningplane/model/naive.hpp"
#include "learningplane/model/nlinear.hpp"
#include "learningplane/model/ridge.hpp"
#include "learningplane/model/seasonal_naive.hpp"
#include "learningplane/model/seasonal_profile.hpp"
#include "learningplane/model/theta.hpp"
#include "learningplane/model/theta_scan.hpp"
#include "learningplane/model/trend_fourier.hpp"
#include "learningplane/model/yformer.hpp"
#include "learningplane/profiling/sizing_phases.hpp"
#include "learningplane/registries.hpp"
#include "learningplane/selection/auto_forecaster.hpp"
#include "learningplane/selection/conformal.hpp"
#include "learningplane/telemetry/csv_sensor.hpp"
#include "learningplane/telemetry/procfs.hpp"
#include "trigger/builtin.hpp"

namespace learningplane {

void register_core(Registries& r) {
  r.sensors.add(telemetry::CsvSensor::manifest(), [](const Value& o, const BuildContext& context) {
    return std::make_unique<telemetry::CsvSensor>(
        telemetry::CsvSensor::options(o, context.base_dir));
  });
  r.sensors.add(
      telemetry::ProcfsSensor::manifest(), [](const Value& o, const BuildContext& context) {
        return std::make_unique<telemetry::ProcfsSensor>(telemetry::ProcfsOptions{
            o.get("root", "/proc"), static_cast<std::size_t>(o.get("keep", std::int64_t{10'000})),
            context.clock});
      });
  trigger::register_builtins(r.triggers);  // interval, date, cron, and, or
  r.actuators.add({"recording", "Keeps what it is told instead of doing it", {}},
                  [](const Value&, const BuildContext&) {
                    return std::make_unique<actuator::RecordingActuator>();
                  });
  r.forecasters.add(model::naive_manifest(), [](const Value& options) {
    return std::make_unique<model::Naive>(model::naive_options(options));
  });
  r.forecasters.add(model::seasonal_naive_manifest(), [](const Value& options) {
    return std::make_unique<model::SeasonalNaive>(model::seasonal_naive_options(options));
  });
  r.forecasters.add(model::drift_manifest(), [](const Value& options) {
    return std::make_unique<model::Drift>(model::drift_options(options));
  });
  r.forecasters.add(model::ets_manifest(), [](const Value& options) {
    return std::make_unique<model::Ets>(model::ets_options(options));
  });
  r.forecasters.add(model::seasonal_profile_manifest(), [](const Value& options) {
    return std::make_unique<model::SeasonalProfile>(model::seasonal_profile_options(options));
  });
  r.forecasters.add(model::mstl_manifest(), [](const Value& options) {
    return std::make_unique<model::Mstl>(model::mstl_options(options));
  });
  r.forecasters.add(model::theta_manifest(), [](const Value& options) {
    return std::make_unique<model::Theta>(model::theta_options(options));
  });
  r.forecasters.add(model::theta_scan_manifest(), [](const Value& options) {
    return std::make_unique<model::ThetaScan>(model::theta_scan_options(options));
  });
  r.forecasters.add(model::day_profile_manifest(), [](const Value& options) {
    return std::make_unique<model::DayProfile>(model::day_profile_options(options));
  });
  r.forecasters.add(model::ridge_manifest(), [](const Value& options) {
    return std::make_unique<model::Ridge>(model::ridge_options(options));
  });
  r.forecasters.add(model::nlinear_manifest(), [](const Value& options) {
    return std::make_unique<model::NLinear>(model::nlinear_options(options));
  });
  r.forecasters.add(model::dlinear_manifest(), [](const Value& options) {
    return std::make_unique<model::DLinear>(model::dlinear_options(options));
  });
  r.forecasters.add_nesting(model::load_regression_manifest(),
                            [](const Value& options, const Registry<model::Forecaster>& all) {
                              return std::make_unique<model::LoadRegression>(
                                  model::load_regression_options(options), all);
                            });
  r.forecasters.add(model::trend_fourier_manifest(), [](const Value& options) {
    return std::make_unique<model::TrendFourier>(model::trend_fourier_options(options));
  });
  r.forecasters.add(model::boosting_manifest(), [](const Value& options) {
    return std::make_unique<model::Boosting>(model::boosting_options(options));
  });
  r.forecasters.add(model::gru_manifest(), [](const Value& options) {
    return std::make_unique<model::Gru>(model::gru_options(options));
  });
  r.forecasters.add(model::lstm_manifest(), [](const Value& options) {
    return std::make_unique<model::Lstm>(model::lstm_options(options));
  });
  r.forecasters.add_nesting(model::anticipating_manifest(),
                            [](const Value& options, const Registry<model::Forecaster>& all) {
                              return std::make_unique<model::Anticipating>(
                                  model::anticipating_options(options), all);
                            });
  r.forecasters.add_nesting(
      selection::auto_manifest(), [](const Value& options, const Registry<model::Forecaster>& all) {
        return std::make_unique<selection::AutoForecaster>(selection::auto_options(options), all);
      });
  r.forecasters.add(model::informer_manifest(), [](const Value& options) {
    return std::make_unique<model::Informer>(model::informer_options(options));
  });
  r.forecasters.add(model::yformer_manifest(), [](const Value& options) {
    return std::make_unique<model::Yformer>(model::yformer_options(options));
  });
  r.forecasters.add_nesting(selection::conformal_manifest(),
                            [](const Value& options, const Registry<model::Forecaster>& all) {
                              return std::make_unique<selection::Conformal>(
                                  selection::conformal_options(options), all);
                            });
  r.policies.add(decision::placement_manifest(), [](const Value& v) {
    return std::make_unique<decision::Placement>(decision::placement_options(v));
  });
  r.policies.add(decision::reactive_manifest(), [](const Value& v) {
    return std::make_unique<decision::Reactive>(decision::reactive_options(v));
  });
  r.policies.add(decision::reactive_memory_manifest(), [](const Value& v) {
    return std::make_unique<decision::ReactiveMemory>(decision::reactive_options(v));
  });
  r.policies.add(decision::predictive_scaling_manifest(), [](const Value& v) {
    return std::make_unique<decision::PredictiveScaling>(decision::predictive_scaling_options(v),
                                                         decision::capacity_from(v));
  });
  r.policies.add(decision::hybrid_manifest(), [](const Value& v) {
    return std::make_unique<decision::Hybrid>(decision::hybrid_options(v),
                                              decision::capacity_from(v));
  });
  r.policies.add(decision::hpa_manifest(), [](const Value& v) {
    return std::make_unique<decision::Hpa>(decision::hpa_options(v));
  });
  r.policies.add(decision::step_manifest(), [](const Value& v) {
    return std::make_unique<decision::Step>(decision::step_options(v));
  });
  r.policies.add(decision::target_tracking_manifest(), [](const Value& v) {
    return std::make_unique<decision::TargetTracking>(decision::target_tracking_options(v));
  });
  r.policies.add(decision::schedule_manifest(), [](const Value& v) {
    return std::make_unique<decision::Schedule>(decision::schedule_options(v));
  });
  r.policies.add(decision::sizing_request_manifest(), [](const Value& v) {
    return std::make_unique<decision::SizingRequest>(decision::sizing_request_options(v));
  });
  r.policies.add(decision::sizing_window_manifest(), [](const Value& v) {
    return std::make_unique<decision::SizingWindow>(decision::sizing_window_options(v));
  });
  r.policies.add(decision::sizing_histogram_manifest(), [](const Value& v) {
    return std::make_unique<decision::SizingHistogram>(decision::sizing_histogram_options(v));
  });
  r.policies.add(decision::sizing_theta_scan_manifest(), [](const Value& v) {
    return std::make_unique<decision::SizingThetaScan>(decision::sizing_theta_scan_options(v));
  });
  r.policies.add(decision::sizing_oracle_manifest(), [](const Value& v) {
    return std::make_unique<decision::SizingOracle>(decision::sizing_oracle_options(v));
  });
  r.policies.add(profiling::sizing_phases_manifest(), [](const Value& v) {
    return std::make_unique<profiling::SizingPhases>(profiling::sizing_phases_options(v),
                                                     profiling::phase_sizes_from(v));
  });
}

}  // namespace learningplane
