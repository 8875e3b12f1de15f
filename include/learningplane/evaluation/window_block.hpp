#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "learningplane/model/lstm_network.hpp"

namespace learningplane::evaluation {

/// One number for each window (count x lags x columns, oldest row first), such as the forecast at
/// one step. Explanations call it with many windows at once; the same windows give the same
/// numbers.
using Predictor = std::function<void(const model::WindowView& windows, std::span<double> out)>;
/// The slopes of that number along every cell: count x lags x columns.
using Gradient = std::function<void(const model::WindowView& windows, std::span<double> out)>;

/// Rows and columns of a window.
struct WindowShape {
  std::size_t lags = 0;
  std::size_t columns = 0;
  std::size_t cells() const { return lags * columns; }
};

/// Neighbouring lags of one column, or of all of them. Lag 1 is the newest row of a window.
struct Block {
  static constexpr std::size_t all = static_cast<std::size_t>(-1);
  std::size_t column = all;
  std::size_t first_lag = 1;
  std::size_t last_lag = 1;

  friend bool operator==(const Block&, const Block&) = default;
};
/// "load[2]", "load[1-3]"; "all[1-3]" where it spans the columns.
std::string name_of(const Block& block, std::span<const std::string> columns);
/// Where its cells stand in a window. @throws LogicError where the window has no such cells
std::vector<std::size_t> cells_of(const Block& block, const WindowShape& shape);

/// How windows are cut into blocks; each cell falls into one block.
enum class Grouping {
  blocks,   ///< by column and by runs of lags
  columns,  ///< by column, over all lags
  lags      ///< by runs of lags, over all columns
};
/// @param lags_per_block length of a run, newest first; the oldest run may be shorter.
/// @throws LogicError where it is 0
std::vector<Block> make_blocks(const WindowShape& shape, Grouping grouping,
                               std::size_t lags_per_block = 1);

/// The mean of each cell over the windows. @throws LogicError without windows
std::vector<double> mean_window(const model::WindowView& windows);
/// The windows of these numbers, one after another.
std::vector<double> pick(const model::WindowView& windows, std::span<const std::size_t> which);
/// `most` of `count` numbers from 0, evenly spaced; all of them where there are not so many.
std::vector<std::size_t> evenly(std::size_t count, std::size_t most);

}  // namespace learningplane::evaluation
