#include "learningplane/adapters/kubernetes/kubeconfig.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::adapters::kubernetes;

namespace {
constexpr const char* good = R"(
apiVersion: v1
kind: Config
current-context: edge
contexts:
- {name: edge, context: {cluster: one, user: alice, namespace: video}}
- {name: cert, context: {cluster: two, user: bob}}
clusters:
- name: one
  cluster: {server: "https://10.0.0.1:6443", certificate-authority: ca.crt, tls-server-name: api.example}
- name: two
  cluster: {server: "https://[::1]:6443", certificate-authority-data: aGVsbG8=}
users:
- {name: alice, user: {tokenFile: token}}
- {name: bob, user: {client-certificate-data: Y2VydA==, client-key: keys/bob.key}}
)";
}  // namespace

TEST_CASE("kubeconfig: contexts, files beside it and embedded data") {
  const ClusterAccess a = parse_kubeconfig(good, "config", "/etc/k");
  CHECK(a.context == "edge");
  CHECK(a.server == "https://10.0.0.1:6443");
  CHECK(a.server_name == "api.example");
  CHECK(a.ca_file == "/etc/k/ca.crt");
  CHECK(a.token_file == "/etc/k/token");
  CHECK(a.default_namespace == "video");
  CHECK_FALSE(a.insecure_skip_verify);
  const ClusterAccess b = parse_kubeconfig(good, "config", "/etc/k", "cert");
  CHECK(b.ca_pem == "hello");
  CHECK(b.client_cert_pem == "cert");
  CHECK(b.client_key_file == "/etc/k/keys/bob.key");
}

TEST_CASE("kubeconfig: JSON is YAML") {
  const ClusterAccess a = parse_kubeconfig(
      R"({"current-context":"c","contexts":[{"name":"c","context":{"cluster":"k","user":""}}],"clusters":[{"name":"k","cluster":{"server":"https://h"}}]})",
      "config", "");
  CHECK(a.server == "https://h");
}

TEST_CASE("kubeconfig: what is malformed, missing or not supported is refused with file and key") {
  const std::string head =
      "contexts: [{name: c, context: {cluster: k, user: u}}]\ncurrent-context: c\n";
  const std::string cluster = "clusters: [{name: k, cluster: {server: 'https://h'}}]\n";
  struct Case {
    std::string text;
    const char* names;
  };
  const Case cases[] = {
      {"", "kubeconfig"},
      {"[]", "kubeconfig"},
      {"a: [", "config"},
      {"contexts: []", "current-context"},
      {"current-context: c", "contexts"},
      {"current-context: c\ncontexts: {}", "contexts"},
      {"current-context: d\ncontexts: [{name: c, context: {}}]", "known: c"},
      {"current-context: c\ncontexts: [{context: {}}]", "name"},
      {"current-context: c\ncontexts: [{name: c, context: 7}]", "contexts"},
      {"current-context: c\ncontexts: [{name: c, context: {}}]", "cluster"},
      {"current-context: 7\ncontexts: []", "current-context"},
      {head, "clusters"},
      {head + "clusters: [{name: k, cluster: {}}]", "server"},
      {head + "clusters: [{name: k, cluster: {server: 'ftp://h'}}]", "server"},
      {head + "clusters: [{name: k, cluster: {server: 'https://h', proxy-url: 'http://p'}}]",
       "proxy-url"},
      {head +
           "clusters: [{name: k, cluster: {server: 'https://h', insecure-skip-tls-verify: maybe}}]",
       "insecure-skip-tls-verify"},
      {head + "clusters: [{name: k, cluster: {server: 'https://h', certificate-authority-data: "
              "'%%%%'}}]",
       "certificate-authority-data"},
      {head + cluster, "users"},
      {head + cluster + "users: [{name: v, user: {}}]", "known: v"},
      {head + cluster + "users: [{name: u, user: {exec: {command: x}}}]", "exec"},
      {head + cluster + "users: [{name: u, user: {auth-provider: {name: x}}}]", "auth-provider"},
      {head + cluster + "users: [{name: u, user: {username: x, password: hunter2}}]", "username"},
      {head + cluster + "users: [{name: u, user: {as: x}}]", "as"},
      {head + cluster + "users: [{name: u, user: {token: [1]}}]", "token"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.text);
    try {
      parse_kubeconfig(c.text, "config", "");
      FAIL("it was taken");
    } catch (const ConfigError& e) {
      const std::string said = e.what();
      CAPTURE(said);
      CHECK(said.find(c.names) != std::string::npos);
      CHECK(said.find("config") != std::string::npos);
      CHECK(said.find("hunter2") == std::string::npos);
    }
  }
  CHECK_THROWS_AS(load_kubeconfig("/does/not/exist"), ConfigError);
}

TEST_CASE("kubeconfig: the account of a pod") {
  const support::TempDir dir;
  dir.write("namespace", "video");
  ::unsetenv("KUBERNETES_SERVICE_HOST");
  CHECK_THROWS_AS(in_cluster(dir.path()), ConfigError);
  ::setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1", 1);
  ::setenv("KUBERNETES_SERVICE_PORT", "443", 1);
  const ClusterAccess a = in_cluster(dir.path());
  CHECK(a.server == "https://10.0.0.1:443");
  CHECK(a.token_file == dir / "token");
  CHECK(a.default_namespace == "video");
  ::unsetenv("KUBERNETES_SERVICE_HOST");
}
