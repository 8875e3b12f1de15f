#pragma once
#include <functional>
#include <memory>

#include "http/transport.hpp"
#include "learningplane/adapters/kubernetes/scale.hpp"

namespace learningplane::adapters::kubernetes {

/// How the "kubernetes" actuator scales: through `/scale` of its workload.
ScaleOptions scale_options_of(const KubernetesOptions& cluster);

/// With a transport that is the caller's, or shared with another actuator. `wait` as in
/// http::send_with_retry. @throws ConfigError
std::unique_ptr<actuator::Actuator> make_scale_actuator_over(
    std::shared_ptr<http::Transport> transport, ScaleOptions options,
    std::function<void(std::chrono::milliseconds)> wait);

}  // namespace learningplane::adapters::kubernetes
