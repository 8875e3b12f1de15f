#pragma once
#include <doctest/doctest.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

/// Programs that are started to be killed, and what they say.
namespace kill_support {

struct Child {
  pid_t pid = 0;
  int out = -1;
};

/// @param args the program first
inline Child start(const std::vector<std::string>& args) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t pid = ::fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[0]);
    ::close(ends[1]);
    std::vector<char*> argv;
    for (const std::string& a : args) argv.push_back(const_cast<char*>(a.c_str()));
    argv.push_back(nullptr);
    ::execv(argv[0], argv.data());
    std::_Exit(127);
  }
  ::close(ends[1]);
  return {pid, ends[0]};
}

/// Reads lines until `stop` says so or the child has ended.
template <class F>
void read_lines(int file, std::string& rest, F&& stop) {
  char chunk[4096];
  for (;;) {
    for (std::size_t end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
      const std::string line = rest.substr(0, end);
      rest.erase(0, end + 1);
      if (stop(line)) return;
    }
    const ssize_t n = ::read(file, chunk, sizeof chunk);
    if (n <= 0) return;
    rest.append(chunk, static_cast<std::size_t>(n));
  }
}

}  // namespace kill_support
