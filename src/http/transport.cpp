#include "http/transport.hpp"

#include <fmt/format.h>
#include <httplib.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

#include "http/without_sigpipe.hpp"

namespace learningplane::http {

namespace {

struct Url {
  bool tls = false;
  std::string host{};
  int port = 0;
  std::string prefix{};  ///< path before every request's path, without a slash at its end
};

Url parse_url(const std::string& text) {
  const auto refuse = [&](std::string_view shown, std::string_view why) {
    return ConfigError("", "url", shown, why);
  };
  Url url;
  std::string_view rest = text;
  if (rest.starts_with("https://")) {
    url.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
  } else {
    throw refuse(text.substr(0, 64), "write it like https://host:port");
  }
  const auto slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  if (slash != std::string_view::npos) url.prefix = rest.substr(slash);
  while (url.prefix.ends_with('/')) url.prefix.pop_back();
  if (authority.find('@') != std::string_view::npos) {
    throw refuse("", "credentials do not belong into the URL; use a token or a certificate");
  }
  if (url.prefix.find_first_of("?# \r\n") != std::string::npos) {
    // What follows may be a secret.
    throw refuse(text.substr(0, text.find_first_of("?# \r\n")),
                 "a query or fragment does not belong into it");
  }
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) throw refuse(text.substr(0, 64), "the ] is missing");
    url.host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
    if (port.starts_with(':')) port.remove_prefix(1);
  } else if (const auto colon = authority.find(':'); colon != std::string_view::npos) {
    url.host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
    if (port.empty()) throw refuse(text.substr(0, 64), "the port is missing");
  } else {
    url.host = authority;
  }
  if (url.host.empty()) throw refuse(text.substr(0, 64), "the host is missing");
  url.port = url.tls ? 443 : 80;
  if (!port.empty()) {
    int number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc{} || end != port.data() + port.size() || number < 1 || number > 65535) {
      throw refuse(text.substr(0, 64), "the port goes from 1 to 65535");
    }
    url.port = number;
  }
  return url;
}

std::string read_file(const std::string& key, const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw ConfigError("", key, path, "the file cannot be read");
  return text.str();
}

template <class T, void (*Free)(T*)>
struct Freed {
  void operator()(T* p) const { Free(p); }
};
using Bio = std::unique_ptr<BIO, decltype([](BIO* b) { BIO_free(b); })>;
using Certificate = std::unique_ptr<X509, Freed<X509, X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY, EVP_PKEY_free>>;

Bio bio_of(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

X509_STORE* store_of(const std::string& pem) {
  const Bio bio = bio_of(pem);
  X509_STORE* store = X509_STORE_new();
  int count = 0;
  while (X509* raw = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    const Certificate certificate(raw);
    X509_STORE_add_cert(store, certificate.get());
    ++count;
  }
  if (count == 0) {
    X509_STORE_free(store);
    throw ConfigError("", "certificate authority", "", "it holds no PEM certificate");
  }
  return store;
}

/// Where the certificates of the system are: a wheel's own OpenSSL would look elsewhere.
std::string system_ca_file() {
  if (const char* env = std::getenv("SSL_CERT_FILE"); env != nullptr && *env != 0) return env;
  for (const char* path : {"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                           "/etc/ssl/ca-bundle.pem", "/etc/ssl/cert.pem"}) {
    std::error_code ignored;
    if (std::filesystem::exists(path, ignored)) return path;
  }
  return {};
}

class HttplibTransport final : public Transport {
 public:
  explicit HttplibTransport(TransportOptions options)
      : options_(std::move(options)), url_(parse_url(options_.url)) {
    if (url_.tls) {
      client_ = tls_client();
    } else {
      client_ = std::make_unique<httplib::ClientImpl>(url_.host, url_.port);
    }
    const auto set = [](auto milliseconds, auto setter) {
      const auto ms = milliseconds.count();
      setter(static_cast<time_t>(ms / 1000), static_cast<time_t>(ms % 1000 * 1000));
    };
    set(options_.connect_timeout, [&](auto s, auto us) { client_->set_connection_timeout(s, us); });
    set(options_.read_timeout, [&](auto s, auto us) { client_->set_read_timeout(s, us); });
    set(options_.read_timeout, [&](auto s, auto us) { client_->set_write_timeout(s, us); });
    client_->set_follow_location(false);
    client_->set_keep_alive(false);
  }

  std::string describe() const override {
    return fmt::format("{}://{}:{}{}{}", url_.tls ? "https" : "http", url_.host, url_.port,
                       url_.prefix,
                       options_.insecure_skip_verify ? " (certificate not verified)" : "");
  }

  Result<Response> send(const Request& request) override {
    const WithoutSigpipe guard;
    httplib::Request out;
    out.method = request.method;
    out.path = url_.prefix + request.path;
    for (const auto& [name, value] : request.headers) out.headers.emplace(name, value);
    if (!request.content_type.empty()) out.headers.emplace("Content-Type", request.content_type);
    out.body = request.body;
    if (auto token = bearer(); !token) {
      return tl::unexpected(token.error());
    } else if (!token->empty()) {
      out.headers.emplace("Authorization", "Bearer " + *token);
    }
    std::string body;
    bool too_large = false;
    out.content_receiver = [&](const char* data, std::size_t size, std::uint64_t, std::uint64_t) {
      if (body.size() + size > options_.max_response_bytes) {
        too_large = true;
        return false;
      }
      body.append(data, size);
      return true;
    };
    httplib::Response in;
    httplib::Error error = httplib::Error::Success;
    if (!client_->send(out, in, error)) {
      if (too_large) {
        return fail(Errc::too_large, fmt::format("{}: the answer is larger than {} bytes",
                                                 describe(), options_.max_response_bytes));
      }
      return failure_of(error);
    }
    Response response;
    response.status = in.status;
    for (const auto& [name, value] : in.headers) {
      std::string lower = name;
      std::transform(lower.begin(), lower.end(), lower.begin(),
                     [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      response.headers[lower] = value;
    }
    response.body = std::move(body);
    return response;
  }

 private:
  std::unique_ptr<httplib::ClientImpl> tls_client() {
    std::string certificate = options_.client_cert_pem, key = options_.client_key_pem;
    if (!options_.client_cert_file.empty()) {
      certificate = read_file("client certificate", options_.client_cert_file);
    }
    if (!options_.client_key_file.empty()) key = read_file("client key", options_.client_key_file);
    if (certificate.empty() != key.empty()) {
      throw ConfigError("", "client certificate", "", "certificate and key go together");
    }
    // The name that the server must show is the one that the client is made for; where it differs
    // from the host, the host's address is given beside it.
    const std::string name = options_.server_name.empty() ? url_.host : options_.server_name;
    std::unique_ptr<httplib::SSLClient> client;
    if (certificate.empty()) {
      client = std::make_unique<httplib::SSLClient>(name, url_.port);
    } else {
      certificate_.reset(PEM_read_bio_X509(bio_of(certificate).get(), nullptr, nullptr, nullptr));
      key_.reset(PEM_read_bio_PrivateKey(bio_of(key).get(), nullptr, nullptr, nullptr));
      if (!certificate_ || !key_) {
        throw ConfigError("", "client certificate", "", "certificate or key is no PEM");
      }
      client =
          std::make_unique<httplib::SSLClient>(name, url_.port, certificate_.get(), key_.get());
    }
    if (!client->is_valid()) {
      throw ConfigError("", "client certificate", "", "certificate and key do not fit together");
    }
    if (name != url_.host) client->set_hostname_addr_map({{name, url_.host}});
    client->enable_server_certificate_verification(!options_.insecure_skip_verify);
    std::string authority = options_.ca_pem;
    if (!options_.ca_file.empty()) authority = read_file("certificate authority", options_.ca_file);
    if (!authority.empty()) {
      client->set_ca_cert_store(store_of(authority));
    } else if (const std::string system = system_ca_file(); !system.empty()) {
      client->set_ca_cert_path(system);
    }
    return client;
  }

  Result<std::string> bearer() const {
    if (options_.bearer_token_file.empty()) return options_.bearer_token;
    std::ifstream in(options_.bearer_token_file);
    std::string token;
    if (!(in >> token)) {
      return fail(Errc::unauthorized, fmt::format("{}: the token file {} cannot be read",
                                                  describe(), options_.bearer_token_file));
    }
    return token;
  }

  tl::unexpected<Failure> failure_of(httplib::Error error) const {
    using httplib::Error;
    switch (error) {
      case Error::Connection:
        return fail(Errc::unavailable, fmt::format("{}: no connection", describe()));
      case Error::SSLServerVerification:
        return fail(
            Errc::unauthorized,
            fmt::format("{}: the server's certificate is not trusted, has expired or is for "
                        "another name; check the certificate authority",
                        describe()));
      case Error::SSLConnection:
      case Error::SSLLoadingCerts:
        return fail(Errc::unavailable, fmt::format("{}: no TLS connection", describe()));
      default:
        // Something was sent: whether it had an effect is not known.
        return fail(
            Errc::timeout,
            fmt::format("{}: the connection ended or was silent before the whole answer came",
                        describe()));
    }
  }

  TransportOptions options_;
  Url url_;
  Certificate certificate_{};
  Key key_{};
  std::unique_ptr<httplib::ClientImpl> client_{};
};

}  // namespace

std::unique_ptr<Transport> make_transport(TransportOptions options) {
  return std::make_unique<HttplibTransport>(std::move(options));
}

}  // namespace learningplane::http
