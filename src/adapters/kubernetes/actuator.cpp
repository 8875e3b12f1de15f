#include "learningplane/adapters/kubernetes/actuator.hpp"

#include <fmt/format.h>

#include "adapters/kubernetes/cluster.hpp"
#include "adapters/kubernetes/guarded_write.hpp"
#include "adapters/kubernetes/scale_actuator.hpp"
#include "adapters/kubernetes/workload.hpp"
#include "learningplane/json.hpp"

namespace learningplane::adapters::kubernetes {

using actuator::Command;
using actuator::Delivery;
using actuator::Outcome;
using actuator::OutcomeStatus;

namespace {

class KubernetesActuator final : public actuator::Actuator {
 public:
  KubernetesActuator(std::shared_ptr<http::Transport> transport, KubernetesOptions options,
                     std::function<void(std::chrono::milliseconds)> wait)
      : transport_(std::move(transport)),
        options_(std::move(options)),
        retries_{{.attempts = options_.attempts}, std::move(wait)},
        scale_(make_scale_actuator_over(transport_, scale_options_of(options_), retries_.wait)) {}

  Delivery delivery() const override { return Delivery::at_least_once; }
  std::string describe() const override {
    return fmt::format("kubernetes({}, {} in {})", transport_->describe(), options_.kind,
                       options_.namespace_);
  }

  Result<std::string> current_site(const std::string& application) override {
    const std::string name = name_of(application);
    auto workload = read(name);
    if (!workload) return tl::unexpected(workload.error());
    if (!workload->node) {
      return fail(Errc::not_found, fmt::format("{} {} has no nodeSelector {}", options_.kind, name,
                                               options_.node_label));
    }
    return *workload->node;
  }
  Result<std::int64_t> current_replicas(const std::string& application) override {
    return scale_->current_replicas(application);
  }
  Result<actuator::Instances> current_instances(const std::string& application) override {
    return scale_->current_instances(application);
  }

 protected:
  Outcome do_act(const Command& command) override {
    if (is_scale(command)) return scale_->act(command, actuator::Mode::real);
    return carry_out(command, DryRun::no);
  }
  Outcome do_plan(const Command& command) override {
    if (is_scale(command)) return scale_->act(command, actuator::Mode::dry_run);
    return carry_out(command, DryRun::yes);
  }

  Outcome do_probe(const Command& command) override {
    if (is_scale(command)) return scale_->probe(command);
    auto workload = read(name_of(command.application));
    if (!workload) {
      const bool gone = workload.error().code == Errc::not_found;
      return {
          gone ? OutcomeStatus::failed : OutcomeStatus::unknown, workload.error().message, {}, 1};
    }
    if (workload->decision == command.id) {
      return {OutcomeStatus::done, "the object carries this decision", {}, 1};
    }
    return {OutcomeStatus::failed, "the object does not carry this decision", {}, 1};
  }

 private:
  static bool is_scale(const Command& command) {
    return std::holds_alternative<decision::Scale>(command.action);
  }
  std::string what(const std::string& name) const {
    return fmt::format("{} {}/{}", options_.kind, options_.namespace_, name);
  }
  std::string name_of(const std::string& application) const {
    return options_.name.empty() ? application : options_.name;
  }

  Result<http::Response> send(http::Request request) {
    return http::send_with_retry(*transport_, request, retries_.retry, retries_.wait);
  }

  Result<Workload> read(const std::string& name) {
    if (!valid_name(name)) {
      return fail(Errc::invalid_argument, fmt::format("'{}' is no name of an object", name));
    }
    auto answer = send({.path = path_of(options_, name)});
    if (!answer) return tl::unexpected(answer.error());
    if (answer->status != 200) return tl::unexpected(failure_of(*answer, "get", what(name)));
    return read_workload(answer->body, options_);
  }

  /// A node that certainly does not exist is refused; where nodes may not be read, the patch goes
  /// on and the detail says so.
  std::optional<std::string> missing_node(const Command& command, Value& detail) {
    const auto* place = std::get_if<decision::Place>(&command.action);
    if (place == nullptr || options_.node_label != "kubernetes.io/hostname") return std::nullopt;
    auto answer = send({.path = "/api/v1/nodes/" + place->site});
    if (answer && answer->status == 404) {
      return fmt::format("unknown node '{}': the cluster has none of this name", place->site);
    }
    if (!answer || answer->status != 200) detail.set("node_check", "nodes cannot be read");
    return std::nullopt;
  }

  Result<http::Response> patch(const Command& command, const Workload& workload,
                               const std::string& name, DryRun dry) {
    const bool apply = options_.method == PatchMethod::apply;
    std::string query = "?fieldManager=" + options_.field_manager;
    if (apply) query += "&force=false";
    if (dry == DryRun::yes) query += "&dryRun=All";
    return transport_->send({.method = "PATCH",
                             .path = path_of(options_, name) + query,
                             .body = dump_json(patch_body(options_, command, workload, name)),
                             .content_type = apply ? "application/apply-patch+yaml"
                                                   : "application/strategic-merge-patch+json"});
  }

  Outcome carry_out(const Command& command, DryRun dry) {
    const std::string name = name_of(command.application);
    const Value wanted = spec_patch(command.action, options_);
    if (wanted.is_null()) {
      return {OutcomeStatus::refused,
              fmt::format("{} cannot {}", describe(), decision::kind(command.action)),
              {},
              0};
    }
    if (const auto* p = std::get_if<decision::Place>(&command.action); p && !valid_name(p->site)) {
      return {OutcomeStatus::refused, fmt::format("'{}' is no name of a node", p->site), {}, 0};
    }
    Value detail = Value::object().set("patch", wanted);
    auto first = read(name);
    if (!first) return outcome_of_read(first.error(), std::move(detail), 1);
    if (is_so(*first, command.action)) {
      return {OutcomeStatus::already_done, "it is so already", std::move(detail), 1};
    }
    if (auto missing = missing_node(command, detail)) {
      return {OutcomeStatus::refused, *missing, std::move(detail), 1};
    }
    const GuardedWrite<Workload> write{
        .verb = "patch",
        .what = what(name),
        .send = [&](const Workload& seen) { return patch(command, seen, name, dry); },
        .read = [&] { return read(name); },
        .carried_out = [&](const Workload& now) { return now.decision == command.id; },
        .overtaken = [&](const Workload& now) { return now.node != first->node; }};
    auto end = write_guarded(write, *first, retries_, dry);
    if (end.failed) {
      end.failed->detail = std::move(detail);
      return *end.failed;
    }
    if (end.found) return finish(command, *end.found, name, std::move(detail), end.attempts);
    if (dry == DryRun::yes)
      return {OutcomeStatus::planned, "the API server accepts it (dry run)", std::move(detail),
              end.attempts};
    return done(command, *end.accepted, name, std::move(detail), end.attempts);
  }

  Outcome done(const Command& command, const http::Response& answer, const std::string& name,
               Value detail, int attempts) {
    const auto workload = read_workload(answer.body, options_);
    return finish(command, workload ? *workload : Workload{}, name, std::move(detail), attempts);
  }

  /// Writes the Event; that it could not be written does not undo the action.
  Outcome finish(const Command& command, const Workload& workload, const std::string& name,
                 Value detail, int attempts) {
    detail.set("resource_version", workload.resource_version);
    const Involved involved{api_version_of(options_), options_.kind, options_.namespace_, name,
                            workload.uid};
    detail.set("event", write_event(*transport_, involved, command, options_.field_manager));
    return {OutcomeStatus::done, "patched", std::move(detail), attempts};
  }

  std::shared_ptr<http::Transport> transport_;
  KubernetesOptions options_;
  WriteRetries retries_;
  std::unique_ptr<actuator::Actuator> scale_;
};

void check(const KubernetesOptions& o) {
  const bool openshift = o.flavour == Flavour::openshift;
  if (o.kind != "Deployment" && o.kind != "StatefulSet" &&
      !(openshift && o.kind == "DeploymentConfig")) {
    throw ConfigError("", "workload_kind", o.kind,
                      "Deployment or StatefulSet, on openshift DeploymentConfig too");
  }
  check_names(o);
}

}  // namespace

std::unique_ptr<actuator::Actuator> make_actuator_over(
    std::unique_ptr<http::Transport> transport, KubernetesOptions options,
    std::function<void(std::chrono::milliseconds)> wait) {
  if (options.namespace_.empty()) options.namespace_ = "default";
  check(options);
  return std::make_unique<KubernetesActuator>(std::move(transport), std::move(options),
                                              std::move(wait));
}

std::unique_ptr<actuator::Actuator> make_actuator(const KubernetesOptions& options) {
  check(options);
  KubernetesOptions resolved = options;
  auto transport = connect(resolved);
  return make_actuator_over(std::move(transport), std::move(resolved), http::sleep_for);
}

}  // namespace learningplane::adapters::kubernetes
