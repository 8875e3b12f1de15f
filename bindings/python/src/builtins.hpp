#pragma once
#include "learningplane/registries.hpp"

namespace learningplane::python {

/// Everything that this build of the library brings.
Registries all_builtins();
/// The same, made once, for listing and for building single parts.
const Registries& builtins();

}  // namespace learningplane::python
