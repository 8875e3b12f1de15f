#pragma once
#include <string>

namespace support {

/// The root of the checkout. A function, so that one object file alone depends on where that is and
/// the compiler cache serves the others in every checkout.
std::string source_dir();

}  // namespace support
