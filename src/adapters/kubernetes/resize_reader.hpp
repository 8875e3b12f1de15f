#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "adapters/kubernetes/guarded_write.hpp"
#include "adapters/kubernetes/resize_objects.hpp"
#include "adapters/kubernetes/scale_object.hpp"

namespace learningplane::adapters::kubernetes {

/// A workload with its template, and how its pods are found.
struct Owner {
  std::string path{}, what{}, name{};
  ScaledObject object{};
  PodShape shape{};
  std::string selector{};
};

/// What the API server says of a workload's sizes.
class ResizeReader {
 public:
  ResizeReader(std::shared_ptr<http::Transport> transport, const ResizeOptions& options,
               WriteRetries retries);

  const ApiResource& resource() const { return resource_; }
  Result<Owner> owner(const std::string& application);
  /// Those that run. Their names are in order, so that what is done first does not depend on
  /// chance.
  Result<std::vector<PodShape>> pods(const Owner& owner);
  Result<PodShape> pod(const std::string& name, const std::string& container);
  std::string pod_path(const std::string& name) const;
  std::string pod_text(const std::string& name) const;  ///< for messages: "Pod video/shop-1"
  /// None where the cluster does not know the kind.
  Result<std::vector<actuator::SizeRecommendation>> vpas(const Owner& owner);
  /// Whether pods are resized in place. @return unsupported where it is asked for and not offered
  Result<bool> in_place();

 private:
  Result<Value> get(const std::string& path, const std::string& verb, const std::string& what);
  std::string pods_path() const;

  std::shared_ptr<http::Transport> transport_;
  std::string namespace_, name_, container_;
  ResizeMethod method_;
  ApiResource resource_;
  WriteRetries retries_;
};

}  // namespace learningplane::adapters::kubernetes
