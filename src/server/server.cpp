#include "learningplane/server/server.hpp"

#include <openssl/crypto.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <optional>
#include <set>

#include "learningplane/error.hpp"
#include "server/routes.hpp"

namespace learningplane::server {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

tcp::endpoint endpoint_of(const ServerOptions& options) {
  const std::string& text = options.listen;
  const auto colon = text.rfind(':');
  const auto refuse = [&](const char* why) { return ConfigError("", "listen", text, why); };
  if (colon == std::string::npos) throw refuse("write it like 127.0.0.1:9464");
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  boost::system::error_code error;
  const auto address = asio::ip::make_address(host, error);
  unsigned port = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + colon + 1, end, port);
  if (error || read.ec != std::errc{} || read.ptr != end || port > 65535) {
    throw refuse("an address and a port from 0 to 65535 are expected, like 127.0.0.1:9464");
  }
  if (!address.is_loopback() && options.token.empty()) {
    throw refuse(
        "off loopback a token is needed, which only a program that embeds the server gives; an "
        "agent "
        "file takes a loopback address, like 127.0.0.1:9464");
  }
  return {address, static_cast<std::uint16_t>(port)};
}

class BeastServer;

/// One connection: reads a request within the limits, answers, and again until it is closed.
class Session final : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, std::weak_ptr<BeastServer> server, const ServerOptions& options)
      : stream_(std::move(socket)), server_(std::move(server)), options_(options) {}
  void read();
  void close() {
    boost::system::error_code ignored;
    stream_.socket().close(ignored);
  }

 private:
  void on_read(beast::error_code error);
  void send(const Answer& answer, const http::request<http::string_body>* request);

  beast::tcp_stream stream_;
  beast::flat_buffer buffer_{16384};
  std::optional<http::request_parser<http::string_body>> parser_{};
  http::response<http::string_body> response_{};
  std::weak_ptr<BeastServer> server_;
  ServerOptions options_;
};

class BeastServer final : public std::enable_shared_from_this<BeastServer> {
 public:
  BeastServer(asio::io_context& context, ServerOptions o, Sources s)
      : options(std::move(o)), sources(std::move(s)), acceptor_(context) {}

  void listen() {
    const tcp::endpoint endpoint = endpoint_of(options);
    boost::system::error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      throw Error(Failure{
          Errc::unavailable,
          "cannot listen on " + options.listen + ": " + error.message() + "; choose another port",
          {}});
    }
    port = acceptor_.local_endpoint().port();
    accept();
  }

  void stop() {
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    for (const auto& weak : sessions_) {
      if (const auto session = weak.lock()) session->close();
    }
  }

  bool allowed(std::string_view authorization) const {
    if (options.token.empty()) return true;
    const std::string wanted = "Bearer " + options.token;
    // The same time for every wrong token of the same length.
    return authorization.size() == wanted.size() &&
           CRYPTO_memcmp(authorization.data(), wanted.data(), wanted.size()) == 0;
  }

  const ServerOptions options;
  const Sources sources;
  int port = 0;

 private:
  void accept() {
    acceptor_.async_accept([self = weak_from_this()](beast::error_code error, tcp::socket socket) {
      const auto server = self.lock();
      if (!server || error == asio::error::operation_aborted) return;
      if (!error) server->take(std::move(socket));
      if (server->acceptor_.is_open()) server->accept();
    });
  }

  void take(tcp::socket socket) {
    std::erase_if(sessions_, [](const auto& weak) { return weak.expired(); });
    if (sessions_.size() >= options.max_connections) return;  // the socket closes
    const auto session = std::make_shared<Session>(std::move(socket), weak_from_this(), options);
    sessions_.push_back(session);
    session->read();
  }

  tcp::acceptor acceptor_;
  std::vector<std::weak_ptr<Session>> sessions_{};
};

void Session::read() {
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(options_.max_header_bytes));
  parser_->body_limit(options_.max_body_bytes);
  stream_.expires_after(options_.timeout);
  http::async_read(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](beast::error_code error, std::size_t) { self->on_read(error); });
}

void Session::on_read(beast::error_code error) {
  const auto server = server_.lock();
  if (!server) return;
  if (error == http::error::header_limit)
    return send(problem(431, "The header is too large"), nullptr);
  if (error == http::error::body_limit) return send(problem(413, "The body is too large"), nullptr);
  if (error) {
    // A time-out, a closed connection or no HTTP: only the last gets an answer.
    if (error.category() == make_error_code(http::error::bad_method).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message) {
      send(problem(400, "This is no HTTP request"), nullptr);
    }
    return;
  }
  const auto& request = parser_->get();
  const auto authorization = request[http::field::authorization];
  if (!server->allowed({authorization.data(), authorization.size()})) {
    return send(problem(401, "A bearer token is needed"), &request);
  }
  const auto method = request.method_string();
  const auto target = request.target();
  const auto type = request[http::field::content_type];
  send(answer_to({{method.data(), method.size()},
                  {target.data(), target.size()},
                  {type.data(), type.size()},
                  request.body()},
                 server->sources),
       &request);
}

void Session::send(const Answer& answer, const http::request<http::string_body>* request) {
  response_ = {};
  response_.result(static_cast<unsigned>(answer.status));
  response_.set(http::field::content_type, answer.type);
  response_.set(http::field::cache_control, "no-store");
  response_.set("X-Content-Type-Options", "nosniff");
  if (answer.status == 401) response_.set(http::field::www_authenticate, "Bearer");
  response_.body() = answer.body;
  response_.prepare_payload();
  const bool head = request != nullptr && request->method() == http::verb::head;
  if (head) response_.body().clear();
  const bool keep = request != nullptr && request->keep_alive();
  response_.keep_alive(keep);
  stream_.expires_after(options_.timeout);
  http::async_write(stream_, response_,
                    [self = shared_from_this(), keep](beast::error_code error, std::size_t) {
                      if (!error && keep) return self->read();
                      boost::system::error_code ignored;
                      self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
                    });
}

/// What the caller holds: the last of it stops the server.
class Handle final : public Server {
 public:
  explicit Handle(std::shared_ptr<BeastServer> server) : server_(std::move(server)) {}
  ~Handle() override { server_->stop(); }
  int port() const override { return server_->port; }

 private:
  std::shared_ptr<BeastServer> server_;
};

}  // namespace

void check_listen(const ServerOptions& options) { (void)endpoint_of(options); }

std::unique_ptr<Server> make_server(asio::io_context& context, ServerOptions options,
                                    const Metrics& metrics, HealthSource health) {
  return make_server(context, std::move(options), Sources{metrics, std::move(health), {}, nullptr});
}

std::unique_ptr<Server> make_server(asio::io_context& context, ServerOptions options,
                                    Sources sources) {
  auto server = std::make_shared<BeastServer>(context, std::move(options), std::move(sources));
  server->listen();
  return std::make_unique<Handle>(std::move(server));
}

}  // namespace learningplane::server
