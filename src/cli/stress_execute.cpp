#include "cli/stress_execute.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <memory>
#include <ostream>

#include "cli/writable.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/metrics.hpp"
#include "learningplane/net/asio_executor.hpp"
#include "learningplane/server/server.hpp"
#include "learningplane/telemetry/csv.hpp"

namespace learningplane::cli {

namespace {

using namespace stress;

/// A scrape endpoint, where one was asked for.
struct Page {
  Metrics none{};
  std::unique_ptr<server::Server> server{};
};
void serve(Page& page, const StressExecuteArguments& a, net::AsioExecutor& executor,
           const StressRun& run, Context& context) {
  if (a.listen.empty()) return;
  page.server = server::make_server(executor.context(), {.listen = a.listen},
                                    {.metrics = page.none,
                                     .health = {},
                                     .page = [&run] { return run.expose(); },
                                     .forecasts = nullptr});
  context.err << "learningplane: metrics at port " << page.server->port() << ", /metrics"
              << std::endl;
}

void report(const StressRun& run, const ControlGroups& groups, const StressExecuteArguments& a,
            int code, Context& context) {
  Value limits = Value::array();
  for (const std::string& note : groups.notes()) limits.push(note);
  if (a.json) {
    context.out << dump_json(to_value(run.report())
                                 .set("limits", std::move(limits))
                                 .set("samples", run.samples().size())
                                 .set("interrupted", code != ok),
                             JsonStyle::pretty)
                << '\n';
    return;
  }
  const StressRunReport& r = run.report();
  context.out << fmt::format(
      "{} steps, {} processes, {} of them ended early; steps began {:.0f} ms late on the mean, "
      "{:.0f} "
      "ms at most\n",
      r.steps, r.processes, r.early, 1e3 * r.late_mean_s, 1e3 * r.late_max_s);
  for (const std::string& f : r.failures) context.out << f << '\n';
  for (const std::string& note : groups.notes()) context.out << note << '\n';
}

}  // namespace

ControlGroupsOptions group_options(const StressExecuteArguments& a) {
  ControlGroupsOptions o;
  if (a.cgroup != "auto" && a.cgroup != "none") o.parent = a.cgroup;
  if (a.limits != "cpu,memory" && a.limits != "cpu" && a.limits != "memory")
    throw ConfigError("", "--limits", a.limits, "cpu, memory or cpu,memory");
  o.cpu = a.cgroup != "none" && a.limits.starts_with("cpu");
  o.memory = a.cgroup != "none" && a.limits.ends_with("memory");
  if (!(a.cpu_weight >= 0))
    throw ConfigError("", "--cpu-weight", fmt::format("{:g}", a.cpu_weight),
                      "0 (as it is) or more");
  o.weight = a.cpu_weight;
  return o;
}

StressRunOptions run_options(const StressExecuteArguments& a) {
  StressRunOptions options;
  options.sample = value_or_throw(parse_duration(a.sample));
  options.room = value_or_throw(machine_room());
  options.command.program = value_or_throw(find_program(a.program));
  if (a.allow_oversubscribe) options.oversubscribe = StressRunOptions::Oversubscribe::allow;
  return options;
}

int execute_stress(const StressExecuteArguments& a, Context& context) {
  const StressSchedule schedule = value_or_throw(load_schedule(a.schedule));
  const StressRunOptions options = run_options(a);
  must_be_writable("--out", a.out);
  net::AsioExecutor executor;
  {
    // What cannot be is refused before a group is made for it.
    ProcessLauncher none;
    const StressRun checked(schedule, executor, none, options);
  }
  // Order of these: programs end before their groups go, and a run stops before its launcher.
  const ControlGroups groups(schedule, group_options(a));
  ProcessLauncher launcher({.joins = groups.joins()});
  StressRun run(schedule, executor, launcher, options);
  Page page;
  serve(page, a, executor, run, context);
  int code = ok;
  boost::asio::signal_set signals(executor.context(), SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (error) return;
    code = interrupted;
    run.stop();
    executor.stop();
  });
  run.start([&executor] { executor.stop(); });
  context.err << fmt::format(
                     "learningplane: {} jobs in {:.0f} s, at most {:.2f} cores and {:.0f} MB",
                     schedule.jobs.size(), schedule.length_s(), schedule.peak_cores(),
                     schedule.peak_bytes() / 1e6)
              << std::endl;
  executor.run();
  run.stop();
  if (!a.out.empty() && !run.samples().empty())
    value_or_throw(telemetry::write_csv(value_or_throw(run.recording()), a.out));
  report(run, groups, a, code, context);
  return code;
}

}  // namespace learningplane::cli
