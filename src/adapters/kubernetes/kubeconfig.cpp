#include "learningplane/adapters/kubernetes/kubeconfig.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "learningplane/config/yaml.hpp"

namespace learningplane::adapters::kubernetes {

namespace {

/// One mapping of the file, with what messages need.
struct Section {
  const Value& value;
  std::string_view file;
  std::string path;

  [[noreturn]] void refuse(std::string_view key, std::string_view why,
                           const Value* at = nullptr) const {
    const int line = at != nullptr ? at->where().line : value.where().line;
    throw ConfigError(line > 0 ? fmt::format("{}:{}", file, line) : std::string(file),
                      key.empty() ? path : fmt::format("{}.{}", path, key), "", why);
  }
  std::string text(std::string_view key) const {
    const Value* v = value.find(key);
    if (v == nullptr || v->is_null()) return {};
    if (!v->is_string()) refuse(key, "a string is expected", v);
    return v->as_string();
  }
  bool flag(std::string_view key) const {
    const Value* v = value.find(key);
    if (v == nullptr || v->is_null()) return false;
    if (!v->is_bool()) refuse(key, "true or false is expected", v);
    return v->as_bool();
  }
  /// The named keys are not supported: whoever relies on them must hear it now.
  void refuse_keys(
      std::initializer_list<std::pair<std::string_view, std::string_view>> keys) const {
    for (const auto& [key, why] : keys) {
      const Value* v = value.find(key);
      if (v != nullptr && !v->is_null()) refuse(key, why, v);
    }
  }
  /// Base64 as kubeconfig embeds it, decoded.
  std::string data(std::string_view key) const {
    std::string encoded = text(key);
    std::erase_if(encoded, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
    if (encoded.empty()) return {};
    std::string out(encoded.size() / 4 * 3 + 3, '\0');
    const int n = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                  reinterpret_cast<const unsigned char*>(encoded.data()),
                                  static_cast<int>(encoded.size()));
    if (n < 0) refuse(key, "it is no base64", value.find(key));
    const auto padding = static_cast<std::size_t>(std::count(
        encoded.end() - std::min<std::ptrdiff_t>(2, std::ssize(encoded)), encoded.end(), '='));
    out.resize(static_cast<std::size_t>(n) - padding);
    return out;
  }
};

/// The entry of that name in a list of {name, <kind>: {…}}.
Section entry(const Value& root, std::string_view file, std::string_view list,
              std::string_view kind, const std::string& name) {
  const Section top{root, file, std::string(list)};
  const Value* entries = root.find(list);
  if (entries == nullptr || !entries->is_array()) top.refuse("", "a list is expected", entries);
  std::string known;
  for (const Value& e : entries->as_array()) {
    const Value* n = e.find("name");
    if (n == nullptr || !n->is_string()) top.refuse("name", "each entry needs a name", &e);
    if (n->as_string() == name) {
      const Value* inner = e.find(kind);
      static const Value nothing = Value::object();
      if (inner == nullptr || inner->is_null()) inner = &nothing;
      if (!inner->is_object()) top.refuse(kind, "a mapping is expected", inner);
      return {*inner, file, fmt::format("{}[{}].{}", list, name, kind)};
    }
    known += (known.empty() ? "" : ", ") + n->as_string();
  }
  throw ConfigError(file, list, name, fmt::format("there is no such entry; known: {}", known));
}

std::string in_folder(const std::string& base_dir, const std::string& path) {
  if (path.empty() || base_dir.empty()) return path;
  return (std::filesystem::path(base_dir) / path).string();
}

std::string slurp(const std::string& path, const char* key) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) throw ConfigError("", key, path, "the file cannot be read");
  return text.str();
}

}  // namespace

ClusterAccess parse_kubeconfig(std::string_view text, std::string_view file,
                               const std::string& base_dir, std::string_view context) {
  const Value root = config::parse_yaml(text, file);
  const Section top{root, file, "kubeconfig"};
  if (!root.is_object()) top.refuse("", "a mapping with clusters, users and contexts is expected");
  ClusterAccess out;
  out.context = context.empty() ? top.text("current-context") : std::string(context);
  if (out.context.empty()) top.refuse("current-context", "name a context");
  const Section chosen = entry(root, file, "contexts", "context", out.context);
  out.default_namespace = chosen.text("namespace");
  const std::string cluster_name = chosen.text("cluster"), user_name = chosen.text("user");
  if (cluster_name.empty()) chosen.refuse("cluster", "it is required");

  const Section cluster = entry(root, file, "clusters", "cluster", cluster_name);
  cluster.refuse_keys({{"proxy-url", "proxies are not supported"}});
  out.server = cluster.text("server");
  if (!out.server.starts_with("https://") && !out.server.starts_with("http://")) {
    cluster.refuse("server", "write it like https://host:port", cluster.value.find("server"));
  }
  out.server_name = cluster.text("tls-server-name");
  out.insecure_skip_verify = cluster.flag("insecure-skip-tls-verify");
  out.ca_pem = cluster.data("certificate-authority-data");
  if (out.ca_pem.empty()) out.ca_file = in_folder(base_dir, cluster.text("certificate-authority"));

  if (user_name.empty()) return out;
  const Section user = entry(root, file, "users", "user", user_name);
  user.refuse_keys({{"exec", "exec plugins are not supported; use a token file or a certificate"},
                    {"auth-provider", "auth providers are not supported; use a token file"},
                    {"username", "passwords are not supported; use a token or a certificate"},
                    {"password", "passwords are not supported; use a token or a certificate"},
                    {"as", "impersonation is not supported"}});
  out.token = user.text("token");
  out.token_file = in_folder(base_dir, user.text("tokenFile"));
  out.client_cert_pem = user.data("client-certificate-data");
  if (out.client_cert_pem.empty()) {
    out.client_cert_file = in_folder(base_dir, user.text("client-certificate"));
  }
  out.client_key_pem = user.data("client-key-data");
  if (out.client_key_pem.empty()) {
    out.client_key_file = in_folder(base_dir, user.text("client-key"));
  }
  return out;
}

ClusterAccess load_kubeconfig(const std::string& path, std::string_view context) {
  const std::string text = slurp(path, "kubeconfig");
  return parse_kubeconfig(text, path, std::filesystem::path(path).parent_path().string(), context);
}

ClusterAccess in_cluster(const std::string& root) {
  const char* host = std::getenv("KUBERNETES_SERVICE_HOST");
  const char* port = std::getenv("KUBERNETES_SERVICE_PORT");
  if (host == nullptr || port == nullptr) {
    throw ConfigError("", "kubeconfig", "", "none was given and this is no pod; name a file");
  }
  ClusterAccess out;
  out.context = "in-cluster";
  const bool v6 = std::string_view(host).find(':') != std::string_view::npos;
  out.server =
      v6 ? fmt::format("https://[{}]:{}", host, port) : fmt::format("https://{}:{}", host, port);
  out.ca_file = root + "/ca.crt";
  out.token_file = root + "/token";
  out.default_namespace = slurp(root + "/namespace", "namespace");
  return out;
}

}  // namespace learningplane::adapters::kubernetes
