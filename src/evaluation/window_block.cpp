#include "learningplane/evaluation/window_block.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "learningplane/error.hpp"

namespace learningplane::evaluation {

std::string name_of(const Block& block, std::span<const std::string> columns) {
  const std::string column = block.column == Block::all ? "all" : columns[block.column];
  if (block.first_lag == block.last_lag) return fmt::format("{}[{}]", column, block.first_lag);
  return fmt::format("{}[{}-{}]", column, block.first_lag, block.last_lag);
}

std::vector<std::size_t> cells_of(const Block& block, const WindowShape& shape) {
  const bool known_column = block.column == Block::all || block.column < shape.columns;
  if (block.first_lag == 0 || block.last_lag < block.first_lag || block.last_lag > shape.lags ||
      !known_column)
    throw LogicError(fmt::format("a block of lags {} to {} does not lie in {} lags x {} columns",
                                 block.first_lag, block.last_lag, shape.lags, shape.columns));
  std::vector<std::size_t> out;
  const std::size_t first = block.column == Block::all ? 0 : block.column;
  const std::size_t last = block.column == Block::all ? shape.columns : block.column + 1;
  for (std::size_t lag = block.last_lag; lag >= block.first_lag; --lag) {
    for (std::size_t c = first; c < last; ++c)
      out.push_back((shape.lags - lag) * shape.columns + c);
  }
  return out;
}

std::vector<Block> make_blocks(const WindowShape& shape, Grouping grouping,
                               std::size_t lags_per_block) {
  if (lags_per_block == 0) throw LogicError("a block has one lag or more");
  const std::size_t run = grouping == Grouping::columns ? shape.lags : lags_per_block;
  std::vector<Block> out;
  const auto add_runs = [&](std::size_t column) {
    for (std::size_t first = 1; first <= shape.lags; first += run)
      out.push_back({column, first, std::min(first + run - 1, shape.lags)});
  };
  if (grouping == Grouping::lags) {
    add_runs(Block::all);
  } else {
    for (std::size_t c = 0; c < shape.columns; ++c) add_runs(c);
  }
  return out;
}

std::vector<double> mean_window(const model::WindowView& windows) {
  if (windows.count == 0) throw LogicError("no window to take the mean of");
  const std::size_t width = windows.values.size() / windows.count;
  std::vector<double> out(width, 0.0);
  for (std::size_t i = 0; i < windows.values.size(); ++i) out[i % width] += windows.values[i];
  for (double& v : out) v /= static_cast<double>(windows.count);
  return out;
}

std::vector<double> pick(const model::WindowView& windows, std::span<const std::size_t> which) {
  const std::size_t width = windows.count == 0 ? 0 : windows.values.size() / windows.count;
  std::vector<double> out;
  out.reserve(which.size() * width);
  for (const std::size_t i : which) {
    const auto window = windows.values.subspan(i * width, width);
    out.insert(out.end(), window.begin(), window.end());
  }
  return out;
}

std::vector<std::size_t> evenly(std::size_t count, std::size_t most) {
  std::vector<std::size_t> out(std::min(count, most));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = i * count / out.size();
  return out;
}

}  // namespace learningplane::evaluation
