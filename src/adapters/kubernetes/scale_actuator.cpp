#include "adapters/kubernetes/scale_actuator.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "adapters/kubernetes/cluster.hpp"
#include "adapters/kubernetes/guarded_write.hpp"
#include "adapters/kubernetes/hpa_objects.hpp"
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

/// One write: which object, and what it shall hold.
struct Write {
  std::string path{};  ///< of the object or its scale subresource
  std::string what{};  ///< for messages: "Deployment video/shop"
  Value wanted{};      ///< {"spec": …}
  std::string api_version{};
  std::string kind{};
  std::string name{};     ///< metadata.name
  bool annotated = true;  ///< the object keeps annotations
  bool creates = false;   ///< where it is absent, the write makes it
  bool apply = false;     ///< server-side apply, never by force
  Involved involved{};    ///< whom the Event is about; its uid is the object's
};

class ScaleActuator final : public actuator::Actuator {
 public:
  ScaleActuator(std::shared_ptr<http::Transport> transport, ScaleOptions options,
                std::function<void(std::chrono::milliseconds)> wait)
      : transport_(std::move(transport)),
        options_(std::move(options)),
        cluster_(options_.cluster),
        resource_(resource_of(options_)),
        retries_{{.attempts = cluster_.attempts}, std::move(wait)} {}

  Delivery delivery() const override { return Delivery::at_least_once; }
  std::string describe() const override {
    const char* how = options_.drive_hpa ? "kubernetes_hpa"
                      : field()          ? "kubernetes_field"
                                         : "kubernetes_scale";
    return fmt::format("{}({}, {} in {})", how, transport_->describe(),
                       resource_.kind.empty() ? resource_.plural : resource_.kind,
                       cluster_.namespace_);
  }

  Result<std::int64_t> current_replicas(const std::string& application) override {
    const std::string name = name_of(application);
    if (!valid_name(name)) return fail(Errc::invalid_argument, bad_name(name));
    const std::string path = object_path(resource_, cluster_.namespace_, name);
    auto object = read(field() ? path : path + "/scale", what(name));
    if (!object) return tl::unexpected(object.error());
    const Value* value = number().in(object->value);
    if (value == nullptr || !value->is_int())
      return fail(Errc::not_found, fmt::format("{} of {} is not set", number().text(), what(name)));
    return value->as_int();
  }

  Result<actuator::Instances> current_instances(const std::string& application) override {
    const std::string name = name_of(application);
    if (!valid_name(name)) return fail(Errc::invalid_argument, bad_name(name));
    actuator::Instances out;
    // The object tells how many serve; who may only scale sees the subresource.
    auto object = read(object_path(resource_, cluster_.namespace_, name), what(name));
    const Value* asked = object ? number().in(object->value) : nullptr;
    if (asked != nullptr && asked->is_int()) {
      out.asked = asked->as_int();
    } else {
      if (!object && object.error().code != Errc::refused &&
          object.error().code != Errc::unauthorized)
        return tl::unexpected(object.error());
      auto replicas = current_replicas(application);
      if (!replicas) return tl::unexpected(replicas.error());
      out.asked = *replicas;
    }
    if (object && !field()) {
      const Value* status = object->value.find("status");
      if (status != nullptr) out.ready = status->get("readyReplicas", std::int64_t{0});
    }
    if (options_.drive_hpa) {
      // What we ask for is the HPA's minimum; its own metrics may ask for more.
      const HpaOptions& o = options_.autoscaler;
      auto there = hpas_of(name);
      if (!there) return tl::unexpected(there.error());
      for (const HpaSummary& h : *there) {
        const bool ours = h.name == (o.name.empty() ? name + "-hpa" : o.name);
        if (ours || o.foreign == ForeignHpa::adopt) out.asked = h.min_replicas;
        if (ours) break;
      }
      if (out.ready) out.ready = std::min(*out.ready, out.asked);
    }
    return out;
  }

 protected:
  Outcome do_act(const Command& command) override { return carry_out(command, DryRun::no); }
  Outcome do_plan(const Command& command) override { return carry_out(command, DryRun::yes); }

  Outcome do_probe(const Command& command) override {
    auto write = write_for(command);
    if (!write) return outcome_of(write.error(), {}, 1);
    auto now = read(*write);
    if (!now) {
      const bool gone = now.error().code == Errc::not_found;
      return {gone ? OutcomeStatus::failed : OutcomeStatus::unknown, now.error().message, {}, 1};
    }
    if (carried_out(*now, *write, command))
      return {OutcomeStatus::done, "the object is as this command wants it", {}, 1};
    if (!write->annotated) {
      if (auto other = overtaken(command)) return *other;
    }
    return {OutcomeStatus::failed, "the object is not as this command wants it", {}, 1};
  }

 private:
  bool field() const { return !options_.field.empty(); }
  FieldPath number() const { return field() ? options_.field : FieldPath::parse("spec.replicas"); }
  std::string name_of(const std::string& application) const {
    return cluster_.name.empty() ? application : cluster_.name;
  }
  std::string what(const std::string& name) const {
    return fmt::format("{} {}/{}", resource_.kind.empty() ? resource_.plural : resource_.kind,
                       cluster_.namespace_, name);
  }
  static std::string bad_name(const std::string& name) {
    return fmt::format("'{}' is no name of an object", name);
  }

  Result<http::Response> get(const std::string& path) {
    return http::send_with_retry(*transport_, {.path = path}, retries_.retry, retries_.wait);
  }

  Result<ScaledObject> read(const std::string& path, const std::string& what) {
    auto answer = get(path);
    if (!answer) return tl::unexpected(answer.error());
    if (answer->status != 200) return tl::unexpected(failure_of(*answer, "get", what));
    return read_object(answer->body);
  }

  /// What is absent but may be created reads as an object that holds nothing.
  Result<ScaledObject> read(const Write& write) {
    auto object = read(write.path, write.what);
    if (!object && write.creates && object.error().code == Errc::not_found) return ScaledObject{};
    return object;
  }

  /// A resource that was named by its plural: discovery, which everybody may ask, tells its kind.
  Result<void> learn_kind() {
    if (!resource_.kind.empty()) return {};
    auto answer = get(group_path(resource_));
    if (!answer) return tl::unexpected(answer.error());
    if (answer->status != 200)
      return tl::unexpected(failure_of(*answer, "discover", resource_.api_version));
    auto served = served_from_discovery(answer->body, resource_);
    if (!served) return tl::unexpected(served.error());
    if (!served->scales && !field())
      return fail(Errc::unsupported,
                  fmt::format("{} of {} have no scale subresource; name a field instead",
                              resource_.plural, resource_.api_version));
    resource_.kind = served->kind;
    return {};
  }

  Result<std::vector<HpaSummary>> hpas_of(const std::string& name) {
    auto answer = get(hpas_path(cluster_.namespace_));
    if (!answer) return tl::unexpected(answer.error());
    if (answer->status == 404) return std::vector<HpaSummary>{};  // not served here: there are none
    if (answer->status != 200)
      return tl::unexpected(failure_of(*answer, "list", "HorizontalPodAutoscalers"));
    auto all = read_hpas(answer->body);
    if (!all) return all;
    std::erase_if(*all, [&](const HpaSummary& h) { return !h.targets(resource_, name); });
    return all;
  }

  Result<Write> write_for(const Command& command) {
    const auto* scale = std::get_if<decision::Scale>(&command.action);
    if (scale == nullptr)
      return fail(Errc::unsupported,
                  fmt::format("{} cannot {}", describe(), decision::kind(command.action)));
    const std::string name = name_of(command.application);
    if (!valid_name(name)) return fail(Errc::invalid_argument, bad_name(name));
    if (scale->replicas < 0)
      return fail(Errc::invalid_argument, fmt::format("{} replicas: 0 or more", scale->replicas));
    if (auto known = learn_kind(); !known) return tl::unexpected(known.error());
    if (options_.drive_hpa) return write_of_hpa(name, scale->replicas);
    Write w;
    w.path = object_path(resource_, cluster_.namespace_, name);
    w.what = what(name);
    w.wanted = number().with(scale->replicas);
    w.api_version = resource_.api_version;
    w.kind = resource_.kind;
    w.name = name;
    w.apply = cluster_.method == PatchMethod::apply;
    w.involved = {resource_.api_version, resource_.kind, cluster_.namespace_, name, {}};
    if (!field()) {
      w.path += "/scale";
      w.annotated = false;
      w.api_version = "autoscaling/v1";
      w.kind = "Scale";
    }
    return w;
  }

  Result<Write> write_of_hpa(const std::string& name, std::int64_t replicas) {
    const HpaOptions& o = options_.autoscaler;
    std::string own = o.name.empty() ? name + "-hpa" : o.name;
    auto there = hpas_of(name);
    if (!there) return tl::unexpected(there.error());
    bool adopted = false;
    for (const HpaSummary& h : *there) {
      if (h.name == own) continue;
      if (o.foreign == ForeignHpa::refuse)
        return fail(Errc::refused,
                    fmt::format("the HPA '{}' ({} to {} replicas) scales {} already: delete it, or "
                                "set foreign: adopt",
                                h.name, h.min_replicas, h.max_replicas, what(name)));
      own = h.name;
      adopted = true;
      break;
    }
    auto wanted = adopted ? hpa_bounds(o, replicas) : hpa_spec(o, resource_, name, replicas);
    if (!wanted) return tl::unexpected(wanted.error());
    Write w;
    w.path = hpas_path(cluster_.namespace_) + "/" + own;
    w.what = fmt::format("HorizontalPodAutoscaler {}/{}", cluster_.namespace_, own);
    w.wanted = std::move(*wanted);
    w.api_version = "autoscaling/v2";
    w.kind = "HorizontalPodAutoscaler";
    w.name = own;
    w.creates = !adopted;
    w.apply = true;
    w.involved = {w.api_version, w.kind, cluster_.namespace_, own, {}};
    return w;
  }

  bool carried_out(const ScaledObject& now, const Write& write, const Command& command) const {
    return (write.annotated && !command.id.empty() && now.decision == command.id) ||
           includes(now.value, write.wanted);
  }

  /// Of a write that leaves no mark: whether somebody else has set the number since the command.
  std::optional<Outcome> overtaken(const Command& command) {
    const std::string name = name_of(command.application);
    auto object = read(object_path(resource_, cluster_.namespace_, name), what(name));
    if (!object) return std::nullopt;  // may not be read: nothing speaks for it
    const std::vector<ReplicaWriter> writers = writers_of_replicas(object->value);
    const auto ours = [&](const ReplicaWriter& w) { return w.manager == cluster_.field_manager; };
    // What stands there is what we set before.
    if (std::any_of(writers.begin(), writers.end(), ours)) return std::nullopt;
    const TimePoint sent = std::chrono::floor<std::chrono::seconds>(command.at);
    for (const ReplicaWriter& w : writers) {
      if (w.at && *w.at < sent) continue;
      return Outcome{
          OutcomeStatus::conflict,
          w.at ? fmt::format("'{}' has set the replicas of {} since", w.manager, what(name))
               : fmt::format("'{}' has set the replicas of {} last, the server does not tell when",
                             w.manager, what(name)),
          Value::object()
              .set("manager", w.manager)
              .set("at", w.at ? Value(to_iso8601(*w.at)) : Value()),
          1};
    }
    return std::nullopt;
  }

  /// An HPA would undo a direct change within seconds. Whether there is one must be known.
  std::optional<Outcome> hpa_in_the_way(const std::string& name, Value& detail) {
    if (options_.drive_hpa || options_.hpa == ExistingHpa::ignore) return std::nullopt;
    auto there = hpas_of(name);
    if (!there) {
      Outcome o = outcome_of_read(there.error(), detail, 1);
      o.message += "; whether an HPA scales it is not known (hpa: ignore scales all the same)";
      return o;
    }
    if (there->empty()) return std::nullopt;
    const HpaSummary& h = there->front();
    detail.set("hpa", h.name);
    return Outcome{
        OutcomeStatus::refused,
        fmt::format(
            "the HPA '{}' scales {} between {} and {}: use kubernetes_hpa, delete it, or set "
            "hpa: ignore",
            h.name, what(name), h.min_replicas, h.max_replicas),
        detail, 1};
  }

  Result<http::Response> send(const Write& w, const ScaledObject& seen, const Command& command,
                              DryRun dry) {
    std::string query =
        fmt::format("?fieldManager={}&fieldValidation=Strict", cluster_.field_manager);
    if (w.apply) query += "&force=false";
    if (dry == DryRun::yes) query += "&dryRun=All";
    Value body = Value::object();
    Value metadata = Value::object();
    if (w.apply) {
      body.set("apiVersion", w.api_version).set("kind", w.kind);
      metadata.set("name", w.name).set("namespace", cluster_.namespace_);
    }
    if (!seen.resource_version.empty()) metadata.set("resourceVersion", seen.resource_version);
    if (w.annotated)
      metadata.set("annotations", Value::object().set(decision_annotation, command.id));
    body.set("metadata", std::move(metadata)).set("spec", *w.wanted.find("spec"));
    return transport_->send({.method = "PATCH",
                             .path = w.path + query,
                             .body = dump_json(body),
                             .content_type = w.apply ? "application/apply-patch+yaml"
                                                     : "application/merge-patch+json"});
  }

  Outcome carry_out(const Command& command, DryRun dry) {
    auto write = write_for(command);
    if (!write) return outcome_of_read(write.error(), {}, 1);
    Value detail = Value::object().set("patch", write->wanted);
    auto first = read(*write);
    if (!first) return outcome_of_read(first.error(), std::move(detail), 1);
    if (!options_.drive_hpa) {
      const Value* before = number().in(first->value);
      if (before != nullptr && !before->is_null() && !before->is_int())
        return {OutcomeStatus::refused,
                fmt::format("{} of {} holds no whole number", number().text(), write->what),
                std::move(detail), 1};
      detail.set("before", before == nullptr ? Value() : *before);
    }
    if (includes(first->value, write->wanted))
      return {OutcomeStatus::already_done, "it is so already", std::move(detail), 1};
    if (auto refused = hpa_in_the_way(write->name, detail)) return *refused;
    const GuardedWrite<ScaledObject> guarded{
        .verb = "patch",
        .what = write->what,
        .send = [&](const ScaledObject& seen) { return send(*write, seen, command, dry); },
        .read = [&] { return read(*write); },
        .carried_out = [&](const ScaledObject& now) { return carried_out(now, *write, command); },
        .overtaken =
            [&](const ScaledObject& now) {
              return restricted_to(first->value, write->wanted) !=
                     restricted_to(now.value, write->wanted);
            }};
    auto end = write_guarded(guarded, *first, retries_, dry);
    if (end.failed) {
      end.failed->detail = std::move(detail);
      return *end.failed;
    }
    if (end.found) return finish(command, *write, *end.found, std::move(detail), end.attempts);
    return accepted(command, *write, *end.accepted, dry, std::move(detail), end.attempts);
  }

  Outcome accepted(const Command& command, const Write& write, const http::Response& answer,
                   DryRun dry, Value detail, int attempt) {
    auto object = read_object(answer.body);
    if (object && !includes(object->value, write.wanted)) {
      // A schema without the field, or an admission rule, took it out again.
      return {
          OutcomeStatus::refused,
          fmt::format("the API server did not keep the change of {}: does it have the field {}?",
                      write.what, options_.drive_hpa ? "spec" : number().text()),
          std::move(detail), attempt};
    }
    if (dry == DryRun::yes)
      return {OutcomeStatus::planned, "the API server accepts it (dry run)", std::move(detail),
              attempt};
    return finish(command, write, object ? *object : ScaledObject{}, std::move(detail), attempt);
  }

  /// Writes the Event; that it could not be written does not undo the action.
  Outcome finish(const Command& command, const Write& write, const ScaledObject& object,
                 Value detail, int attempts) {
    detail.set("resource_version", object.resource_version);
    Involved involved = write.involved;
    involved.uid = object.uid;
    detail.set("event", write_event(*transport_, involved, command, cluster_.field_manager));
    return {OutcomeStatus::done, "patched", std::move(detail), attempts};
  }

  std::shared_ptr<http::Transport> transport_;
  ScaleOptions options_;
  KubernetesOptions cluster_;
  ApiResource resource_;
  WriteRetries retries_;
};

}  // namespace

ScaleOptions scale_options_of(const KubernetesOptions& cluster) {
  ScaleOptions o;
  o.cluster = cluster;
  return o;
}

std::unique_ptr<actuator::Actuator> make_scale_actuator_over(
    std::shared_ptr<http::Transport> transport, ScaleOptions options,
    std::function<void(std::chrono::milliseconds)> wait) {
  if (options.cluster.namespace_.empty()) options.cluster.namespace_ = "default";
  check_names(options.cluster);
  const HpaOptions& h = options.autoscaler;
  if (!h.name.empty() && !valid_name(h.name))
    throw ConfigError("", "hpa_name", h.name, "letters, digits, '-' and '.' make a name");
  if (h.headroom < 0 || h.max_replicas < 0)
    throw ConfigError("", h.headroom < 0 ? "headroom" : "max_replicas", "a negative number",
                      "0 or more");
  return std::make_unique<ScaleActuator>(std::move(transport), std::move(options), std::move(wait));
}

}  // namespace learningplane::adapters::kubernetes
