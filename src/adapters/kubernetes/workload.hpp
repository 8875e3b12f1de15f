#pragma once
#include <optional>
#include <string>

#include "http/retry.hpp"
#include "learningplane/adapters/kubernetes/actuator.hpp"

namespace learningplane::adapters::kubernetes {

inline constexpr std::string_view decision_annotation = "learningplane.io/decision";

/// A workload as the API server shows it, as far as it matters here.
struct Workload {
  std::string uid{};
  std::string resource_version{};
  std::string decision{};  ///< the annotation; empty where absent
  std::optional<std::string> node{};
};

/// Whether a name may stand in a path and as a label value.
bool valid_name(std::string_view name);
/// "/apis/apps/v1/namespaces/NS/deployments/NAME"; empty where the kind does not exist there.
std::string path_of(const KubernetesOptions& options, const std::string& name);
std::string api_version_of(const KubernetesOptions& options);
/// @return malformed where the answer is no such object
Result<Workload> read_workload(const std::string& json, const KubernetesOptions& options);
/// {"spec": …} of a Place alone, as the log shows it. Null for other actions.
Value spec_patch(const decision::Action& action, const KubernetesOptions& options);
/// Whether the workload already is as the action wants it.
bool is_so(const Workload& workload, const decision::Action& action);
/// The whole body that is sent.
Value patch_body(const KubernetesOptions& options, const actuator::Command& command,
                 const Workload& workload, const std::string& name);
/// What an Event is about.
struct Involved {
  std::string api_version{};
  std::string kind{};
  std::string namespace_{};
  std::string name{};
  std::string uid{};
};
/// The core/v1 Event that says why; its name follows from the command's id, so it stands once.
Value event_body(const Involved& object, const actuator::Command& command,
                 const std::string& field_manager);
/// Sends it. What is said of it in an outcome's detail: "written", or why not.
std::string write_event(http::Transport& transport, const Involved& object,
                        const actuator::Command& command, const std::string& field_manager);
/// The message of a Status object, or the start of the text.
std::string status_message(const http::Response& response);
/// Whether a 409 names another field manager (server-side apply).
bool is_manager_conflict(const http::Response& response);

/// With a transport of the caller's: for tests. `wait` as in http::send_with_retry.
std::unique_ptr<actuator::Actuator> make_actuator_over(
    std::unique_ptr<http::Transport> transport, KubernetesOptions options,
    std::function<void(std::chrono::milliseconds)> wait);

}  // namespace learningplane::adapters::kubernetes
