#pragma once
#include <memory>
#include <string>

#include "learningplane/registry.hpp"
#include "learningplane/telemetry/sensor.hpp"

namespace learningplane::telemetry {

struct ProcfsOptions {
  std::string root = "/proc";    ///< where stat, meminfo, loadavg, diskstats and net/dev are
  std::size_t keep = 10'000;     ///< readings remembered, to answer windows that reach back
  const Clock* clock = nullptr;  ///< outlives the sensor; null: the system's
};

/// This machine: registered as "procfs". Each read() of a window that ends now (up to a minute ago)
/// takes one reading, stamped now, or just before the window's end where that has passed; windows
/// are answered from the readings taken so far. Rates are means since the reading before: unknown
/// in the first one, and where a counter went back.
///
/// cpu_ratio{mode} (share of all processors' time), memory_total_bytes, memory_available_bytes,
/// load1, load5, load15, disk_read_bytes_per_second{device}, disk_written_bytes_per_second{device},
/// network_receive_bytes_per_second{device}, network_transmit_bytes_per_second{device}. Partitions,
/// loop and ram disks and the loopback device are left out. A file that is not there leaves its
/// columns out; a failure where none is.
class ProcfsSensor final : public Sensor {
 public:
  explicit ProcfsSensor(ProcfsOptions options = {});
  ~ProcfsSensor() override;
  std::string describe() const override;
  static Manifest manifest();

 protected:
  Result<Frame> do_read(const Window& window) override;

 private:
  struct History;
  ProcfsOptions options_;
  SystemClock system_clock_;
  std::unique_ptr<History> history_;
};

}  // namespace learningplane::telemetry
