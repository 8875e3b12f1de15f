#pragma once
#include <cstddef>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "learningplane/model/state.hpp"

namespace learningplane::model::detail {

/// A list of numbers as a tensor of one dimension.
Tensor list_tensor(std::vector<double> values);
/// The tensor of that name, of `size` values. @throws FormatError
const std::vector<double>& list_from(const Tensors& tensors, const std::string& name,
                                     std::size_t size);
/// The tensor of that name, of at least one value. @throws FormatError
const std::vector<double>& list_from(const Tensors& tensors, const std::string& name);
/// A value that must be a whole number in [least, most]. @throws FormatError naming it
std::size_t whole_from(double value, const std::string& name, std::size_t least, std::size_t most);
/// A value that must lie in [least, most]. @throws FormatError naming it
double within_from(double value, const std::string& name, double least, double most);

}  // namespace learningplane::model::detail
