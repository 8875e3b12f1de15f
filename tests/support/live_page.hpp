#pragma once
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "learningplane/metrics.hpp"
#include "learningplane/net/asio_executor.hpp"
#include "learningplane/server/server.hpp"

namespace support {

/// A page for a Prometheus to scrape, on a thread of its own while it lives. Its text is made on
/// that thread, each time that it is asked for.
class LivePage {
 public:
  explicit LivePage(std::function<std::string()> text) {
    server_ = learningplane::server::make_server(
        executor_.context(), {.listen = "127.0.0.1:0"},
        {.metrics = metrics_, .health = {}, .page = std::move(text), .forecasts = nullptr});
    port_ = server_->port();
    thread_ = std::thread([this] { executor_.run(); });
  }
  LivePage(const LivePage&) = delete;
  LivePage& operator=(const LivePage&) = delete;
  ~LivePage() {
    executor_.post([this] {
      server_.reset();
      executor_.stop();
    });
    thread_.join();
  }
  int port() const { return port_; }

 private:
  learningplane::Metrics metrics_{};
  learningplane::net::AsioExecutor executor_{};
  std::unique_ptr<learningplane::server::Server> server_{};
  int port_ = 0;
  std::thread thread_{};
};

}  // namespace support
