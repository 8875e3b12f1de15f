#pragma once
#include <memory>
#include <string>

#include "learningplane/registry.hpp"
#include "learningplane/telemetry/store.hpp"

namespace learningplane::adapters::sqlite {

struct TelemetryStoreOptions {
  std::string path{};     ///< of the file; made where there is none, its folder must be there
  Duration retention{0};  ///< before the newest cell; older ones go with the next write. Zero: keep
  Duration busy_timeout = std::chrono::seconds(5);  ///< patience with another process that writes
};

/// The newest layout of the file that this version knows: PRAGMA user_version.
inline constexpr int telemetry_schema = 2;

/// Telemetry in an SQLite file (WAL), the default store; registered as the sensor "sqlite". A write
/// is one transaction; what it acknowledged survives `kill -9` (a power cut may take the last ones,
/// and damages nothing). Several processes may use one file. Older layouts are brought up to date.
/// read() of a window with a step gives means.
/// @throws FormatError (damaged, no store of ours, written by a newer version), ConfigError (path)
std::unique_ptr<telemetry::Store> open_telemetry_store(const TelemetryStoreOptions& options);

/// The parameters of the registered name, and options from them once checked.
Manifest telemetry_store_manifest();
TelemetryStoreOptions telemetry_store_options(const Value& checked, const std::string& base_dir);

}  // namespace learningplane::adapters::sqlite
