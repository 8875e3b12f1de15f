// Weights between the kernels' layout and PyTorch's, and how they start.
#include <cmath>

#include "learningplane/error.hpp"
#include "model/lstm_engine.hpp"
#include "model/lstm_random.hpp"

namespace learningplane::model::detail {

/// Calls visit(name, shape, where) for every tensor; where(row, column) is the place of an element
/// in the flat parameters (column 0 for biases).
template <class T>
template <class Visit>
void LstmEngine<T>::visit(const Visit& visit) const {
  const std::string cell = shape_.cell == Cell::gru ? "gru" : "lstm";
  for (std::size_t i = 0; i < lstm_.size(); ++i) {
    const LstmLayer<T>& l = lstm_[i];
    const std::size_t g = l.gates();
    const std::string suffix = "_l" + std::to_string(i);
    const std::size_t n = l.hidden;
    const auto column = [&l, n](std::size_t row) { return l.column(row / n, row % n); };
    visit(cell + ".weight_ih" + suffix, std::vector<std::size_t>{g * n, l.inputs},
          [&](std::size_t r, std::size_t c) { return l.wx + l.x.at(c, column(r)); });
    visit(cell + ".weight_hh" + suffix, std::vector<std::size_t>{g * n, n},
          [&](std::size_t r, std::size_t c) { return l.wh + l.h.at(c, column(r)); });
    visit(cell + ".bias_ih" + suffix, std::vector<std::size_t>{g * n},
          [&](std::size_t r, std::size_t) { return l.b1 + column(r); });
    visit(cell + ".bias_hh" + suffix, std::vector<std::size_t>{g * n},
          [&](std::size_t r, std::size_t) { return l.b2 + column(r); });
  }
  for (std::size_t i = 0; i < dense_.size(); ++i) {
    const DenseLayer<T>& d = dense_[i];
    const std::string prefix = "dense." + std::to_string(i);
    visit(prefix + ".weight", std::vector<std::size_t>{d.outputs, d.inputs},
          [&](std::size_t r, std::size_t c) { return d.weight + d.w.at(c, r); });
    visit(prefix + ".bias", std::vector<std::size_t>{d.outputs},
          [&](std::size_t r, std::size_t) { return d.bias + r; });
  }
}

template <class T>
void LstmEngine<T>::initialise(std::uint64_t seed) {
  LstmRandom random(seed);
  // As PyTorch: 1/sqrt(hidden) for a recurrent layer, 1/sqrt(inputs) for a dense one.
  visit([&](const std::string& name, const std::vector<std::size_t>& shape, const auto& where) {
    std::size_t fan = 0;
    if (!name.starts_with("dense.")) {
      fan = shape[0] / gates_of(shape_.cell);
    } else {
      fan = dense_[std::stoul(name.substr(6))].inputs;
    }
    const double bound = 1 / std::sqrt(static_cast<double>(fan));
    for (std::size_t r = 0; r < shape[0]; ++r) {
      for (std::size_t c = 0; c < (shape.size() > 1 ? shape[1] : 1); ++c)
        parameters_[where(r, c)] = static_cast<T>((2 * random.uniform() - 1) * bound);
    }
  });
  parameters_changed();
}

template <class T>
std::map<std::string, Tensor> LstmEngine<T>::unpack(const Array<T>& flat) const {
  std::map<std::string, Tensor> out;
  visit([&](const std::string& name, const std::vector<std::size_t>& shape, const auto& where) {
    Tensor tensor{shape, {}};
    for (std::size_t r = 0; r < shape[0]; ++r) {
      for (std::size_t c = 0; c < (shape.size() > 1 ? shape[1] : 1); ++c)
        tensor.values.push_back(static_cast<double>(flat[where(r, c)]));
    }
    out.emplace(name, std::move(tensor));
  });
  return out;
}

template <class T>
void LstmEngine<T>::set_weights(const std::map<std::string, Tensor>& weights) {
  Array<T> fresh(parameters_.size(), T(0));
  visit([&](const std::string& name, const std::vector<std::size_t>& shape, const auto& where) {
    const auto found = weights.find(name);
    if (found == weights.end()) throw FormatError("the weights lack the tensor '" + name + "'");
    const Tensor& tensor = found->second;
    const std::size_t columns = shape.size() > 1 ? shape[1] : 1;
    if (tensor.shape != shape || tensor.values.size() != shape[0] * columns)
      throw FormatError("the tensor '" + name + "' has another shape than this network needs");
    for (std::size_t r = 0; r < shape[0]; ++r) {
      for (std::size_t c = 0; c < columns; ++c) {
        const double value = tensor.values[r * columns + c];
        if (!std::isfinite(static_cast<T>(value)))
          throw FormatError("the tensor '" + name + "' holds a number that is not finite");
        fresh[where(r, c)] = static_cast<T>(value);
      }
    }
  });
  parameters_ = std::move(fresh);
  parameters_changed();
}

template void LstmEngine<float>::initialise(std::uint64_t);
template void LstmEngine<double>::initialise(std::uint64_t);
template std::map<std::string, Tensor> LstmEngine<float>::unpack(const Array<float>&) const;
template std::map<std::string, Tensor> LstmEngine<double>::unpack(const Array<double>&) const;
template void LstmEngine<float>::set_weights(const std::map<std::string, Tensor>&);
template void LstmEngine<double>::set_weights(const std::map<std::string, Tensor>&);

}  // namespace learningplane::model::detail
