#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "learningplane/metrics.hpp"
#include "learningplane/value.hpp"

namespace boost::asio {
class io_context;
}

namespace learningplane::agent {
class ForecastBoard;
}

namespace learningplane::server {

struct ServerOptions {
  std::string listen = "127.0.0.1:9464";  ///< address:port; port 0 takes a free one
  std::string token{};  ///< bearer token; needed where the address is not loopback
  std::size_t max_header_bytes = 8192;
  std::size_t max_body_bytes = 65536;
  std::size_t max_connections = 64;         ///< further ones are closed at once
  std::chrono::milliseconds timeout{5000};  ///< of one request, from its first byte to its last
};

/// What /healthz says.
struct Health {
  bool ready = true;
  Value details = Value::object();
};
/// Called on the io_context for each question.
using HealthSource = std::function<Health()>;

/// What the server shows. Everything in it outlives the server.
struct Sources {
  const Metrics& metrics;
  HealthSource health{};
  std::function<std::string()> page{};  ///< more for /metrics, in the text format; called each time
  const agent::ForecastBoard* forecasts = nullptr;  ///< for /metrics and /api/v1/query(_range)
};

/// A small HTTP server on the caller's io_context: GET /metrics, /livez, /readyz, /healthz, GET and
/// POST /api/v1/query and /api/v1/query_range over forecasts, and / which lists them. It never
/// throws into the loop.
class Server {
 public:
  Server() = default;
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// Stops listening and closes what is open; call it on the io_context or while nobody runs that.
  virtual ~Server() = default;
  virtual int port() const = 0;
};

/// Whether the address can be listened on, as make_server tells; nothing is bound.
/// @throws ConfigError
void check_listen(const ServerOptions& options);

/// Binds at once.
/// @throws ConfigError: the address cannot be read, it is not loopback and there is no token;
/// Error (unavailable): the port is taken.
std::unique_ptr<Server> make_server(boost::asio::io_context& context, ServerOptions options,
                                    Sources sources);
/// The same with metrics and health alone.
std::unique_ptr<Server> make_server(boost::asio::io_context& context, ServerOptions options,
                                    const Metrics& metrics, HealthSource health);

}  // namespace learningplane::server
