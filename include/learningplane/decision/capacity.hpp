#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/decision/scaling_random.hpp"
#include "learningplane/registry.hpp"
#include "learningplane/result.hpp"

namespace learningplane::decision {

/// The latency distribution of one instance under one load, as points of its quantile function.
struct LatencyRow {
  double load = 0;                    ///< streams on the instance, above 0
  std::vector<double> probability{};  ///< increasing, from 0 to 1
  std::vector<double> latency{};      ///< never decreasing
};

/// How load is spread: `more` instances carry one stream more than the `fewer` others.
struct LoadShare {
  double load = 0;             ///< streams on each
  std::int64_t instances = 0;  ///< of them
};

/// Latencies of one instance by its load, and so how much load any number of instances carries.
/// Immutable, thread safe. A load between two rows takes the upper one's latencies; one above the
/// last row takes the last's, stretched in proportion.
class Capacity {
 public:
  static constexpr std::size_t bins = 4096;  ///< that the counted latencies are told apart by

  /// @throws ConfigError where there are no rows, or one is not as it should be
  explicit Capacity(std::vector<LatencyRow> rows);
  /// Text with a header: the load, then columns named min…, p<percent> and max, in any order.
  /// @return malformed
  static Result<Capacity> parse(std::string_view text);
  /// @return not_found, malformed
  static Result<Capacity> read(const std::string& path);
  /// From measured latencies, one list for each load. @throws ConfigError
  static Capacity from_samples(const std::vector<std::pair<double, std::vector<double>>>& measured);
  /// From telemetry: what one instance carried, and the latency seen then, row by row. Loads are
  /// grouped by the next whole number; unknown rows are passed over. @return not_enough_data
  static Result<Capacity> from_telemetry(std::span<const double> load_per_instance,
                                         std::span<const double> latency);
  /// An instance that serves `streams` at `latency`, and less and more in proportion to the load.
  static Capacity from_throughput(double streams, double latency);

  /// Latency at the quantile on one instance with that load; 0 for no load.
  double quantile(double load, double q) const;
  /// The same over all streams spread evenly on `instances`. 0 for no load.
  double quantile(double load, std::int64_t instances, double q) const;
  /// Most streams on one instance whose quantile stays at or below `limit`; 0 where not even one.
  std::int64_t most_streams(double q, double limit) const;
  /// Whole streams as even as possible, the remainder on the first; other loads are split evenly.
  static std::vector<LoadShare> spread(double load, std::int64_t instances);

  const std::vector<LatencyRow>& rows() const { return rows_; }
  /// Row that serves this load, and what its latencies are stretched by.
  std::pair<std::size_t, double> row_of(double load) const;
  double bin_value(std::size_t bin) const {
    return low_ + (static_cast<double>(bin) + 0.5) * width_;
  }
  std::size_t bin_of(double latency) const;
  /// Counts `n` latencies drawn with replacement from one instance's distribution.
  void draw(ScalingRandom& random, double load, std::size_t n,
            std::span<std::uint32_t> counts) const;
  /// The same draws one by one, as bins.
  void draw(ScalingRandom& random, double load, std::span<std::uint16_t> out) const;
  /// Counts each point of the distribution `weight` times: what drawing tends to.
  void expect(double load, std::uint32_t weight, std::span<std::uint32_t> counts) const;
  static constexpr std::uint64_t points_of_a_row() { return draws_; }

 private:
  static constexpr std::size_t draws_ = 16384;  ///< equally probable points of each row
  template <class Take>
  void draw_each(ScalingRandom& random, double load, std::size_t n, const Take& take) const;
  double share_below(std::size_t row, double stretch, double latency) const;

  std::vector<LatencyRow> rows_;
  double low_ = 0, width_ = 1;
  std::vector<std::uint16_t> points_{};  ///< rows x draws_: the bin of each point
};

/// What a policy's manifest takes: `capacity`, a latency table's path, or `throughput`, streams
/// that one instance carries under the objective; and back. @throws ConfigError where both or none
/// is given, Error where the table cannot be read
std::vector<Parameter> capacity_parameters();
Capacity capacity_from(const Value& checked);
/// A policy's mapping read from a file of that folder, or a list of them: a relative `capacity`
/// starts from the folder.
Value with_capacity_from(Value policy, const std::string& folder);

/// Quantiles of counted latencies and of a few that lie outside the bins, as numpy.percentile has
/// them (linear between neighbours). `levels` decrease; 0 where nothing was counted.
void counted_quantiles(const Capacity& capacity, std::span<const std::uint32_t> counts,
                       std::uint64_t total, std::span<const double> sorted_beyond,
                       std::span<const double> levels, std::span<double> out);
double counted_quantile(const Capacity& capacity, std::span<const std::uint32_t> counts,
                        std::uint64_t total, std::span<const double> sorted_beyond, double level);

}  // namespace learningplane::decision
