#pragma once
#include "model/nn/linear.hpp"

namespace learningplane::model::nn {

/// masked: a step sees those up to its own alone; queries and keys are then the same steps.
enum class Sight { all, masked };

struct AttentionShape {
  std::size_t width = 16;  ///< of queries, keys and values; a multiple of heads
  std::size_t heads = 2;
  std::size_t factor = 0;  ///< of ProbSparse; 0: full attention
  Sight sight = Sight::all;
};

/// How many of `length` ProbSparse takes: factor * ceil(ln length), at least 1, at most all.
std::size_t prob_sparse_count(std::size_t factor, std::size_t length);

/// softmax(q k' / sqrt d) v, head by head. With a factor it is ProbSparse: for each query
/// `factor ceil(ln keys)` keys are sampled (the same for every sequence and head); only the
/// `factor ceil(ln queries)` queries of the largest max - sum / keys over them attend, to all keys.
/// The others get the mean of v, or where masked its running sum. Which queries attend is a
/// choice, not something to differentiate.
template <class T>
class Attention {
 public:
  Attention(Context<T>& context, const AttentionShape& shape) : context_(context), shape_(shape) {}
  /// q: sequences of queries; k and v: of keys.
  const Matrix<T>& forward(const Matrix<T>& q, const Matrix<T>& k, const Matrix<T>& v);
  /// Gradients are in dq(), dk(), dv().
  void backward(const Matrix<T>& dy);
  const Matrix<T>& dq() const { return dq_; }
  const Matrix<T>& dk() const { return dk_; }
  const Matrix<T>& dv() const { return dv_; }

  /// Fixes the sampled keys (queries x as many as are sampled) instead of drawing them.
  void set_samples(std::vector<std::size_t> samples);
  /// The queries that attend, ascending, of one head of one sequence in the last pass.
  const std::vector<std::size_t>& chosen(std::size_t sequence, std::size_t head) const {
    return chosen_[sequence * shape_.heads + head];
  }

 private:
  struct Head;  // where one head of one sequence stands
  void choose(const Head& head, std::vector<std::size_t>& out);
  void lazy_rows(const Head& head);
  void head_forward(const Head& head, Matrix<T>& p);
  void head_backward(const Head& head, const Matrix<T>& p, const Matrix<T>& dy);
  /// Rows (all, or the chosen ones) of a head's columns by themselves.
  void pack(const Matrix<T>& from, const Head& head, bool chosen_rows, Matrix<T>& to) const;
  void pack_turned(const Matrix<T>& from, const Head& head, Matrix<T>& to) const;

  Context<T>& context_;
  AttentionShape shape_;
  bool fixed_ = false;
  std::vector<std::size_t> samples_;
  std::size_t queries_ = 0, keys_ = 0, sampled_ = 0, active_ = 0;
  const Matrix<T>*q_ = nullptr, *k_ = nullptr, *v_ = nullptr;
  std::vector<std::vector<std::size_t>> chosen_;
  std::vector<Matrix<T>> p_;  // of each head of each sequence
  std::vector<std::size_t> lengths_;
  std::vector<std::pair<T, std::size_t>> measure_;
  Matrix<T> y_, dq_, dk_, dv_;
  Matrix<T> kt_, vh_, qh_, kh_, oh_, dp_, part_;
};

/// Attention between linear maps, as a transformer has it.
template <class T>
class MultiHead {
 public:
  MultiHead(Context<T>& context, const std::string& name, const AttentionShape& shape);
  const Matrix<T>& forward(const Matrix<T>& x, const Matrix<T>& memory);
  /// Gradients are in dx() and dmemory(); of attention to itself, x's is their sum.
  void backward(const Matrix<T>& dy);
  const Matrix<T>& dx() const { return dx_; }
  const Matrix<T>& dmemory() const { return dmemory_; }
  Attention<T>& attention() { return attention_; }

 private:
  Linear<T> query_, key_, value_, out_;
  Attention<T> attention_;
  Matrix<T> dx_, dmemory_;
};

}  // namespace learningplane::model::nn
