#include "model/nn/context.hpp"

namespace learningplane::model::nn {

template <class T>
void Context<T>::add(Parameter<T>& parameter, std::string name, std::size_t rows,
                     std::size_t columns, double bound) {
  parameter.name = std::move(name);
  for (Matrix<T>* m : {&parameter.value, &parameter.gradient, &parameter.m, &parameter.v})
    m->shape(rows, columns);
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns && bound > 0; ++c)
      parameter.value(r, c) = static_cast<T>(bound * (2 * random.uniform() - 1));
  }
  parameters.push_back(&parameter);
}

template <class T>
void Context<T>::zero_gradients() {
  for (Parameter<T>* p : parameters) p->gradient.zero();
}

template <class T>
void multiply(const Context<T>& context, View<T> a, const Matrix<T>& b, Matrix<T>& c,
              Start<T> start) {
  const std::size_t panel = 4 * context.table.width;
  for (std::size_t first = 0; first < b.stride; first += panel) {
    const std::size_t columns = std::min(panel, b.stride - first);
    context.table.panel({a.rows, a.columns, columns / context.table.width, a.data, a.row_stride,
                         a.column_stride, b.values.data() + first, b.stride,
                         c.values.data() + first, c.stride,
                         start.data == nullptr ? nullptr : start.data + first, start.stride});
  }
}

template <class T>
void transpose(const Matrix<T>& m, Matrix<T>& out) {
  out.shape(m.columns, m.rows);
  for (std::size_t r = 0; r < m.rows; ++r) {
    for (std::size_t c = 0; c < m.columns; ++c) out(c, r) = m(r, c);
  }
}

template struct Context<float>;
template struct Context<double>;
template void multiply(const Context<float>&, View<float>, const Matrix<float>&, Matrix<float>&,
                       Start<float>);
template void multiply(const Context<double>&, View<double>, const Matrix<double>&, Matrix<double>&,
                       Start<double>);
template void transpose(const Matrix<float>&, Matrix<float>&);
template void transpose(const Matrix<double>&, Matrix<double>&);

}  // namespace learningplane::model::nn
