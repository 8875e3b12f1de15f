#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/adapters/prometheus/sensor.hpp"
#include "learningplane/labels.hpp"

namespace learningplane::adapters::prometheus {

/// A ready set of queries for what a known exporter shows.
struct Preset {
  std::string name{};
  std::string summary{};  ///< of which exporter, and where its names come from
};

/// How a preset is applied.
struct PresetOptions {
  Labels match{};                             ///< put into every selector: {"namespace": "pravega"}
  Duration window = std::chrono::minutes(1);  ///< of rates
};

/// "pravega": latency of operations, write-ahead-log throughput and latency, rates by stream and by
/// segment, process statistics. "snmp_energy": power and energy of each outlet's node as the SNMP
/// exporter shows the rPDU2 tables of rack power distribution units.
const std::vector<Preset>& presets();
/// @throws ConfigError: no such preset, a window below 1 s
std::vector<Query> preset_queries(std::string_view name, const PresetOptions& options = {});

}  // namespace learningplane::adapters::prometheus
