#include "learningplane/stress/stress_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "learningplane/error.hpp"

namespace learningplane::stress {

std::vector<std::string> stress_ng_command(const StressStep& step,
                                           const StressCommandOptions& options) {
  std::vector<std::string> out;
  const double workers = std::max(1.0, std::ceil(step.cpu_cores - 1e-9));
  const double percent = std::round(100 * step.cpu_cores / workers);
  if (percent >= 1)
    out.insert(out.end(), {"--cpu", fmt::format("{:.0f}", workers), "--cpu-load",
                           fmt::format("{:.0f}", percent), "--cpu-method", "loop"});
  const double bytes = step.memory_bytes - options.overhead_bytes;
  if (bytes >= 1e6)
    out.insert(out.end(), {"--vm", "1", "--vm-bytes", fmt::format("{:.0f}k", bytes / 1024),
                           "--vm-keep", "--vm-hang", "0", "--vm-method", "write64"});
  if (out.empty()) return out;
  const std::vector<std::string> first{
      options.program, "--quiet", "--oomable", "--timeout",
      fmt::format("{:.0f}s", std::ceil(step.seconds + options.spare_s))};
  out.insert(out.begin(), first.begin(), first.end());
  return out;
}

namespace {

bool dns_label(const std::string& name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !name.empty() && name.size() <= 40 && plain(name.front()) && plain(name.back()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return plain(c) || c == '-'; });
}

/// A text in YAML's double quotes.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

/// What the container's shell does. Steps follow each other by their own length.
std::string script_of(const StressJob& job) {
  std::vector<std::string> lines;
  if (job.start_s() > 0) lines.push_back(fmt::format("sleep {:.3f}", job.start_s()));
  for (const StressStep& s : job.steps) {
    const auto command = stress_ng_command(s, {.spare_s = 0});
    lines.push_back(command.empty() ? fmt::format("sleep {:.3f}", s.seconds)
                                    : fmt::format("{}", fmt::join(command, " ")));
  }
  return fmt::format("{}", fmt::join(lines, "; "));
}

}  // namespace

std::string kubernetes_jobs(const StressSchedule& schedule, const KubernetesJobsOptions& o) {
  if (o.image.empty() || o.image.find_first_of(" \t\n\"\\") != std::string::npos)
    throw ConfigError("", "image", o.image, "a container image that holds sh and stress-ng");
  if (!dns_label(o.prefix))
    throw ConfigError("", "prefix", o.prefix, "lower case letters, digits and '-', at most 40");
  if (!dns_label(o.name_space))
    throw ConfigError("", "namespace", o.name_space, "lower case letters, digits and '-'");
  if (o.keep.count() < 0)
    throw ConfigError("", "keep", format_duration(o.keep), "a duration of 0 or more");
  const std::string labels = fmt::format(
      "labels: {{app.kubernetes.io/name: learningplane-stress, "
      "app.kubernetes.io/instance: {}}}",
      quoted(o.prefix));
  std::string out;
  std::set<std::string> names;
  for (const StressJob& job : schedule.jobs) {
    if (!dns_label(job.name) || !names.insert(job.name).second)
      throw ConfigError("", "jobs", job.name,
                        "a name that no other job has, of lower case letters, digits and '-'");
    double cores = 0, bytes = 0;
    for (const StressStep& s : job.steps) {
      cores = std::max(cores, s.cpu_cores);
      bytes = std::max(bytes, s.memory_bytes);
    }
    out += fmt::format(
        "---\n"
        "apiVersion: batch/v1\n"
        "kind: Job\n"
        "metadata:\n"
        "  name: {}-{}\n"
        "  namespace: {}\n"
        "  {}\n"
        "spec:\n"
        "  backoffLimit: 0\n"
        "  activeDeadlineSeconds: {}\n"
        "  ttlSecondsAfterFinished: {}\n"
        "  template:\n"
        "    metadata:\n"
        "      {}\n"
        "    spec:\n"
        "      restartPolicy: Never\n"
        "      containers:\n"
        "        - name: stress\n"
        "          image: {}\n"
        "          command: [sh, -c, {}]\n"
        "          resources:\n"
        "            limits: {{cpu: {:.0f}m, memory: {:.0f}Mi}}\n"
        "            requests: {{cpu: {:.0f}m, memory: {:.0f}Mi}}\n",
        o.prefix, job.name, o.name_space, labels, std::ceil(job.end_s()) + 60,
        std::chrono::ceil<std::chrono::seconds>(o.keep).count(), labels, quoted(o.image),
        quoted(script_of(job)), std::ceil(1000 * std::max(cores, 0.01) * o.headroom - 1e-9),
        std::ceil(bytes * o.headroom / 1048576) + 16,
        std::ceil(1000 * std::max(cores, 0.01) - 1e-9), std::ceil(bytes / 1048576) + 16);
  }
  return out;
}

}  // namespace learningplane::stress
