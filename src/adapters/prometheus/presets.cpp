#include "learningplane/adapters/prometheus/presets.hpp"

#include <fmt/format.h>

#include "learningplane/error.hpp"

namespace learningplane::adapters::prometheus {

namespace {

/// One query before its selectors are filled in: {M} stands for the matchers that are added to a
/// selector (with the comma in front), {W} for the window.
struct Pattern {
  const char* name;
  const char* unit;
  std::vector<std::string> labels;
  const char* query;
};

// Pravega names its metrics in shared/metrics (MetricsNames); Micrometer's Prometheus registry
// replaces dots, puts the prefix in front, ends timers in _seconds and counters in _total.
const std::vector<Pattern>& pravega() {
  static const std::vector<Pattern> patterns{
      {"write_latency_p99",
       "seconds",
       {"host"},
       R"(max by (host) (pravega_segmentstore_segment_write_latency_ms_seconds{quantile="0.99"{M}}))"},
      {"write_latency_p50",
       "seconds",
       {"host"},
       R"(max by (host) (pravega_segmentstore_segment_write_latency_ms_seconds{quantile="0.5"{M}}))"},
      {"read_latency_p99",
       "seconds",
       {"host"},
       R"(max by (host) (pravega_segmentstore_segment_read_latency_ms_seconds{quantile="0.99"{M}}))"},
      {"wal_write_bytes_rate",
       "bytes/second",
       {"host"},
       R"(sum by (host) (rate(pravega_segmentstore_bookkeeper_write_bytes_total{host!=""{M}}[{W}])))"},
      {"wal_write_latency_p99",
       "seconds",
       {"host"},
       R"(max by (host) (pravega_segmentstore_bookkeeper_write_latency_ms_seconds{quantile="0.99"{M}}))"},
      {"stream_write_bytes_rate",
       "bytes/second",
       {"scope", "stream"},
       R"(sum by (scope, stream) (rate(pravega_segmentstore_segment_write_bytes_total{stream!=""{M}}[{W}])))"},
      {"stream_write_events_rate",
       "1/second",
       {"scope", "stream"},
       R"(sum by (scope, stream) (rate(pravega_segmentstore_segment_write_events_total{stream!=""{M}}[{W}])))"},
      {"stream_read_bytes_rate",
       "bytes/second",
       {"scope", "stream"},
       R"(sum by (scope, stream) (rate(pravega_segmentstore_segment_read_bytes_total{stream!=""{M}}[{W}])))"},
      {"segment_write_bytes_rate",
       "bytes/second",
       {"scope", "stream", "segment"},
       R"(sum by (scope, stream, segment) (rate(pravega_segmentstore_segment_write_bytes_total{segment!=""{M}}[{W}])))"},
      {"segment_write_events_rate",
       "1/second",
       {"scope", "stream", "segment"},
       R"(sum by (scope, stream, segment) (rate(pravega_segmentstore_segment_write_events_total{segment!=""{M}}[{W}])))"},
      {"segments",
       "",
       {"scope", "stream"},
       R"(max by (scope, stream) (pravega_controller_segments_count{stream!=""{M}}))"},
      // Of the process: as the container runtime counts it, which needs nothing of Pravega.
      {"process_cpu_cores",
       "cores",
       {"pod"},
       R"(sum by (pod) (rate(container_cpu_usage_seconds_total{pod=~".*segment-?store.*",container!=""{M}}[{W}])))"},
      {"process_memory_bytes",
       "bytes",
       {"pod"},
       R"(sum by (pod) (container_memory_working_set_bytes{pod=~".*segment-?store.*",container!=""{M}}))"},
  };
  return patterns;
}

// rPDU2 outlet tables: power in watts, energy in tenths of a kilowatt-hour (360000 J). The outlet's
// name is expected to be the node's; a node fed by two outlets is their sum.
const std::vector<Pattern>& snmp_energy() {
  static const std::vector<Pattern> patterns{
      {"node_power_watts",
       "watts",
       {"node"},
       R"q(sum by (node) (label_replace(rPDU2OutletMeteredStatusPower{rPDU2OutletMeteredStatusName!=""{M}}, "node", "$1", "rPDU2OutletMeteredStatusName", "(.+)")))q"},
      {"node_energy_joules",
       "joules",
       {"node"},
       R"q(sum by (node) (label_replace(rPDU2OutletMeteredStatusEnergy{rPDU2OutletMeteredStatusName!=""{M}}, "node", "$1", "rPDU2OutletMeteredStatusName", "(.+)")) * 360000)q"},
  };
  return patterns;
}

void fill(std::string& text, std::string_view word, const std::string& by) {
  for (auto at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size()))
    text.replace(at, word.size(), by);
}

}  // namespace

const std::vector<Preset>& presets() {
  static const std::vector<Preset> list{
      {"pravega", "Pravega's segment stores, as its Prometheus endpoint shows them"},
      {"snmp_energy", "Power and energy of each node, by the SNMP exporter (rPDU2 tables)"}};
  return list;
}

std::vector<Query> preset_queries(std::string_view name, const PresetOptions& options) {
  if (name != "pravega" && name != "snmp_energy")
    throw ConfigError("", "preset.name", name, "pravega or snmp_energy");
  if (options.window < std::chrono::seconds(1))
    throw ConfigError("", "preset.window", format_duration(options.window), "1s or more");
  std::string matchers = options.match.to_string();
  // "{a="1"}" becomes ",a="1"".
  if (!matchers.empty()) matchers = "," + matchers.substr(1, matchers.size() - 2);
  std::vector<Query> out;
  for (const Pattern& p : name == "pravega" ? pravega() : snmp_energy()) {
    Query q{.name = p.name, .query = p.query, .labels = p.labels, .unit = p.unit};
    fill(q.query, "{W}", format_duration(options.window));
    fill(q.query, "{M}", matchers);
    out.push_back(std::move(q));
  }
  return out;
}

}  // namespace learningplane::adapters::prometheus
