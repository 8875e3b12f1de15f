#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "learningplane/result.hpp"

namespace learningplane::profiling {

/// Rows of equal length that can be read again and again in pieces, so that they need not stand in
/// memory together. Not thread safe.
class RowSource {
 public:
  RowSource() = default;
  RowSource(const RowSource&) = delete;
  RowSource& operator=(const RowSource&) = delete;
  virtual ~RowSource() = default;
  virtual std::size_t columns() const = 0;
  /// Begins again with the first row.
  virtual void rewind() = 0;
  /// The next rows, at most `most`, row-major; none after the last. Valid until the next call.
  virtual std::span<const double> next(std::size_t most) = 0;
};

/// Rows in memory.
class SpanSource final : public RowSource {
 public:
  /// @param rows stay the caller's. @throws LogicError where they are no rows of `columns`
  SpanSource(std::span<const double> rows, std::size_t columns);
  std::size_t columns() const override { return columns_; }
  void rewind() override { at_ = 0; }
  std::span<const double> next(std::size_t most) override;

 private:
  std::span<const double> rows_;
  std::size_t columns_, at_ = 0;
};

enum class KmeansMethod {
  lloyd,      ///< exact: every row in every iteration
  mini_batch  ///< blocks of rows in turn, then one pass over all; memory does not grow with the
              ///< rows
};

struct KmeansOptions {
  std::size_t k = 5;             ///< 1 or more
  std::size_t restarts = 10;     ///< k-means++ starts, of which the best is kept; 1 or more
  std::size_t iterations = 300;  ///< most of one start; 1 or more
  double tolerance = 1e-4;       ///< a start ends when the centroids move by less, squared, as a
                                 ///< share of the mean variance of the columns; 0 or more
  std::uint64_t seed = 0;        ///< of the starts
  std::vector<double> start{};   ///< k x columns: the only start; empty: k-means++
  std::size_t batch = 4096;      ///< mini_batch: rows of a step; 1 or more
  std::size_t passes = 1;        ///< mini_batch: over all rows while learning; 1 or more
  std::size_t sample = 65'536;   ///< mini_batch: rows on which the start is found; k or more
};

struct KmeansResult {
  std::size_t k = 0, columns = 0;
  std::vector<double> centroids{};     ///< k x columns
  std::vector<std::size_t> sizes{};    ///< rows nearest to each
  std::vector<std::int32_t> labels{};  ///< lloyd: of each row
  double inertia = 0;                  ///< sum of squared distances to the nearest centroid
  std::size_t rows = 0;
  std::size_t iterations = 0;  ///< of the start that was kept
  bool converged = false;      ///< before the last iteration
};

/// k-means on rows in memory: labels and inertia belong to the centroids returned. A centroid that
/// loses its last row takes the row that lies farthest from its own. O(rows) memory beside the
/// rows.
/// @return invalid_argument (shape, k above the number of distinct rows), unknown_data (a cell that
/// is not finite, row and column named). @throws ConfigError where an option is out of range
Result<KmeansResult> kmeans(std::span<const double> rows, std::size_t columns,
                            const KmeansOptions& options);
/// k-means by mini-batches on rows of any number: memory is that of the sample and a batch. Sizes
/// and inertia are of all rows; there are no labels.
/// @return as kmeans()
Result<KmeansResult> kmeans_stream(RowSource& rows, const KmeansOptions& options);

/// Rows and their nearest centroid.
struct Assignment {
  std::vector<std::int32_t> labels{};  ///< of equal distances the first
  std::vector<double> distances{};     ///< squared
};
/// @throws LogicError where rows or centroids are no rows of `columns`, or there is no centroid
Assignment assign(std::span<const double> rows, std::span<const double> centroids,
                  std::size_t columns);

}  // namespace learningplane::profiling
