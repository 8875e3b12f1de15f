#pragma once
#include <fmt/format.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "learningplane/adapters/sqlite/journal.hpp"
#include "support/process.hpp"
#include "support/source_dir.hpp"
#include "support/temp_dir.hpp"

/// What live tests have in common.
namespace support {

using namespace learningplane;

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

/// What an agent has written down of an application, newest last; empty while there is no journal
/// yet.
inline std::vector<journal::Entry> written(const std::string& state, journal::EntryKind kind,
                                           const std::string& application) {
  try {
    const auto j =
        adapters::sqlite::open_journal(state + "/journal.sqlite", adapters::sqlite::Access::read);
    return value_or_throw(j->read({.kind = kind, .application = application, .limit = 100'000}));
  } catch (const Error&) {
    return {};
  }
}

}  // namespace support
