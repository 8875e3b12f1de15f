// A real Prometheus scrapes a played trace, exporters that a preset knows, and our forecasts; and
// our own client reads forecasts from our server as it would from Prometheus.
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstdlib>
#include <thread>

#include "learningplane/adapters/prometheus/presets.hpp"
#include "learningplane/agent/forecast_board.hpp"
#include "learningplane/net/asio_executor.hpp"
#include "learningplane/server/server.hpp"
#include "learningplane/telemetry/trace_player.hpp"
#include "support/skip.hpp"
#include "support/source_dir.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::adapters::prometheus;
using namespace std::chrono_literals;
using telemetry::Frame;
namespace asio = boost::asio;

namespace {

/// What a segment store and a power distribution unit show, as their exporters write it.
const char* const exporters = R"(
pravega_segmentstore_segment_write_latency_ms_seconds{host="store-0",quantile="0.99"} 0.012
pravega_segmentstore_segment_write_latency_ms_seconds{host="store-0",quantile="0.5"} 0.004
pravega_segmentstore_segment_read_latency_ms_seconds{host="store-0",quantile="0.99"} 0.02
pravega_segmentstore_bookkeeper_write_latency_ms_seconds{host="store-0",quantile="0.99"} 0.003
pravega_segmentstore_bookkeeper_write_bytes_total{host="store-0",container="1"} 1000
pravega_segmentstore_bookkeeper_write_bytes_total{host="store-0",container="2"} 3000
pravega_segmentstore_segment_write_bytes_total{host="store-0",scope="nct",stream="video",segment="0"} 5000
pravega_segmentstore_segment_write_bytes_total{host="store-0",scope="nct",stream="video",segment="1"} 7000
pravega_segmentstore_segment_write_events_total{host="store-0",scope="nct",stream="video",segment="0"} 50
pravega_segmentstore_segment_read_bytes_total{host="store-0",scope="nct",stream="video",segment="0"} 10
pravega_controller_segments_count{scope="nct",stream="video"} 2
container_cpu_usage_seconds_total{pod="pravega-pravega-segment-store-0",container="store"} 100
container_memory_working_set_bytes{pod="pravega-pravega-segment-store-0",container="store"} 2000000000
rPDU2OutletMeteredStatusPower{rPDU2OutletMeteredStatusIndex="1",rPDU2OutletMeteredStatusName="node-0"} 180
rPDU2OutletMeteredStatusPower{rPDU2OutletMeteredStatusIndex="2",rPDU2OutletMeteredStatusName="node-0"} 20
rPDU2OutletMeteredStatusPower{rPDU2OutletMeteredStatusIndex="3",rPDU2OutletMeteredStatusName="node-1"} 90
rPDU2OutletMeteredStatusEnergy{rPDU2OutletMeteredStatusIndex="1",rPDU2OutletMeteredStatusName="node-0"} 3
)";

/// Twenty minutes: 0, 1, 2 … rooms.
Frame trace() {
  std::vector<std::int64_t> times;
  std::vector<double> rooms;
  for (int i = 0; i < 20; ++i) {
    times.push_back(to_ns(from_seconds(1.7e9) + i * 1min));
    rooms.push_back(i);
  }
  return value_or_throw(Frame::make(std::move(times), {{"rooms", {}, "", std::move(rooms), {}}}));
}

int free_port() {
  asio::io_context io;
  asio::ip::tcp::acceptor a(io, {asio::ip::make_address("127.0.0.1"), 0});
  return a.local_endpoint().port();
}

/// A played trace, the exporters and a board of forecasts on one server, and a Prometheus on it.
class World {
 public:
  World() {
    player.play(executor, [](const Frame&, std::size_t) {});
    server_ =
        server::make_server(executor.context(), {.listen = "127.0.0.1:0"},
                            {.metrics = metrics_,
                             .health = {},
                             .page = [this] { return player.expose(clock.now()) + exporters; },
                             .forecasts = &board});
    own_port = server_->port();
    thread_ = std::thread([this] { executor.run(); });
    port_ = free_port();
    started_ = std::system(fmt::format("'{}/tests/components/prometheus-up' '{}' {} {} > /dev/null",
                                       support::source_dir(), dir_.path(), port_, own_port)
                               .c_str());
  }
  ~World() {
    if (exit_code() == 0)
      CHECK(std::system(fmt::format("'{}/tests/components/prometheus-down' '{}'",
                                    support::source_dir(), dir_.path())
                            .c_str()) == 0);
    executor.post([this] {
      server_.reset();
      executor.stop();
    });
    thread_.join();
  }
  int exit_code() const { return WEXITSTATUS(started_); }
  PrometheusOptions ask(std::vector<Query> queries) const {
    PrometheusOptions o;
    o.url = fmt::format("http://127.0.0.1:{}", port_);
    o.queries = std::move(queries);
    o.mode = Mode::instant;
    return o;
  }

  SystemClock clock{};
  net::AsioExecutor executor{};
  telemetry::TracePlayer player{trace(), {.speed = 120}};
  agent::ForecastBoard board{clock, "planner"};
  int own_port = 0;

 private:
  support::TempDir dir_{};
  Metrics metrics_{};
  std::unique_ptr<server::Server> server_{};
  std::thread thread_{};
  int port_ = 0;
  int started_ = 0;
};

Frame read(const PrometheusOptions& options, const telemetry::Window& window) {
  PrometheusSensor sensor(options);
  return value_or_throw(sensor.read(window));
}

telemetry::Window until_now() {
  const TimePoint now = SystemClock().now();
  return {now - 1min, now, {}};
}

bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + 40s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(100ms);
  }
  return true;
}

double only(const Frame& frame, const std::string& name, const Labels& labels = {}) {
  const auto* column = frame.find(name, labels);
  REQUIRE_MESSAGE(column != nullptr, name);
  return column->values[frame.rows() - 1];
}

}  // namespace

TEST_CASE("live: Prometheus sees the played trace, the presets' exporters and the forecasts") {
  World world;
  LEARNINGPLANE_NEED(world.exit_code() != 3, "the program prometheus is missing");
  REQUIRE(world.exit_code() == 0);
  model::Forecast f;
  f.target = "rooms";
  f.levels = {0.9};
  const TimePoint first = std::chrono::floor<std::chrono::seconds>(world.clock.now());
  for (int i = 0; i < 600; ++i) {
    f.times_ns.push_back(to_ns(first + i * 1s));
    f.mean.push_back(i);
    f.quantiles.push_back(i + 5);
  }
  world.board.on_forecast_steps("ward", f);
  CHECK(eventually([&] { return world.player.finished(world.clock.now()); }));

  // Each scrape holds the row at whose place in the trace it was made.
  const Frame played = read(
      world.ask(
          {{.name = "rooms", .query = "rooms[1m]", .labels = {{}}},
           {.name = "at", .query = "learningplane_play_position_seconds[1m]", .labels = {{}}}}),
      until_now());
  std::size_t seen = 0;
  for (std::size_t row = 0; row < played.rows(); ++row) {
    const double at = played.find("at")->values[row];
    CHECK(played.find("rooms")->values[row] == std::floor((at - 1.7e9) / 60));
    ++seen;
  }
  CHECK(seen >= 5);

  // The presets find what their exporters show.
  Frame energy;
  CHECK(eventually([&] {
    energy = read(world.ask(preset_queries("snmp_energy")), until_now());
    return !energy.empty();
  }));
  CHECK(only(energy, "node_power_watts", {{"node", "node-0"}}) == 200);
  CHECK(only(energy, "node_power_watts", {{"node", "node-1"}}) == 90);
  CHECK(only(energy, "node_energy_joules", {{"node", "node-0"}}) == 3 * 360000);
  const auto all = preset_queries("pravega", {.match = {{"job", "target_0"}}, .window = 10s});
  const Frame pravega = read(world.ask(all), until_now());
  for (const Query& q : all) {
    const auto& columns = pravega.all();
    CHECK_MESSAGE(std::any_of(columns.begin(), columns.end(),
                              [&](const telemetry::Column& c) { return c.name == q.name; }),
                  q.query);
  }
  CHECK(only(pravega, "write_latency_p99", {{"host", "store-0"}}) == 0.012);
  CHECK(only(pravega, "segments", {{"scope", "nct"}, {"stream", "video"}}) == 2);
  CHECK(only(pravega, "process_memory_bytes") == 2e9);
  CHECK(only(pravega, "wal_write_bytes_rate") == 0);  // these counters stand still

  // The forecast for the moment of each scrape, as a gauge.
  const Frame gauges = read(
      world.ask({{.name = "mean", .query = "learningplane_forecast_mean[1m]", .labels = {{}}},
                 {.name = "peak", .query = "learningplane_forecast_peak[1m]", .labels = {{}}}}),
      until_now());
  REQUIRE(gauges.rows() > 0);
  for (std::size_t row = 0; row < gauges.rows(); ++row) {
    const double age = static_cast<double>((gauges.time(row) - first) / 1ms) / 1e3;
    CHECK(std::abs(gauges.find("mean")->values[row] - age) < 2.5);  // a scrape takes its time
    CHECK(gauges.find("peak")->values[row] == 604);
  }

  // Our server answers our client as Prometheus does: the future too.
  PrometheusOptions own =
      world.ask({{.query = R"(learningplane_forecast_quantile{quantile="0.9"})"}});
  own.url = fmt::format("http://127.0.0.1:{}", world.own_port);
  own.mode = Mode::range;
  const Frame ahead = read(own, {first, first + 10min, 1s});
  REQUIRE(ahead.rows() == 600);
  const auto* column = ahead.find("learningplane_forecast_quantile");
  REQUIRE(column != nullptr);
  for (std::size_t row = 0; row < ahead.rows(); ++row)
    CHECK(column->values[row] == static_cast<double>(row) + 5);
  PrometheusSensor wrong([&] {
    PrometheusOptions o = own;
    o.queries = {{.query = "rate(learningplane_forecast_mean[5m])"}};
    return o;
  }());
  CHECK(wrong.read({first, first + 1min, 1s}).error().code == Errc::invalid_argument);
}
