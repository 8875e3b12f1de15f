#include <cstdio>

#include "learningplane/json.hpp"
#include "learningplane/registries.hpp"
#include "learningplane/version.hpp"

int main() {
  learningplane::Registries registries;
  learningplane::register_core(registries);
  const auto twin = registries.actuators.build("recording", {}, learningplane::BuildContext{});
  const auto text = learningplane::dump_json(registries.actuators.manifest("recording").to_value());
  std::printf("learningplane %s: %s, %s\n", std::string(learningplane::version()).c_str(),
              twin->describe().c_str(), text.c_str());
  return text.find("recording") == std::string::npos;
}
