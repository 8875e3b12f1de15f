#pragma once
// Between named tensors and plain numbers.
#include <span>
#include <string>
#include <vector>

#include "learningplane/error.hpp"
#include "learningplane/model/windowed.hpp"

namespace learningplane::model::detail {

inline Tensor tensor(std::vector<std::size_t> shape, const double* values) {
  Tensor out{std::move(shape), {}};
  std::size_t n = 1;
  for (const std::size_t d : out.shape) n *= d;
  out.values.assign(values, values + n);
  return out;
}

inline std::span<const double> numbers(const Tensors& learned, const char* name) {
  return learned.at(name).values;
}

/// @throws FormatError where a tensor from outside is absent or of another size
inline void want(const Tensors& learned, const char* name, std::size_t size) {
  const auto found = learned.find(name);
  if (found == learned.end() || found->second.values.size() != size)
    throw FormatError(std::string("the tensor 'learned.") + name + "' is absent or does not hold " +
                      std::to_string(size) + " numbers");
}

}  // namespace learningplane::model::detail
