#pragma once
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/profiling/kmeans.hpp"
#include "learningplane/value.hpp"

namespace learningplane::profiling {

enum class KCriterion {
  silhouette,  ///< the k whose clusters stand apart best
  elbow        ///< the k after which another cluster saves least
};
std::string_view to_string(KCriterion criterion);
/// @return invalid_argument naming what is allowed
Result<KCriterion> k_criterion(std::string_view name);

struct ChooseKOptions {
  KCriterion criterion = KCriterion::silhouette;
  std::size_t k_min = 2;       ///< 2 or more for the silhouette, else 1 or more
  std::size_t k_max = 10;      ///< above k_min; cut to the number of distinct rows
  std::size_t rows = 50'000;   ///< most rows that are clustered: a sample of more
  std::size_t sample = 2'000;  ///< most rows whose silhouette is computed; O(sample²)
  KmeansOptions kmeans{};      ///< but for k
};

struct KScore {
  std::size_t k = 0;
  double inertia = 0;
  double silhouette = 0;  ///< mean over the sample, in [-1, 1]; NaN for k = 1
};
struct KChoice {
  std::size_t k = 0;
  KCriterion criterion = KCriterion::silhouette;
  std::string reason{};  ///< one sentence, with the numbers
  std::vector<KScore> scores{};
};
Value to_value(const KChoice& choice);

/// Clusters with every k and takes the best by the criterion, of equals the least.
/// @return as kmeans(). @throws ConfigError
Result<KChoice> choose_k(std::span<const double> rows, std::size_t columns,
                         const ChooseKOptions& options = {});

/// Mean silhouette of labelled rows: (b - a) / max(a, b), a the mean distance to the own cluster, b
/// to the nearest other; 0 for a row alone in its cluster. O(rows²). NaN with one cluster.
double silhouette(std::span<const double> rows, std::size_t columns,
                  std::span<const std::int32_t> labels);

}  // namespace learningplane::profiling
