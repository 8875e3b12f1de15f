#include "learningplane/agent/agent.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <set>

#include "agent/commander.hpp"
#include "agent/cycle.hpp"
#include "agent/scaling_cycle.hpp"
#include "agent/sizing_cycle.hpp"
#include "learningplane/error.hpp"

namespace learningplane::agent {

namespace {

/// Hands everything on, and keeps what the other side throws.
class SafeObserver final : public Observer {
 public:
  SafeObserver(Observer* inner, Logger& logger) : inner_(inner), logger_(logger) {}
  void on_schedule(const SchedulerEvent& e) override {
    guarded([&] { inner_->on_schedule(e); });
  }
  void on_forecast(std::string_view site, const decision::Quantity& q) override {
    guarded([&] { inner_->on_forecast(site, q); });
  }
  void on_forecast_steps(std::string_view site, const model::Forecast& f) override {
    guarded([&] { inner_->on_forecast_steps(site, f); });
  }
  void on_decision(std::string_view id, const decision::Decision& d) override {
    guarded([&] { inner_->on_decision(id, d); });
  }
  void on_intent(const actuator::Command& c) override {
    guarded([&] { inner_->on_intent(c); });
  }
  void on_outcome(const actuator::Command& c, const actuator::Outcome& o) override {
    guarded([&] { inner_->on_outcome(c, o); });
  }
  void on_failure(std::string_view where, const Failure& f) override {
    guarded([&] { inner_->on_failure(where, f); });
  }

 private:
  template <class F>
  void guarded(F&& f) {
    if (inner_ == nullptr) return;
    try {
      f();
    } catch (const std::exception& e) {
      logger_.error(std::string("the observer failed: ") + e.what());
    }
  }
  Observer* inner_;
  Logger& logger_;
};

[[noreturn]] void refuse(std::string_view key, std::string_view allowed) {
  throw ConfigError("", key, "", allowed);
}
/// What only the one who builds the agent brings.
void check_surroundings(const AgentParts& p) {
  if (p.executor == nullptr) refuse("executor", "an executor is needed");
  if (p.logger == nullptr) refuse("logger", "a logger is needed");
  if (p.journal == nullptr) refuse("journal", "a journal is needed");
  if (p.sensors.empty()) refuse("sensors", "at least one sensor is needed");
}

}  // namespace

struct Agent::Impl : std::enable_shared_from_this<Agent::Impl> {
  explicit Impl(AgentParts given)
      : parts(std::move(given)),
        observer(parts.observer, *parts.logger),
        commander(with_observer()),
        cycle(parts, commander),
        scaling(parts.make_scaling ? std::make_unique<ScalingCycle>(parts, commander) : nullptr),
        sizing(parts.make_sizing ? std::make_unique<SizingCycle>(parts, commander) : nullptr) {}
  AgentParts& with_observer() {
    parts.observer = &observer;
    return parts;
  }

  Result<void> recover() {
    const TimePoint now = parts.executor->clock().now();
    journal::Entry started{0,
                           now,
                           journal::EntryKind::note,
                           parts.name,
                           "",
                           "",
                           "",
                           Value::object()
                               .set("event", "started")
                               .set("mode", to_string(parts.mode))
                               .set("acting", parts.act == actuator::Mode::real)};
    auto sequence = parts.journal->append(started);
    if (!sequence) return tl::unexpected(sequence.error());
    // Time and sequence: unlike any other start, also after the journal was moved away.
    std::string stamp = to_iso8601(now).substr(0, 19);
    std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
    const std::string epoch = fmt::format("{}-{}-{}", parts.name, stamp, *sequence);
    cycle.begin(epoch);
    if (sizing) sizing->begin(epoch);
    if (auto settled = commander.recover(); !settled || !scaling) return settled;
    return scaling->begin(epoch);
  }

  /// One run of a schedule, from start to the journal's line about it.
  Result<void> work(const Schedule& schedule, const JobRun& run) {
    Result<Value> done = Value();
    try {
      // What fell due is decided as of then, however late the worker comes to it.
      const TimePoint at =
          run.cause == Cause::trigger ? run.scheduled : parts.executor->clock().now();
      done = scaling  ? scaling->run(schedule.task, schedule.job.name, at, slice(schedule, run))
             : sizing ? sizing->run(schedule.task, schedule.job.name, at)
                      : cycle.run(schedule.task, schedule.job.name);
    } catch (const std::exception& e) {
      done = fail(Errc::internal, e.what());
    }
    journal::Entry e{0,
                     parts.executor->clock().now(),
                     journal::EntryKind::run,
                     parts.name,
                     schedule.job.name,
                     "",
                     "",
                     Value::object()};
    e.body.set("task", to_string(schedule.task))
        .set("scheduled", to_iso8601(run.scheduled))
        .set("scheduled_ns", to_ns(run.scheduled))
        .set("started", to_iso8601(run.started))
        .set("status", done ? "done" : "failed");
    if (done) {
      e.body.set("result", std::move(*done));
    } else {
      e.body.set("failure", done.error().describe());
    }
    if (auto written = parts.journal->append(e); !written) {
      parts.logger->error("journal failed: " + written.error().describe());
      observer.on_failure("journal", written.error());
    }
    forget_old();
    if (!done) return tl::unexpected(done.error());
    return {};
  }

  /// How long a run may go on with what can wait: half the time until the next one.
  static Duration slice(const Schedule& schedule, const JobRun& run) {
    if (run.cause != Cause::trigger || !schedule.job.trigger) return Duration::max();
    const auto next = schedule.job.trigger->next(run.scheduled);
    return next ? (*next - run.scheduled) / 2 : Duration::max();
  }

  void forget_old() {
    const TimePoint now = parts.executor->clock().now();
    if (parts.retention <= Duration::zero() || now - forgot < std::chrono::hours(1)) return;
    forgot = now;
    if (auto dropped = parts.journal->drop_before(now - parts.retention); !dropped)
      parts.logger->error("journal failed: " + dropped.error().describe());
  }

  std::optional<TimePoint> last_run(const std::string& schedule) {
    auto runs =
        parts.journal->read({.kind = journal::EntryKind::run, .schedule = schedule, .limit = 1});
    if (!runs || runs->empty() || runs->back().agent != parts.name) return std::nullopt;
    const Value* ns = runs->back().body.find("scheduled_ns");
    if (ns == nullptr || !ns->is_int()) return std::nullopt;
    return from_ns(ns->as_int());
  }

  void add_schedules() {
    std::weak_ptr<Impl> weak = weak_from_this();
    scheduler = std::make_unique<Scheduler>(*parts.executor, [weak](const SchedulerEvent& e) {
      if (auto self = weak.lock()) self->heard(e);
    });
    for (const Schedule& s : parts.schedules) {
      JobOptions options = s.job;
      if (!options.last_run) options.last_run = last_run(options.name);
      scheduler->add(std::move(options), [weak, s](const JobRun& run, Done done) {
        auto self = weak.lock();
        if (!self) return;
        auto task = [weak, s, run, done] {
          auto alive = weak.lock();
          if (alive && !alive->stopping) done(alive->work(s, run));
        };
        if (self->parts.worker) {
          self->parts.worker(std::move(task));
        } else {
          task();
        }
      });
    }
  }

  void heard(const SchedulerEvent& e) {
    using Kind = SchedulerEvent::Kind;
    const bool bad = e.kind == Kind::failed || e.kind == Kind::missed || e.kind == Kind::skipped;
    parts.logger->log(bad ? LogLevel::warning : LogLevel::info, to_log_line(e));
    observer.on_schedule(e);
  }

  AgentParts parts;
  SafeObserver observer;
  Commander commander;
  Cycle cycle;
  std::unique_ptr<ScalingCycle> scaling;
  std::unique_ptr<SizingCycle> sizing;
  std::unique_ptr<Scheduler> scheduler{};
  std::atomic<bool> stopping{false};
  TimePoint forgot{};
};

Agent::Agent(AgentParts parts) {
  check_surroundings(parts);
  check_parts(parts);
  impl_ = std::make_shared<Impl>(std::move(parts));
}

Agent::~Agent() { stop(); }

Result<void> Agent::start() {
  impl_->stopping = false;
  if (auto recovered = impl_->recover(); !recovered)
    return fail_within("recovery", recovered.error());
  impl_->add_schedules();
  return {};
}

void Agent::stop() {
  impl_->stopping = true;
  impl_->scheduler.reset();
}

Result<void> Agent::run_once() {
  if (auto recovered = impl_->recover(); !recovered)
    return fail_within("recovery", recovered.error());
  std::vector<Schedule> in_order = impl_->parts.schedules;
  std::stable_sort(in_order.begin(), in_order.end(),
                   [](const Schedule& a, const Schedule& b) { return a.task < b.task; });
  const TimePoint now = impl_->parts.executor->clock().now();
  Result<void> first{};
  std::set<Task> done;
  for (const Schedule& s : in_order) {
    if (!done.insert(s.task).second) continue;
    auto ran = impl_->work(s, JobRun{s.job.name, now, now, Cause::manual});
    if (!ran && first) first = ran;
  }
  return first;
}

std::vector<JobStatus> Agent::jobs() const {
  return impl_->scheduler ? impl_->scheduler->jobs() : std::vector<JobStatus>();
}

const std::string& Agent::name() const { return impl_->parts.name; }

}  // namespace learningplane::agent
