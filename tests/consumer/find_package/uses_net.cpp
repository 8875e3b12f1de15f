#include <cstdio>

#include "learningplane/registries.hpp"

int main() {
  learningplane::Registries registries;
  learningplane::register_core(registries);
  learningplane::register_net(registries);
  for (const auto& name : registries.actuators.names()) std::printf("%s\n", name.c_str());
  return registries.actuators.contains("kubernetes") ? 0 : 1;
}
