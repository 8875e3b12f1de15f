#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/prometheus/answer.hpp"
#include "adapters/prometheus/grid.hpp"
#include "http/transport.hpp"
#include "learningplane/adapters/prometheus/sensor.hpp"

namespace learningplane::adapters::prometheus {

/// Asks over a transport; what PrometheusSensor is made of, and what tests drive with a twin.
class Client {
 public:
  using Wait = std::function<void(std::chrono::milliseconds)>;

  /// @param wait called between attempts of one request
  /// @throws ConfigError
  Client(PrometheusOptions options, std::unique_ptr<http::Transport> transport, Wait wait);

  Result<telemetry::Frame> read(const telemetry::Window& window);
  const std::vector<std::string>& warnings() const { return warnings_; }
  std::string describe() const { return "prometheus(" + transport_->describe() + ")"; }

 private:
  using Form = std::vector<std::pair<std::string, std::string>>;
  Result<telemetry::Frame> read_range(const Grid& grid);
  Result<telemetry::Frame> read_instant(const telemetry::Window& window);
  Result<Answer> ask(const Query& query, const std::string& endpoint, Form form);
  void keep_warning(std::string warning);

  PrometheusOptions options_;
  std::unique_ptr<http::Transport> transport_;
  Wait wait_;
  std::vector<std::string> warnings_{};
};

/// How the client reaches the server that the options name.
http::TransportOptions transport_options(const PrometheusOptions& options);
/// What an answer other than 2xx means. @param body its text, of any kind
Failure http_failure(int status, const std::string& body);

}  // namespace learningplane::adapters::prometheus
