#include "learningplane/adapters/kubernetes/kubernetes_resize.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "adapters/kubernetes/cluster.hpp"
#include "adapters/kubernetes/resize_objects.hpp"
#include "adapters/kubernetes/scale_object.hpp"
#include "adapters/kubernetes/workload.hpp"
#include "http/retry.hpp"
#include "learningplane/json.hpp"

namespace learningplane::adapters::kubernetes {

using actuator::Command;
using actuator::Delivery;
using actuator::Outcome;
using actuator::OutcomeStatus;

namespace {

enum class DryRun { no, yes };
constexpr const char* strategic = "application/strategic-merge-patch+json";

/// The workload with its template, and how its pods are found.
struct Owner {
  std::string path{}, what{}, name{};
  ScaledObject object{};
  PodShape shape{};
  std::string selector{};
};

class KubernetesResize final : public ResizeActuator {
 public:
  KubernetesResize(std::shared_ptr<http::Transport> transport, ResizeOptions options,
                   std::function<void(std::chrono::milliseconds)> wait)
      : transport_(std::move(transport)),
        options_(std::move(options)),
        cluster_(options_.cluster),
        resource_(resource_of({.cluster = options_.cluster})),
        wait_(std::move(wait)) {
    retry_.attempts = cluster_.attempts;
  }

  Delivery delivery() const override { return Delivery::at_least_once; }
  std::string describe() const override {
    return fmt::format("kubernetes_resize({}, {} in {})", transport_->describe(), resource_.kind,
                       cluster_.namespace_);
  }

  Result<WorkloadSize> size(const std::string& application) override {
    auto owner = read_owner(application);
    if (!owner) return tl::unexpected(owner.error());
    auto pods = read_pods(*owner);
    if (!pods) return tl::unexpected(pods.error());
    auto vpas = vpas_of(*owner);
    if (!vpas) return tl::unexpected(vpas.error());
    WorkloadSize out;
    out.requested = owner->shape.resources.size();
    for (const PodShape& p : *pods) {
      const decision::Size s = p.resources.size();
      out.current.cpu_cores = std::fmin(out.current.cpu_cores, s.cpu_cores);
      out.current.memory_bytes = std::fmin(out.current.memory_bytes, s.memory_bytes);
      if (p.kill) out.out_of_memory.push_back(*p.kill);
      ++out.pods;
    }
    std::sort(out.out_of_memory.begin(), out.out_of_memory.end(),
              [](const auto& a, const auto& b) { return a.at < b.at; });
    if (!vpas->empty()) out.vpa = vpas->front();
    return out;
  }

 protected:
  Outcome do_act(const Command& command) override { return carry_out(command, DryRun::no); }
  Outcome do_plan(const Command& command) override { return carry_out(command, DryRun::yes); }

  Outcome do_probe(const Command& command) override {
    const auto* to = std::get_if<decision::Resize>(&command.action);
    if (to == nullptr) return outcome_of(unsupported(command), {}, 1);
    auto owner = read_owner(command.application);
    if (!owner) return unreadable(owner.error());
    const auto is_so = [&](const PodShape& s) {
      const auto wanted = s.resources.resized(*to);
      return wanted && s.resources.is(*wanted);
    };
    if (!command.id.empty() && owner->object.decision == command.id)
      return {OutcomeStatus::done, "the pod template carries this command", {}, 1};
    auto pods = read_pods(*owner);
    if (!pods) return unreadable(pods.error());
    if (!pods->empty() && std::all_of(pods->begin(), pods->end(), is_so))
      return {OutcomeStatus::done, "every pod is as this command wants it", {}, 1};
    for (const PodShape& p : *pods) {
      // The server keeps whole seconds.
      if (is_so(p) || p.last_manager.empty() || p.last_manager == cluster_.field_manager ||
          p.last_resize < std::chrono::floor<std::chrono::seconds>(command.at))
        continue;
      return {OutcomeStatus::conflict,
              fmt::format("'{}' has resized pod {} since", p.last_manager, p.name),
              Value::object().set("manager", p.last_manager), 1};
    }
    return {OutcomeStatus::failed, "not every pod is as this command wants it", {}, 1};
  }

 private:
  Failure unsupported(const Command& command) const {
    return {Errc::unsupported,
            fmt::format("{} cannot {}", describe(), decision::kind(command.action)),
            {}};
  }
  static Outcome unreadable(const Failure& f) {
    const bool gone = f.code == Errc::not_found;
    return {gone ? OutcomeStatus::failed : OutcomeStatus::unknown, f.message, {}, 1};
  }

  Result<Value> get(const std::string& path, const std::string& verb, const std::string& what) {
    auto answer = http::send_with_retry(*transport_, {.path = path}, retry_, wait_);
    if (!answer) return tl::unexpected(answer.error());
    if (answer->status != 200) return tl::unexpected(failure_of(*answer, verb, what));
    return parse_json(answer->body);
  }

  Result<Owner> read_owner(const std::string& application) {
    Owner o;
    o.name = cluster_.name.empty() ? application : cluster_.name;
    if (!valid_name(o.name))
      return fail(Errc::invalid_argument, fmt::format("'{}' is no name of an object", o.name));
    o.path = object_path(resource_, cluster_.namespace_, o.name);
    o.what = fmt::format("{} {}/{}", resource_.kind, cluster_.namespace_, o.name);
    auto value = get(o.path, "get", o.what);
    if (!value) return tl::unexpected(value.error());
    auto object = read_object(dump_json(*value));
    if (!object) return tl::unexpected(object.error());
    const Value* spec = value->find("spec");
    for (const char* key : {"template", "spec"}) spec = spec == nullptr ? nullptr : spec->find(key);
    if (spec == nullptr) return fail(Errc::malformed, o.what + " has no pod template");
    auto shape = read_shape(*spec, options_.container);
    if (!shape) return fail_within(o.what, shape.error());
    auto selector = selector_of(*value);
    if (!selector) return fail_within(o.what, selector.error());
    o.object = std::move(*object);
    o.shape = std::move(*shape);
    o.selector = std::move(*selector);
    return o;
  }

  std::string pods_path() const {
    return fmt::format("/api/v1/namespaces/{}/pods", cluster_.namespace_);
  }

  /// Those that run. Their names are in order, so that what is done first does not depend on
  /// chance.
  Result<std::vector<PodShape>> read_pods(const Owner& owner) {
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

  Result<std::vector<VpaRecommendation>> vpas_of(const Owner& owner) {
    auto list = get(fmt::format("/apis/autoscaling.k8s.io/v1/namespaces/{}/verticalpodautoscalers",
                                cluster_.namespace_),
                    "list", "VerticalPodAutoscalers");
    // Most clusters have none; whoever may not look is told nothing, unless it matters.
    if (!list && list.error().code == Errc::not_found) return std::vector<VpaRecommendation>{};
    if (!list) return tl::unexpected(list.error());
    return read_vpas(*list, resource_.kind, owner.name, owner.shape.container);
  }

  /// Reads the VPAs, notes what they recommend, and refuses where one acts.
  std::optional<Outcome> vpa_in_the_way(const Owner& owner, Value& detail) {
    auto vpas = vpas_of(owner);
    const bool matters = options_.vpa == ExistingAutoscaler::refuse;
    if (!vpas) {
      if (!matters) return std::nullopt;
      Outcome o = outcome_of_read(vpas.error(), detail, 1);
      o.message += "; whether a VPA resizes it is not known (vpa: ignore resizes all the same)";
      return o;
    }
    for (const VpaRecommendation& v : *vpas) {
      detail.set("vpa", Value::object()
                            .set("name", v.name)
                            .set("mode", v.mode)
                            .set("target", sizes(v.target))
                            .set("lower", sizes(v.lower))
                            .set("upper", sizes(v.upper)));
      if (v.mode == "Off" || !matters) continue;
      return Outcome{OutcomeStatus::refused,
                     fmt::format("the VPA '{}' (mode {}) resizes {}: set its mode to Off, or "
                                 "vpa: ignore",
                                 v.name, v.mode, owner.what),
                     detail, 1};
    }
    return std::nullopt;
  }

  static Value sizes(const decision::Size& s) {
    const auto number = [](double v) { return std::isfinite(v) ? Value(v) : Value(); };
    return Value::object()
        .set("cpu_cores", number(s.cpu_cores))
        .set("memory_bytes", number(s.memory_bytes));
  }

  /// Whether pods are resized in place.
  Result<bool> in_place() {
    if (options_.method == ResizeMethod::by_template) return false;
    auto discovery = get("/api/v1", "discover", "the core API");
    if (!discovery) return tl::unexpected(discovery.error());
    if (offers_resize(*discovery)) return true;
    if (options_.method == ResizeMethod::automatic) return false;
    return fail(Errc::unsupported,
                "the API server does not offer pods/resize (Kubernetes 1.33 and newer do): set "
                "method: automatic or by_template");
  }

  Outcome carry_out(const Command& command, DryRun dry) {
    const auto* to = std::get_if<decision::Resize>(&command.action);
    if (to == nullptr) return outcome_of_read(unsupported(command), {}, 1);
    for (const double v : {to->cpu_cores, to->memory_bytes})
      if (!std::isfinite(v) || v < 0)
        return {OutcomeStatus::refused, fmt::format("a size of {}: 0 (stays) or more", v), {}, 1};
    if (to->cpu_cores == 0 && to->memory_bytes == 0)
      return {OutcomeStatus::refused, "a size without CPU and memory", {}, 1};
    auto owner = read_owner(command.application);
    if (!owner) return outcome_of_read(owner.error(), {}, 1);
    Value detail = Value::object();
    if (auto refused = vpa_in_the_way(*owner, detail)) return *refused;
    auto place = in_place();
    if (!place) return outcome_of_read(place.error(), std::move(detail), 1);
    detail.set("method", *place ? "in_place" : "by_template");
    return *place ? resize_pods(command, *to, *owner, dry, std::move(detail))
                  : patch_template(command, *to, *owner, dry, std::move(detail));
  }

  // --- in place

  Outcome resize_pods(const Command& command, const decision::Resize& to, const Owner& owner,
                      DryRun dry, Value detail) {
    auto pods = read_pods(owner);
    if (!pods) return outcome_of_read(pods.error(), std::move(detail), 1);
    if (pods->empty())
      return {OutcomeStatus::failed, owner.what + " has no pod that runs", std::move(detail), 1};
    Value changed = Value::array();
    std::size_t done = 0;
    int attempts = 0;
    for (const PodShape& pod : *pods) {
      auto wanted = pod.resources.resized(to);
      if (!wanted) return outcome_of_read(wanted.error(), std::move(detail), 1);
      Value entry = Value::object()
                        .set("pod", pod.name)
                        .set("before", pod.resources.to_value())
                        .set("after", wanted->to_value());
      if (pod.resources.is(*wanted)) continue;
      Outcome one = resize_pod(pod, *wanted, dry, entry);
      attempts = std::max(attempts, one.attempts);
      changed.push(std::move(entry));
      if (one.status != OutcomeStatus::done && one.status != OutcomeStatus::planned) {
        one.detail = detail.set("pods", changed);
        one.message =
            fmt::format("pod {}, after {} of {}: {}", pod.name, done, pods->size(), one.message);
        return one;
      }
      ++done;
    }
    if (done == 0)
      return {OutcomeStatus::already_done, "every pod is so already", std::move(detail), 1};
    detail.set("pods", changed);
    const std::string& restarts = pods->front().restarts;
    detail.set("disruption",
               restarts.empty() ? "none: pods keep running; new pods have the template's size"
                                : "the container restarts where its " + restarts +
                                      " changes (resizePolicy); new pods have the template's size");
    if (dry == DryRun::yes)
      return {OutcomeStatus::planned, "the API server accepts it (dry run)", std::move(detail),
              attempts};
    return finish(command, owner, std::move(detail), attempts,
                  fmt::format("{} of {} pods resized in place", done, pods->size()));
  }

  Outcome resize_pod(const PodShape& first, const Resources& wanted, DryRun dry, Value& entry) {
    PodShape seen = first;
    const std::string path = fmt::format("{}/{}", pods_path(), first.name);
    const std::string what = fmt::format("Pod {}/{}", cluster_.namespace_, first.name);
    for (int attempt = 1;; ++attempt) {
      const Value body =
          Value::object()
              .set("metadata", Value::object().set("resourceVersion", seen.resource_version))
              .set("spec", containers(first.container, wanted));
      auto answer = send(path + "/resize", body, dry);
      if (answer && answer->status == 200)
        return accepted(*answer, first, wanted, entry, dry, attempt);
      const bool conflict = answer && answer->status == 409;
      const Failure failure = answer ? failure_of(*answer, "resize", what) : answer.error();
      if (!(conflict || http::may_pass(answer))) {
        Outcome o = outcome_of(failure, {}, attempt);
        // The class of service would change, or the node cannot resize: a new pod can be anything.
        if (answer && answer->status == 422)
          o.message += "; method: by_template replaces the pods instead";
        return o;
      }
      // It may have been carried out although the answer says otherwise or got lost: look.
      if (!conflict) wait_(http::delay_before(attempt + 1, answer, retry_));
      auto value = get(path, "get", what);
      auto now = value ? read_pod(*value, first.container)
                       : Result<PodShape>(tl::unexpected(value.error()));
      if (!now) {
        Outcome o = outcome_of(now.error(), {}, attempt);
        if (!answer || answer->status >= 500) o.status = OutcomeStatus::unknown;
        return o;
      }
      if (dry == DryRun::no && now->uid == first.uid && now->resources.is(wanted))
        return {OutcomeStatus::done, "resized", {}, attempt};
      if (now->uid != first.uid || !now->resources.is(first.resources))
        return {OutcomeStatus::conflict, "somebody else changed it since it was read", {}, attempt};
      if (attempt >= cluster_.attempts) return outcome_of_read(failure, {}, attempt);
      seen = *now;
    }
  }

  static Outcome accepted(const http::Response& answer, const PodShape& first,
                          const Resources& wanted, Value& entry, DryRun dry, int attempt) {
    const auto value = parse_json(answer.body);
    const auto now =
        value ? read_pod(*value, first.container) : Result<PodShape>(tl::unexpected(value.error()));
    if (now && !now->resources.is(wanted))
      return {OutcomeStatus::refused,
              "the API server did not keep the change: an admission rule?",
              {},
              attempt};
    // What the node makes of it comes later; what is known at once is said.
    if (now && !now->condition.empty()) entry.set("condition", now->condition);
    return {
        dry == DryRun::yes ? OutcomeStatus::planned : OutcomeStatus::done, "resized", {}, attempt};
  }

  // --- by the template

  Outcome patch_template(const Command& command, const decision::Resize& to, const Owner& owner,
                         DryRun dry, Value detail) {
    auto wanted = sized_template(owner.shape.resources, to);
    detail.set("before", owner.shape.resources.to_value()).set("after", wanted.to_value());
    if (owner.shape.resources.is(wanted))
      return {OutcomeStatus::already_done, "the template is so already", std::move(detail), 1};
    detail.set("disruption", disruption_of(owner));
    Owner seen = owner;
    for (int attempt = 1;; ++attempt) {
      const Value body =
          Value::object()
              .set("metadata",
                   Value::object()
                       .set("resourceVersion", seen.object.resource_version)
                       .set("annotations", Value::object().set(decision_annotation, command.id)))
              .set("spec", Value::object().set(
                               "template", Value::object().set(
                                               "spec", containers(owner.shape.container, wanted))));
      auto answer = send(owner.path, body, dry);
      if (answer && answer->status == 200) {
        if (dry == DryRun::yes)
          return {OutcomeStatus::planned, "the API server accepts it (dry run)", std::move(detail),
                  attempt};
        return finish(command, owner, std::move(detail), attempt, "template patched");
      }
      const bool conflict = answer && answer->status == 409;
      const Failure failure = answer ? failure_of(*answer, "patch", owner.what) : answer.error();
      if ((conflict && is_manager_conflict(*answer)) || !(conflict || http::may_pass(answer)))
        return outcome_of(failure, std::move(detail), attempt);
      if (!conflict) wait_(http::delay_before(attempt + 1, answer, retry_));
      auto now = read_owner(command.application);
      if (!now) {
        Outcome o = outcome_of(now.error(), std::move(detail), attempt);
        if (!answer || answer->status >= 500) o.status = OutcomeStatus::unknown;
        return o;
      }
      if (dry == DryRun::no && now->shape.resources.is(wanted) &&
          now->object.decision == command.id)
        return finish(command, *now, std::move(detail), attempt, "template patched");
      if (!now->shape.resources.is(owner.shape.resources))
        return {OutcomeStatus::conflict,
                fmt::format("somebody else changed {} since it was read", owner.what),
                std::move(detail), attempt};
      if (attempt >= cluster_.attempts) return outcome_of_read(failure, std::move(detail), attempt);
      seen = *now;
    }
  }

  /// A template may gain what it did not have: its pods are new ones anyway.
  static Resources sized_template(const Resources& now, const decision::Resize& to) {
    if (auto both = now.resized(to)) return *both;
    Resources out = now;
    const auto set = [](double& request, double& limit, double value) {
      if (!(value > 0) || std::isfinite(request) || std::isfinite(limit)) return;
      request = limit = value;
    };
    set(out.requests.cpu_cores, out.limits.cpu_cores, to.cpu_cores);
    set(out.requests.memory_bytes, out.limits.memory_bytes, to.memory_bytes);
    auto rest = out.resized(to);
    return rest ? *rest : out;
  }

  static std::string disruption_of(const Owner& owner) {
    const Value* spec = owner.object.value.find("spec");
    const std::int64_t replicas = spec->get("replicas", std::int64_t{1});
    std::string strategy;
    for (const char* key : {"strategy", "updateStrategy"})
      if (const Value* s = spec->find(key)) strategy = s->get("type", "");
    if (strategy == "OnDelete")
      return "none yet: pods get the new size once they are deleted (OnDelete)";
    return fmt::format("{} pods are replaced ({})", replicas,
                       strategy.empty() ? "RollingUpdate" : strategy);
  }

  // --- both

  static Value containers(const std::string& name, const Resources& wanted) {
    Value container = Value::object().set("name", name).set("resources", wanted.to_value());
    return Value::object().set("containers", Value::array().push(std::move(container)));
  }

  Result<http::Response> send(const std::string& path, const Value& body, DryRun dry) {
    std::string query =
        fmt::format("?fieldManager={}&fieldValidation=Strict", cluster_.field_manager);
    if (dry == DryRun::yes) query += "&dryRun=All";
    // Sent once: whether it may be repeated is decided on what the object looks like then.
    return transport_->send({.method = "PATCH",
                             .path = path + query,
                             .body = dump_json(body),
                             .content_type = strategic});
  }

  /// Writes the Event; that it could not be written does not undo the action.
  Outcome finish(const Command& command, const Owner& owner, Value detail, int attempts,
                 std::string message) {
    const Involved involved{resource_.api_version, resource_.kind, cluster_.namespace_, owner.name,
                            owner.object.uid};
    detail.set("event", write_event(*transport_, involved, command, cluster_.field_manager));
    return {OutcomeStatus::done, std::move(message), std::move(detail), attempts};
  }

  std::shared_ptr<http::Transport> transport_;
  ResizeOptions options_;
  KubernetesOptions cluster_;
  ApiResource resource_;
  std::function<void(std::chrono::milliseconds)> wait_;
  http::RetryOptions retry_{};
};

}  // namespace

std::unique_ptr<ResizeActuator> make_resize_actuator_over(
    std::shared_ptr<http::Transport> transport, ResizeOptions options,
    std::function<void(std::chrono::milliseconds)> wait) {
  if (options.cluster.namespace_.empty()) options.cluster.namespace_ = "default";
  check_names(options.cluster);
  if (!options.container.empty() && !valid_name(options.container))
    throw ConfigError("", "container", options.container, "letters, digits and '-' make a name");
  return std::make_unique<KubernetesResize>(std::move(transport), std::move(options),
                                            std::move(wait));
}

std::unique_ptr<ResizeActuator> make_resize_actuator(const ResizeOptions& options) {
  (void)resource_of({.cluster = options.cluster});  // refuse before anything is opened
  ResizeOptions resolved = options;
  std::shared_ptr<http::Transport> transport = connect(resolved.cluster);
  return make_resize_actuator_over(std::move(transport), std::move(resolved), http::sleep_for);
}

Manifest resize_manifest() {
  Manifest m = scale_manifest();
  m.name = "kubernetes_resize";
  m.summary = "Resizes the pods of a workload in place, or by its pod template";
  // Of scaling's parameters those that make sense here, and our own.
  std::erase_if(m.parameters, [](const Parameter& p) {
    return p.name == "group" || p.name == "version" || p.name == "resource" || p.name == "hpa" ||
           p.name == "method";
  });
  for (Parameter& p : m.parameters)
    if (p.name == "workload_kind") p.summary = "Deployment, StatefulSet, ReplicaSet";
  const auto choice = [](std::string name, std::string summary, std::vector<std::string> allowed) {
    return Parameter{.name = std::move(name),
                     .type = ParameterType::string,
                     .summary = std::move(summary),
                     .fallback = allowed.front(),
                     .allowed = allowed};
  };
  m.parameters.push_back({.name = "container",
                          .type = ParameterType::string,
                          .summary = "of the pod; else its only one",
                          .fallback = ""});
  m.parameters.push_back(choice("method",
                                "in place where the API server offers it, else by the template",
                                {"automatic", "in_place", "by_template"}));
  m.parameters.push_back(
      choice("vpa", "what to do where a VPA resizes the workload", {"refuse", "ignore"}));
  return m;
}

ResizeOptions resize_options(const Value& v, const std::string& base_dir) {
  ResizeOptions o;
  o.cluster = options_of(v, base_dir);
  o.cluster.name = v.get("name", "");
  o.container = v.get("container", "");
  const std::string method = v.get("method", "automatic");
  if (method == "in_place") o.method = ResizeMethod::in_place;
  if (method == "by_template") o.method = ResizeMethod::by_template;
  if (v.get("vpa", "refuse") == std::string("ignore")) o.vpa = ExistingAutoscaler::ignore;
  return o;
}

}  // namespace learningplane::adapters::kubernetes
