#pragma once
#include <memory>

#include "learningplane/registry.hpp"
#include "learningplane/telemetry/csv.hpp"
#include "learningplane/telemetry/sensor.hpp"

namespace learningplane::telemetry {

/// CSV files as a sensor: registered as "csv". The files are read at the first read() and again
/// when one of them has changed (size or time of change) or appeared. A window with a step is
/// answered with the means of that grid.
class CsvSensor final : public Sensor {
 public:
  /// @throws ConfigError where no path is given
  explicit CsvSensor(CsvOptions options);
  ~CsvSensor() override;
  std::string describe() const override;
  /// Whether its files are there; none is read. @return not_found
  Result<void> look() const;

  /// The parameters of the registered name, and options from them once checked.
  static Manifest manifest();
  /// @param base_dir where relative paths start; empty: the working directory
  static CsvOptions options(const Value& checked, const std::string& base_dir);

 protected:
  Result<Frame> do_read(const Window& window) override;

 private:
  struct Cache;
  CsvOptions options_;
  std::unique_ptr<Cache> cache_;
};

}  // namespace learningplane::telemetry
