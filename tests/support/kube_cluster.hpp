#pragma once
#include <functional>
#include <memory>
#include <string>

#include "http/transport.hpp"
#include "learningplane/value.hpp"
#include "support/temp_dir.hpp"

namespace support {

/// A real Kubernetes control plane with simulated nodes node-0, node-1 and node-2, started by the
/// first test that asks for it and stopped when the program ends.
class KubeCluster {
 public:
  static KubeCluster& shared();
  KubeCluster(const KubeCluster&) = delete;
  KubeCluster& operator=(const KubeCluster&) = delete;
  ~KubeCluster();

  /// Why there is none; empty where it runs. For LEARNINGPLANE_NEED.
  const std::string& missing() const { return missing_; }
  /// Path of the kubeconfig of "admin", "planner" (no rights) or "certified" (client certificate).
  std::string kubeconfig(const std::string& user) const { return dir_ / (user + ".kubeconfig"); }
  std::string url() const;
  std::string ca_file() const { return dir_ / "ca.crt"; }

  /// A connection as administrator.
  std::unique_ptr<learningplane::http::Transport> connect() const;
  /// Sends as administrator. @throws std::runtime_error where no answer comes or it is no 2xx
  learningplane::Value call(const std::string& method, const std::string& path,
                            const learningplane::Value& body = {},
                            const std::string& content_type = "application/json") const;
  /// A Deployment in "default" that asks for a node.
  void create(const std::string& name, const std::string& node, int replicas) const;
  /// The same, with its pods running there.
  void deploy(const std::string& name, const std::string& node, int replicas) const;
  learningplane::Value deployment(const std::string& name) const;
  std::int64_t generation(const std::string& name) const;
  /// How many pods of the Deployment are running and ready on the node and not about to go.
  int running(const std::string& name, const std::string& node) const;

  void kill_api() const;
  void start_api() const;

  /// Asks again and again until true; false after the deadline.
  static bool eventually(const std::function<bool()>& condition, int seconds = 30);

 private:
  KubeCluster();
  TempDir dir_{};
  int port_ = 0;
  std::string missing_{};
};

}  // namespace support
