#pragma once
#include <unistd.h>

#include <cstdlib>
#include <string>

/// What programs that are started to be killed have in common.
namespace kill_support {

inline void say(const std::string& line) {
  const std::string text = line + "\n";
  if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) std::_Exit(3);
}

/// Stops for ever at the chosen place.
struct Hook {
  std::string at{};
  int left = 0;
  void pass(const std::string& place) {
    if (place != at || --left != 0) return;
    say("PAUSE");
    for (;;) ::pause();
  }
};

}  // namespace kill_support
