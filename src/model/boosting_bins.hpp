#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace learningplane::model::detail {

/// Rows as bin numbers. Features that take one value only are left out. Eight features of a row lie
/// side by side: one load serves eight histograms, which together fit the first-level cache.
struct BoostingBins {
  static constexpr std::size_t lanes = 8;

  /// @param most value bins of a feature, 2 to 255
  static BoostingBins from(std::span<const double> rows, std::size_t columns, std::size_t most);

  std::size_t rows = 0;
  std::vector<std::uint32_t> columns{};           ///< of each feature kept, its column
  std::vector<std::vector<double>> thresholds{};  ///< bin b holds (t[b-1], t[b]]
  std::vector<std::uint8_t> has_unknown{};
  std::size_t stride = 0;              ///< bins of the widest feature with its unknown one
  std::vector<std::uint8_t> blocks{};  ///< groups x rows x lanes

  std::size_t features() const { return columns.size(); }
  std::size_t groups() const { return (features() + lanes - 1) / lanes; }
  std::size_t value_bins(std::size_t feature) const { return thresholds[feature].size() + 1; }
  /// Unknown is the bin after the last value.
  std::size_t unknown_bin(std::size_t feature) const { return value_bins(feature); }
  const std::uint8_t* block(std::size_t group) const {
    return blocks.data() + group * rows * lanes;
  }
  std::uint8_t bin(std::size_t row, std::size_t feature) const {
    return block(feature / lanes)[row * lanes + feature % lanes];
  }
};

}  // namespace learningplane::model::detail
