#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <optional>
#include <ostream>
#include <set>
#include <thread>

#include "cli/context.hpp"
#include "cli/printer.hpp"
#include "cli/site_store.hpp"
#include "learningplane/adapters/sqlite/journal.hpp"
#include "learningplane/agent/agent.hpp"
#include "learningplane/agent/forecast_board.hpp"
#include "learningplane/agent/observers.hpp"
#include "learningplane/agent/worker.hpp"
#include "learningplane/config/agent_file.hpp"
#include "learningplane/error.hpp"
#include "learningplane/journal/memory.hpp"
#include "learningplane/net/asio_executor.hpp"
#include "learningplane/net/state_lock.hpp"
#include "learningplane/server/server.hpp"
#include "learningplane/telemetry/csv_sensor.hpp"
#include "learningplane/telemetry/frame_sensor.hpp"

namespace learningplane::cli {

namespace {

struct RunOptions {
  std::string file{};
  bool once = false;
  std::string replay{};
  std::string from{};
  double speed = 0;
  bool dry_run = false;
  std::string state{};
  bool json = false;
  bool quiet = false;
};

/// Catches SIGINT and SIGTERM while it lives, for loops that have no io_context.
class Interrupt {
 public:
  Interrupt() {
    raised_ = 0;
    for (int i = 0; i < 2; ++i) {
      struct sigaction action{};
      action.sa_handler = [](int) { raised_ = 1; };
      sigaction(signals[i], &action, &before_[i]);
    }
  }
  ~Interrupt() {
    for (int i = 0; i < 2; ++i) sigaction(signals[i], &before_[i], nullptr);
  }
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  static bool raised() { return raised_ != 0; }

 private:
  static constexpr int signals[2] = {SIGINT, SIGTERM};
  static inline volatile std::sig_atomic_t raised_ = 0;
  struct sigaction before_[2]{};
};

/// What a run has besides the agent: everything here outlives it.
struct Surroundings {
  std::optional<net::StateLock> lock{};
  config::Secrets secrets{};
};

void keep_state(agent::AgentFile& file, const std::string& folder, Surroundings& around) {
  around.lock.emplace(folder);
  file.parts.journal = adapters::sqlite::open_journal(folder + "/journal.sqlite");
}

/// Models outlive the process as files of the state folder, one a site.
int finish(const Result<void>& done, std::ostream& err) {
  if (done) return ok;
  err << "learningplane: " << done.error().describe() << '\n';
  return failure;
}

server::Health health_of(const agent::Agent& agent) {
  Value jobs = Value::object();
  for (const agent::JobStatus& j : agent.jobs())
    jobs.set(j.name, Value::object()
                         .set("trigger", j.trigger)
                         .set("running", j.running)
                         .set("last", j.last ? Value(to_iso8601(*j.last)) : Value())
                         .set("next", j.next ? Value(to_iso8601(*j.next)) : Value()));
  return {true, Value::object().set("agent", agent.name()).set("schedules", std::move(jobs))};
}

int run_live(const RunOptions& o, Context& context) {
  SystemClock clock;
  Surroundings around;
  net::AsioExecutor executor;
  agent::AgentFile file =
      config::load_agent(o.file, context.registries, clock, agent::Purpose::live, around.secrets);
  Printer printer(context.out, context.err, clock, {o.json, o.quiet, &around.secrets});
  const std::string state = o.state.empty() ? file.state : o.state;
  keep_state(file, state, around);
  keep_models(file.parts, state, context.registries);
  agent::AgentParts& p = file.parts;
  p.executor = &executor;
  p.logger = &printer;
  Metrics metrics;
  agent::MetricsObserver counter(metrics, p.name);
  agent::ForecastBoard board(executor.clock(), p.name);
  agent::ObserverList observers;
  observers.add(printer);
  observers.add(counter);
  observers.add(board);
  p.observer = &observers;
  if (o.dry_run) p.act = actuator::Mode::dry_run;
  if (o.once) {
    agent::Agent agent(std::move(p));
    return finish(agent.run_once(), context.err);
  }
  std::unique_ptr<agent::WorkerThread> worker;
  p.worker = [&worker](std::function<void()> work) { worker->post(std::move(work)); };
  agent::Agent agent(std::move(p));
  worker = std::make_unique<agent::WorkerThread>();  // joined before the agent goes
  std::signal(SIGPIPE, SIG_IGN);  // it goes on where nobody reads its lines any more
  boost::asio::signal_set signals(executor.context(), SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (error) return;
    printer.info("asked to stop: finishing what runs");
    agent.stop();
    executor.stop();
  });
  std::unique_ptr<server::Server> server;
  if (!file.listen.empty())
    server = server::make_server(executor.context(), {.listen = file.listen},
                                 {.metrics = metrics,
                                  .health = [&agent] { return health_of(agent); },
                                  .page = {},
                                  .forecasts = &board});
  if (auto started = agent.start(); !started) return finish(started, context.err);
  executor.run();
  worker.reset();
  return interrupted;
}

telemetry::Frame read_all(const agent::AgentFile& file, const std::string& csv,
                          const Registries& registries) {
  Value options = file.csv;
  options.set("path", csv);
  const Value checked = registries.sensors.manifest("csv").check(options, "sensors." + file.sensor);
  auto frame = telemetry::read_csv(telemetry::CsvSensor::options(checked, ""));
  if (!frame) throw Error(std::move(frame.error()));
  if (frame->empty()) throw Error(Failure{Errc::not_enough_data, csv + " holds no data", {}});
  return std::move(*frame);
}

/// Columns that the agent goes by and the recording does not have: without the one that decisions
/// rest on, nothing would ever be decided.
void check_columns(const agent::AgentParts& p, const telemetry::Frame& frame, const RunOptions& o,
                   Logger& logger) {
  std::set<std::string> there;
  for (const telemetry::Column& c : frame.all()) there.insert(c.name);
  if (p.clean) {  // which may derive some; where it fails the run tells
    if (const auto cleaned = p.clean(frame)) {
      for (const telemetry::Column& c : cleaned->all()) there.insert(c.name);
    } else {
      return;
    }
  }
  std::vector<std::pair<std::string, std::string>> missing;
  std::size_t vital = 0, lost = 0;
  const auto look = [&](const std::string& key, const std::string& name, bool rests_on_it) {
    if (name.empty()) return;
    vital += rests_on_it;
    if (there.contains(name)) return;
    lost += rests_on_it;
    missing.emplace_back(key, name);
  };
  if (p.make_sizing) {
    look("sizing.cpu", p.sizing.cpu, true);
    look("sizing.memory", p.sizing.memory, true);
  } else if (p.make_scaling) {
    look("scaling.load", p.scaling.load, true);
    look("scaling.latency", p.scaling.latency, false);
    for (const std::string& m : p.scaling.metrics) look("scaling.metrics", m, false);
    look("scaling.replicas", p.scaling.replicas, false);
    look("scaling.ready", p.scaling.ready, false);
  } else {
    look("models' target", p.forecast.target, true);
  }
  const std::string has =
      fmt::format("a column of {}, which has: {}", o.replay, fmt::join(there, ", "));
  if (vital > 0 && lost == vital)
    throw ConfigError(o.file, missing.front().first, missing.front().second, has);
  for (const auto& [key, name] : missing)
    logger.warning(fmt::format("{}: '{}' is no column of {}, which has: {}", key, name, o.replay,
                               fmt::join(there, ", ")));
}

/// Waits real time between two moments of the replay, unless asked to go as fast as possible.
bool pace(Duration distance, double speed) {
  if (speed <= 0) return !Interrupt::raised();
  const auto end =
      std::chrono::steady_clock::now() +
      std::chrono::duration_cast<std::chrono::steady_clock::duration>(
          std::chrono::duration<double, std::nano>(static_cast<double>(distance.count()) / speed));
  while (!Interrupt::raised() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(
        std::chrono::milliseconds(50), end - std::chrono::steady_clock::now()));
  return !Interrupt::raised();
}

int run_replay(const RunOptions& o, Context& context) {
  ManualClock clock;
  ManualExecutor executor(clock);
  Surroundings around;
  agent::AgentFile file =
      config::load_agent(o.file, context.registries, clock, agent::Purpose::replay, around.secrets);
  telemetry::Frame frame = read_all(file, o.replay, context.registries);
  const TimePoint begin = o.from.empty() ? frame.time(0) : value_or_throw(parse_iso8601(o.from));
  const TimePoint end = frame.time(frame.rows() - 1);
  if (begin > end)
    throw ConfigError("", "--from", o.from,
                      fmt::format("a time that {} reaches: it goes from {} to {}", o.replay,
                                  to_iso8601(frame.time(0)), to_iso8601(end)));
  clock.set(o.once ? end : begin);
  Printer printer(context.out, context.err, clock, {o.json, o.quiet, &around.secrets});
  agent::AgentParts& p = file.parts;
  if (o.state.empty()) {
    p.journal = std::make_shared<journal::MemoryJournal>();
  } else {
    keep_state(file, o.state, around);
  }
  check_columns(p, frame, o, printer);
  p.sensors[file.sensor] = std::make_unique<telemetry::FrameSensor>(std::move(frame), o.replay);
  p.executor = &executor;
  p.logger = &printer;
  p.observer = &printer;
  p.retention = Duration::zero();  // the replayed past would be dropped at once
  if (o.dry_run) p.act = actuator::Mode::dry_run;
  agent::Agent agent(std::move(p));
  if (o.once) return finish(agent.run_once(), context.err);
  const Interrupt interrupt;
  if (auto started = agent.start(); !started) return finish(started, context.err);
  while (executor.next_due() <= end) {
    const TimePoint next = executor.next_due();
    if (!pace(next - clock.now(), o.speed)) return interrupted;
    executor.run_until(next);
  }
  executor.run_until(end);
  agent.stop();
  printer.summary();
  return ok;
}

}  // namespace

void add_run(CLI::App& app, Context& context) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* sub = app.add_subcommand("run", "Run an agent, live or over recorded telemetry");
  sub->add_option("agent", options->file, "The agent file (YAML)")->required();
  sub->add_flag("--once", options->once, "Do each scheduled task once, now, and end");
  sub->add_option("--replay", options->replay,
                  "Run over the time of this CSV (file, folder or glob) instead of live");
  sub->add_option(
         "--from", options->from,
         "Replay from this time on (ISO 8601); what lies before it is history to learn from")
      ->needs("--replay");
  sub->add_option("--speed", options->speed,
                  "How many times faster than real a replay goes; 0: as fast as it can")
      ->check(CLI::NonNegativeNumber)
      ->needs("--replay");
  sub->add_flag("--dry-run", options->dry_run, "Never act: say what would be done");
  sub->add_option(
      "--state", options->state,
      "Folder of journal and lock, instead of the file's (a replay keeps none without)");
  sub->add_flag("--json", options->json, "Decisions and log as JSON, one object a line");
  sub->add_flag("--quiet", options->quiet, "Only warnings and errors in the log");
  sub->callback([options, &context] {
    context.command = [options, &context] {
      return options->replay.empty() ? run_live(*options, context) : run_replay(*options, context);
    };
  });
}

}  // namespace learningplane::cli
