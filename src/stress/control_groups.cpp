#include "learningplane/stress/control_groups.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace learningplane::stress {

namespace {

namespace fs = std::filesystem;

/// Whether the kernel took it: it says so at the write, not at the opening.
bool write_text(const std::string& path, const std::string& text) {
  std::ofstream out(path);
  out << text << std::flush;
  return out.good();
}

/// Where this process stands in a hierarchy: the path after "N:controller:", or after "0::".
std::optional<std::string> own_path(const std::string& self, const std::string& controller) {
  std::ifstream in(self);
  std::string line;
  while (std::getline(in, line)) {
    std::istringstream parts(line);
    std::string number, names, path;
    std::getline(parts, number, ':');
    std::getline(parts, names, ':');
    std::getline(parts, path);
    std::istringstream each(names);
    std::string name;
    if (controller.empty() && names.empty()) return path;
    while (std::getline(each, name, ','))
      if (!controller.empty() && name == controller) return path;
  }
  return std::nullopt;
}

/// Kubernetes' shares: 1024 a core in version 1, where a process has as many; 100 in version 2.
void weigh(const std::string& group, double processes, bool second_version) {
  if (second_version)
    write_text(group + "/cpu.weight",
               fmt::format("{:.0f}", std::clamp(100 * processes, 1.0, 10'000.0)));
  else
    write_text(group + "/cpu.shares",
               fmt::format("{:.0f}", std::clamp(1024 * processes, 2.0, 262'144.0)));
}

/// The most that one job asks for, with the headroom.
double most(const StressJob& job, const std::string& controller, const ControlGroupsOptions& o) {
  double cores = 0.01, bytes = 0;
  for (const StressStep& s : job.steps) {
    cores = std::max(cores, s.cpu_cores);
    bytes = std::max(bytes, s.memory_bytes);
  }
  return controller == "cpu" ? cores * o.headroom : bytes * o.headroom + o.spare_bytes;
}

}  // namespace

ControlGroups::ControlGroups(const StressSchedule& schedule, ControlGroupsOptions options)
    : options_(std::move(options)) {
  for (const auto& [controller, wanted] :
       {std::pair<std::string, bool>("cpu", options_.cpu), {"memory", options_.memory}}) {
    if (!wanted) {
      notes_.push_back(controller + ": not limited, as asked");
      continue;
    }
    // A hierarchy of its own is version 1; else the controller is one of version 2's.
    const std::string old = options_.root + "/" + controller;
    const bool second = !fs::is_directory(old);
    const auto own = own_path(options_.self, second ? "" : controller);
    if (!own && options_.parent.empty()) {
      notes_.push_back(controller + ": not limited, this process stands in no group of it");
      continue;
    }
    const std::string parent = options_.parent.empty() ? *own : options_.parent;
    const fs::path folder =
        fs::path(second ? options_.root : old) / fs::path(parent).relative_path();
    limit(schedule, controller, folder.lexically_normal().string(), second);
  }
}

void ControlGroups::limit(const StressSchedule& schedule, const std::string& controller,
                          const std::string& folder, bool second_version) {
  const std::string base =
      (fs::path(folder) / fmt::format("{}-{}", options_.name, ::getpid())).string();
  const auto make = [&](const std::string& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) return true;
    if (!fs::create_directory(path, error)) return false;
    made_.push_back(path);
    return true;
  };
  const auto refuse = [&](const std::string& why) {
    notes_.push_back(fmt::format("{}: not limited, {}", controller, why));
  };
  if (second_version && !write_text(folder + "/cgroup.subtree_control", "+" + controller))
    return refuse(folder + " does not hand the controller on to groups below it");
  if (!make(base)) return refuse(base + " cannot be made");
  if (second_version && !write_text(base + "/cgroup.subtree_control", "+" + controller))
    return refuse(base + " does not hand the controller on");
  const double weight = options_.weight > 0 ? options_.weight : schedule.peak_cores();
  if (controller == "cpu") weigh(base, weight, second_version);
  std::size_t limited = 0;
  for (const StressJob& job : schedule.jobs) {
    const std::string group = base + "/" + job.name;
    if (!make(group)) return refuse(group + " cannot be made");
    const double limit = most(job, controller, options_);
    const std::string quota = fmt::format("{:.0f}", std::max(1000.0, 100'000 * limit));
    const std::string bytes = fmt::format("{:.0f}", limit);
    const bool done =
        controller == "memory"
            ? write_text(group + (second_version ? "/memory.max" : "/memory.limit_in_bytes"), bytes)
        : second_version ? write_text(group + "/cpu.max", quota + " 100000")
                         : write_text(group + "/cpu.cfs_quota_us", quota);
    if (!done) return refuse(group + " takes no limit");
    if (controller == "cpu") weigh(group, limit, second_version);
    auto& joins = joins_[job.name];
    if (const std::string file = group + "/cgroup.procs";
        std::find(joins.begin(), joins.end(), file) == joins.end())
      joins.push_back(file);
    ++limited;
  }
  notes_.push_back(fmt::format("{}: a limit for each of {} jobs", controller, limited));
}

ControlGroups::~ControlGroups() {
  // The innermost first; a group that still holds a process stays.
  for (auto at = made_.rbegin(); at != made_.rend(); ++at) {
    std::error_code ignored;
    fs::remove(*at, ignored);
  }
}

}  // namespace learningplane::stress
