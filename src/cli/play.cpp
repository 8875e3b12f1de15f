#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <charconv>
#include <cmath>
#include <csignal>
#include <ostream>

#include "cli/context.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/metrics.hpp"
#include "learningplane/net/asio_executor.hpp"
#include "learningplane/server/server.hpp"
#include "learningplane/simulation/operating_rooms.hpp"
#include "learningplane/telemetry/csv.hpp"
#include "learningplane/telemetry/trace_player.hpp"

namespace learningplane::cli {

namespace {

struct PlayOptions {
  std::string trace{};
  std::string listen = "127.0.0.1:9465";
  double speed = 1;
  std::string from{};
  std::string to{};
  std::vector<std::string> columns{};
  std::vector<std::string> labels{};
  std::string prefix{};
  std::string linger = "0s";
  bool loop = false;
  bool json = false;
};

telemetry::TracePlayerOptions player_options(const PlayOptions& o) {
  telemetry::TracePlayerOptions p;
  p.speed = o.speed;
  p.loop = o.loop;
  p.prefix = o.prefix;
  if (!o.from.empty()) p.from = value_or_throw(parse_iso8601(o.from));
  if (!o.to.empty()) p.to = value_or_throw(parse_iso8601(o.to));
  for (const std::string& label : o.labels) {
    const auto sign = label.find('=');
    if (sign == 0 || sign == std::string::npos)
      throw ConfigError("", "--label", label, "NAME=VALUE");
    p.labels.set(label.substr(0, sign), label.substr(sign + 1));
  }
  return p;
}

/// A CSV, or a made-up workload: "generate:operating_rooms", with ":<weeks>" after it (1).
telemetry::Frame read_trace(const PlayOptions& o) {
  constexpr std::string_view generate = "generate:operating_rooms";
  if (o.trace.rfind(generate, 0) == 0) {
    const std::string rest = o.trace.substr(generate.size());
    simulation::OperatingRoomsOptions rooms{.weeks = 1};
    const char* const end = rest.data() + rest.size();
    if (!rest.empty() &&
        (rest[0] != ':' || std::from_chars(rest.data() + 1, end, rooms.weeks).ptr != end))
      throw ConfigError("", "trace", o.trace, "generate:operating_rooms or …:<weeks>");
    const simulation::WorkloadTrace trace = simulation::operating_rooms(rooms);
    return trace.frame(0, trace.size());
  }
  telemetry::CsvOptions csv;
  csv.paths = {o.trace};
  csv.value_columns = o.columns;
  return value_or_throw(telemetry::read_csv(csv));
}

/// One line a row: what was just begun.
std::string line_of(const telemetry::Frame& trace, std::size_t row) {
  Value values = Value::object();
  for (const telemetry::Column& c : trace.all())
    values.set(c.id(), c.known(row) ? Value(c.values[row]) : Value());
  return dump_json(
      Value::object().set("time", to_iso8601(trace.time(row))).set("values", std::move(values)));
}

int run_play(const PlayOptions& o, Context& context) {
  const telemetry::Frame trace = read_trace(o);
  const Duration linger = value_or_throw(parse_duration(o.linger));
  net::AsioExecutor executor;
  telemetry::TracePlayer player(trace, player_options(o));
  const Metrics none;
  const Clock& clock = executor.clock();
  auto server = server::make_server(executor.context(), {.listen = o.listen},
                                    {.metrics = none,
                                     .health = {},
                                     .page = [&] { return player.expose(clock.now()); },
                                     .forecasts = nullptr});
  int code = ok;
  boost::asio::signal_set signals(executor.context(), SIGINT, SIGTERM);
  signals.async_wait([&](const boost::system::error_code& error, int) {
    if (error) return;
    code = interrupted;
    executor.stop();
  });
  player.play(
      executor,
      [&](const telemetry::Frame& f, std::size_t row) {
        if (o.json) context.out << line_of(f, row) << std::endl;
      },
      [&] { executor.at(clock.now() + linger, [&] { executor.stop(); }); });
  context.err << "learningplane: playing " << player.trace().rows() << " rows of "
              << player.trace().columns() << " series in " << format_duration(player.length())
              << " at port " << server->port() << ", /metrics" << std::endl;
  executor.run();
  return code;
}

}  // namespace

void add_play(CLI::App& app, Context& context) {
  auto options = std::make_shared<PlayOptions>();
  CLI::App* sub = app.add_subcommand(
      "play", "Replay a recorded workload for Prometheus to scrape, at a chosen speed");
  sub->add_option("trace", options->trace,
                  "CSV (file, folder or glob) of the workload, or "
                  "generate:operating_rooms[:WEEKS]")
      ->required();
  sub->add_option("--speed", options->speed, "Seconds of the trace in one second")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  sub->add_option("--listen", options->listen, "Loopback host:port of /metrics; port 0: a free one")
      ->capture_default_str();
  sub->add_option("--from", options->from, "Begin at this time of the trace (ISO 8601)");
  sub->add_option("--to", options->to, "End before this time of the trace");
  sub->add_option("--column", options->columns, "Play these columns only")->delimiter(',');
  sub->add_option("--label", options->labels, "NAME=VALUE, added to each series");
  sub->add_option("--prefix", options->prefix, "Put before each metric's name");
  sub->add_option("--linger", options->linger, "Go on serving after the end, like 30s")
      ->capture_default_str();
  sub->add_flag("--loop", options->loop, "Begin again after the end");
  sub->add_flag("--json", options->json, "Write each row as a line of JSON when its moment comes");
  sub->callback([options, &context] {
    context.command = [options, &context] { return run_play(*options, context); };
  });
}

}  // namespace learningplane::cli
