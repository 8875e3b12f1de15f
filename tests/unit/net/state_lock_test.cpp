#include "learningplane/net/state_lock.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "learningplane/error.hpp"

using namespace learningplane;

TEST_CASE("state_lock: a second holder is refused and told who the first is") {
  const auto folder =
      std::filesystem::temp_directory_path() / ("lp-lock-" + std::to_string(::getpid())) / "state";
  {
    const net::StateLock first(folder.string());
    try {
      const net::StateLock second(folder.string());
      FAIL("two hold the lock");
    } catch (const ConfigError& e) {
      CHECK(std::string(e.what()).find("process " + std::to_string(::getpid())) !=
            std::string::npos);
    }
  }
  CHECK_NOTHROW(net::StateLock(folder.string()));
  std::filesystem::remove_all(folder.parent_path());
}

TEST_CASE("state_lock: a folder that cannot be made is refused") {
  CHECK_THROWS_AS(net::StateLock("/proc/nobody/here"), ConfigError);
}
