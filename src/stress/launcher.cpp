#include "learningplane/stress/launcher.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>  // NOLINT: kill is POSIX
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace learningplane::stress {

namespace {

namespace fs = std::filesystem;

struct Stat {
  Launcher::Id group = 0;
  char state = 0;
  double cpu_s = 0;  ///< its own, and that of children it has waited for
};

/// Fields of /proc/PID/stat after the name in parentheses, which may hold anything.
bool read_stat(const fs::path& folder, Stat& out) {
  std::ifstream in(folder / "stat");
  std::string line;
  if (!std::getline(in, line)) return false;
  const auto close = line.rfind(')');
  if (close == std::string::npos) return false;
  std::istringstream fields(line.substr(close + 1));
  std::string skip;
  long long parent = 0;
  double user = 0, system = 0, child_user = 0, child_system = 0;
  fields >> out.state >> parent >> out.group;
  for (int i = 0; i < 8; ++i) fields >> skip;  // session … cmajflt
  fields >> user >> system >> child_user >> child_system;
  static const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
  out.cpu_s = (user + system + child_user + child_system) / ticks;
  return !fields.fail();
}

double anonymous_bytes(const fs::path& folder) {
  std::ifstream in(folder / "status");
  std::string line;
  while (std::getline(in, line))
    if (line.starts_with("RssAnon:")) return 1024 * std::strtod(line.c_str() + 8, nullptr);
  return 0;
}

bool is_number(const std::string& s) {
  return !s.empty() && s.find_first_not_of("0123456789") == std::string::npos;
}

/// Between fork and exec only what is safe there: no allocation, no locks.
[[noreturn]] void become(char* const* arguments, const std::vector<std::string>& joins, int error,
                         pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  for (const std::string& file : joins) {
    const int f = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
    if (f >= 0) {
      if (::write(f, "0", 1) < 0) { /* without the limit: the caller was told when it was made */
      }
      ::close(f);
    }
  }
  const int nothing = ::open("/dev/null", O_RDWR);
  for (const int to : {0, 1, 2}) ::dup2(nothing, to);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execvp(arguments[0], arguments);
  const int why = errno;
  if (::write(error, &why, sizeof why) < 0) ::_exit(126);
  ::_exit(127);
}

}  // namespace

ProcessLauncher::ProcessLauncher(ProcessLauncherOptions options) : options_(std::move(options)) {
  int was = 0;
  ::prctl(PR_GET_CHILD_SUBREAPER, &was);
  was_subreaper_ = was != 0;
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

ProcessLauncher::~ProcessLauncher() {
  while (!processes_.empty()) stop(processes_.begin()->first);
  if (!was_subreaper_) ::prctl(PR_SET_CHILD_SUBREAPER, 0);
}

Result<Launcher::Id> ProcessLauncher::start(const std::vector<std::string>& command,
                                            const std::string& group) {
  if (command.empty()) return fail(Errc::invalid_argument, "launcher: the command is empty");
  std::vector<char*> arguments;
  for (const std::string& a : command) arguments.push_back(const_cast<char*>(a.c_str()));
  arguments.push_back(nullptr);
  const auto found = options_.joins.find(group);
  const std::vector<std::string> joins =
      found == options_.joins.end() ? std::vector<std::string>() : found->second;
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0)
    return fail(Errc::unavailable, fmt::format("launcher: {}", std::strerror(errno)));
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) become(arguments.data(), joins, ends[1], parent);
  ::close(ends[1]);
  if (pid < 0) {
    ::close(ends[0]);
    return fail(Errc::unavailable, fmt::format("launcher: fork: {}", std::strerror(errno)));
  }
  ::setpgid(pid, pid);  // here too: whoever comes first
  int why = 0;
  const bool failed = ::read(ends[0], &why, sizeof why) == sizeof why;
  ::close(ends[0]);
  if (failed) {
    ::waitpid(pid, nullptr, 0);
    return fail(why == ENOENT ? Errc::not_found : Errc::unavailable,
                fmt::format("{}: {}", command[0], std::strerror(why)));
  }
  processes_[pid] = {};
  return static_cast<Id>(pid);
}

std::map<Launcher::Id, ProcessUsage> ProcessLauncher::usage() {
  std::map<Id, ProcessUsage> out;
  for (const auto& [id, last] : processes_) out[id] = {};
  std::error_code error;
  for (auto at = fs::directory_iterator(options_.proc, error);
       !error && at != fs::directory_iterator(); at.increment(error)) {
    const std::string name = at->path().filename().string();
    Stat stat;
    if (!is_number(name) || !read_stat(at->path(), stat)) continue;
    const auto found = out.find(stat.group);
    if (found == out.end()) continue;
    found->second.cpu_s += stat.cpu_s;
    found->second.memory_bytes += anonymous_bytes(at->path());
    if (std::stoll(name) == stat.group)
      found->second.alive = stat.state != 'Z' && stat.state != 'X';
  }
  // Nothing is reaped before stop(), so that a time never goes back but for a race with an exit.
  for (auto& [id, u] : out) {
    u.cpu_s = std::max(u.cpu_s, processes_[id].cpu_s);
    processes_[id] = u;
  }
  return out;
}

ProcessUsage ProcessLauncher::stop(Id id) {
  if (!processes_.contains(id)) return {};
  const ProcessUsage last = usage()[id];
  ::kill(static_cast<pid_t>(-id), SIGKILL);
  // Descendants become our children as their parents die; the group is empty when there is none.
  while (::waitpid(static_cast<pid_t>(-id), nullptr, 0) > 0 || errno == EINTR) {
  }
  processes_.erase(id);
  return last;
}

Result<std::string> find_program(const std::string& name) {
  const auto runs = [](const std::string& path) {
    return fs::is_regular_file(path) && ::access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string::npos && runs(name)) return name;
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "" : path);
  std::string folder;
  while (name.find('/') == std::string::npos && std::getline(folders, folder, ':')) {
    const std::string file = (folder.empty() ? "." : folder) + "/" + name;
    if (runs(file)) return file;
  }
  return fail(Errc::not_found,
              fmt::format("the program '{}' is not there; stress-ng is the Debian package "
                          "stress-ng (apt-get install stress-ng)",
                          name));
}

Result<MachineRoom> machine_room(const std::string& proc) {
  MachineRoom out;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) out.cores = CPU_COUNT(&set);
  std::ifstream in(proc + "/meminfo");
  std::string line;
  while (std::getline(in, line))
    if (line.starts_with("MemAvailable:"))
      out.bytes = 1024 * std::strtod(line.c_str() + 13, nullptr);
  if (!(out.cores > 0) || !(out.bytes > 0))
    return fail(Errc::unavailable,
                fmt::format("{}/meminfo does not say what memory is free, or the processors cannot "
                            "be counted",
                            proc));
  return out;
}

}  // namespace learningplane::stress
