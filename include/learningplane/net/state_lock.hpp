#pragma once
#include <string>

namespace learningplane::net {

/// Keeps a state folder to one agent while it lives: an advisory lock on its file `lock`, which
/// also names the process. Released when the process ends, however it ends.
class StateLock {
 public:
  /// Makes the folder where there is none. @throws ConfigError where the folder cannot be made or
  /// another process holds it (named by its id).
  explicit StateLock(const std::string& folder);
  ~StateLock();
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;

 private:
  int file_ = -1;
};

}  // namespace learningplane::net
