#pragma once
#include <cstddef>
#include <map>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "learningplane/model/lstm_network.hpp"
#include "model/kernels/dispatch.hpp"
#include "model/lstm_shape.hpp"

namespace learningplane::model::detail {

/// What LstmNetwork needs of an engine, whatever its precision.
class LstmEngineBase {
 public:
  LstmEngineBase() = default;
  LstmEngineBase(const LstmEngineBase&) = delete;
  LstmEngineBase& operator=(const LstmEngineBase&) = delete;
  virtual ~LstmEngineBase() = default;
  virtual const LstmShape& shape() const = 0;
  virtual Dtype dtype() const = 0;
  virtual CpuTier tier() const = 0;
  virtual void predict(const WindowView& windows, std::span<double> out) const = 0;
  virtual void step(std::span<const double> in, std::span<double> out) noexcept = 0;
  virtual void reset_state() noexcept = 0;
  virtual TrainingResult train(const WindowView& windows, std::span<const double> targets,
                               const LstmTraining& training) = 0;
  virtual void input_gradients(const WindowView& windows, std::size_t output,
                               std::span<double> out) = 0;
  virtual std::map<std::string, Tensor> weights() const = 0;
  virtual void set_weights(const std::map<std::string, Tensor>& weights) = 0;
};

/// Memory at the width of the widest vector.
template <class T>
struct Aligned {
  using value_type = T;
  Aligned() = default;
  template <class U>
  Aligned(const Aligned<U>&) {}
  T* allocate(std::size_t n) {
    return static_cast<T*>(::operator new(n * sizeof(T), std::align_val_t{64}));
  }
  void deallocate(T* p, std::size_t) { ::operator delete(p, std::align_val_t{64}); }
  friend bool operator==(const Aligned&, const Aligned&) { return true; }
};
template <class T>
using Array = std::vector<T, Aligned<T>>;

/// Where the element (row, column) of a matrix stands that is cut into panels of a few vectors.
struct Panels {
  std::size_t rows = 0, columns = 0, width = 1;  ///< columns: padded to a multiple of width
  std::size_t group = 4;                         ///< vectors of a panel: 4, or the gates of a cell
  std::size_t span() const { return group * width; }
  std::size_t count() const { return (columns + span() - 1) / span(); }
  std::size_t first(std::size_t panel) const { return panel * rows * span(); }
  std::size_t stride(std::size_t panel) const {
    const std::size_t rest = columns - panel * span();
    return rest < span() ? rest : span();
  }
  std::size_t at(std::size_t row, std::size_t column) const {
    const std::size_t panel = column / span();
    return first(panel) + row * stride(panel) + column % span();
  }
  std::size_t size() const { return rows * columns; }
};

/// A matrix product over all panels of B: C (m x B.columns) = start + A B.
template <class T>
struct Product {
  std::size_t m;
  const T* a;
  std::size_t row_stride, column_stride;
  T* c;
  std::size_t c_stride;
  const T* start;  ///< added to every row with stride start_stride; nullptr: nothing
  std::size_t start_stride;
};
template <class T>
void multiply(const kernels::Table<T>& table, const Panels& layout, const T* b,
              const Product<T>& p);

/// A recurrent layer: four gates (i f g o) or, in a GRU, three (r z n).
template <class T>
struct LstmLayer {
  Cell cell;
  std::size_t inputs, hidden, padded;
  Panels x, h;                 ///< columns are [chunk][gate][lane]
  std::size_t wx, wh, b1, b2;  ///< offsets into the flat parameters
  Array<T> bias;               ///< b1 + b2; of a GRU's new gate both by themselves
  std::size_t gates() const { return x.group; }
  /// The column of gate `gate` of hidden unit `unit`.
  std::size_t column(std::size_t gate, std::size_t unit) const {
    return (unit / x.width) * x.span() + gate * x.width + unit % x.width;
  }
};

template <class T>
struct DenseLayer {
  std::size_t inputs, outputs;
  Panels w;
  std::size_t weight, bias;  ///< offsets into the flat parameters
};

/// The network in one precision. Parameters are one flat array (LSTM layers, then dense layers) in
/// the kernels' layout; padding is zero and stays zero.
template <class T>
class LstmEngine final : public LstmEngineBase {
 public:
  LstmEngine(const LstmShape& shape, std::uint64_t seed, CpuTier tier);

  const LstmShape& shape() const override { return shape_; }
  Dtype dtype() const override { return sizeof(T) == 4 ? Dtype::f32 : Dtype::f64; }
  CpuTier tier() const override { return tier_; }
  void predict(const WindowView& windows, std::span<double> out) const override;
  void step(std::span<const double> in, std::span<double> out) noexcept override;
  void reset_state() noexcept override;
  TrainingResult train(const WindowView& windows, std::span<const double> targets,
                       const LstmTraining& training) override;
  void input_gradients(const WindowView& windows, std::size_t output,
                       std::span<double> out) override;
  std::map<std::string, Tensor> weights() const override { return unpack(parameters_); }
  void set_weights(const std::map<std::string, Tensor>& weights) override;

  /// A flat array in the parameters' layout (weights or gradients) in PyTorch's layout.
  std::map<std::string, Tensor> unpack(const Array<T>& flat) const;
  /// To be called after parameters() was changed.
  void parameters_changed();
  Array<T>& parameters() { return parameters_; }
  const kernels::Table<T>& table() const { return table_; }
  const std::vector<LstmLayer<T>>& lstm() const { return lstm_; }
  const std::vector<DenseLayer<T>>& dense() const { return dense_; }
  const T* at(std::size_t offset) const { return parameters_.data() + offset; }
  std::size_t padded(std::size_t n) const {
    return (n + table_.width - 1) / table_.width * table_.width;
  }

 private:
  struct Scratch {
    std::vector<Array<T>> h, c, outputs;  ///< h: two states after one another, for each layer
    Array<T> x;
    int current = 0;
  };
  template <class Visit>
  void visit(const Visit& visit) const;
  void initialise(std::uint64_t seed);
  Scratch scratch(std::size_t rows) const;
  void advance(Scratch& s, std::size_t rows) const;
  const T* head(Scratch& s, std::size_t rows) const;

  LstmShape shape_;
  CpuTier tier_;
  const kernels::Table<T>& table_;
  std::vector<LstmLayer<T>> lstm_;
  std::vector<DenseLayer<T>> dense_;
  Array<T> parameters_;
  Scratch stream_;
};

}  // namespace learningplane::model::detail
