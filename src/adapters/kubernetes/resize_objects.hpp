#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "http/transport.hpp"
#include "learningplane/adapters/kubernetes/kubernetes_resize.hpp"
#include "learningplane/result.hpp"

namespace learningplane::adapters::kubernetes {

/// "500m", "0.5", "128Mi", "1e9", "2G" as a number of cores or bytes; NaN where it is none.
double read_quantity(const Value& quantity);
/// Cores up to thousandths: "500m". Bytes as MiB where they are whole, else plain.
std::string cpu_quantity(double cores);
std::string memory_quantity(double bytes);

/// Requests and limits of a container. NaN: not set.
struct Resources {
  decision::Size requests{}, limits{};
  decision::Size size() const;  ///< limits, else requests
  /// With the sizes of the action, 0 leaving one. @return refused where neither is set
  Result<Resources> resized(const decision::Resize& to) const;
  /// Equal within what the API keeps.
  bool is(const Resources& other) const;
  Value to_value() const;  ///< {"requests":{…},"limits":{…}}, only what is set
};

/// A pod, or a pod template in a workload, as far as it matters here.
struct PodShape {
  std::string name{};
  std::string uid{};
  std::string resource_version{};
  std::string container{};
  Resources resources{};
  bool runs = false;        ///< begun, not ended, not about to go
  std::string restarts{};   ///< resources whose change restarts the container: "cpu, memory"
  std::string condition{};  ///< of the last resize: "Deferred: …"; empty: none
  std::optional<decision::OutOfMemory> kill{};
  std::string last_manager{};  ///< who resized it last, and when
  TimePoint last_resize{};
};
/// @param spec of a pod. @return not_found, refused (several containers and none named)
Result<PodShape> read_shape(const Value& spec, const std::string& container);
/// A pod object.
Result<PodShape> read_pod(const Value& pod, const std::string& container);

/// "key=value,key in (a,b)" of a workload's selector, URL-encoded. @return malformed
Result<std::string> selector_of(const Value& workload);
/// Whether "/api/v1" lists pods/resize.
bool offers_resize(const Value& discovery);
/// Those of a list that target the workload.
std::vector<actuator::SizeRecommendation> read_vpas(const Value& list, const std::string& kind,
                                                    const std::string& name,
                                                    const std::string& container);

/// With a transport of the caller's: for tests. `wait` as in http::send_with_retry.
std::unique_ptr<actuator::Actuator> make_resize_actuator_over(
    std::shared_ptr<http::Transport> transport, ResizeOptions options,
    std::function<void(std::chrono::milliseconds)> wait);

}  // namespace learningplane::adapters::kubernetes
