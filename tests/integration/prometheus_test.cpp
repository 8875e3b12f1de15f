// A real Prometheus that scrapes us: every answer of the sensor against what was written.
#include "learningplane/adapters/prometheus/sensor.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>
#include <httplib.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "learningplane/registries.hpp"
#include "learningplane/server/server.hpp"
#include "support/skip.hpp"
#include "support/source_dir.hpp"
#include "support/temp_dir.hpp"
#include "support/tls_server.hpp"

using namespace learningplane;
using namespace learningplane::adapters::prometheus;
using namespace std::chrono_literals;
using telemetry::CellFlag;
using telemetry::Frame;
namespace asio = boost::asio;

namespace {

constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Values that stand still on the page of our own server, by the label "case".
const std::map<std::string, double> constants{{"zero", 0.0},
                                              {"minus_zero", -0.0},
                                              {"third", 1.0 / 3},
                                              {"sum", 0.1 + 0.2},
                                              {"tiny", std::numeric_limits<double>::denorm_min()},
                                              {"huge", std::numeric_limits<double>::max()},
                                              {"negative", -1.5e-7},
                                              {"integer", 9007199254740993.0},
                                              {"nan", nan},
                                              {"plus_inf", inf},
                                              {"minus_inf", -inf}};

/// The cells of one scrape, by series; a series that is not here was not on the page.
using Page = std::map<std::string, double>;

Page page_of(int k) {
  Page page{{"scrape", k}, {"wave", std::sin(k) * 1e6}};
  if (k % 3 != 1) page["sometimes"] = k / 7.0;
  page["odd"] = k % 4 == 1 ? nan : k % 4 == 2 ? inf : k % 4 == 3 ? -inf : k;
  return page;
}

std::string text_of(double v) {
  return std::isnan(v) ? "NaN" : std::isinf(v) ? (v > 0 ? "+Inf" : "-Inf") : fmt::format("{}", v);
}

bool bitwise(double a, double b) { return std::memcmp(&a, &b, sizeof a) == 0; }

/// The cell shows exactly this value, or is unknown for the right reason.
bool shows(const telemetry::Column& column, std::size_t row, std::optional<double> expected) {
  if (!expected) return column.flag(row) == CellFlag::absent && std::isnan(column.values[row]);
  if (std::isnan(*expected))
    return column.flag(row) == CellFlag::not_a_number && std::isnan(column.values[row]);
  if (std::isinf(*expected))
    return column.flag(row) == CellFlag::infinite && std::isnan(column.values[row]);
  return column.flag(row) == CellFlag::observed && bitwise(column.values[row], *expected);
}

int free_port() {
  asio::io_context io;
  asio::ip::tcp::acceptor a(io, {asio::ip::make_address("127.0.0.1"), 0});
  return a.local_endpoint().port();
}

/// Our own server with constants, a page that changes with each scrape, and a Prometheus on both.
class World {
 public:
  World() {
    for (const auto& [name, value] : constants) metrics_.set("truth", {{"case", name}}, value);
    server::ServerOptions o;
    o.listen = "127.0.0.1:0";
    own_ = server::make_server(context_, o, metrics_, {});
    thread_ = std::thread([this] { context_.run(); });
    changing_.server.Get("/metrics", [this](const httplib::Request&, httplib::Response& r) {
      const std::lock_guard lock(mutex_);
      std::string text;
      for (const auto& [name, value] : page_of(scrapes_++))
        text += "page_" + name + " " + text_of(value) + "\n";
      r.set_content(text, "text/plain; version=0.0.4");
    });
    changing_.start();
    port_ = free_port();
    const std::string command =
        fmt::format("'{}/tests/components/prometheus-up' '{}' {} {} {} > /dev/null",
                    support::source_dir(), dir_.path(), port_, own_->port(), changing_.port);
    started_ = std::system(command.c_str());
  }
  ~World() {
    stop();
    asio::post(context_, [this] {
      own_.reset();
      guard_.reset();
    });
    thread_.join();
  }
  void stop() {
    const std::string command = fmt::format("'{}/tests/components/prometheus-down' '{}'",
                                            support::source_dir(), dir_.path());
    CHECK(std::system(command.c_str()) == 0);
  }
  int exit_code() const { return WEXITSTATUS(started_); }
  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }
  int port() const { return port_; }

 private:
  support::TempDir dir_;
  Metrics metrics_;
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_{context_.get_executor()};
  std::unique_ptr<server::Server> own_;
  std::thread thread_;
  support::Running<httplib::Server> changing_;
  std::mutex mutex_;
  int scrapes_ = 0;
  int port_ = 0;
  int started_ = 0;
};

Frame read(const PrometheusOptions& options, const telemetry::Window& window) {
  PrometheusSensor sensor(options);
  auto frame = sensor.read(window);
  if (!frame) FAIL(frame.error().describe());
  return *frame;
}

PrometheusOptions ask(const World& world, std::vector<Query> queries) {
  PrometheusOptions o;
  o.url = world.url();
  o.queries = std::move(queries);
  return o;
}

/// What Prometheus stored: per scrape its time and number; no number where the scrape failed.
struct Scrape {
  TimePoint time;
  std::optional<int> number;
};

std::vector<Scrape> scrapes_of(const World& world, const telemetry::Window& window) {
  auto o = ask(world, {{.name = "up", .query = R"(up{job="target_1"}[1h])", .labels = {{}}},
                       {.name = "scrape", .query = "page_scrape[1h]", .labels = {{}}}});
  o.mode = Mode::instant;
  const Frame raw = read(o, window);
  std::vector<Scrape> out;
  for (std::size_t row = 0; row < raw.rows(); ++row) {
    Scrape s{raw.time(row), {}};
    const auto* number = raw.find("scrape");
    if (number != nullptr && number->known(row)) s.number = static_cast<int>(number->values[row]);
    out.push_back(s);
  }
  return out;
}

/// What the page showed at the time t by the rules of PromQL: the last scrape decides.
std::optional<double> truth_at(const std::vector<Scrape>& scrapes, const std::string& series,
                               TimePoint t) {
  const Scrape* last = nullptr;
  for (const Scrape& s : scrapes) {
    if (s.time <= t) last = &s;
  }
  if (last == nullptr || !last->number) return {};
  const Page page = page_of(*last->number);
  const auto it = page.find(series);
  return it == page.end() ? std::nullopt : std::optional(it->second);
}

void compare(const Frame& frame, const std::vector<Scrape>& scrapes, const telemetry::Window& w) {
  const Page all = page_of(0);
  std::size_t row = 0, cells = 0;
  for (TimePoint t = w.begin; t < w.end; t += w.step) {
    bool any = false;
    for (const auto& [name, value] : all) any = any || truth_at(scrapes, name, t).has_value();
    if (!any) continue;  // rows without any sample do not exist
    REQUIRE(row < frame.rows());
    REQUIRE(frame.time(row) == t);
    for (const auto& [name, value] : all) {
      CAPTURE(name);
      CAPTURE(to_iso8601(t));
      const auto* column = frame.find("page_" + name);
      REQUIRE(column != nullptr);
      if (!shows(*column, row, truth_at(scrapes, name, t))) FAIL("another value than written");
      ++cells;
    }
    ++row;
  }
  CHECK(row == frame.rows());
  CHECK(cells > 0);
}

bool same(const Frame& a, const Frame& b) {
  if (a.times_ns().to_vector() != b.times_ns().to_vector() || a.columns() != b.columns())
    return false;
  for (std::size_t c = 0; c < a.columns(); ++c) {
    if (a.column(c).id() != b.column(c).id()) return false;
    for (std::size_t r = 0; r < a.rows(); ++r) {
      if (a.column(c).flag(r) != b.column(c).flag(r)) return false;
      if (a.column(c).known(r) && !bitwise(a.column(c).values[r], b.column(c).values[r]))
        return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("integration: a real Prometheus gives back what was written, value by value") {
  World world;
  LEARNINGPLANE_NEED(world.exit_code() != 3, "the program prometheus is not installed");
  REQUIRE(world.exit_code() == 0);
  const SystemClock clock;
  const TimePoint begin = std::chrono::ceil<std::chrono::seconds>(clock.now() - 30s);
  // Prometheus scrapes when it likes: wait for 16 good scrapes, and for one that came after.
  std::vector<Scrape> scrapes;
  TimePoint end;
  for (const TimePoint deadline = clock.now() + 60s;;) {
    end = std::chrono::floor<std::chrono::seconds>(clock.now());
    scrapes = scrapes_of(world, {begin, end, {}});
    std::size_t good = 0;
    for (const Scrape& s : scrapes) good += s.number ? 1 : 0;
    REQUIRE(clock.now() < deadline);
    std::this_thread::sleep_for(100ms);
    if (good >= 16) {
      // The end is fixed now; later scrapes do not change what lies before it.
      while (clock.now() <= end + 2s) std::this_thread::sleep_for(50ms);
      scrapes = scrapes_of(world, {begin, end, {}});
      break;
    }
  }
  MESSAGE("scrapes seen: " << scrapes.size());
  const auto page = ask(world, {{.query = R"({__name__=~"page_.*"})", .labels = {{}}}});

  // Samples as scraped.
  {
    auto o = ask(world, {{.name = "wave", .query = "page_wave[1h]", .labels = {{}}},
                         {.name = "odd", .query = "page_odd[1h]", .labels = {{}}},
                         {.name = "sometimes", .query = "page_sometimes[1h]", .labels = {{}}}});
    o.mode = Mode::instant;
    const Frame raw = read(o, {begin, end, {}});
    std::size_t rows = 0;
    for (const Scrape& s : scrapes) {
      if (!s.number) continue;
      REQUIRE(rows < raw.rows());
      CHECK(raw.time(rows) == s.time);
      for (const char* name : {"wave", "odd", "sometimes"}) {
        CAPTURE(name);
        CHECK(shows(*raw.find(name), rows, truth_at(scrapes, name, s.time)));
      }
      ++rows;
    }
    CHECK(rows == raw.rows());
    CHECK(rows >= 16);
  }

  // Ranges, split in any way, and beyond the server's 11,000 points.
  {
    const telemetry::Window window{begin, end, 100ms};
    const Frame whole = read(page, window);
    compare(whole, scrapes, window);
    for (const std::size_t points : {1U, 7U, 50U, 299U}) {
      CAPTURE(points);
      auto parts = page;
      parts.max_points = points;
      telemetry::Window w = window;
      if (points == 1) w.begin = end - 5s;
      CHECK(same(read(parts, w), whole.between(w.begin, w.end)));
    }
    const telemetry::Window fine{end - 13s, end, 1ms};  // 13,000 points
    const Frame split = read(page, fine);
    compare(split, scrapes, fine);
    // The seam after 11,000 points lies where there are data on both sides.
    CHECK(split.rows() > 4'000);
    CHECK(split.between(end - 2s - 5ms, end - 2s + 5ms).rows() == 10);
    httplib::Client direct("127.0.0.1", world.port());
    const auto refused =
        direct.Post("/api/v1/query_range",
                    httplib::Params{{"query", "page_wave"},
                                    {"start", fmt::format("{:.3f}", to_seconds(fine.begin))},
                                    {"end", fmt::format("{:.3f}", to_seconds(fine.end))},
                                    {"step", "0.001"}});
    REQUIRE(refused);
    CHECK(refused->status == 400);  // so the split was needed
  }

  // Constants of our own server, bit by bit, by the registered name.
  {
    Registries registries;
    register_net(registries);
    for (const char* mode : {"range", "instant"}) {
      CAPTURE(mode);
      const auto sensor = registries.sensors.build(
          "prometheus",
          Value::object()
              .set("url", world.url())
              .set("mode", mode)
              .set("step", "1s")
              .set("queries", Value::array().push(Value::object()
                                                      .set("query", "truth")
                                                      .set("labels", Value::array().push("case")))),
          BuildContext{&clock, ""});
      const auto frame = sensor->read({end - 3s, end, {}});
      REQUIRE(frame);
      CHECK(frame->columns() == constants.size());
      CHECK(frame->rows() == (std::string(mode) == "range" ? 3 : 1));
      for (const auto& [name, value] : constants) {
        CAPTURE(name);
        const auto* column = frame->find("truth", {{"case", name}});
        REQUIRE(column != nullptr);
        for (std::size_t row = 0; row < frame->rows(); ++row) CHECK(shows(*column, row, value));
      }
    }
  }

  // Nothing, numbers, errors.
  {
    CHECK(read(ask(world, {{.query = "there_is_no_such_metric"}}), {begin, end, 1s}).empty());
    auto scalar = ask(world, {{.name = "n", .query = "1/3"}});
    scalar.mode = Mode::instant;
    const Frame n = read(scalar, {begin, end, {}});
    REQUIRE(n.rows() == 1);
    CHECK(n.column(0).values[0] == 1.0 / 3);
    CHECK(n.time(0) == end - 1ms);
    const auto failure = [&](const char* query) {
      PrometheusSensor sensor(ask(world, {{.name = "q", .query = query}}));
      const auto frame = sensor.read({begin, end, 1s});
      REQUIRE_FALSE(frame);
      return frame.error();
    };
    CHECK(failure("up{").code == Errc::invalid_argument);
    CHECK(failure("up{").message.find("parse error") != std::string::npos);
    CHECK(failure("up + on(nothing) truth").code == Errc::refused);
    CHECK(failure("up + on(nothing) truth").message.find("many-to-many") != std::string::npos);
    world.stop();
    auto down = ask(world, {{.query = "up"}});
    down.attempts = 1;
    PrometheusSensor sensor(down);
    const auto frame = sensor.read({begin, end, 1s});
    REQUIRE_FALSE(frame);
    CHECK(frame.error().code == Errc::unavailable);
  }
}
