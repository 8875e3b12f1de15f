#include "learningplane/pipeline/runner.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <thread>

namespace learningplane::pipeline {

using Steady = std::chrono::steady_clock;

std::string_view to_string(StageStatus status) {
  static constexpr std::string_view names[] = {"done", "failed", "timed_out", "skipped",
                                               "cancelled"};
  return names[static_cast<std::size_t>(status)];
}

bool RunReport::ok() const {
  return std::all_of(stages.begin(), stages.end(),
                     [](const StageReport& s) { return s.status == StageStatus::done; });
}

Failure RunReport::failure() const {
  for (const StageReport& s : stages) {
    if (s.failure) return Failure(*s.failure).within(s.name).within(pipeline);
  }
  return Failure{Errc::internal, "nothing failed", pipeline};
}

/// What the thread of an attempt and the runner share. The thread keeps it alive, so an abandoned
/// attempt writes into its own context, which nobody reads any more.
struct Runner::Attempt {
  struct Signal {
    std::mutex mutex;
    std::condition_variable changed;
  };
  std::shared_ptr<Signal> signal;
  std::stop_source stop;
  std::unique_ptr<Context> context;
  std::size_t stage = 0;
  Steady::time_point started{};
  Steady::time_point deadline = Steady::time_point::max();
  bool finished = false;  // guarded by signal->mutex
  Result<void> result{};  // guarded by signal->mutex
  std::thread thread{};
};

struct Runner::Run {
  enum class State { waiting, delayed, running, over };
  struct Slot {
    State state = State::waiting;
    Steady::time_point not_before{};
  };
  const Graph& graph;
  Context& context;
  RunReport report{};
  std::vector<Slot> slots{};
  std::vector<std::shared_ptr<Attempt>> running{};
  std::shared_ptr<Attempt::Signal> signal = std::make_shared<Attempt::Signal>();

  Run(const Graph& g, Context& c) : graph(g), context(c), slots(g.stages().size()) {
    report.pipeline = g.name();
    for (const Stage& s : g.stages()) report.stages.push_back({.name = s.name});
  }

  bool over() const {
    return std::all_of(slots.begin(), slots.end(),
                       [](const Slot& s) { return s.state == State::over; });
  }

  void end(std::size_t i, StageStatus status, std::optional<Failure> failure) {
    slots[i].state = State::over;
    report.stages[i].status = status;
    report.stages[i].failure = std::move(failure);
  }

  /// Stages behind one that did not succeed are skipped.
  void skip_behind() {
    for (std::size_t i = 0; i < slots.size(); ++i) {
      if (slots[i].state != State::waiting) continue;
      for (const std::string& a : graph.stages()[i].after) {
        const std::size_t before = graph.index(a);
        if (slots[before].state == State::over &&
            report.stages[before].status != StageStatus::done) {
          end(i, StageStatus::skipped, std::nullopt);
          break;
        }
      }
    }
  }

  bool ready(std::size_t i, Steady::time_point now) const {
    if (slots[i].state == State::delayed) return slots[i].not_before <= now;
    if (slots[i].state != State::waiting) return false;
    const auto& after = graph.stages()[i].after;
    return std::all_of(after.begin(), after.end(), [&](const std::string& a) {
      return slots[graph.index(a)].state == State::over;
    });
  }

  void start(std::size_t i) {
    const Stage& stage = graph.stages()[i];
    auto attempt = std::make_shared<Attempt>();
    attempt->signal = signal;
    attempt->stage = i;
    attempt->context.reset(new Context(context, attempt->stop.get_token()));
    attempt->started = Steady::now();
    if (stage.timeout > Duration{0}) attempt->deadline = attempt->started + stage.timeout;
    slots[i].state = State::running;
    ++report.stages[i].attempts;
    attempt->thread = std::thread([attempt, work = stage.work] {
      Result<void> result;
      try {
        result = work(*attempt->context);
      } catch (const Error& e) {
        result = tl::unexpected(e.failure());
      } catch (const std::exception& e) {
        result = fail(Errc::internal, e.what());
      }
      const std::lock_guard lock(attempt->signal->mutex);
      attempt->result = std::move(result);
      attempt->finished = true;
      attempt->signal->changed.notify_all();
    });
    running.push_back(std::move(attempt));
  }

  void settle(std::size_t i, StageStatus status, Failure failure) {
    const Stage& stage = graph.stages()[i];
    if (report.stages[i].attempts <= stage.retries && status != StageStatus::cancelled) {
      slots[i] = {State::delayed, Steady::now() + stage.retry_delay};
    } else {
      end(i, status, std::move(failure));
    }
  }
};

Runner::Runner(RunnerOptions options) : options_(options) {
  if (options_.threads == 0) throw ConfigError("", "threads", "0", "at least 1 is needed");
}

Runner::~Runner() {
  for (auto& a : abandoned_) a->stop.request_stop();
  for (auto& a : abandoned_) a->thread.join();
}

std::size_t Runner::abandoned() const {
  return static_cast<std::size_t>(
      std::count_if(abandoned_.begin(), abandoned_.end(), [](const auto& a) {
        const std::lock_guard lock(a->signal->mutex);
        return !a->finished;
      }));
}

RunReport Runner::run(const Graph& graph, Context& context, std::stop_token stop) {
  Run run(graph, context);
  const auto abandon = [&](const std::shared_ptr<Attempt>& a) {
    a->stop.request_stop();
    abandoned_.push_back(a);
  };
  const std::stop_callback wake(stop, [signal = run.signal] {
    const std::lock_guard lock(signal->mutex);
    signal->changed.notify_all();
  });
  std::unique_lock lock(run.signal->mutex);
  while (true) {
    const bool stopping = stop.stop_requested();
    const auto now = Steady::now();
    for (auto it = run.running.begin(); it != run.running.end();) {
      const std::shared_ptr<Attempt> a = *it;
      StageReport& report = run.report.stages[a->stage];
      if (a->finished) {
        it = run.running.erase(it);
        lock.unlock();
        a->thread.join();
        lock.lock();
        report.took = now - a->started;
        if (a->result) {
          a->context->commit();
          run.end(a->stage, StageStatus::done, std::nullopt);
        } else {
          run.settle(a->stage, stopping ? StageStatus::cancelled : StageStatus::failed,
                     a->result.error());
        }
      } else if (now >= a->deadline || stopping) {
        it = run.running.erase(it);
        report.took = now - a->started;
        abandon(a);
        run.settle(a->stage, stopping ? StageStatus::cancelled : StageStatus::timed_out,
                   stopping
                       ? Failure{Errc::cancelled, "asked to stop", {}}
                       : Failure{Errc::timeout,
                                 fmt::format("not finished after {}",
                                             format_duration(graph.stages()[a->stage].timeout)),
                                 {}});
      } else {
        ++it;
      }
    }
    run.skip_behind();
    for (std::size_t i = 0; i < run.slots.size(); ++i) {
      if (stopping && run.slots[i].state != Run::State::over) {
        run.end(i, StageStatus::cancelled, Failure{Errc::cancelled, "asked to stop", {}});
      } else if (run.running.size() < options_.threads && run.ready(i, now)) {
        run.start(i);
      }
    }
    if (run.over()) return run.report;
    auto wake_at = Steady::time_point::max();
    for (const auto& a : run.running) wake_at = std::min(wake_at, a->deadline);
    for (const auto& s : run.slots) {
      if (s.state == Run::State::delayed) wake_at = std::min(wake_at, s.not_before);
    }
    const auto changed = [&] {
      return stop.stop_requested() != stopping ||
             std::any_of(run.running.begin(), run.running.end(),
                         [](const auto& a) { return a->finished; });
    };
    if (changed()) continue;
    if (wake_at == Steady::time_point::max()) {
      run.signal->changed.wait(lock);
    } else {
      run.signal->changed.wait_until(lock, wake_at);
    }
  }
}

}  // namespace learningplane::pipeline
