#pragma once
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "learningplane/registries.hpp"
#include "learningplane/telemetry/frame.hpp"

namespace learningplane::cli {

/// "NAME=VALUE" in two. @throws ConfigError naming the option
std::pair<std::string, std::string> split_assignment(const std::string& text, const char* option);

/// A CSV as one site's frame: only rows with the texts of `labels` (NAME=VALUE). Without labels,
/// rows of several sites at one time are refused. @throws Error
telemetry::Frame read_site(const std::string& data, const std::vector<std::string>& labels);

/// Options for a model of `target`: its horizon where it takes one, and NAME=VALUE as YAML.
Value model_options(const std::string& kind, const std::string& target, std::size_t horizon,
                    const std::vector<std::string>& assignments, const Registries& registries);

/// Whether models of this kind take an option of that name. @throws ConfigError where there is none
bool takes_option(const std::string& kind, const std::string& name, const Registries& registries);

}  // namespace learningplane::cli
