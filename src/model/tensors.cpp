#include "model/tensors.hpp"

#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::model::detail {

Tensor list_tensor(std::vector<double> values) {
  const std::size_t n = values.size();
  return {{n}, std::move(values)};
}

const std::vector<double>& list_from(const Tensors& tensors, const std::string& name) {
  const auto found = tensors.find(name);
  if (found == tensors.end() || found->second.values.empty())
    throw FormatError("the tensor '" + name + "' is absent or empty");
  return found->second.values;
}

const std::vector<double>& list_from(const Tensors& tensors, const std::string& name,
                                     std::size_t size) {
  const auto& values = list_from(tensors, name);
  if (values.size() != size)
    throw FormatError("the tensor '" + name + "' has " + std::to_string(values.size()) +
                      " values, not " + std::to_string(size));
  return values;
}

std::size_t whole_from(double value, const std::string& name, std::size_t least, std::size_t most) {
  if (!(value >= static_cast<double>(least) && value <= static_cast<double>(most)) ||
      value != std::floor(value))
    throw FormatError("'" + name + "' is " + std::to_string(value) + ", not a whole number from " +
                      std::to_string(least) + " to " + std::to_string(most));
  return static_cast<std::size_t>(value);
}

double within_from(double value, const std::string& name, double least, double most) {
  if (!(value >= least && value <= most))
    throw FormatError("'" + name + "' is " + std::to_string(value) + ", not within " +
                      std::to_string(least) + " and " + std::to_string(most));
  return value;
}

}  // namespace learningplane::model::detail
