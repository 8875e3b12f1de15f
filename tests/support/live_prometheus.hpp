#pragma once
#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "support/process.hpp"
#include "support/source_dir.hpp"
#include "support/temp_dir.hpp"

namespace support {

/// A Prometheus of one's own on one target.
class LivePrometheus {
 public:
  explicit LivePrometheus(int target) : port_(free_port()), target_(target) { up(); }
  LivePrometheus(const LivePrometheus&) = delete;
  LivePrometheus& operator=(const LivePrometheus&) = delete;
  ~LivePrometheus() { down(); }
  void up() { code_ = script("prometheus-up", fmt::format(" {} {}", port_, target_)); }
  void down() const { (void)script("prometheus-down", ""); }
  /// Stopped, its data thrown away, started again.
  void empty() {
    down();
    std::filesystem::remove_all(dir_ / "data");
    up();
  }
  bool missing() const { return code_ == 3; }
  bool runs() const { return code_ == 0; }
  std::string url() const { return fmt::format("http://127.0.0.1:{}", port_); }

 private:
  int script(const char* name, const std::string& more) const {
    const int status = std::system(fmt::format("'{}/tests/components/{}' '{}'{} > /dev/null",
                                               support::source_dir(), name, dir_.path(), more)
                                       .c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  TempDir dir_{};
  int port_, target_, code_ = -1;
};

}  // namespace support
