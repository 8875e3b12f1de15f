#pragma once
#include "learningplane/model/lstm_network.hpp"

namespace learningplane::model::detail {

/// Gates of a cell, each with weights of its own.
constexpr std::size_t gates_of(Cell cell) { return cell == Cell::gru ? 3 : 4; }
/// Weights that a network of this shape has; a double, because a file may ask for anything.
double weights_of(const LstmShape& shape);
/// @throws ConfigError where there can be no such network, or only one that is too large
void check_shape(const LstmShape& shape);

}  // namespace learningplane::model::detail
