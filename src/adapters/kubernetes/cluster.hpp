#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "http/transport.hpp"
#include "learningplane/actuator/outcome.hpp"
#include "learningplane/adapters/kubernetes/actuator.hpp"

namespace learningplane::adapters::kubernetes {

/// Names and attempts that cannot be. @throws ConfigError
void check_names(const KubernetesOptions& options);
/// A connection to the cluster that the options name. Sets the namespace to the context's where
/// none was given, and to "default" where there is none either. @throws ConfigError
std::unique_ptr<http::Transport> connect(KubernetesOptions& options);

/// A status that is no success, as a failure that says what to do.
/// @param what the object, as "Deployment video/shop"
Failure failure_of(const http::Response& answer, std::string_view verb, const std::string& what);
/// The outcome that a failure of a write stands for.
actuator::Outcome outcome_of(const Failure& failure, Value detail, int attempts);
/// The same where nothing was sent that could have changed anything: never `unknown`.
actuator::Outcome outcome_of_read(const Failure& failure, Value detail, int attempts);

}  // namespace learningplane::adapters::kubernetes
