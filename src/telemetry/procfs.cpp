#include "learningplane/telemetry/procfs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <fstream>
#include <limits>
#include <map>
#include <optional>
#include <sstream>

#include "learningplane/telemetry/resample.hpp"

namespace learningplane::telemetry {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr double sector_bytes = 512;  // the kernel's unit in diskstats, whatever the device's is

struct Key {
  std::string name;
  Labels labels;
  friend auto operator<=>(const Key&, const Key&) = default;
};

/// What the files said at one moment: gauges as they are, counters as totals.
struct Reading {
  std::int64_t time = 0;
  std::map<Key, double> gauges;
  std::map<Key, double> counters;           ///< rates a second are made of these
  std::map<std::string, double> cpu_ticks;  ///< by mode
};

class Reader {
 public:
  Reader(const std::string& root, Reading& out) : root_(root), out_(out) {
    cpu();
    memory();
    load();
    disks();
    network();
  }
  int files() const { return files_; }

 private:
  std::optional<std::ifstream> open(const char* name) {
    std::ifstream file(root_ + '/' + name);
    if (!file) return std::nullopt;
    ++files_;
    return file;
  }

  void cpu() {
    auto file = open("stat");
    std::string word;
    if (!file || !(*file >> word) || word != "cpu") return;
    // Guest time, which follows, is already part of user and nice.
    for (const char* mode :
         {"user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"}) {
      double ticks = 0;
      if (*file >> ticks) out_.cpu_ticks[mode] = ticks;
    }
  }

  void memory() {
    auto file = open("meminfo");
    if (!file) return;
    for (std::string line; std::getline(*file, line);) {
      std::istringstream words(line);
      std::string name;
      double kib = 0;
      if (!(words >> name >> kib)) continue;
      if (name == "MemTotal:") out_.gauges[{"memory_total_bytes", {}}] = kib * 1024;
      if (name == "MemAvailable:") out_.gauges[{"memory_available_bytes", {}}] = kib * 1024;
    }
  }

  void load() {
    auto file = open("loadavg");
    if (!file) return;
    for (const char* name : {"load1", "load5", "load15"}) {
      double value = 0;
      if (*file >> value) out_.gauges[{name, {}}] = value;
    }
  }

  void disks() {
    auto file = open("diskstats");
    if (!file) return;
    std::vector<std::string> whole;  // a device stands before its partitions
    for (std::string line; std::getline(*file, line);) {
      std::istringstream words(line);
      std::string major, minor, device;
      double reads = 0, merged = 0, read = 0, ms = 0, writes = 0, merged_writes = 0, written = 0;
      if (!(words >> major >> minor >> device >> reads >> merged >> read >> ms >> writes >>
            merged_writes >> written))
        continue;
      const bool part = std::any_of(whole.begin(), whole.end(), [&](const std::string& w) {
        return device.starts_with(w) && device.size() > w.size();
      });
      if (part || device.starts_with("loop") || device.starts_with("ram")) continue;
      whole.push_back(device);
      const Labels labels{{"device", device}};
      out_.counters[{"disk_read_bytes_per_second", labels}] = read * sector_bytes;
      out_.counters[{"disk_written_bytes_per_second", labels}] = written * sector_bytes;
    }
  }

  void network() {
    auto file = open("net/dev");
    if (!file) return;
    for (std::string line; std::getline(*file, line);) {
      const auto colon = line.find(':');
      if (colon == std::string::npos) continue;  // the two lines of headings
      const auto begin = line.find_first_not_of(' ');
      const std::string device = line.substr(begin, colon - begin);
      std::istringstream words(line.substr(colon + 1));
      double fields[9];
      if (device == "lo" || !std::all_of(std::begin(fields), std::end(fields),
                                         [&](double& f) { return static_cast<bool>(words >> f); }))
        continue;
      const Labels labels{{"device", device}};
      out_.counters[{"network_receive_bytes_per_second", labels}] = fields[0];
      out_.counters[{"network_transmit_bytes_per_second", labels}] = fields[8];
    }
  }

  const std::string& root_;
  Reading& out_;
  int files_ = 0;
};

/// The counters' growth since the reading before; unknown where there is none or one went back.
std::map<Key, double> cells_of(const Reading& now, const Reading* before) {
  std::map<Key, double> out = now.gauges;
  const double seconds =
      before == nullptr ? unknown : static_cast<double>(now.time - before->time) * 1e-9;
  for (const auto& [key, total] : now.counters) {
    double& rate = out[key] = unknown;
    if (before == nullptr) continue;
    const auto old = before->counters.find(key);
    if (old != before->counters.end() && total >= old->second)
      rate = (total - old->second) / seconds;
  }
  double all = 0;
  std::map<std::string, double> spent;
  for (const auto& [mode, ticks] : now.cpu_ticks) {
    const bool had = before != nullptr && before->cpu_ticks.contains(mode);
    spent[mode] = had ? ticks - before->cpu_ticks.at(mode) : unknown;
    all += spent[mode];
  }
  for (const auto& [mode, ticks] : spent) {
    // iowait can go back a little; a total that does not grow says nothing.
    out[{"cpu_ratio", {{"mode", mode}}}] = all > 0 ? std::clamp(ticks / all, 0.0, 1.0) : unknown;
  }
  return out;
}

std::string unit_of(const std::string& name) {
  if (name.ends_with("_bytes_per_second")) return "bytes/second";
  if (name.ends_with("_bytes")) return "bytes";
  return name.ends_with("_ratio") ? "ratio" : "";
}

}  // namespace

struct ProcfsSensor::History {
  std::optional<Reading> last;
  std::deque<std::pair<std::int64_t, std::map<Key, double>>> rows;
};

ProcfsSensor::ProcfsSensor(ProcfsOptions options)
    : options_(std::move(options)), history_(std::make_unique<History>()) {
  if (options_.clock == nullptr) options_.clock = &system_clock_;
  if (options_.keep == 0) throw ConfigError("", "keep", "0", "at least 1");
}

ProcfsSensor::~ProcfsSensor() = default;

std::string ProcfsSensor::describe() const { return "procfs(" + options_.root + ")"; }

Manifest ProcfsSensor::manifest() {
  const ProcfsOptions d;
  return {"procfs",
          "This machine: processor, memory, load, disk and network rates",
          {{"root", ParameterType::string, "where the files of /proc are", d.root},
           {"keep", ParameterType::integer, "readings remembered", d.keep, false, {}, 1, 1e7}}};
}

Result<Frame> ProcfsSensor::do_read(const Window& window) {
  const TimePoint now = options_.clock->now();
  const bool is_live = now >= window.begin && now - window.end <= std::chrono::minutes(1);
  const std::int64_t stamp = std::min(to_ns(now), to_ns(window.end) - 1);
  History& h = *history_;
  if (is_live && (!h.last || stamp > h.last->time)) {
    Reading reading;
    reading.time = stamp;
    if (Reader(options_.root, reading).files() == 0) {
      return fail(Errc::not_found,
                  fmt::format("{} holds none of stat, meminfo, loadavg, diskstats and net/dev",
                              options_.root));
    }
    h.rows.emplace_back(stamp, cells_of(reading, h.last ? &*h.last : nullptr));
    if (h.rows.size() > options_.keep) h.rows.pop_front();
    h.last = std::move(reading);
  }
  std::vector<std::int64_t> times;
  std::map<Key, std::vector<double>> columns;
  for (const auto& [time, cells] : h.rows) {
    if (time < to_ns(window.begin) || time >= to_ns(window.end)) continue;
    for (const auto& [key, value] : cells) {
      columns[key].resize(times.size(), unknown);
      columns[key].push_back(value);
    }
    times.push_back(time);
  }
  std::vector<Column> out;
  for (auto& [key, values] : columns) {
    values.resize(times.size(), unknown);
    out.push_back({key.name, key.labels, unit_of(key.name), std::move(values), {}});
  }
  auto frame = Frame::make(std::move(times), std::move(out));
  return frame ? on_grid(*frame, window.step) : frame;
}

}  // namespace learningplane::telemetry
