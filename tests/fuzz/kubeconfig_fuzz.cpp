// A kubeconfig of any bytes: access with a server, or refused with the file's name.
#include "learningplane/adapters/kubernetes/kubeconfig.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 65536) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const auto access =
        learningplane::adapters::kubernetes::parse_kubeconfig(text, "fuzz", "/folder");
    if (!access.server.starts_with("http")) std::abort();
  } catch (const learningplane::ConfigError& e) {
    if (std::string_view(e.what()).find("fuzz") == std::string_view::npos) std::abort();
  }
  return 0;
}
