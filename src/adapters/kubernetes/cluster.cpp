#include "adapters/kubernetes/cluster.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

#include "adapters/kubernetes/workload.hpp"
#include "learningplane/adapters/kubernetes/kubeconfig.hpp"

namespace learningplane::adapters::kubernetes {

using actuator::Outcome;
using actuator::OutcomeStatus;

namespace {

std::string home_file(const char* path) {
  const char* home = std::getenv("HOME");
  return home == nullptr ? std::string() : std::string(home) + path;
}

ClusterAccess access_of(const KubernetesOptions& o) {
  if (!o.kubeconfig.empty()) return load_kubeconfig(o.kubeconfig, o.context);
  if (const char* env = std::getenv("KUBECONFIG"); env != nullptr && *env != 0) {
    return load_kubeconfig(env, o.context);
  }
  std::string usual = home_file("/.kube/config");
  if (o.flavour == Flavour::microk8s)
    usual = "/var/snap/microk8s/current/credentials/client.config";
  std::error_code ignored;
  if (!usual.empty() && std::filesystem::exists(usual, ignored)) {
    return load_kubeconfig(usual, o.context);
  }
  return in_cluster();
}

}  // namespace

void check_names(const KubernetesOptions& o) {
  for (const auto& [key, value] : {std::pair{"namespace", o.namespace_},
                                   {"deployment", o.name},
                                   {"field_manager", o.field_manager}}) {
    if (!value.empty() && !valid_name(value)) {
      throw ConfigError("", key, value, "letters, digits, '-', '.' and '_' make a name");
    }
  }
  if (o.attempts < 1) throw ConfigError("", "attempts", std::to_string(o.attempts), "at least 1");
}

std::unique_ptr<http::Transport> connect(KubernetesOptions& options) {
  const ClusterAccess access = access_of(options);
  http::TransportOptions t;
  t.url = access.server;
  t.read_timeout = t.connect_timeout = options.timeout;
  t.max_response_bytes = 16U << 20U;
  t.bearer_token = access.token;
  t.bearer_token_file = access.token_file;
  t.ca_file = access.ca_file;
  t.ca_pem = access.ca_pem;
  t.client_cert_file = access.client_cert_file;
  t.client_cert_pem = access.client_cert_pem;
  t.client_key_file = access.client_key_file;
  t.client_key_pem = access.client_key_pem;
  t.server_name = access.server_name;
  t.insecure_skip_verify = access.insecure_skip_verify;
  if (options.namespace_.empty()) options.namespace_ = access.default_namespace;
  if (options.namespace_.empty()) options.namespace_ = "default";
  return http::make_transport(std::move(t));
}

Failure failure_of(const http::Response& r, std::string_view verb, const std::string& what) {
  const std::string said = status_message(r);
  switch (r.status) {
    case 401:
      return {Errc::unauthorized, "the API server does not accept the credentials: " + said, {}};
    case 403:
      return {Errc::refused,
              fmt::format("no right to {} {}: {}; deploy/kubernetes/rbac.yaml shows the Role that "
                          "is needed",
                          verb, what, said),
              {}};
    case 404: return {Errc::not_found, fmt::format("{} does not exist: {}", what, said), {}};
    case 409: return {Errc::conflict, said, {}};
    case 410: return {Errc::gone, said, {}};
    case 429: return {Errc::rate_limited, said, {}};
    default: break;
  }
  if (r.status >= 500) return {Errc::unavailable, said, {}};
  return {Errc::refused, fmt::format("{} of {} was refused: {}", verb, what, said), {}};
}

Outcome outcome_of(const Failure& failure, Value detail, int attempts) {
  const auto status = [&] {
    switch (failure.code) {
      case Errc::conflict: return OutcomeStatus::conflict;
      case Errc::timeout: return OutcomeStatus::unknown;
      case Errc::unavailable:
      case Errc::rate_limited: return OutcomeStatus::failed;
      default: return OutcomeStatus::refused;
    }
  }();
  return {status, failure.message, std::move(detail), attempts};
}

Outcome outcome_of_read(const Failure& failure, Value detail, int attempts) {
  Outcome o = outcome_of(failure, std::move(detail), attempts);
  if (o.status == OutcomeStatus::unknown) o.status = OutcomeStatus::failed;
  return o;
}

}  // namespace learningplane::adapters::kubernetes
