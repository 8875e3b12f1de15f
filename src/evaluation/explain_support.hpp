#pragma once
// What the explanations share.
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "learningplane/evaluation/window_block.hpp"
#include "learningplane/result.hpp"
#include "model/lstm_random.hpp"

namespace learningplane::evaluation::detail {

/// @throws LogicError where the values are not count x lags x whole columns
WindowShape shape_of(const model::WindowView& windows, std::string_view what);

/// The numbers of all windows. @return unknown_data where one is not finite
Result<std::vector<double>> predictions(const Predictor& predict, const model::WindowView& windows,
                                        std::string_view what);

/// The generator of draw number `draw` under a seed: independent of how many others there are.
model::detail::LstmRandom random_of(std::uint64_t seed, std::uint64_t draw);
/// 0 to n - 1 in random order.
std::vector<std::size_t> shuffled(std::size_t n, model::detail::LstmRandom& random);

/// Cells of each block. @throws LogicError where a cell lies in none or in several
std::vector<std::vector<std::size_t>> partition(std::span<const Block> blocks,
                                                const WindowShape& shape, std::string_view what);

double mean_of(std::span<const double> values);
/// Sample standard deviation; 0 for fewer than two.
double deviation_of(std::span<const double> values);

}  // namespace learningplane::evaluation::detail
