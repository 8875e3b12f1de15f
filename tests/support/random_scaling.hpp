#pragma once
#include <cmath>
#include <limits>
#include <memory>

#include "learningplane/decision/hpa.hpp"
#include "learningplane/decision/hybrid.hpp"
#include "learningplane/decision/memory.hpp"
#include "learningplane/decision/predictive_scaling.hpp"
#include "learningplane/decision/schedule.hpp"
#include "learningplane/decision/step.hpp"
#include "learningplane/decision/target_tracking.hpp"

/// Scaling policies and what they are told, drawn at random.
namespace support {

using namespace learningplane;
using namespace learningplane::decision;
using namespace std::chrono_literals;

inline Capacity five() { return Capacity::from_throughput(5, 22); }

inline Limits random_limits(ScalingRandom& r) {
  const auto upto = [&](double n) { return static_cast<std::int64_t>(r.uniform() * n); };
  Limits l;
  l.minimum = upto(3);
  l.maximum = l.minimum + upto(20);
  l.cooldown_up = std::chrono::seconds(upto(200));
  l.cooldown_down = std::chrono::seconds(upto(600));
  l.stage_down = upto(4);
  l.rate_up = upto(6);
  l.rate_down = upto(6);
  l.period = std::chrono::seconds(1 + upto(400));
  return l;
}

constexpr int policy_kinds = 8;

/// A policy of the kind, with windows of minutes.
inline std::unique_ptr<ScalingPolicy> policy_of(int kind, ScalingRandom& r, const Limits& l,
                                                const Capacity& capacity) {
  switch (kind) {
    case 0: return std::make_unique<Reactive>(ReactiveOptions{{}, 5min, l});
    case 1: return std::make_unique<ReactiveMemory>(ReactiveOptions{{}, 5min, l});
    case 2: {
      PredictiveScalingOptions o;
      o.window = 3min;
      o.limits = l;
      return std::make_unique<PredictiveScaling>(o, capacity);
    }
    case 3: {
      HybridOptions o;
      o.window = 5min;
      o.calm = 1min;
      o.memory = 2min;
      o.limits = l;
      return std::make_unique<Hybrid>(o, capacity);
    }
    case 4: {
      HpaOptions o;
      o.metrics = {{"load", 4, HpaTarget::average_value}, {"latency", 20, HpaTarget::value}};
      o.limits = l;
      return std::make_unique<Hpa>(o);
    }
    case 5: {
      TargetTrackingOptions o;
      o.target = 4;
      o.scale_in_periods = 3;
      if (r.uniform() < 0.5) o.metric = "latency", o.target = 20;
      o.limits = l;
      return std::make_unique<TargetTracking>(o);
    }
    case 6: {
      ScheduleOptions o;
      o.periods = {{{true, true, true, true, true, true, true}, 0, 7, 3},
                   {{true, true, true, true, true, true, true}, 7, 30, 12}};
      o.limits = l;
      return std::make_unique<Schedule>(o);
    }
    default: {
      StepOptions o;
      o.steps = {{-1e9, 18, -2}, {22, 40, 1}, {40, 1e12, 5}};
      o.limits = l;
      return std::make_unique<Step>(o);
    }
  }
}

inline std::unique_ptr<ScalingPolicy> random_policy(ScalingRandom& r, const Limits& l,
                                                    const Capacity& capacity) {
  return policy_of(static_cast<int>(r.uniform() * policy_kinds), r, l, capacity);
}

inline ScalingInput random_input(ScalingRandom& r, TimePoint at, std::int64_t replicas) {
  const auto number = [&](double high) {
    const double u = r.uniform();
    if (u < 0.1) return std::numeric_limits<double>::quiet_NaN();
    return u < 0.12 ? std::numeric_limits<double>::infinity() : std::floor(r.uniform() * high);
  };
  ScalingInput in;
  in.at = at;
  in.replicas = replicas;
  in.ready = replicas - static_cast<std::int64_t>(r.uniform() * 2);
  in.load = number(60);
  in.latency = number(60);
  for (int i = 0; i < 5; ++i) {
    in.forecast_mean.push_back(number(50));
    in.forecast.push_back(number(60));
  }
  if (r.uniform() < 0.1) in.forecast.clear();
  return in;
}

}  // namespace support
