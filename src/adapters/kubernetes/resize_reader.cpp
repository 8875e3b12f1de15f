#include "adapters/kubernetes/resize_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "learningplane/json.hpp"

namespace learningplane::adapters::kubernetes {

ResizeReader::ResizeReader(std::shared_ptr<http::Transport> transport, const ResizeOptions& options,
                           WriteRetries retries)
    : transport_(std::move(transport)),
      namespace_(options.cluster.namespace_),
      name_(options.cluster.name),
      container_(options.container),
      method_(options.method),
      resource_(resource_of({.cluster = options.cluster})),
      retries_(std::move(retries)) {}

Result<Value> ResizeReader::get(const std::string& path, const std::string& verb,
                                const std::string& what) {
  auto answer = http::send_with_retry(*transport_, {.path = path}, retries_.retry, retries_.wait);
  if (!answer) return tl::unexpected(answer.error());
  if (answer->status != 200) return tl::unexpected(failure_of(*answer, verb, what));
  return parse_json(answer->body);
}

Result<Owner> ResizeReader::owner(const std::string& application) {
  Owner o;
  o.name = name_.empty() ? application : name_;
  if (!valid_name(o.name))
    return fail(Errc::invalid_argument, fmt::format("'{}' is no name of an object", o.name));
  o.path = object_path(resource_, namespace_, o.name);
  o.what = fmt::format("{} {}/{}", resource_.kind, namespace_, o.name);
  auto value = get(o.path, "get", o.what);
  if (!value) return tl::unexpected(value.error());
  auto object = read_object(dump_json(*value));
  if (!object) return tl::unexpected(object.error());
  const Value* spec = value->find("spec");
  for (const char* key : {"template", "spec"}) spec = spec == nullptr ? nullptr : spec->find(key);
  if (spec == nullptr) return fail(Errc::malformed, o.what + " has no pod template");
  auto shape = read_shape(*spec, container_);
  if (!shape) return fail_within(o.what, shape.error());
  auto selector = selector_of(*value);
  if (!selector) return fail_within(o.what, selector.error());
  o.object = std::move(*object);
  o.shape = std::move(*shape);
  o.selector = std::move(*selector);
  return o;
}

std::string ResizeReader::pods_path() const {
  return fmt::format("/api/v1/namespaces/{}/pods", namespace_);
}

std::string ResizeReader::pod_path(const std::string& name) const {
  return pods_path() + "/" + name;
}

std::string ResizeReader::pod_text(const std::string& name) const {
  return fmt::format("Pod {}/{}", namespace_, name);
}

Result<std::vector<PodShape>> ResizeReader::pods(const Owner& owner) {
  auto list = get(pods_path() + "?labelSelector=" + owner.selector, "list", "pods");
  if (!list) return tl::unexpected(list.error());
  const Value* items = list->find("items");
  if (items == nullptr || !items->is_array())
    return fail(Errc::malformed, "the API server's list of pods has no items");
  std::vector<PodShape> out;
  for (const Value& item : items->as_array()) {
    auto pod = read_pod(item, owner.shape.container);
    if (!pod) return tl::unexpected(pod.error());
    if (pod->runs) out.push_back(std::move(*pod));
  }
  std::sort(out.begin(), out.end(),
            [](const PodShape& a, const PodShape& b) { return a.name < b.name; });
  return out;
}

Result<PodShape> ResizeReader::pod(const std::string& name, const std::string& container) {
  auto value = get(pod_path(name), "get", pod_text(name));
  if (!value) return tl::unexpected(value.error());
  return read_pod(*value, container);
}

Result<std::vector<actuator::SizeRecommendation>> ResizeReader::vpas(const Owner& owner) {
  auto list = get(
      fmt::format("/apis/autoscaling.k8s.io/v1/namespaces/{}/verticalpodautoscalers", namespace_),
      "list", "VerticalPodAutoscalers");
  // Most clusters have none; whoever may not look is told nothing, unless it matters.
  if (!list && list.error().code == Errc::not_found)
    return std::vector<actuator::SizeRecommendation>{};
  if (!list) return tl::unexpected(list.error());
  return read_vpas(*list, resource_.kind, owner.name, owner.shape.container);
}

Result<bool> ResizeReader::in_place() {
  if (method_ == ResizeMethod::by_template) return false;
  auto discovery = get("/api/v1", "discover", "the core API");
  if (!discovery) return tl::unexpected(discovery.error());
  if (offers_resize(*discovery)) return true;
  if (method_ == ResizeMethod::automatic) return false;
  return fail(Errc::unsupported,
              "the API server does not offer pods/resize (Kubernetes 1.33 and newer do): set "
              "method: automatic or by_template");
}

}  // namespace learningplane::adapters::kubernetes
