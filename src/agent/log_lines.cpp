#include "agent/log_lines.hpp"

#include <fmt/format.h>

#include "learningplane/json.hpp"

namespace learningplane::agent {

std::string patch_line(const actuator::Command& command) {
  if (const auto* place = std::get_if<decision::Place>(&command.action)) {
    std::string node;
    for (char c : place->site) {
      if (c == '\'' || c == '\\') node += '\\';
      node += c;
    }
    return fmt::format(
        "agent is patch deployment to node - {{'spec': {{'template': {{'spec': {{'nodeSelector': "
        "{{'kubernetes.io/hostname': '{}'}}}}}}}}}}",
        node);
  }
  return "agent is patch deployment - " + dump_json(decision::to_value(command.action));
}

std::string max_line(double value, std::size_t index) {
  return fmt::format("max_qos {}, index {}", value, index);
}

}  // namespace learningplane::agent
