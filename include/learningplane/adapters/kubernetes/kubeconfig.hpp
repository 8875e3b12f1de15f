#pragma once
#include <string>
#include <string_view>

#include "learningplane/error.hpp"

namespace learningplane::adapters::kubernetes {

/// How to reach a cluster and as whom. Secrets stand in it: it is never logged.
struct ClusterAccess {
  std::string context{};      ///< the context that it was read from; "in-cluster" for a pod
  std::string server{};       ///< https://host:port
  std::string server_name{};  ///< name that the certificate must show; empty: the host's
  std::string ca_file{};      ///< PEM; or
  std::string ca_pem{};
  bool insecure_skip_verify = false;  ///< only where the file says so
  std::string token{};
  std::string token_file{};  ///< read again for each request
  std::string client_cert_file{};
  std::string client_cert_pem{};
  std::string client_key_file{};
  std::string client_key_pem{};
  std::string default_namespace{};  ///< of the context; empty: none named
};

/// Reads a kubeconfig (YAML or JSON) and picks a context.
/// @param base_dir relative paths in it start here
/// @param context empty: current-context
/// @throws ConfigError naming file, line and key: what is malformed or missing, and what is not
/// supported (exec plugins, auth providers, passwords, proxies, impersonation)
ClusterAccess parse_kubeconfig(std::string_view text, std::string_view file,
                               const std::string& base_dir, std::string_view context = {});
/// parse_kubeconfig() of a file; relative paths in it start at its folder.
ClusterAccess load_kubeconfig(const std::string& path, std::string_view context = {});
/// The service account of the pod that this runs in.
/// @param root folder of token, ca.crt and namespace
/// @throws ConfigError where this is no pod
ClusterAccess in_cluster(const std::string& root = "/var/run/secrets/kubernetes.io/serviceaccount");

}  // namespace learningplane::adapters::kubernetes
