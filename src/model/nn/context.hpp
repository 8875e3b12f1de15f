#pragma once
#include <string>
#include <vector>

#include "learningplane/model/cpu.hpp"
#include "model/kernels/attention.hpp"
#include "model/kernels/dispatch.hpp"
#include "model/lstm_random.hpp"
#include "model/nn/matrix.hpp"

namespace learningplane::model::nn {

/// Something that a layer learns, or (learned = false) only keeps, such as a running mean.
template <class T>
struct Parameter {
  Parameter() = default;
  Parameter(const Parameter&) = delete;  // the context points at it
  Parameter& operator=(const Parameter&) = delete;
  std::string name{};
  Matrix<T> value{}, gradient{}, m{}, v{};
  bool learned = true;
};

enum class Mode { training, inference };

/// What the layers of one network share. Layers register their parameters on construction, so they
/// stay where they are.
template <class T>
struct Context {
  Context(CpuTier tier, std::uint64_t seed)
      : table(kernels::table<T>(tier)),
        attention(kernels::attention_table<T>(tier)),
        random(seed) {}
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  const kernels::Table<T>& table;
  const kernels::AttentionTable<T>& attention;
  detail::LstmRandom random;  ///< first weights, dropout, sampled keys
  std::size_t batch = 1;      ///< sequences in the matrices that pass through
  Mode mode = Mode::inference;
  std::vector<Parameter<T>*> parameters{};

  /// Shapes and registers; drawn from U(-bound, bound), zero where the bound is.
  void add(Parameter<T>& parameter, std::string name, std::size_t rows, std::size_t columns,
           double bound);
  void zero_gradients();
};

/// A matrix as a product reads it: any distance between neighbours.
template <class T>
struct View {
  const T* data;
  std::size_t rows, columns, row_stride, column_stride;
};
template <class T>
View<T> plain(const Matrix<T>& m) {
  return {m.values.data(), m.rows, m.columns, m.stride, 1};
}
template <class T>
View<T> turned(const Matrix<T>& m) {
  return {m.values.data(), m.columns, m.rows, 1, m.stride};
}

/// What the sums of a product begin with; stride 0: every row with the same.
template <class T>
struct Start {
  const T* data = nullptr;
  std::size_t stride = 0;
};

/// c = start + a b; c is shaped already, as wide as b.
template <class T>
void multiply(const Context<T>& context, View<T> a, const Matrix<T>& b, Matrix<T>& c,
              Start<T> start = {});
/// c += a b
template <class T>
void multiply_add(const Context<T>& context, View<T> a, const Matrix<T>& b, Matrix<T>& c) {
  multiply(context, a, b, c, {c.values.data(), c.stride});
}
/// out = m turned
template <class T>
void transpose(const Matrix<T>& m, Matrix<T>& out);

}  // namespace learningplane::model::nn
