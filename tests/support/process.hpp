#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace support {

/// A program with its output to read from; killed and waited for when this goes.
class Process {
 public:
  /// @param log file that gets what it writes to stderr
  Process(const std::string& program, const std::vector<std::string>& arguments,
          const std::string& log);
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;
  ~Process();
  /// The next line of stdout; empty at its end.
  std::optional<std::string> line();
  /// As a reader that goes away.
  void close_output();
  void kill_hard();
  bool running();

 private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string rest_{};
};

/// A port on loopback that nobody uses at this moment.
int free_port();

}  // namespace support
