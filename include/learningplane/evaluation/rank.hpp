#pragma once
#include <span>
#include <vector>

namespace learningplane::evaluation {

/// Ranks from 1 on; equal values share the mean of their ranks. @throws LogicError on NaN
std::vector<double> ranks(std::span<const double> values);
/// Spearman's rank correlation, in [-1, 1]: Pearson's of the ranks. NaN where one side is constant.
/// Pairs in which either is not finite are passed over. @throws LogicError where lengths differ
double spearman(std::span<const double> a, std::span<const double> b);
/// Kendall's tau-b, which allows for ties. As spearman(); quadratic in the number of pairs.
double kendall(std::span<const double> a, std::span<const double> b);

}  // namespace learningplane::evaluation
