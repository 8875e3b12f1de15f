#pragma once
#include <unistd.h>

#include <ostream>
#include <string>

namespace learningplane::cli {

/// One line on a terminal, overwritten; nothing elsewhere.
class Progress {
 public:
  explicit Progress(std::ostream& err) : err_(err), on_(::isatty(STDERR_FILENO) == 1) {}
  ~Progress() {
    if (on_) err_ << "\r\033[K" << std::flush;
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  void show(const std::string& text) {
    if (on_) err_ << "\r\033[K" << text << std::flush;
  }

 private:
  std::ostream& err_;
  bool on_;
};

}  // namespace learningplane::cli
