// Jobs on a live executor: how late they start and what they cost.
// benchmarks/peers/timers_apscheduler.py runs this and APScheduler in one go and prints the ratios.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <ctime>
#include <string>
#include <vector>

#include "learningplane/agent/scheduler.hpp"
#include "learningplane/net/asio_executor.hpp"
#include "learningplane/trigger/cron.hpp"
#include "learningplane/trigger/interval.hpp"

namespace {

using namespace learningplane;
using namespace std::chrono_literals;

double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

double quantile(std::vector<double>& sorted, double q) {
  return sorted[static_cast<std::size_t>(q * static_cast<double>(sorted.size() - 1))];
}

/// Jobs that do nothing, spread evenly over the period, for some seconds of real time.
void jobs(benchmark::State& state) {
  const auto count = state.range(0);
  const Duration period = std::chrono::milliseconds(state.range(1));
  const Duration length = std::chrono::seconds(state.range(2));
  std::vector<double> late;
  late.reserve(static_cast<std::size_t>(count * (length / period + 2)));
  for (auto _ : state) {
    net::AsioExecutor executor;
    const double before_adding = cpu_seconds();
    const TimePoint start = executor.clock().now() + 500ms;
    agent::Scheduler scheduler(executor);
    for (std::int64_t i = 0; i < count; ++i) {
      auto trigger = std::make_shared<trigger::Interval>(
          trigger::IntervalOptions{.every = period, .start = start + period * i / count});
      scheduler.add(
          {.name = "job" + std::to_string(i), .trigger = std::move(trigger)},
          [&](const agent::JobRun& run, const agent::Done& done) {
            late.push_back(std::chrono::duration<double>(run.started - run.scheduled).count());
            done({});
          });
    }
    const double added = cpu_seconds();
    executor.at(start + length, [&] { executor.stop(); });
    executor.run();
    const double used = cpu_seconds() - added;
    std::sort(late.begin(), late.end());
    state.counters["runs"] = static_cast<double>(late.size());
    state.counters["p50_us"] = quantile(late, 0.5) * 1e6;
    state.counters["p99_us"] = quantile(late, 0.99) * 1e6;
    state.counters["cpu_percent"] = 100 * used / std::chrono::duration<double>(length).count();
    state.counters["cpu_us_per_run"] = 1e6 * used / static_cast<double>(late.size());
    state.counters["add_us"] = 1e6 * (added - before_adding) / static_cast<double>(count);
  }
}
BENCHMARK(jobs)
    ->Args({1000, 1000, 10})
    ->Args({10'000, 1000, 10})
    ->Args({10'000, 40, 5})
    ->Iterations(1);

void cron_next(benchmark::State& state, const char* expression) {
  const trigger::Cron cron(
      {.expression = expression, .zone = Zone::load("Europe/Berlin").value_or(Zone::utc())});
  TimePoint t{};
  for (auto _ : state) {
    const auto next = cron.next(t);
    t = next ? *next : TimePoint{};
    benchmark::DoNotOptimize(t);
  }
}
BENCHMARK_CAPTURE(cron_next, every_five_minutes, "*/5 * * * *");
BENCHMARK_CAPTURE(cron_next, daily, "30 2 * * *");
BENCHMARK_CAPTURE(cron_next, leap_days, "0 0 29 2 *");
BENCHMARK_CAPTURE(cron_next, never, "0 0 */31 * MON#5");

}  // namespace
