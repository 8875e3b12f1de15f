#include "learningplane/simulation/simulator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"
#include "simulation/service_run.hpp"
#include "simulation/slot_latencies.hpp"

namespace learningplane::simulation {

using decision::ScalingDecision;

std::string_view to_string(Protocol p) { return p == Protocol::published ? "published" : "honest"; }

Protocol protocol_from(std::string_view name) {
  if (name == "published") return Protocol::published;
  if (name == "honest") return Protocol::honest;
  throw ConfigError("", "protocol", name, "published or honest");
}

void check(const SimulationOptions& o) {
  const auto want = [](bool fine, std::string_view key, double value, std::string_view allowed) {
    if (!fine) throw ConfigError("", key, fmt::format("{}", value), allowed);
  };
  const auto share = [&](std::string_view key, double v) {
    want(v >= 0 && v <= 1, key, v, "between 0 and 1");
  };
  want(o.slots > 0, "slots", 0, "at least 1");
  want(o.streams > 0 && std::isfinite(o.streams), "streams", o.streams, "above 0");
  want(o.frames_per_second > 0 && o.frames_per_second <= 1e6, "frames_per_second",
       o.frames_per_second, "above 0, at most 1e6");
  share("sample_share", o.sample_share);
  want(o.sample_share > 0, "sample_share", o.sample_share, "above 0");
  share("failure_probability", o.failure_probability);
  want(o.objective_quantile > 0 && o.objective_quantile < 1, "objective_quantile",
       o.objective_quantile, "above 0 and below 1");
  want(o.penalty_mean >= 0 && std::isfinite(o.penalty_mean), "penalty_mean", o.penalty_mean,
       "at least 0");
  want(o.penalty_deviation >= 0 && std::isfinite(o.penalty_deviation), "penalty_deviation",
       o.penalty_deviation, "at least 0");
  want(o.first_instances >= 1, "first_instances", static_cast<double>(o.first_instances),
       "at least 1");
  want(o.price >= 0 && std::isfinite(o.price), "price", o.price, "at least 0");
  want(o.watts >= 0 && std::isfinite(o.watts), "watts", o.watts, "at least 0");
  want(o.watts_per_stream >= 0 && std::isfinite(o.watts_per_stream), "watts_per_stream",
       o.watts_per_stream, "at least 0");
}

namespace {

/// What a stream waits where no instance serves it.
constexpr double nobody_serves = 1e9;

/// Instances: asked for, serving, those that start and those that wait for room.
class Instances {
 public:
  Instances(const SimulationOptions& o, Room* room)
      : options_(o),
        room_(room),
        asked_(o.first_instances),
        ready_(o.first_instances),
        random_(o.seed, 4) {
    for (std::int64_t i = 0; i < asked_; ++i) {
      if (!take())
        throw ConfigError("", "cluster", "no room", "room for the instances that all begin with");
    }
  }
  std::int64_t asked() const { return asked_; }
  std::int64_t ready() const { return ready_; }
  std::int64_t waiting() const { return waiting_; }
  std::size_t failures() const { return failures_; }
  /// A slot begins. @return the share of the streams that moves
  double begin(std::size_t slot) {
    const std::int64_t before = served_;
    for (; waiting_ > 0 && take(); --waiting_) start(slot + options_.startup_slots);
    std::size_t begun = 0;
    while (begun < starting_.size() && starting_[begun] <= slot) ++begun;
    ready_ += static_cast<std::int64_t>(begun);
    starting_.erase(starting_.begin(), starting_.begin() + static_cast<std::ptrdiff_t>(begun));
    if (options_.failure_probability > 0) fail(slot);
    const auto [few, many] = std::minmax(before, ready_);
    served_ = ready_;
    return before < 0 || few == many || many == 0
               ? 0
               : 1 - static_cast<double>(few) / static_cast<double>(many);
  }
  /// The number asked for from the slot after `slot` on.
  void ask(std::size_t slot, std::int64_t replicas) {
    for (; asked_ < replicas; ++asked_) {
      if (take()) {
        start(slot + 1 + options_.startup_slots);
      } else {
        ++waiting_;
      }
    }
    for (; asked_ > replicas; --asked_) {
      if (waiting_ > 0) {
        --waiting_;
        continue;
      }
      if (starting_.empty()) {
        --ready_;
      } else {
        starting_.pop_back();  // the latest to come is not waited for
      }
      if (room_ != nullptr) ++room_->free;
    }
  }

 private:
  bool take() {
    if (room_ == nullptr) return true;
    if (room_->free < 1) return false;
    --room_->free;
    return true;
  }
  void start(std::size_t slot) {
    starting_.insert(std::upper_bound(starting_.begin(), starting_.end(), slot), slot);
  }
  void fail(std::size_t slot) {
    for (std::int64_t i = ready_; i > 0; --i) {
      if (random_.uniform() >= options_.failure_probability) continue;
      --ready_;
      ++failures_;
      start(slot + 1 + options_.startup_slots);
    }
  }
  const SimulationOptions& options_;
  Room* room_;
  std::int64_t asked_, ready_, waiting_ = 0, served_ = -1;
  std::vector<std::size_t> starting_{};  ///< the slots from which they serve, in order
  decision::ScalingRandom random_;
  std::size_t failures_ = 0;
};

/// Counts and columns of a run.
class Records {
 public:
  Records(SimulationResult& result, const SimulationOptions& o, Duration slot)
      : r_(result), o_(o), minutes_(std::chrono::duration<double, std::ratio<60>>(slot).count()) {
    r_.bounds = o.bounds;
    for (auto* column : {&r_.load, &r_.latency, &r_.highest, &r_.forecast})
      column->reserve(r_.slots);
    r_.replicas.reserve(r_.slots);
    r_.ready.reserve(r_.slots);
    for (auto& p : r_.percentiles) p.reserve(r_.slots);
  }
  void slot(double load, const SlotLatencies::Seen& seen, const Instances& instances) {
    r_.load.push_back(load);
    r_.latency.push_back(seen.objective);
    r_.highest.push_back(seen.highest);
    r_.replicas.push_back(static_cast<std::int32_t>(instances.asked()));
    r_.ready.push_back(static_cast<std::int32_t>(instances.ready()));
    for (std::size_t i = 0; i < seen.percentiles.size(); ++i)
      r_.percentiles[i].push_back(static_cast<float>(seen.percentiles[i]));
    for (std::size_t i = 0; i < o_.bounds.size(); ++i) over_[i] += seen.objective > o_.bounds[i];
    penalties_ += seen.penalty;
    r_.instance_minutes += static_cast<double>(instances.asked() - instances.waiting()) * minutes_;
    r_.waiting_slots += instances.waiting() > 0;
    if (std::isfinite(load) && instances.ready() > 0) stream_minutes_ += load * minutes_;
    r_.max_instances = std::max(r_.max_instances, instances.asked());
  }
  void decided(std::size_t slot, ScalingDecision&& d) {
    r_.forecast.push_back(d.planned);
    if (!d.acts()) return;
    ++r_.events;
    if (r_.decisions.size() < o_.keep_decisions) r_.decisions.push_back({slot, std::move(d)});
  }
  void finish() {
    const auto n = static_cast<double>(r_.slots);
    for (std::size_t i = 0; i < over_.size(); ++i)
      r_.violations[i] = 100 * static_cast<double>(over_[i]) / n;
    r_.penalty_percentile = 100 * (1 - static_cast<double>(penalties_) / n);
    r_.cost = r_.instance_minutes / 60 * o_.price;
    r_.kilowatt_hours =
        (r_.instance_minutes * o_.watts + stream_minutes_ * o_.watts_per_stream) / 60 / 1000;
  }

 private:
  SimulationResult& r_;
  const SimulationOptions& o_;
  double minutes_;
  std::array<std::size_t, 3> over_{};
  std::size_t penalties_ = 0;
  double stream_minutes_ = 0;  ///< served
};

std::size_t slots_of(Duration d, Duration slot) {
  return static_cast<std::size_t>(std::max<std::int64_t>(0, (d + slot - Duration(1)) / slot));
}

}  // namespace

struct ServiceRun::Parts {
  Parts(SimulationResult& r, const WorkloadTrace& trace, const decision::Capacity& capacity,
        const SimulationOptions& o, std::size_t look_back, Room* room)
      : records(r, o, trace.slot),
        instances(o, room),
        latencies(capacity, o, trace.slot, look_back),
        arrivals(o.seed, 3) {}
  Records records;
  Instances instances;
  SlotLatencies latencies;
  decision::ScalingRandom arrivals;
  decision::ScalingInput in{};
};

ServiceRun::ServiceRun(const WorkloadTrace& trace, const decision::Capacity& capacity,
                       decision::ScalingPolicy& policy, const ForecastSource* source,
                       const SimulationOptions& o, Room* room)
    : trace_(trace), policy_(policy), source_(source), options_(o) {
  check(o);
  if (o.start_slot >= trace.size())
    throw ConfigError("", "start_slot", fmt::format("{}", o.start_slot),
                      fmt::format("below the trace's {} slots", trace.size()));
  const decision::ScalingNeeds needs = policy.needs();
  horizon_ = slots_of(needs.horizon, trace.slot);
  if (horizon_ > 0 && source == nullptr)
    throw LogicError(fmt::format("the policy {} needs a forecast", policy.kind()));
  policy.reset();
  result_.name = std::string(policy.kind());
  result_.protocol = o.protocol;
  result_.seed = o.seed;
  result_.window = horizon_ > 0 ? needs.horizon : needs.look_back;
  result_.start_slot = o.start_slot;
  result_.slots = std::min(o.slots, trace.size() - o.start_slot);
  parts_ = std::make_unique<Parts>(result_, trace, capacity, options_,
                                   slots_of(needs.look_back, trace.slot), room);
}

ServiceRun::~ServiceRun() = default;

void ServiceRun::begin(std::size_t i) {
  Instances& instances = parts_->instances;
  const std::size_t slot = options_.start_slot + i;
  const double moved = instances.begin(slot);
  double load = trace_.load[slot] * options_.streams;
  if (options_.arrivals && load > 0) load = static_cast<double>(parts_->arrivals.poisson(load));
  const bool known = std::isfinite(load);
  SlotLatencies& latencies = parts_->latencies;
  SlotLatencies::Seen seen = latencies.next(known ? load : 0, instances.ready(), moved);
  if (known && load > 0 && instances.ready() < 1) seen.objective = seen.highest = nobody_serves;
  result_.unknown_slots += !known;
  parts_->records.slot(load, seen, instances);
  decision::ScalingInput& in = parts_->in;
  in.at = trace_.time(slot + 1);
  in.replicas = instances.asked();
  in.ready = instances.ready();
  in.load = load;
  in.latency = known ? std::max(latencies.window(), instances.ready() < 1 ? seen.objective : 0.0)
                     : std::numeric_limits<double>::quiet_NaN();
}

void ServiceRun::end(std::size_t i) {
  const std::size_t slot = options_.start_slot + i;
  decision::ScalingInput& in = parts_->in;
  if (horizon_ > 0) {
    source_->fill(slot, horizon_, in);
    if (options_.streams != 1) {
      for (double& v : in.forecast) v *= options_.streams;
      for (double& v : in.forecast_mean) v *= options_.streams;
    }
  }
  ScalingDecision d = policy_.plan(in);
  if (d.acts()) parts_->instances.ask(slot, d.replicas);
  parts_->records.decided(slot, std::move(d));
}

SimulationResult ServiceRun::finish() {
  parts_->records.finish();
  result_.failures = parts_->instances.failures();
  result_.samples = parts_->latencies.samples();
  return std::move(result_);
}

SimulationResult simulate(const WorkloadTrace& trace, const decision::Capacity& capacity,
                          decision::ScalingPolicy& policy, const ForecastSource* source,
                          const SimulationOptions& o) {
  ServiceRun run(trace, capacity, policy, source, o, nullptr);
  for (std::size_t i = 0; i < run.slots(); ++i) {
    run.begin(i);
    run.end(i);
  }
  return run.finish();
}

}  // namespace learningplane::simulation
