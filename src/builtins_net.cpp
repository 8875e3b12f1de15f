// The only net file that knows every built-in of the net library: one line each.
#include "learningplane/registries.hpp"

namespace learningplane {

void register_net(Registries&) {}

}  // namespace learningplane
