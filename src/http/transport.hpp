#pragma once
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "learningplane/result.hpp"

namespace learningplane::http {

/// One outgoing request. `path` starts with '/' and holds the query.
struct Request {
  std::string method = "GET";
  std::string path{};
  std::vector<std::pair<std::string, std::string>> headers{};
  std::string body{};
  std::string content_type{};
};

struct Response {
  int status = 0;
  std::map<std::string, std::string> headers{};  ///< names in lower case
  std::string body{};
};

/// The one way out: sends a request to the one server that it was made for. Implemented by
/// HttplibTransport and, for tests, by a scripted fake. A failure says whether anything may have
/// reached the server: `unavailable` means certainly not (no connection), `timeout` means it may
/// have. An answer of any status is a Response, not a failure.
class Transport {
 public:
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;
  virtual ~Transport() = default;
  virtual Result<Response> send(const Request& request) = 0;
  /// Scheme, host and port, without credentials; says so where the certificate is not verified.
  virtual std::string describe() const = 0;
};

/// How to reach a server.
struct TransportOptions {
  std::string url{};  ///< http(s)://host[:port][/prefix]; credentials in it are refused
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds read_timeout{30000};
  std::size_t max_response_bytes = 256U << 20U;
  std::string bearer_token{};       ///< secret; never logged
  std::string bearer_token_file{};  ///< read again before each request, as Kubernetes rotates it
  std::string ca_file{};            ///< PEM; empty: the system's bundle (SSL_CERT_FILE honoured)
  std::string ca_pem{};             ///< PEM text, as kubeconfig embeds it
  std::string client_cert_file{};   ///< PEM, with client_key_file: mutual TLS
  std::string client_key_file{};
  std::string client_cert_pem{};
  std::string client_key_pem{};
  std::string server_name{};          ///< name to verify instead of the URL's host
  bool insecure_skip_verify = false;  ///< only on explicit request; logged loudly by the caller
};

/// A transport over cpp-httplib with OpenSSL. TLS is verified. @throws ConfigError (URL, unreadable
/// file)
std::unique_ptr<Transport> make_transport(TransportOptions options);

}  // namespace learningplane::http
