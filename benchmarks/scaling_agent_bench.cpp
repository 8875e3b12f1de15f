// One agent that decides how many instances each of many workloads has, every 15 s: telemetry of
// five metrics a workload over HTTP as Prometheus answers it, a hybrid policy and a day_profile for
// each, a journal on disk. Time is the agent's own (a manual clock), so that an hour is played as
// fast as the machine can; `lag` is how long after a run is due its last decision is carried out.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <httplib.h>
#include <stdlib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>
#include <utility>
#include <vector>

#include "learningplane/adapters/prometheus/sensor.hpp"
#include "learningplane/adapters/sqlite/journal.hpp"
#include "learningplane/agent/agent.hpp"
#include "learningplane/decision/hpa.hpp"
#include "learningplane/decision/hybrid.hpp"
#include "learningplane/executor.hpp"
#include "learningplane/model/day_profile.hpp"
#include "learningplane/trigger/interval.hpp"

namespace {

using namespace learningplane;
using namespace std::chrono_literals;

const TimePoint start = from_ns(1'704'067'200'000'000'000) + 10h;
constexpr const char* metrics[] = {"load", "latency", "cpu", "replicas", "ready"};

double cpu_seconds() {
  timespec t{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// What an agent remembers over a restart.
std::size_t kept_bytes(const std::string& folder) {
  std::size_t bytes = 0;
  const auto j =
      adapters::sqlite::open_journal(folder + "/journal.sqlite", adapters::sqlite::Access::read);
  for (const journal::Kept& k : value_or_throw(j->kept("fleet"))) bytes += k.text.size();
  return bytes;
}

double resident_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmRSS:", 0) == 0) return std::stod(line.substr(6)) / 1024;
  }
  return 0;
}

/// A cluster whose workloads have a working day each, and the Prometheus that watches it.
class Cluster {
 public:
  explicit Cluster(std::size_t workloads) : replicas_(workloads) {
    for (auto& r : replicas_) r = 1;
    const auto answer = [this](const httplib::Request& q, httplib::Response& out) {
      out.set_content(matrix(q.get_param_value("query"), std::stod(q.get_param_value("start")),
                             std::stod(q.get_param_value("end")), step_of(q)),
                      "application/json");
    };
    server_.Get("/api/v1/query_range", answer);
    server_.Post("/api/v1/query_range", answer);
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }
  ~Cluster() {
    server_.stop();
    thread_.join();
  }
  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }
  void scale(const std::string& application, std::int64_t replicas) {
    replicas_[std::stoul(application.substr(1))] = replicas;
  }

 private:
  static double step_of(const httplib::Request& q) {
    const std::string text = q.get_param_value("step");
    return text.find_first_not_of("0123456789.") == std::string::npos
               ? std::stod(text)
               : static_cast<double>(value_or_throw(parse_duration(text)).count()) / 1e9;
  }
  double value(std::size_t metric, std::size_t w, double t) const {
    const auto instances = static_cast<double>(replicas_[w]);
    // Between nothing and some forty streams, each workload with an hour of its own.
    const double hour = t / 3600 + static_cast<double>(w % 24);
    const double load =
        std::floor((1 + std::sin(hour / 24 * 6.2831853)) * static_cast<double>(1 + w % 20));
    if (metric == 0) return load;
    if (metric == 1) return 10 + load / instances;
    if (metric == 2) return load / instances / 6;
    return instances;
  }
  std::string matrix(const std::string& query, double from, double to, double step) const {
    const std::size_t metric = static_cast<std::size_t>(
        std::find(std::begin(metrics), std::end(metrics), query) - std::begin(metrics));
    std::string out = R"({"status":"success","data":{"resultType":"matrix","result":[)";
    for (std::size_t w = 0; w < replicas_.size(); ++w) {
      fmt::format_to(std::back_inserter(out), R"({}{{"metric":{{"workload":"w{}"}},"values":[)",
                     w == 0 ? "" : ",", w);
      bool first = true;
      for (double t = from; t <= to + 1e-6; t += step) {
        fmt::format_to(std::back_inserter(out), R"({}[{:.3f},"{:.6g}"])", first ? "" : ",", t,
                       value(metric, w, t));
        first = false;
      }
      out += "]}";
    }
    return out + "]}}";
  }

  std::vector<std::atomic<std::int64_t>> replicas_;
  httplib::Server server_{};
  std::thread thread_{};
  int port_ = 0;
};

class Hand final : public actuator::Actuator {
 public:
  explicit Hand(Cluster& cluster) : cluster_(cluster) {}
  actuator::Delivery delivery() const override { return actuator::Delivery::at_least_once; }
  std::string describe() const override { return "cluster"; }

 protected:
  actuator::Outcome do_act(const actuator::Command& c) override {
    cluster_.scale(c.application, std::get<decision::Scale>(c.action).replicas);
    return {actuator::OutcomeStatus::done, "scaled", Value::object(), 1};
  }
  actuator::Outcome do_plan(const actuator::Command&) override { return {}; }

 private:
  Cluster& cluster_;
};

struct Quiet final : Logger {
  void log(LogLevel level, std::string_view message) override {
    if (level >= LogLevel::error && shown++ < 3) fmt::print(stderr, "{}\n", std::string(message));
  }
  int shown = 0;
};

using Steady = std::chrono::steady_clock;

struct Count final : agent::Observer {
  void on_outcome(const actuator::Command&, const actuator::Outcome&) override {
    ++acts;
    decided = Steady::now();
  }
  void on_failure(std::string_view, const Failure&) override { ++failures; }
  std::int64_t acts = 0, failures = 0;
  Steady::time_point decided{};  ///< when the last decision was written or carried out
  Steady::time_point written{};  ///< when decisions were written last
  std::int64_t models_at = -1;   ///< seconds after the start, when all models were there
};

/// A journal that tells when decisions were written.
class Told final : public journal::Journal {
 public:
  Told(std::unique_ptr<journal::Journal> inner, Count& seen)
      : inner_(std::move(inner)), seen_(seen) {}
  Result<std::int64_t> append(const journal::Entry& e) override {
    if (e.body.get("event", "") == "fitted_models") seen_.models_at = (e.at - start) / 1s;
    return inner_->append(e);
  }
  Result<void> record(const std::vector<journal::Entry>& entries,
                      const std::vector<journal::Kept>& kept) override {
    auto done = inner_->record(entries, kept);
    seen_.decided = seen_.written = Steady::now();
    return done;
  }
  Result<std::vector<journal::Kept>> kept(const std::string& agent) const override {
    return inner_->kept(agent);
  }
  Result<std::vector<journal::Entry>> read(const journal::Query& q) const override {
    return inner_->read(q);
  }
  Result<std::vector<journal::Entry>> open_intents() const override {
    return inner_->open_intents();
  }
  Result<std::size_t> drop_before(TimePoint t) override { return inner_->drop_before(t); }

 private:
  std::unique_ptr<journal::Journal> inner_;
  Count& seen_;
};

std::unique_ptr<model::Forecaster> day_profile() {
  return std::make_unique<model::DayProfile>(
      model::DayProfileOptions{.target = "load", .most_days = 7});
}

/// What such an agent is made of, the rest of the world aside.
agent::AgentParts parts(const std::string& url, const agent::ScalingPolicyFactory& policy) {
  agent::AgentParts p;
  p.name = "fleet";
  adapters::prometheus::PrometheusOptions prometheus;
  prometheus.url = url;
  prometheus.attempts = 1;
  for (const char* m : metrics)
    prometheus.queries.push_back({.name = m, .query = m, .labels = {{"workload"}}});
  p.sensors["prometheus"] = std::make_unique<adapters::prometheus::PrometheusSensor>(prometheus);
  p.make_scaling = policy;
  p.make_model = day_profile;
  p.forecast.target = "load";
  p.forecast.training = 48h;
  p.forecast.history = 10min;
  p.scaling.by = "workload";
  p.scaling.latency = "latency";
  p.scaling.metrics = {"cpu"};
  p.scaling.replicas = "replicas";
  p.scaling.ready = "ready";
  p.scaling.step = 5min;
  p.scaling.record = agent::RecordedDecisions::changes;
  agent::Schedule each;
  each.job.name = "scale";
  each.job.trigger = std::make_shared<trigger::Interval>(trigger::IntervalOptions{.every = 15s});
  p.schedules = {each};
  return p;
}

enum class Fitting {
  between_runs,  ///< of models that are missing: as a live agent does
  at_once        ///< as on a clock that stands still
};

void decide(benchmark::State& state, const agent::ScalingPolicyFactory& policy, Fitting fitting) {
  const auto workloads = static_cast<std::size_t>(state.range(0));
  const auto runs = static_cast<int>(state.range(1));
  for (auto _ : state) {
    std::string folder = (std::filesystem::temp_directory_path() / "lp-bench-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) return state.SkipWithError("no folder");
    ManualClock clock(start);
    ManualExecutor executor(clock);
    Quiet log;
    Count seen;
    Cluster cluster(workloads);
    const SystemClock stopwatch;
    std::map<std::string, std::shared_ptr<model::Forecaster>> models;
    const auto make = [&] {
      agent::AgentParts p = parts(cluster.url(), policy);
      p.actuators["cluster"] = std::make_unique<Hand>(cluster);
      if (fitting == Fitting::between_runs) p.stopwatch = &stopwatch;
      p.publish = [&](const std::string& name, const model::Forecaster& m,
                      const model::ModelCard&) -> Result<std::string> {
        auto copy = day_profile();
        if (auto loaded = copy->load(m.save()); !loaded) return tl::unexpected(loaded.error());
        models[name] = std::move(copy);
        return std::string("1");
      };
      p.recall = [&](const std::string& name) -> Result<std::shared_ptr<model::Forecaster>> {
        const auto found = models.find(name);
        if (found == models.end()) return fail(Errc::not_found, "none");
        std::shared_ptr<model::Forecaster> copy = day_profile();
        if (auto loaded = copy->load(found->second->save()); !loaded)
          return tl::unexpected(loaded.error());
        return copy;
      };
      p.journal =
          std::make_shared<Told>(adapters::sqlite::open_journal(folder + "/journal.sqlite"), seen);
      p.executor = &executor;
      p.logger = &log;
      p.observer = &seen;
      return std::make_unique<agent::Agent>(std::move(p));
    };
    auto agent = make();
    if (!agent->start()) return state.SkipWithError("the agent does not start");
    const auto since = [](Steady::time_point t) {
      return std::chrono::duration<double>(Steady::now() - t).count();
    };
    std::vector<double> first_lags, lags;
    double run_max = 0;
    const auto run = [&](int i) {
      const auto due = Steady::now();
      seen.decided = due;
      executor.run_until(start + i * 15s);
      const double whole = since(due);
      run_max = std::max(run_max, whole);
      const double lag = std::chrono::duration<double>(seen.decided - due).count();
      return lag > 0 ? lag : whole;  // nothing had changed: nothing was written
    };
    // It learns of the workloads and fits their models.
    constexpr int at_first = 12;
    const auto began = Steady::now();
    first_lags.push_back(run(1));
    const double first_written = std::chrono::duration<double>(seen.written - began).count();
    const std::int64_t first_acts = seen.acts;
    for (int i = 2; i <= at_first; ++i) first_lags.push_back(run(i));
    const double first_run_max = std::exchange(run_max, 0);
    const double cpu = cpu_seconds();
    for (int i = 1; i <= runs; ++i) lags.push_back(run(at_first + i));
    const double spent = cpu_seconds() - cpu;
    const double resident = resident_mib();
    // Ended and started again: the journal is looked through, states and models are taken up.
    agent.reset();
    const auto ended = Steady::now();
    agent = make();
    if (!agent->start()) return state.SkipWithError("the agent does not start again");
    const double started = since(ended);
    const double again = run(at_first + runs + 1);
    std::sort(lags.begin(), lags.end());
    state.counters["first_written_s"] = first_written;
    state.counters["first_acts"] = static_cast<double>(first_acts);
    state.counters["first_lag_s"] = first_lags.front();
    state.counters["first_lag_max_s"] = *std::max_element(first_lags.begin(), first_lags.end());
    state.counters["first_run_max_s"] = first_run_max;
    state.counters["models_at_s"] = static_cast<double>(seen.models_at);
    state.counters["restart_s"] = started;
    state.counters["restart_lag_s"] = again;
    state.counters["kept_kib"] = static_cast<double>(kept_bytes(folder)) / 1024;
    state.counters["lag_p50_ms"] = 1e3 * lags[lags.size() / 2];
    state.counters["lag_p99_ms"] =
        1e3 * lags[static_cast<std::size_t>(0.99 * static_cast<double>(lags.size() - 1))];
    state.counters["lag_max_ms"] = 1e3 * lags.back();
    state.counters["cpu_share"] = spent / (15.0 * runs);
    state.counters["acts"] = static_cast<double>(seen.acts);
    state.counters["failures"] = static_cast<double>(seen.failures);
    state.counters["resident_mib"] = resident;
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
  }
}
const decision::Capacity capacity = decision::Capacity::from_throughput(5, 22);

std::unique_ptr<decision::ScalingPolicy> hybrid() {
  decision::HybridOptions o;
  o.step = 5min;
  o.objective.latency = 30;
  o.limits.maximum = 20;
  return std::make_unique<decision::Hybrid>(o, capacity);
}

/// Of all the policies it has most to remember: its recommendations change with every run.
std::unique_ptr<decision::ScalingPolicy> hpa() {
  decision::HpaOptions o;
  o.metrics = {{"load", 4, decision::HpaTarget::average_value}};
  o.limits.maximum = 20;
  return std::make_unique<decision::Hpa>(o);
}

// Smallest first: memory that was used once stays with the process.
BENCHMARK_CAPTURE(decide, hybrid, hybrid, Fitting::between_runs)
    ->Args({100, 240})
    ->Args({1'000, 240})
    ->Args({5'000, 240})
    ->Iterations(1)
    ->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(decide, hpa, hpa, Fitting::between_runs)
    ->Args({5'000, 240})
    ->Iterations(1)
    ->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(decide, hybrid_fitted_at_once, hybrid, Fitting::at_once)
    ->Args({5'000, 24})
    ->Iterations(1)
    ->Unit(benchmark::kSecond);

}  // namespace
