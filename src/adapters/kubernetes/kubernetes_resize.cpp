#include "learningplane/adapters/kubernetes/kubernetes_resize.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "actuator/size_value.hpp"
#include "adapters/kubernetes/cluster.hpp"
#include "adapters/kubernetes/guarded_write.hpp"
#include "adapters/kubernetes/resize_reader.hpp"
#include "learningplane/json.hpp"

namespace learningplane::adapters::kubernetes {

using actuator::Command;
using actuator::Delivery;
using actuator::Outcome;
using actuator::OutcomeStatus;

namespace {

constexpr const char* strategic = "application/strategic-merge-patch+json";

class KubernetesResize final : public actuator::Actuator {
 public:
  KubernetesResize(std::shared_ptr<http::Transport> transport, ResizeOptions options,
                   std::function<void(std::chrono::milliseconds)> wait)
      : transport_(std::move(transport)),
        options_(std::move(options)),
        cluster_(options_.cluster),
        retries_{{.attempts = cluster_.attempts}, std::move(wait)},
        reader_(transport_, options_, retries_) {}

  Delivery delivery() const override { return Delivery::at_least_once; }
  std::string describe() const override {
    return fmt::format("kubernetes_resize({}, {} in {})", transport_->describe(),
                       reader_.resource().kind, cluster_.namespace_);
  }

  Result<actuator::WorkloadSize> current_size(const std::string& application) override {
    auto owner = reader_.owner(application);
    if (!owner) return tl::unexpected(owner.error());
    auto pods = reader_.pods(*owner);
    if (!pods) return tl::unexpected(pods.error());
    // For comparison only: whoever may not list VPAs knows the size all the same.
    const auto vpas = reader_.vpas(*owner);
    actuator::WorkloadSize out;
    out.requested = owner->shape.resources.size();
    for (const PodShape& p : *pods) {
      const decision::Size s = p.resources.size();
      out.current.cpu_cores = std::fmin(out.current.cpu_cores, s.cpu_cores);
      out.current.memory_bytes = std::fmin(out.current.memory_bytes, s.memory_bytes);
      if (p.kill) out.out_of_memory.push_back(*p.kill);
      ++out.instances;
    }
    std::sort(out.out_of_memory.begin(), out.out_of_memory.end(),
              [](const auto& a, const auto& b) { return a.at < b.at; });
    if (vpas && !vpas->empty()) out.recommendation = vpas->front();
    return out;
  }

 protected:
  Outcome do_act(const Command& command) override { return carry_out(command, DryRun::no); }
  Outcome do_plan(const Command& command) override { return carry_out(command, DryRun::yes); }

  Outcome do_probe(const Command& command) override {
    const auto* to = std::get_if<decision::Resize>(&command.action);
    if (to == nullptr) return outcome_of(unsupported(command), {}, 1);
    auto owner = reader_.owner(command.application);
    if (!owner) return unreadable(owner.error());
    const auto is_so = [&](const PodShape& s) {
      const auto wanted = s.resources.resized(*to);
      return wanted && s.resources.is(*wanted);
    };
    if (!command.id.empty() && owner->object.decision == command.id)
      return {OutcomeStatus::done, "the pod template carries this command", {}, 1};
    auto pods = reader_.pods(*owner);
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

  /// Reads the VPAs, notes what they recommend, and refuses where one acts.
  std::optional<Outcome> vpa_in_the_way(const Owner& owner, Value& detail) {
    auto vpas = reader_.vpas(owner);
    const bool matters = options_.vpa == ExistingAutoscaler::refuse;
    if (!vpas) {
      if (!matters) return std::nullopt;
      Outcome o = outcome_of_read(vpas.error(), detail, 1);
      o.message += "; whether a VPA resizes it is not known (vpa: ignore resizes all the same)";
      return o;
    }
    for (const actuator::SizeRecommendation& v : *vpas) {
      detail.set("vpa", actuator::detail::recommendation_value(v));
      if (v.mode == "Off" || !matters) continue;
      return Outcome{OutcomeStatus::refused,
                     fmt::format("the VPA '{}' (mode {}) resizes {}: set its mode to Off, or "
                                 "vpa: ignore",
                                 v.name, v.mode, owner.what),
                     detail, 1};
    }
    return std::nullopt;
  }

  Outcome carry_out(const Command& command, DryRun dry) {
    const auto* to = std::get_if<decision::Resize>(&command.action);
    if (to == nullptr) return outcome_of_read(unsupported(command), {}, 1);
    for (const double v : {to->cpu_cores, to->memory_bytes})
      if (!std::isfinite(v) || v < 0)
        return {OutcomeStatus::refused, fmt::format("a size of {}: 0 (stays) or more", v), {}, 1};
    if (to->cpu_cores == 0 && to->memory_bytes == 0)
      return {OutcomeStatus::refused, "a size without CPU and memory", {}, 1};
    auto owner = reader_.owner(command.application);
    if (!owner) return outcome_of_read(owner.error(), {}, 1);
    Value detail = Value::object();
    if (auto refused = vpa_in_the_way(*owner, detail)) return *refused;
    auto place = reader_.in_place();
    if (!place) return outcome_of_read(place.error(), std::move(detail), 1);
    detail.set("method", *place ? "in_place" : "by_template");
    return *place ? resize_pods(command, *to, *owner, dry, std::move(detail))
                  : patch_template(command, *to, *owner, dry, std::move(detail));
  }

  // --- in place

  Outcome resize_pods(const Command& command, const decision::Resize& to, const Owner& owner,
                      DryRun dry, Value detail) {
    auto pods = reader_.pods(owner);
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
    const GuardedWrite<PodShape> write{
        .verb = "resize",
        .what = reader_.pod_text(first.name),
        .send =
            [&](const PodShape& seen) {
              return send(reader_.pod_path(first.name) + "/resize",
                          Value::object()
                              .set("metadata",
                                   Value::object().set("resourceVersion", seen.resource_version))
                              .set("spec", containers(first.container, wanted)),
                          dry);
            },
        .read = [&] { return reader_.pod(first.name, first.container); },
        .carried_out =
            [&](const PodShape& now) { return now.uid == first.uid && now.resources.is(wanted); },
        .overtaken =
            [&](const PodShape& now) {
              return now.uid != first.uid || !now.resources.is(first.resources);
            }};
    auto end = write_guarded(write, first, retries_, dry);
    if (end.found) return {OutcomeStatus::done, "resized", {}, end.attempts};
    if (end.accepted) return accepted(*end.accepted, first, wanted, entry, dry, end.attempts);
    // The class of service would change, or the node cannot resize: a new pod can be anything.
    if (end.status == 422) end.failed->message += "; method: by_template replaces the pods instead";
    return *end.failed;
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
    const GuardedWrite<Owner> write{
        .verb = "patch",
        .what = owner.what,
        .send =
            [&](const Owner& seen) {
              return send(seen.path, template_patch(command, seen, wanted), dry);
            },
        .read = [&] { return reader_.owner(command.application); },
        .carried_out =
            [&](const Owner& now) {
              return now.shape.resources.is(wanted) && now.object.decision == command.id;
            },
        .overtaken =
            [&](const Owner& now) { return !now.shape.resources.is(owner.shape.resources); }};
    auto end = write_guarded(write, owner, retries_, dry);
    if (end.failed) {
      end.failed->detail = std::move(detail);
      return *end.failed;
    }
    if (dry == DryRun::yes)
      return {OutcomeStatus::planned, "the API server accepts it (dry run)", std::move(detail),
              end.attempts};
    return finish(command, end.found ? *end.found : owner, std::move(detail), end.attempts,
                  "template patched");
  }

  static Value template_patch(const Command& command, const Owner& seen, const Resources& wanted) {
    Value spec = Value::object().set("spec", containers(seen.shape.container, wanted));
    return Value::object()
        .set("metadata",
             Value::object()
                 .set("resourceVersion", seen.object.resource_version)
                 .set("annotations", Value::object().set(decision_annotation, command.id)))
        .set("spec", Value::object().set("template", std::move(spec)));
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
    return transport_->send({.method = "PATCH",
                             .path = path + query,
                             .body = dump_json(body),
                             .content_type = strategic});
  }

  /// Writes the Event; that it could not be written does not undo the action.
  Outcome finish(const Command& command, const Owner& owner, Value detail, int attempts,
                 std::string message) {
    const Involved involved{reader_.resource().api_version, reader_.resource().kind,
                            cluster_.namespace_, owner.name, owner.object.uid};
    detail.set("event", write_event(*transport_, involved, command, cluster_.field_manager));
    return {OutcomeStatus::done, std::move(message), std::move(detail), attempts};
  }

  std::shared_ptr<http::Transport> transport_;
  ResizeOptions options_;
  KubernetesOptions cluster_;
  WriteRetries retries_;
  ResizeReader reader_;
};

}  // namespace

std::unique_ptr<actuator::Actuator> make_resize_actuator_over(
    std::shared_ptr<http::Transport> transport, ResizeOptions options,
    std::function<void(std::chrono::milliseconds)> wait) {
  if (options.cluster.namespace_.empty()) options.cluster.namespace_ = "default";
  check_names(options.cluster);
  if (!options.container.empty() && !valid_name(options.container))
    throw ConfigError("", "container", options.container, "letters, digits and '-' make a name");
  return std::make_unique<KubernetesResize>(std::move(transport), std::move(options),
                                            std::move(wait));
}

std::unique_ptr<actuator::Actuator> make_resize_actuator(const ResizeOptions& options) {
  (void)resource_of({.cluster = options.cluster});  // refuse before anything is opened
  ResizeOptions resolved = options;
  std::shared_ptr<http::Transport> transport = connect(resolved.cluster);
  return make_resize_actuator_over(std::move(transport), std::move(resolved), http::sleep_for);
}

}  // namespace learningplane::adapters::kubernetes
