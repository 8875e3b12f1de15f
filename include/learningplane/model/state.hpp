#pragma once
#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "learningplane/value.hpp"

namespace learningplane::model {

/// A dense array of doubles with its shape, row-major.
struct Tensor {
  std::vector<std::size_t> shape{};
  std::vector<double> values{};
};

/// Numbers that a fit found, by name.
using Tensors = std::map<std::string, Tensor>;

/// Everything that makes a fitted model what it is: options and small facts as a tree, numbers as
/// named tensors.
struct ModelState {
  Value attributes = Value::object();
  Tensors tensors{};
};

}  // namespace learningplane::model
