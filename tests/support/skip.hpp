#pragma once
#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "support/source_dir.hpp"

namespace support {

/// Says that the running test case cannot run here, and why: tools/test counts and names it. Return
/// after calling it.
inline void skip(const std::string& reason) {
  std::printf("SKIPPED %s: %s\n", doctest::getContextOptions()->currentTest->m_name,
              reason.c_str());
  std::fflush(stdout);
}

/// The folder of outside traces ($LEARNINGPLANE_DATA, else ../shared/data beside the checkout), or
/// empty where absent.
inline std::filesystem::path data_dir(const char* set) {
  const char* env = std::getenv("LEARNINGPLANE_DATA");
  const std::filesystem::path root =
      env != nullptr ? std::filesystem::path(env)
                     : std::filesystem::path(support::source_dir()) / "../shared/data";
  std::error_code ignored;
  return std::filesystem::is_directory(root / set, ignored) ? root / set : std::filesystem::path();
}

}  // namespace support

/// Skips the running test case where the trace is not there: `const auto dir = …;
/// LEARNINGPLANE_NEED(!dir.empty(), "…");`
#define LEARNINGPLANE_NEED(condition, reason) \
  do {                                        \
    if (!(condition)) {                       \
      support::skip(reason);                  \
      return;                                 \
    }                                         \
  } while (false)
