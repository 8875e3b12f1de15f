#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "learningplane/registry.hpp"
#include "learningplane/telemetry/sensor.hpp"

namespace learningplane::adapters::prometheus {

/// One PromQL expression and how its series become columns.
struct Query {
  std::string name{};   ///< of the columns; empty: each series' own metric name
  std::string query{};  ///< PromQL
  /// Labels that stay on the columns; unset: all. Series that are equal in them become one column,
  /// as long as never two of them have a value at the same time.
  std::optional<std::vector<std::string>> labels{};
  std::string unit{};  ///< base unit of the columns ("seconds")
};

enum class Mode {
  range,   ///< query_range over the window, at whole multiples of the step since 1970
  instant  ///< query at the window's last millisecond; "up[5m]" gives the samples as scraped
};

/// What to do with an answer that the server itself calls incomplete or warns of.
enum class Partial { keep, refuse };

/// How to ask a Prometheus, or what speaks its HTTP API (Thanos, Mimir, VictoriaMetrics).
struct PrometheusOptions {
  std::string url{};  ///< http(s)://host[:port][/prefix], without credentials
  std::vector<Query> queries{};
  Mode mode = Mode::range;
  Duration step = std::chrono::seconds(15);  ///< of windows that name none; whole milliseconds
  /// How old a sample may be (lookback_delta); zero: the server's own. A server that does not know
  /// the parameter ignores it silently, as Prometheus 2.42 does.
  Duration lookback{0};
  std::vector<std::pair<std::string, std::string>> headers{};  ///< X-Scope-OrgID …
  std::string bearer_token{};                                  ///< secret
  std::string bearer_token_file{};                             ///< read before each request
  std::string ca_file{};                                       ///< PEM; empty: the system's
  std::string client_cert_file{};                              ///< PEM, with client_key_file
  std::string client_key_file{};
  std::string server_name{};                     ///< name to verify instead of the URL's host
  Duration timeout = std::chrono::seconds(30);   ///< of one request
  int attempts = 3;                              ///< of one request, in all
  std::uint64_t seed = 0;                        ///< of the jitter between attempts
  std::size_t max_points = 11'000;               ///< a series and request; longer ranges are split
  std::size_t max_response_bytes = 256U << 20U;  ///< of one answer
  std::size_t max_cells = 50'000'000;            ///< rows times columns of one read
  Partial partial = Partial::keep;
  /// Called with each warning of the server as it comes; empty: see last_warnings() only.
  std::function<void(const std::string&)> on_warning{};
};

class Client;

/// A Prometheus as a sensor: registered as "prometheus". Times are the server's, to the
/// millisecond. "NaN" and infinite values come as unknown cells flagged not_a_number and infinite;
/// where a series has no sample the cell is absent; rows where no series has one do not exist, so
/// that an empty answer is an empty frame.
/// Failures: invalid_argument (the query is wrong: HTTP 400), refused (422: it cannot be executed),
/// unauthorized, rate_limited, timeout, unavailable, malformed (the answer, with its place),
/// too_large, conflict (two series became one column), unsupported (native histograms, strings).
/// All or nothing: a read that fails in a later part gives none of the earlier ones.
class PrometheusSensor final : public telemetry::Sensor {
 public:
  /// @throws ConfigError (URL, no query, step, headers, unreadable file)
  explicit PrometheusSensor(PrometheusOptions options);
  ~PrometheusSensor() override;
  std::string describe() const override;
  /// Warnings and notes of the server during the last read, each once, with the query's name.
  const std::vector<std::string>& last_warnings() const;

  /// The parameters of the registered name, and options from them once checked.
  static Manifest manifest();
  /// @param base_dir where relative file names start; empty: the working directory
  static PrometheusOptions options(const Value& checked, const std::string& base_dir);

 protected:
  Result<telemetry::Frame> do_read(const telemetry::Window& window) override;

 private:
  std::unique_ptr<Client> client_;
};

}  // namespace learningplane::adapters::prometheus
