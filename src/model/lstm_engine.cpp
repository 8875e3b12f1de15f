#include "model/lstm_engine.hpp"

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::model::detail {

template <class T>
void multiply(const kernels::Table<T>& table, const Panels& layout, const T* b,
              const Product<T>& p) {
  for (std::size_t i = 0; i < layout.count(); ++i) {
    const std::size_t stride = layout.stride(i);
    table.panel({p.m, layout.rows, stride / layout.width, p.a, p.row_stride, p.column_stride,
                 b + layout.first(i), stride, p.c + i * layout.span(), p.c_stride,
                 p.start == nullptr ? nullptr : p.start + i * layout.span(), p.start_stride});
  }
}
template void multiply(const kernels::Table<float>&, const Panels&, const float*,
                       const Product<float>&);
template void multiply(const kernels::Table<double>&, const Panels&, const double*,
                       const Product<double>&);

template <class T>
LstmEngine<T>::LstmEngine(const LstmShape& shape, std::uint64_t seed, CpuTier tier)
    : shape_(shape), tier_(tier), table_(kernels::table<T>(tier)) {
  const std::size_t w = table_.width;
  std::size_t offset = 0, inputs = shape.inputs;
  const auto take = [&offset](std::size_t n) { return std::exchange(offset, offset + n); };
  const std::size_t gates = gates_of(shape.cell);
  for (const std::size_t hidden : shape.layers) {
    LstmLayer<T> l{shape.cell, inputs, hidden, padded(hidden), {}, {}, 0, 0, 0, 0, {}};
    l.x = {inputs, gates * l.padded, w, gates};
    l.h = {hidden, gates * l.padded, w, gates};
    l.wx = take(l.x.size());
    l.wh = take(l.h.size());
    l.b1 = take(gates * l.padded);
    l.b2 = take(gates * l.padded);
    l.bias.resize(4 * l.padded);
    lstm_.push_back(std::move(l));
    inputs = hidden;
  }
  std::vector<std::size_t> sizes = shape.dense;
  sizes.push_back(shape.outputs);
  for (const std::size_t outputs : sizes) {
    DenseLayer<T> d{inputs, outputs, {inputs, padded(outputs), w, 4}, 0, 0};
    d.weight = take(d.w.size());
    d.bias = take(padded(outputs));
    dense_.push_back(d);
    inputs = outputs;
  }
  parameters_.assign(offset, T(0));
  initialise(seed);
  stream_ = scratch(1);
}

template <class T>
void LstmEngine<T>::parameters_changed() {
  for (LstmLayer<T>& l : lstm_) {
    if (l.cell == Cell::lstm) {
      std::transform(at(l.b1), at(l.b1) + l.bias.size(), at(l.b2), l.bias.begin(), std::plus<>());
      continue;
    }
    const std::size_t w = table_.width;
    for (std::size_t chunk = 0; chunk < l.padded / w; ++chunk) {
      const T *x = at(l.b1) + chunk * 3 * w, *h = at(l.b2) + chunk * 3 * w;
      T* out = l.bias.data() + chunk * 4 * w;
      std::transform(x, x + 2 * w, h, out, std::plus<>());
      std::copy_n(x + 2 * w, w, out + 2 * w);
      std::copy_n(h + 2 * w, w, out + 3 * w);
    }
  }
}

template <class T>
typename LstmEngine<T>::Scratch LstmEngine<T>::scratch(std::size_t rows) const {
  Scratch s;
  s.x.resize(rows * shape_.inputs);
  for (const LstmLayer<T>& l : lstm_) {
    s.h.emplace_back(2 * rows * l.padded, T(0));
    s.c.emplace_back(rows * l.padded, T(0));
  }
  for (const DenseLayer<T>& d : dense_) s.outputs.emplace_back(rows * padded(d.outputs), T(0));
  return s;
}

/// One step of all recurrent layers on s.x.
template <class T>
void LstmEngine<T>::advance(Scratch& s, std::size_t rows) const {
  const T* x = s.x.data();
  std::size_t stride = shape_.inputs;
  for (std::size_t i = 0; i < lstm_.size(); ++i) {
    const LstmLayer<T>& l = lstm_[i];
    const std::size_t half = s.c[i].size();
    T* before = s.h[i].data() + (s.current == 0 ? 0 : half);
    T* after = s.h[i].data() + (s.current == 0 ? half : 0);
    if (l.cell == Cell::gru) {
      table_.gru_forward({rows, l.inputs, l.hidden, l.padded, x, stride, before, at(l.wx), at(l.wh),
                          l.bias.data(), after, nullptr, nullptr});
    } else {
      table_.cell_forward({rows, l.inputs, l.hidden, l.padded, x, stride, before, s.c[i].data(),
                           at(l.wx), at(l.wh), l.bias.data(), after, s.c[i].data(), nullptr,
                           nullptr});
    }
    x = after;
    stride = l.padded;
  }
  s.current ^= 1;
}

/// The dense layers on the last hidden state. @return rows x padded outputs
template <class T>
const T* LstmEngine<T>::head(Scratch& s, std::size_t rows) const {
  std::size_t stride = lstm_.back().padded;
  const T* in = s.h.back().data() + (s.current == 0 ? 0 : s.c.back().size());
  Array<T>& rectified = s.h.back();
  if (shape_.head == HeadActivation::relu) {
    // The other half holds the state before the last step, which nobody needs any more.
    T* out = rectified.data() + (s.current == 0 ? s.c.back().size() : 0);
    for (std::size_t i = 0; i < rows * stride; ++i) out[i] = std::max(in[i], T(0));
    in = out;
  }
  for (std::size_t i = 0; i < dense_.size(); ++i) {
    const DenseLayer<T>& d = dense_[i];
    const std::size_t columns = d.w.columns;
    T* out = s.outputs[i].data();
    multiply<T>(table_, d.w, at(d.weight), {rows, in, stride, 1, out, columns, at(d.bias), 0});
    if (i + 1 < dense_.size())
      for (std::size_t j = 0; j < rows * columns; ++j) out[j] = std::max(out[j], T(0));
    in = out;
    stride = columns;
  }
  return in;
}

template <class T>
void LstmEngine<T>::predict(const WindowView& windows, std::span<double> out) const {
  constexpr std::size_t block = 48;  // a multiple of every tier's register block
  const std::size_t inputs = shape_.inputs, outputs = shape_.outputs;
  Scratch s = scratch(std::min(block, windows.count));
  for (std::size_t first = 0; first < windows.count; first += block) {
    const std::size_t rows = std::min(block, windows.count - first);
    if (rows < block && first > 0) s = scratch(rows);
    for (Array<T>& h : s.h) std::fill(h.begin(), h.end(), T(0));
    for (Array<T>& c : s.c) std::fill(c.begin(), c.end(), T(0));
    for (std::size_t t = 0; t < windows.steps; ++t) {
      for (std::size_t r = 0; r < rows; ++r) {
        const double* from = windows.values.data() + ((first + r) * windows.steps + t) * inputs;
        for (std::size_t i = 0; i < inputs; ++i) s.x[r * inputs + i] = static_cast<T>(from[i]);
      }
      advance(s, rows);
    }
    const T* y = head(s, rows);
    const std::size_t stride = dense_.back().w.columns;
    for (std::size_t r = 0; r < rows; ++r) {
      for (std::size_t o = 0; o < outputs; ++o)
        out[(first + r) * outputs + o] = static_cast<double>(y[r * stride + o]);
    }
  }
}

template <class T>
void LstmEngine<T>::step(std::span<const double> in, std::span<double> out) noexcept {
  for (std::size_t i = 0; i < shape_.inputs; ++i) stream_.x[i] = static_cast<T>(in[i]);
  advance(stream_, 1);
  const T* y = head(stream_, 1);
  for (std::size_t o = 0; o < shape_.outputs; ++o) out[o] = static_cast<double>(y[o]);
}

template <class T>
void LstmEngine<T>::reset_state() noexcept {
  for (Array<T>& h : stream_.h) std::fill(h.begin(), h.end(), T(0));
  for (Array<T>& c : stream_.c) std::fill(c.begin(), c.end(), T(0));
}

template class LstmEngine<float>;
template class LstmEngine<double>;

}  // namespace learningplane::model::detail
