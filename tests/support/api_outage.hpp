#pragma once
#include <chrono>
#include <functional>

#include "support/interposed.hpp"
#include "support/kube_cluster.hpp"

namespace support {

/// The API server dies when the first patch is about to be sent, and is started again when the
/// client waits before its next try. Hand on_patch() to an Interposed, wait() to the client;
/// outlives both.
class ApiOutage {
 public:
  explicit ApiOutage(KubeCluster& kube) : kube_(kube) {}
  ApiOutage(const ApiOutage&) = delete;
  ApiOutage& operator=(const ApiOutage&) = delete;
  Interposed::OnPatch on_patch() {
    return [this](int nth, const Interposed::Send& send) {
      if (nth == 1) {
        kube_.kill_api();
        down_ = true;
      }
      return send();
    };
  }
  std::function<void(std::chrono::milliseconds)> wait() {
    return [this](std::chrono::milliseconds) {
      if (down_) kube_.start_api();
      down_ = false;
    };
  }

 private:
  KubeCluster& kube_;
  bool down_ = false;
};

}  // namespace support
