#pragma once
#include <cstdint>
#include <vector>

#include "learningplane/profiling/kmeans.hpp"
#include "model/lstm_random.hpp"
#include "profiling/blocks.hpp"

namespace learningplane::profiling::detail {

using Random = model::detail::LstmRandom;

/// k rows chosen by greedy k-means++: of a few candidates, drawn in proportion to their squared
/// distance from what is chosen, the one that lowers the sum most.
std::vector<double> plus_plus(const Blocks& points, std::size_t k, Random& random);

/// Lloyd's iterations from one start. An object, because it keeps its memory from start to start.
class Lloyd {
 public:
  /// @param points must outlive this and lie round zero. @param tolerance absolute
  Lloyd(const Blocks& points, std::size_t k, std::size_t iterations, double tolerance);
  KmeansResult run(std::vector<double> start);

 private:
  void assign(bool first);
  void plain();
  void bounded();
  void account(bool first);
  void recount();
  void gaps();
  double move();
  void rescue_empty(std::vector<double>& sums, std::vector<double>& counts);

  const Blocks& points_;
  std::size_t k_, iterations_;
  double tolerance_;
  std::size_t changed_ = 0;  ///< labels, in the last assignment
  std::vector<double> centroids_, sums_, counts_;
  std::vector<double> upper_, lower_, half_gap_, half_norms_, moved_, others_, distances_;
  bool bounds_known_ = false, bounds_are_dear_ = false;
  std::vector<std::int32_t> labels_, before_;
  std::vector<std::uint8_t> touched_;
};

/// Labels and squared distances of the points, padding included.
void nearest(const Blocks& points, std::span<const double> centroids,
             std::vector<std::int32_t>& labels, std::vector<double>& distances);

}  // namespace learningplane::profiling::detail
