#include "cli/model_input.hpp"

#include <algorithm>

#include "learningplane/config/yaml.hpp"
#include "learningplane/error.hpp"
#include "learningplane/telemetry/csv.hpp"

namespace learningplane::cli {

std::pair<std::string, std::string> split_assignment(const std::string& text, const char* option) {
  const std::size_t at = text.find('=');
  if (at == std::string::npos || at == 0) throw ConfigError("", option, text, "NAME=VALUE");
  return {text.substr(0, at), text.substr(at + 1)};
}

telemetry::Frame read_site(const std::string& data, const std::vector<std::string>& texts) {
  telemetry::CsvOptions csv;
  csv.paths = {data};
  Labels labels;
  for (const std::string& text : texts) {
    const auto [name, value] = split_assignment(text, "--label");
    csv.label_columns.push_back(name);
    labels.set(name, value);
  }
  // Without a label, rows of several sites at one time would be taken for one site's.
  if (labels.empty()) csv.duplicates = telemetry::CsvDuplicates::refuse;
  auto read = telemetry::read_csv(csv);
  if (!read && read.error().code == Errc::conflict)
    read.error().message += "; say with --label NAME=VALUE whose rows are meant";
  const telemetry::Frame all = value_or_throw(std::move(read));
  return labels.empty() ? all : all.where(labels);
}

Value model_options(const std::string& kind, const std::string& target, std::size_t horizon,
                    const std::vector<std::string>& assignments, const Registries& registries) {
  if (target.empty()) throw ConfigError("", "--target", "", "the column to forecast");
  Value options = Value::object().set("target", target);
  if (takes_option(kind, "horizon", registries)) options.set("horizon", horizon);
  for (const std::string& text : assignments) {
    const auto [key, value] = split_assignment(text, "--option");
    options.set(key, config::parse_yaml(value, "--option " + key));
  }
  return options;
}

bool takes_option(const std::string& kind, const std::string& name, const Registries& registries) {
  const auto& parameters = registries.forecasters.manifest(kind).parameters;
  return std::any_of(parameters.begin(), parameters.end(),
                     [&name](const Parameter& p) { return p.name == name; });
}

}  // namespace learningplane::cli
