#include "learningplane/server/server.hpp"

#include <doctest/doctest.h>
#include <httplib.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "learningplane/agent/forecast_board.hpp"
#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::server;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {
/// A server on a loop of its own while it lives.
struct Live {
  explicit Live(ServerOptions o, HealthSource health = {}) {
    o.listen = "127.0.0.1:0";
    server = make_server(context, o, Sources{metrics, std::move(health), page, &board});
    port = server->port();
    thread = std::thread([this] { context.run(); });
  }
  ~Live() {
    asio::post(context, [this] {
      server.reset();
      guard.reset();
    });
    thread.join();
  }
  Metrics metrics;
  std::function<std::string()> page = [] { return std::string("more 1\n"); };
  ManualClock clock{from_seconds(1.7e9)};
  agent::ForecastBoard board{clock, "planner"};
  asio::io_context context;
  asio::executor_work_guard<asio::io_context::executor_type> guard{context.get_executor()};
  std::unique_ptr<Server> server;
  int port = 0;
  std::thread thread;
};

/// Sends raw bytes and reads until the server closes.
std::string raw(int port, const std::string& bytes) {
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(port)});
  asio::write(socket, asio::buffer(bytes));
  std::string out;
  boost::system::error_code error;
  asio::read(socket, asio::dynamic_buffer(out), error);
  return out;
}
}  // namespace

TEST_CASE("server: shows metrics and health") {
  bool ready = false;
  Live live({}, [&] { return Health{ready, Value::object().set("agent", "planner")}; });
  live.metrics.add("learningplane_runs_total");
  httplib::Client client("127.0.0.1", live.port);
  CHECK(client.Get("/metrics")->body.find("learningplane_runs_total 1\n") != std::string::npos);
  CHECK(client.Get("/metrics?x=1")->status == 200);
  CHECK(client.Get("/readyz")->status == 503);
  CHECK(client.Get("/livez")->status == 200);
  CHECK(client.Get("/healthz")->body.find("planner") != std::string::npos);
  CHECK(client.Get("/")->body.find("/metrics") != std::string::npos);
  CHECK(client.Get("/nothing")->status == 404);
  CHECK(client.Post("/metrics", "", "text/plain")->status == 405);
  CHECK(client.Head("/metrics")->body.empty());
}

TEST_CASE("server: off loopback a token is needed, and only the right one opens") {
  asio::io_context io;
  const Metrics m;
  for (const char* bad : {"0.0.0.0:0", "[::]:0", "here", "127.0.0.1", "127.0.0.1:70000",
                          "127.0.0.1:x", "999.1.1.1:1"}) {
    CAPTURE(bad);
    CHECK_THROWS_AS(make_server(io, {.listen = bad}, m, {}), ConfigError);
  }
  CHECK_NOTHROW(make_server(io, {.listen = "0.0.0.0:0", .token = "t"}, m, {}));
  Live live({.token = "sesame"});
  httplib::Client client("127.0.0.1", live.port);
  CHECK(client.Get("/metrics")->status == 401);
  CHECK(client.Get("/metrics", {{"Authorization", "Bearer sesamf"}})->status == 401);
  CHECK(client.Get("/metrics", {{"Authorization", "Bearer sesame"}})->status == 200);
}

TEST_CASE("server: what is too large, too slow or no HTTP ends, and others are still served") {
  Live live({.max_header_bytes = 512, .max_body_bytes = 100, .timeout = 100ms});
  CHECK(
      raw(live.port, "GET / HTTP/1.1\r\nX: " + std::string(2000, 'x') + "\r\n\r\n").find(" 431 ") !=
      std::string::npos);
  CHECK(raw(live.port, "POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n" + std::string(1000, 'x'))
            .find(" 413 ") != std::string::npos);
  CHECK(raw(live.port, "nonsense\r\n\r\n").find(" 400 ") != std::string::npos);
  CHECK(raw(live.port, "GET /metrics HT").empty());  // half a request: closed after the time-out
  httplib::Client client("127.0.0.1", live.port);
  CHECK(client.Get("/livez")->status == 200);
}

TEST_CASE("server: connections beyond the limit are closed at once") {
  Live live({.max_connections = 1, .timeout = 5s});
  asio::io_context io;
  asio::ip::tcp::socket first(io);
  first.connect({asio::ip::make_address("127.0.0.1"), static_cast<std::uint16_t>(live.port)});
  asio::write(first, asio::buffer(std::string("GET /livez HTTP/1.1\r\n\r\n")));
  std::string answer(15, ' ');
  asio::read(first, asio::buffer(answer));
  CHECK(answer.starts_with("HTTP/1.1 200"));
  CHECK(raw(live.port, "GET /livez HTTP/1.1\r\n\r\n").empty());
}

TEST_CASE("server: forecasts are gauges, and answered to GET and POST under the same token") {
  Live live({.token = "sesame", .max_body_bytes = 1000});
  model::Forecast f;
  f.target = "load";
  f.times_ns = {to_ns(from_seconds(1.7e9))};
  f.mean = {7};
  live.board.on_forecast_steps("a", f);
  httplib::Client client("127.0.0.1", live.port);
  const httplib::Headers token{{"Authorization", "Bearer sesame"}};
  CHECK(client.Get("/api/v1/query?query=learningplane_forecast_mean")->status == 401);
  const std::string asked =
      "query=learningplane_forecast_mean&start=1700000000&end=1700000060&step=60";
  const std::string form = "application/x-www-form-urlencoded";
  const auto got = client.Get(("/api/v1/query_range?" + asked).c_str(), token);
  CHECK(got->status == 200);
  CHECK(got->body.find("[1700000000,\"7\"],[1700000060,\"7\"]") != std::string::npos);
  const auto posted = client.Post("/api/v1/query_range", token, asked, form.c_str());
  CHECK(posted->body == got->body);
  CHECK(client.Post("/api/v1/query_range", token, asked, "application/json")->status == 415);
  CHECK(client.Post("/api/v1/query_range", token, std::string(2000, 'x'), form.c_str())->status ==
        413);
  CHECK(client.Put("/api/v1/query_range", token, asked, form.c_str())->status == 405);
  CHECK(client.Get("/api/v1/query?query=learningplane_forecast_mean", token)->body.find("vector") !=
        std::string::npos);
  const std::string page = client.Get("/metrics", token)->body;
  CHECK(page.find("learningplane_forecast_mean{") != std::string::npos);
  CHECK(page.find("more 1\n") != std::string::npos);
}
