#pragma once
#include <vector>

#include "model/lstm_random.hpp"
#include "profiling/packed_rows.hpp"

namespace learningplane::profiling::detail {

using Random = model::detail::LstmRandom;

/// k rows chosen by greedy k-means++: of a few candidates, drawn in proportion to their squared
/// distance from what is chosen, the one that lowers the sum most. Less the centre of the rows.
std::vector<double> plus_plus(const PackedRows& points, std::size_t k, Random& random);

}  // namespace learningplane::profiling::detail
