#pragma once
#include <optional>
#include <string>
#include <vector>

#include "learningplane/features/qos.hpp"
#include "learningplane/registry.hpp"
#include "learningplane/telemetry/clean.hpp"
#include "learningplane/telemetry/resample.hpp"

namespace learningplane::features {

enum class CleaningPreset {
  /// As upstream: every gap is filled, by rows, the tail held; rows with an unknown cell dropped;
  /// means over the grid.
  as_published,
  /// Does not make up what is not known: gaps up to max_gap are filled by time, longer ones and the
  /// tail stay unknown and so do the means over them.
  fresh
};

struct CleaningOptions {
  CleaningPreset preset = CleaningPreset::as_published;
  std::string group{};                       ///< label by whose values the series are cleaned apart
  std::vector<std::string> columns{};        ///< to keep, beside the QoS; empty: all
  Duration step = std::chrono::seconds(15);  ///< of the grid of means; zero: no grid
  Duration max_gap = std::chrono::seconds(60);  ///< `fresh` only
  std::optional<QosOptions> qos{};              ///< derived before anything is filled
  telemetry::ImputedWhen imputed = telemetry::ImputedWhen::half;
};

/// The steps of telemetry cleaning, each with a name. Thread safe: const.
class Cleaning {
 public:
  /// A preset.
  explicit Cleaning(const CleaningOptions& options);
  /// Steps of your own.
  Cleaning(std::string group, std::vector<telemetry::CleanStep> steps);
  /// From configuration: {preset, group, columns, step, max_gap, qos: auto | none | {…}, imputed},
  /// or {group, steps: [{step: interpolate, …}, …]}, or the list of steps alone. A null value
  /// cleans nothing. @throws ConfigError
  static Cleaning from_value(const Value& value, std::string_view path = "cleaning");
  /// What may stand in `cleaning` with a preset, and what steps there are with their parameters.
  static Manifest manifest();
  static std::vector<Manifest> step_manifests();

  /// @return the failure of a step, with group and step in its path.
  Result<telemetry::Frame> apply(const telemetry::Frame& frame) const;
  std::vector<std::string> names() const;

 private:
  std::string group_;
  std::vector<telemetry::CleanStep> steps_;
};

}  // namespace learningplane::features
