#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "learningplane/profiling/phases.hpp"

namespace learningplane::profiling {

/// How numbers lie. All NaN where there are none.
struct Distribution {
  std::size_t count = 0;
  double mean = 0, deviation = 0;  ///< of the population
  double min = 0, p05 = 0, p25 = 0, median = 0, p75 = 0, p95 = 0, p99 = 0, max = 0;
};
/// Quantiles by linear interpolation between order statistics.
Distribution describe(std::vector<double> values);
/// The same by name, for JSON and tables.
Value to_value(const Distribution& d);

/// One phase: what an application asks for in it, how often and how long. Plain numbers, for sizing
/// and for load generators.
struct PhaseProfile {
  std::int32_t phase = 0;
  std::size_t rows = 0;
  double share = 0;                   ///< of the rows that have a phase
  std::size_t spells = 0;             ///< uninterrupted stays
  Distribution duration{};            ///< of spells, in seconds
  std::vector<Distribution> usage{};  ///< of each feature, in the order of the features
};

struct PhaseStatistics {
  std::vector<std::string> features{};
  std::vector<PhaseProfile> phases{};      ///< every phase, those without rows too
  std::vector<std::size_t> transitions{};  ///< from * k + to: neighbouring rows, staying included
  std::size_t rows = 0, unknown = 0;       ///< rows with and without a phase
  std::size_t changes = 0;                 ///< neighbouring rows of different phases
  std::size_t sequences = 0;

  std::size_t k() const { return phases.size(); }
  /// Share of the rows of `from` after which `to` comes; NaN where nothing ever came after.
  double probability(std::size_t from, std::size_t to) const;
};

/// Statistics of labelled rows. The last spell of a sequence lasts one median step beyond its last
/// row. @param k phases there are. @throws LogicError where data, labels and k do not fit
PhaseStatistics phase_statistics(const PhaseData& data, const std::vector<PhaseLabels>& labels,
                                 std::size_t k);
Value to_value(const PhaseStatistics& statistics);

}  // namespace learningplane::profiling
