#include "adapters/kubernetes/workload.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "learningplane/json.hpp"

namespace learningplane::adapters::kubernetes {

bool valid_name(std::string_view name) {
  const auto alnum = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !name.empty() && name.size() <= 253 && alnum(name.front()) && alnum(name.back()) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return alnum(c) || c == '-' || c == '.' || c == '_'; });
}

std::string api_version_of(const KubernetesOptions& options) {
  return options.kind == "DeploymentConfig" ? "apps.openshift.io/v1" : "apps/v1";
}

std::string path_of(const KubernetesOptions& options, const std::string& name) {
  std::string plural = options.kind;
  std::transform(plural.begin(), plural.end(), plural.begin(),
                 [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
  return fmt::format("/apis/{}/namespaces/{}/{}s/{}", api_version_of(options), options.namespace_,
                     plural, name);
}

namespace {
const Value* at(const Value* v, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys) v = v == nullptr ? nullptr : v->find(key);
  return v;
}
std::string text_at(const Value& v, std::initializer_list<std::string_view> keys) {
  const Value* found = at(&v, keys);
  return found != nullptr && found->is_string() ? found->as_string() : std::string();
}
}  // namespace

Result<Workload> read_workload(const std::string& json, const KubernetesOptions& options) {
  const auto object = parse_json(json);
  if (!object) return tl::unexpected(object.error());
  Workload out;
  out.uid = text_at(*object, {"metadata", "uid"});
  out.resource_version = text_at(*object, {"metadata", "resourceVersion"});
  if (out.resource_version.empty()) {
    return fail(Errc::malformed, "the API server's answer has no metadata.resourceVersion");
  }
  out.decision = text_at(*object, {"metadata", "annotations", decision_annotation});
  const Value* node =
      at(&*object, {"spec", "template", "spec", "nodeSelector", options.node_label});
  if (node != nullptr && node->is_string()) out.node = node->as_string();
  return out;
}

Value spec_patch(const decision::Action& action, const KubernetesOptions& options) {
  if (const auto* place = std::get_if<decision::Place>(&action)) {
    Value selector = Value::object().set(options.node_label, place->site);
    Value pod = Value::object().set("nodeSelector", std::move(selector));
    Value inner = Value::object().set("spec", std::move(pod));
    return Value::object().set("spec", Value::object().set("template", std::move(inner)));
  }
  return {};
}

bool is_so(const Workload& workload, const decision::Action& action) {
  const auto* place = std::get_if<decision::Place>(&action);
  return place != nullptr && workload.node == place->site;
}

Value patch_body(const KubernetesOptions& options, const actuator::Command& command,
                 const Workload& workload, const std::string& name) {
  Value annotations = Value::object().set(decision_annotation, command.id);
  Value body = Value::object();
  Value metadata = Value::object();
  if (options.method == PatchMethod::apply) {
    body.set("apiVersion", api_version_of(options)).set("kind", options.kind);
    metadata.set("name", name).set("namespace", options.namespace_);
  } else {
    metadata.set("resourceVersion", workload.resource_version);
  }
  body.set("metadata", metadata.set("annotations", std::move(annotations)));
  const Value patch = spec_patch(command.action, options);
  return body.set("spec", *patch.find("spec"));
}

Value event_body(const Involved& involved, const actuator::Command& command,
                 const std::string& field_manager) {
  std::string suffix;
  for (char c : command.id) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    suffix += (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ? c : '-';
  }
  while (suffix.ends_with('-')) suffix.pop_back();
  std::string when = to_iso8601(std::chrono::floor<std::chrono::seconds>(command.at));
  Value object = Value::object();
  object.set("apiVersion", involved.api_version)
      .set("kind", involved.kind)
      .set("name", involved.name)
      .set("namespace", involved.namespace_)
      .set("uid", involved.uid);
  const char* reason = std::holds_alternative<decision::Scale>(command.action)    ? "Scaled"
                       : std::holds_alternative<decision::Resize>(command.action) ? "Resized"
                                                                                  : "Placed";
  return Value::object()
      .set("apiVersion", "v1")
      .set("kind", "Event")
      .set("metadata", Value::object()
                           .set("name", fmt::format("{}.{}", involved.name, suffix.substr(0, 120)))
                           .set("namespace", involved.namespace_))
      .set("involvedObject", std::move(object))
      .set("type", "Normal")
      .set("reason", reason)
      .set("message", command.reason.substr(0, 1000))
      .set("source", Value::object().set("component", "learningplane"))
      .set("reportingComponent", "learningplane")
      .set("reportingInstance", field_manager)
      .set("firstTimestamp", when)
      .set("lastTimestamp", when)
      .set("count", 1);
}

std::string write_event(http::Transport& transport, const Involved& object,
                        const actuator::Command& command, const std::string& field_manager) {
  const auto answer =
      transport.send({.method = "POST",
                      .path = fmt::format("/api/v1/namespaces/{}/events", object.namespace_),
                      .body = dump_json(event_body(object, command, field_manager)),
                      .content_type = "application/json"});
  if (!answer) return "not written: " + answer.error().message;
  if (answer->status == 201 || answer->status == 409) return "written";
  return "not written: " + status_message(*answer);
}

std::string status_message(const http::Response& response) {
  const auto status = parse_json(response.body);
  const std::string message = status ? text_at(*status, {"message"}) : std::string();
  return fmt::format("{} {}", response.status,
                     message.empty() ? response.body.substr(0, 200) : message.substr(0, 500));
}

bool is_manager_conflict(const http::Response& response) {
  return response.body.find("FieldManagerConflict") != std::string::npos;
}

}  // namespace learningplane::adapters::kubernetes
