#pragma once
#include <cstdint>
#include <vector>

#include "learningplane/profiling/kmeans.hpp"
#include "profiling/packed_rows.hpp"

namespace learningplane::profiling::detail {

/// Lloyd's iterations from one start. An object, because it keeps its memory from start to start.
class Lloyd {
 public:
  /// @param points must outlive this. @param tolerance absolute
  Lloyd(const PackedRows& points, std::size_t k, std::size_t iterations, double tolerance);
  /// @param start less the centre of the rows, as the centroids of the result
  KmeansResult run(std::vector<double> start);

 private:
  enum class Pass { first, middle, last };
  void assign(Pass pass);
  void look_at_all(Pass pass);
  void look_at_open();
  void open_some();
  void follow(std::size_t row, std::int32_t before);
  void recount();
  void measure();
  double move();
  void rescue_empty(std::vector<double>& sums, std::vector<double>& counts);

  const PackedRows& points_;
  const CentredRows& rows_;
  std::size_t k_, iterations_;
  double tolerance_;
  std::size_t changed_ = 0;  ///< labels, in the last assignment
  std::size_t moved_ = 0;    ///< rows taken from sum to sum since these were made
  std::vector<double> centroids_, sums_, counts_, distances_;
  std::vector<std::int32_t> labels_;  ///< of padded rows
  PackedRows::Centroids screened_;
  PackedRows::Changes changes_;

  // Rows that may change their label before the centroids have moved by more than budget_ in all;
  // the others are passed over so long.
  PackedRows::Some open_;
  LargeBuffer<float> margins_;
  double budget_ = 0;      ///< 0: all rows are looked at
  double step_ = 0;        ///< how far two centroids went together in the last move
  double since_ = 0;       ///< the same, summed since margins_ were taken
  bool settling_ = false;  ///< few labels changed in the last assignment: it is worth a try
  std::size_t waits_ = 0;  ///< passes until it is tried again
};

}  // namespace learningplane::profiling::detail
