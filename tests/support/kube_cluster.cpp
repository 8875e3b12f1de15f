#include "support/kube_cluster.hpp"

#include <fmt/format.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "learningplane/json.hpp"
#include "support/source_dir.hpp"

namespace support {

using learningplane::Value;

namespace {

bool free_port(int port) {
  const int s = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free = ::bind(s, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  ::close(s);
  return free;
}

/// Six free ports in a row below the range that the system gives to outgoing connections; programs
/// that run beside each other begin at different places.
int free_ports() {
  for (int i = 0; i < 200; ++i) {
    const int port = 20000 + 6 * ((static_cast<int>(::getpid()) + i * 7) % 2000);
    int n = 0;
    while (n < 6 && free_port(port + n)) ++n;
    if (n == 6) return port;
  }
  throw std::runtime_error("no six free ports in a row");
}

/// Runs a script of tests/components; its exit code.
int script(const std::string& line) {
  const int status = std::system(
      fmt::format("{}/tests/components/{} >/dev/null", support::source_dir(), line).c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::string line_of(const std::string& path) {
  std::string line;
  std::getline(std::ifstream(path), line);
  return line;
}

const std::string apps = "/apis/apps/v1/namespaces/default/deployments";

}  // namespace

KubeCluster& KubeCluster::shared() {
  static KubeCluster cluster;
  return cluster;
}

KubeCluster::KubeCluster() : port_(free_ports()) {
  const int code = script(fmt::format("kube-up {} {}", dir_.path(), port_));
  if (code == 3) {
    missing_ = "the servers are not built; tests/components/build makes them";
  } else if (code != 0) {
    script("kube-down " + dir_.path());
    throw std::runtime_error(fmt::format("kube-up ended with {}", code));
  }
}

KubeCluster::~KubeCluster() { script("kube-down " + dir_.path()); }

std::string KubeCluster::url() const { return fmt::format("https://127.0.0.1:{}", port_); }

std::unique_ptr<learningplane::http::Transport> KubeCluster::connect() const {
  learningplane::http::TransportOptions o;
  o.url = url();
  o.ca_file = ca_file();
  // "Authorization: Bearer TOKEN"
  const std::string header = line_of(dir_ / "admin.header");
  o.bearer_token = header.substr(header.rfind(' ') + 1);
  return learningplane::http::make_transport(o);
}

Value KubeCluster::call(const std::string& method, const std::string& path, const Value& body,
                        const std::string& content_type) const {
  const auto answer = connect()->send({.method = method,
                                       .path = path,
                                       .body = body.is_null() ? "" : learningplane::dump_json(body),
                                       .content_type = body.is_null() ? "" : content_type});
  if (!answer) throw std::runtime_error(path + ": " + answer.error().message);
  if (answer->status / 100 != 2) {
    throw std::runtime_error(fmt::format("{} {}: {}", method, path, answer->body));
  }
  return learningplane::value_or_throw(learningplane::parse_json(answer->body));
}

void KubeCluster::create(const std::string& name, const std::string& node, int replicas) const {
  const std::string text = R"({"apiVersion": "apps/v1", "kind": "Deployment",
    "metadata": {"name": "NAME"},
    "spec": {"replicas": REPLICAS, "selector": {"matchLabels": {"app": "NAME"}},
             "template": {"metadata": {"labels": {"app": "NAME"}},
                          "spec": {"nodeSelector": {"kubernetes.io/hostname": "NODE"},
                                   "terminationGracePeriodSeconds": 0,
                                   "containers": [{"name": "main", "image": "none"}]}}}})";
  Value object = learningplane::value_or_throw(learningplane::parse_json([&] {
    std::string out = text;
    const std::pair<std::string, std::string> words[] = {
        {"NAME", name}, {"NODE", node}, {"REPLICAS", std::to_string(replicas)}};
    for (const auto& [word, by] : words) {
      for (auto at = out.find(word); at != std::string::npos; at = out.find(word, at + by.size())) {
        out.replace(at, word.size(), by);
      }
    }
    return out;
  }()));
  call("POST", apps, object);
}

void KubeCluster::deploy(const std::string& name, const std::string& node, int replicas) const {
  create(name, node, replicas);
  if (!eventually([&] { return running(name, node) == replicas; })) {
    throw std::runtime_error(fmt::format("{} did not come up on {}", name, node));
  }
}

Value KubeCluster::deployment(const std::string& name) const {
  return call("GET", apps + "/" + name);
}

std::int64_t KubeCluster::generation(const std::string& name) const {
  return deployment(name).find("metadata")->find("generation")->as_int();
}

int KubeCluster::running(const std::string& name, const std::string& node) const {
  const Value pods = call("GET", "/api/v1/namespaces/default/pods?labelSelector=app%3D" + name);
  int n = 0;
  for (const Value& pod : pods.find("items")->as_array()) {
    const bool going = pod.find("metadata")->find("deletionTimestamp") != nullptr;
    const bool runs = pod.find("status")->get("phase", "") == "Running";
    n += !going && runs && pod.find("spec")->get("nodeName", "") == node ? 1 : 0;
  }
  return n;
}

void KubeCluster::kill_api() const {
  const int pid = std::stoi(line_of(dir_ / "kube-apiserver.pid"));
  ::kill(pid, SIGKILL);
  if (!eventually([&] { return ::kill(pid, 0) != 0; })) {
    throw std::runtime_error("the API server does not end");
  }
}

void KubeCluster::start_api() const {
  if (script(fmt::format("kube-up {} start-api", dir_.path())) != 0) {
    throw std::runtime_error("the API server did not come up again");
  }
}

bool KubeCluster::eventually(const std::function<bool()>& condition, int seconds) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(seconds);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

}  // namespace support
