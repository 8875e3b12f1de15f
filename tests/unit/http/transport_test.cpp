#include "http/transport.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <future>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/tls_server.hpp"

using namespace learningplane;
using namespace learningplane::http;
using support::Running;

namespace {
const support::Certificates& certificates() {
  static const support::Certificates made;
  return made;
}
std::string url(const char* scheme, int port) {
  return std::string(scheme) + "://127.0.0.1:" + std::to_string(port);
}
Result<Response> get(TransportOptions options, const std::string& path = "/") {
  return make_transport(std::move(options))->send({.path = path});
}
}  // namespace

TEST_CASE("transport: method, path, prefix, headers and body arrive, and the answer comes back") {
  Running<httplib::Server> s;
  s.server.Patch("/api/x", [](const httplib::Request& q, httplib::Response& a) {
    a.status = 409;
    a.set_header("X-Kind", "Seen");
    a.set_content(q.get_param_value("q") + "|" + q.body + "|" +
                      q.get_header_value("Authorization") + "|" +
                      q.get_header_value("Content-Type"),
                  "text/plain");
  });
  s.start();
  const auto t = make_transport({.url = url("http", s.port) + "/api/", .bearer_token = "sesame"});
  const auto answer =
      t->send({.method = "PATCH", .path = "/x?q=7", .body = "hello", .content_type = "text/x"});
  REQUIRE(answer.has_value());
  CHECK(answer->status == 409);
  CHECK(answer->headers.at("x-kind") == "Seen");
  CHECK(answer->body == "7|hello|Bearer sesame|text/x");
  CHECK(t->describe().find("sesame") == std::string::npos);
}

TEST_CASE("transport: what cannot be reached, is silent or too large is told apart") {
  Running<httplib::Server> s;
  std::promise<void> release;
  auto released = release.get_future().share();
  s.server.Get("/slow", [&](const httplib::Request&, httplib::Response&) { released.wait(); });
  s.server.Get("/large", [](const httplib::Request&, httplib::Response& a) {
    a.set_content(std::string(100000, 'x'), "text/plain");
  });
  s.server.Get("/away", [](const httplib::Request&, httplib::Response& a) {
    a.set_redirect("http://127.0.0.1:1/");
  });
  s.start();
  using namespace std::chrono_literals;
  CHECK(get({.url = url("http", s.port), .read_timeout = 50ms}, "/slow").error().code ==
        Errc::timeout);
  CHECK(get({.url = url("http", s.port), .max_response_bytes = 1000}, "/large").error().code ==
        Errc::too_large);
  CHECK(get({.url = url("http", s.port)}, "/away")->status == 302);
  release.set_value();
  int closed = 0;
  {
    Running<httplib::Server> gone;
    gone.start();
    closed = gone.port;
  }
  CHECK(get({.url = url("http", closed)}).error().code == Errc::unavailable);
}

namespace {

/// A TLS server that dies as a killed process does: it reads the beginning of each request, and its
/// connection is reset.
class ResettingServer {
 public:
  explicit ResettingServer(int connections) {
    context_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate_file(context_, certificates().path("server.crt").c_str(),
                                 SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context_, certificates().path("server.key").c_str(),
                                SSL_FILETYPE_PEM);
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(listener_, 4) == 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this, connections] {
      for (int i = 0; i < connections; ++i) one();
    });
  }
  ResettingServer(const ResettingServer&) = delete;
  ResettingServer& operator=(const ResettingServer&) = delete;
  ~ResettingServer() {
    thread_.join();
    ::close(listener_);
    SSL_CTX_free(context_);
  }
  int port = 0;

 private:
  void one() const {
    const int connection = ::accept(listener_, nullptr, nullptr);
    SSL* ssl = SSL_new(context_);
    SSL_set_fd(ssl, connection);
    char byte = 0;
    if (SSL_accept(ssl) == 1) (void)SSL_read(ssl, &byte, 1);
    SSL_free(ssl);
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(connection);
  }
  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  std::thread thread_{};
};

}  // namespace

TEST_CASE("transport: a server that dies while it answers does not take the program with it") {
  // As a program has it that does nothing about the signal.
  const auto before = std::signal(SIGPIPE, SIG_DFL);
  {
    ResettingServer dying(20);
    const auto t =
        make_transport({.url = url("https", dying.port), .ca_file = certificates().path("ca.crt")});
    for (int i = 0; i < 20; ++i) {
      const auto answer =
          t->send({.method = "POST", .path = "/", .body = std::string(100000, 'x')});
      REQUIRE_FALSE(answer.has_value());
      CHECK(answer.error().code == Errc::timeout);  // whether it had an effect is not known
    }
  }
  // Whoever had the signal blocked and pending keeps it so.
  sigset_t now;
  ::sigpending(&now);
  CHECK(sigismember(&now, SIGPIPE) == 0);
  ::pthread_sigmask(SIG_SETMASK, nullptr, &now);
  CHECK(sigismember(&now, SIGPIPE) == 0);
  std::signal(SIGPIPE, before);
}

TEST_CASE("transport: a token file is read again for each request") {
  Running<httplib::Server> s;
  s.server.Get("/", [](const httplib::Request& q, httplib::Response& a) {
    a.set_content(q.get_header_value("Authorization"), "text/plain");
  });
  s.start();
  const support::TempDir dir;
  const std::string file = dir / "token";
  const auto t = make_transport({.url = url("http", s.port), .bearer_token_file = file});
  CHECK(t->send({.path = "/"}).error().code == Errc::unauthorized);
  for (const char* token : {"one", "two"}) {
    std::ofstream(file) << token << "\n";
    CHECK(t->send({.path = "/"})->body == std::string("Bearer ") + token);
  }
}

TEST_CASE("transport: TLS is verified: authority, name, date") {
  const auto& c = certificates();
  const auto serve = [&](const char* name) {
    auto s = std::make_unique<Running<httplib::SSLServer>>(
        c.path(std::string(name) + ".crt").c_str(), c.path(std::string(name) + ".key").c_str());
    s->server.Get("/", [](const httplib::Request&, httplib::Response& a) {
      a.set_content("in", "text/plain");
    });
    s->start();
    return s;
  };
  const auto good = serve("server");
  CHECK(get({.url = url("https", good->port), .ca_file = c.path("ca.crt")})->body == "in");
  CHECK(get({.url = url("https", good->port), .ca_pem = support::slurp(c.path("ca.crt"))})->body ==
        "in");
  CHECK(get({.url = url("https", good->port), .ca_file = c.path("other-ca.crt")}).error().code ==
        Errc::unauthorized);
  CHECK_FALSE(get({.url = url("https", good->port)}).has_value());
  CHECK(get({.url = url("https", good->port), .insecure_skip_verify = true})->body == "in");
  const auto elsewhere = serve("elsewhere");
  CHECK(get({.url = url("https", elsewhere->port), .ca_file = c.path("ca.crt")}).error().code ==
        Errc::unauthorized);
  CHECK(get({.url = url("https", elsewhere->port),
             .ca_file = c.path("ca.crt"),
             .server_name = "elsewhere.example"})
            ->body == "in");
  const auto expired = serve("expired");
  CHECK(get({.url = url("https", expired->port), .ca_file = c.path("ca.crt")}).error().code ==
        Errc::unauthorized);
}

TEST_CASE("transport: a client certificate is shown where the server asks for it") {
  const auto& c = certificates();
  Running<httplib::SSLServer> s(c.path("server.crt").c_str(), c.path("server.key").c_str(),
                                c.path("ca.crt").c_str());
  s.server.Get("/", [](const httplib::Request&, httplib::Response& a) {
    a.set_content("in", "text/plain");
  });
  s.start();
  CHECK_FALSE(get({.url = url("https", s.port), .ca_file = c.path("ca.crt")}).has_value());
  CHECK(get({.url = url("https", s.port),
             .ca_file = c.path("ca.crt"),
             .client_cert_file = c.path("client.crt"),
             .client_key_file = c.path("client.key")})
            ->body == "in");
  CHECK(get({.url = url("https", s.port),
             .ca_file = c.path("ca.crt"),
             .client_cert_pem = support::slurp(c.path("client.crt")),
             .client_key_pem = support::slurp(c.path("client.key"))})
            ->body == "in");
}

TEST_CASE("transport: what cannot be used is refused at once, and no secret is repeated") {
  const auto refuse = [](TransportOptions o) {
    try {
      make_transport(std::move(o));
    } catch (const ConfigError& e) {
      CHECK(std::string(e.what()).find("hunter2") == std::string::npos);
      return true;
    }
    return false;
  };
  for (const char* bad :
       {"", "host:80", "ftp://x", "http://", "http://u:hunter2@x", "http://x:", "http://x:0",
        "http://x:99999", "http://x:8a", "http://x/?a=hunter2", "http://[::1"}) {
    CAPTURE(bad);
    CHECK(refuse({.url = bad}));
  }
  CHECK(refuse({.url = "https://x", .ca_file = "/does/not/exist"}));
  CHECK(refuse({.url = "https://x", .ca_pem = "hunter2"}));
  CHECK(refuse({.url = "https://x", .client_cert_pem = "hunter2", .client_key_pem = "hunter2"}));
  CHECK(refuse({.url = "https://x", .client_cert_pem = "hunter2"}));
}
