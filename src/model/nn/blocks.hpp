#pragma once
#include "model/nn/activation.hpp"
#include "model/nn/attention.hpp"
#include "model/nn/convolution.hpp"
#include "model/nn/normalisation.hpp"

namespace learningplane::model::nn {

/// What the blocks of a network have in common.
struct BlockShape {
  AttentionShape attention{};
  std::size_t inner = 64;  ///< units of the feed-forward part
  double dropout = 0;
};

/// LayerNorm(x + dropout(branch)).
template <class T>
class AddNorm {
 public:
  AddNorm(Context<T>& context, const std::string& name, const BlockShape& shape)
      : dropout_(context, shape.dropout), norm_(context, name, shape.attention.width) {}
  const Matrix<T>& forward(const Matrix<T>& x, const Matrix<T>& branch);
  /// @return the gradient of x; that of the branch is in dbranch().
  const Matrix<T>& backward(const Matrix<T>& dy);
  const Matrix<T>& dbranch() const { return *dbranch_; }

 private:
  Dropout<T> dropout_;
  LayerNorm<T> norm_;
  Matrix<T> sum_;
  const Matrix<T>* dbranch_ = nullptr;
};

/// Two linear maps with GELU between them, the result added and normalised.
template <class T>
class FeedForward {
 public:
  FeedForward(Context<T>& context, const std::string& name, const BlockShape& shape);
  const Matrix<T>& forward(const Matrix<T>& x);
  const Matrix<T>& backward(const Matrix<T>& dy);

 private:
  Linear<T> in_, out_;
  Gelu<T> gelu_;
  Dropout<T> dropout_;
  AddNorm<T> norm_;
  Matrix<T> dx_;
};

/// Attention of a sequence to itself, added and normalised.
template <class T>
class SelfAttention {
 public:
  SelfAttention(Context<T>& context, const std::string& name, const BlockShape& shape)
      : attention_(context, name, shape.attention), norm_(context, name + ".norm", shape) {}
  const Matrix<T>& forward(const Matrix<T>& x) {
    return norm_.forward(x, attention_.forward(x, x));
  }
  const Matrix<T>& backward(const Matrix<T>& dy);
  MultiHead<T>& heads() { return attention_; }

 private:
  MultiHead<T> attention_;
  AddNorm<T> norm_;
  Matrix<T> dx_;
};

/// A layer of an encoder: attention to itself, then the feed-forward part.
template <class T>
class EncoderLayer {
 public:
  EncoderLayer(Context<T>& context, const std::string& name, const BlockShape& shape)
      : self_(context, name + ".self", shape), forward_(context, name + ".forward", shape) {}
  const Matrix<T>& forward(const Matrix<T>& x) { return forward_.forward(self_.forward(x)); }
  const Matrix<T>& backward(const Matrix<T>& dy) { return self_.backward(forward_.backward(dy)); }

 private:
  SelfAttention<T> self_;
  FeedForward<T> forward_;
};

/// Attention to another sequence, then the feed-forward part.
template <class T>
class CrossLayer {
 public:
  CrossLayer(Context<T>& context, const std::string& name, const BlockShape& shape)
      : attention_(context, name + ".cross", shape.attention),
        norm_(context, name + ".cross.norm", shape),
        forward_(context, name + ".forward", shape) {}
  const Matrix<T>& forward(const Matrix<T>& x, const Matrix<T>& memory) {
    return forward_.forward(norm_.forward(x, attention_.forward(x, memory)));
  }
  /// @return the gradient of x; that of the memory is in dmemory().
  const Matrix<T>& backward(const Matrix<T>& dy);
  const Matrix<T>& dmemory() const { return attention_.dmemory(); }

 private:
  MultiHead<T> attention_;
  AddNorm<T> norm_;
  FeedForward<T> forward_;
  Matrix<T> dx_;
};

/// Halves a sequence: circular convolution of 3 taps, BatchNorm, ELU, the largest of 3 at every
/// second step.
template <class T>
class Distil {
 public:
  Distil(Context<T>& context, const std::string& name, std::size_t width, std::size_t padding)
      : conv_(context, name + ".conv", {width, width, 3, padding, Edge::circular}),
        norm_(context, name + ".norm", width),
        elu_(context),
        pool_(context) {}
  const Matrix<T>& forward(const Matrix<T>& x) {
    return pool_.forward(elu_.forward(norm_.forward(conv_.forward(x))));
  }
  const Matrix<T>& backward(const Matrix<T>& dy) {
    return conv_.backward(norm_.backward(elu_.backward(pool_.backward(dy))));
  }
  static std::size_t length(std::size_t steps, std::size_t padding) {
    return MaxPool<T>::length(steps + 2 * padding - 2);
  }

 private:
  Conv1d<T> conv_;
  BatchNorm<T> norm_;
  Elu<T> elu_;
  MaxPool<T> pool_;
};

/// Stretches a sequence by about three: transposed convolution, BatchNorm, ELU.
template <class T>
class Rise {
 public:
  Rise(Context<T>& context, const std::string& name, std::size_t width)
      : conv_(context, name + ".conv", {width, width, 3, 3, 2}),
        norm_(context, name + ".norm", width),
        elu_(context) {}
  const Matrix<T>& forward(const Matrix<T>& x) {
    return elu_.forward(norm_.forward(conv_.forward(x)));
  }
  const Matrix<T>& backward(const Matrix<T>& dy) {
    return conv_.backward(norm_.backward(elu_.backward(dy)));
  }
  static std::size_t length(std::size_t steps) { return 3 * steps - 4; }

 private:
  TransposedConv1d<T> conv_;
  BatchNorm<T> norm_;
  Elu<T> elu_;
};

/// Values through a circular convolution of 3 taps, plus where in the sequence and when a step is.
template <class T>
class Embedding {
 public:
  struct Shape {
    std::size_t inputs, marks, width;
    double dropout;
  };
  Embedding(Context<T>& context, const std::string& name, const Shape& shape);
  const Matrix<T>& forward(const Matrix<T>& x, const Matrix<T>& marks);
  void backward(const Matrix<T>& dy);
  /// Sine and cosine of the position in wavelengths from 2 pi to 10000 * 2 pi.
  static double position(std::size_t step, std::size_t column, std::size_t width);

 private:
  Context<T>& context_;
  Conv1d<T> value_;
  Linear<T> time_;
  Dropout<T> dropout_;
  Matrix<T> sum_, positions_;
};

}  // namespace learningplane::model::nn
