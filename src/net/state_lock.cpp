#include "learningplane/net/state_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "learningplane/error.hpp"

namespace learningplane::net {

StateLock::StateLock(const std::string& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const std::string path = folder + "/lock";
  file_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file_ < 0)
    throw ConfigError("", "state", folder,
                      fmt::format("the folder cannot be used: {}", std::strerror(errno)));
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) {
    char text[32] = {};
    const ssize_t n = ::pread(file_, text, sizeof text - 1, 0);
    std::string holder(text, n > 0 ? static_cast<std::size_t>(n) : 0);
    while (!holder.empty() && holder.back() == '\n') holder.pop_back();
    ::close(file_);
    throw ConfigError("", "state", folder,
                      fmt::format("another agent uses it (process {}); stop that one or choose "
                                  "another folder",
                                  holder.empty() ? "unknown" : holder));
  }
  const std::string mine = fmt::format("{}\n", ::getpid());
  if (::ftruncate(file_, 0) != 0 || ::pwrite(file_, mine.data(), mine.size(), 0) < 0) {
    ::close(file_);
    throw ConfigError("", "state", folder, "the lock file cannot be written");
  }
}

StateLock::~StateLock() { ::close(file_); }

}  // namespace learningplane::net
