#include "model/nn/attention.hpp"

#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::model::nn {

std::size_t prob_sparse_count(std::size_t factor, std::size_t length) {
  if (factor == 0) return length;
  const double logarithm = std::ceil(std::log(static_cast<double>(length)));
  const auto wanted = static_cast<std::size_t>(static_cast<double>(factor) * logarithm);
  return std::clamp<std::size_t>(wanted, 1, length);
}

template <class T>
struct Attention<T>::Head {
  std::size_t first_query, first_key, column, width;
  const std::vector<std::size_t>& chosen;
};

template <class T>
void Attention<T>::set_samples(std::vector<std::size_t> samples) {
  samples_ = std::move(samples);
  fixed_ = true;
}

template <class T>
void Attention<T>::pack(const Matrix<T>& from, const Head& head, bool chosen_rows,
                        Matrix<T>& to) const {
  const std::size_t rows = chosen_rows ? head.chosen.size() : keys_;
  to.shape(rows, head.width);
  for (std::size_t r = 0; r < rows; ++r) {
    const std::size_t source = chosen_rows ? head.first_query + head.chosen[r] : head.first_key + r;
    std::copy_n(from.row(source) + head.column, head.width, to.row(r));
  }
}

template <class T>
void Attention<T>::pack_turned(const Matrix<T>& from, const Head& head, Matrix<T>& to) const {
  to.shape(head.width, keys_);
  for (std::size_t r = 0; r < keys_; ++r) {
    const T* in = from.row(head.first_key + r) + head.column;
    for (std::size_t c = 0; c < head.width; ++c) to(c, r) = in[c];
  }
}

template <class T>
void Attention<T>::choose(const Head& head, std::vector<std::size_t>& out) {
  out.clear();
  if (active_ == queries_) {
    for (std::size_t i = 0; i < queries_; ++i) out.push_back(i);
    return;
  }
  measure_.clear();
  for (std::size_t i = 0; i < queries_; ++i) {
    const T* q = q_->row(head.first_query + i) + head.column;
    T highest = 0, sum = 0;
    for (std::size_t s = 0; s < sampled_; ++s) {
      const T* k = k_->row(head.first_key + samples_[i * sampled_ + s]) + head.column;
      T score = 0;
      for (std::size_t c = 0; c < head.width; ++c) score += q[c] * k[c];
      highest = s == 0 ? score : std::max(highest, score);
      sum += score;
    }
    measure_.emplace_back(highest - sum / static_cast<T>(keys_), i);
  }
  // Largest first; of equals the earlier, so that the choice is the same everywhere.
  std::nth_element(measure_.begin(), measure_.begin() + static_cast<std::ptrdiff_t>(active_ - 1),
                   measure_.end(), [](const auto& a, const auto& b) {
                     return a.first != b.first ? a.first > b.first : a.second < b.second;
                   });
  for (std::size_t i = 0; i < active_; ++i) out.push_back(measure_[i].second);
  std::sort(out.begin(), out.end());
}

template <class T>
void Attention<T>::lazy_rows(const Head& head) {
  if (active_ == queries_) return;
  Array<T> sum(head.width, T(0));
  for (std::size_t r = 0; r < keys_; ++r) {
    const T* v = v_->row(head.first_key + r) + head.column;
    for (std::size_t c = 0; c < head.width; ++c) sum[c] += v[c];
    if (shape_.sight == Sight::masked)
      std::copy(sum.begin(), sum.end(), y_.row(head.first_query + r) + head.column);
  }
  if (shape_.sight == Sight::masked) return;
  for (T& s : sum) s /= static_cast<T>(keys_);
  for (std::size_t r = 0; r < queries_; ++r)
    std::copy(sum.begin(), sum.end(), y_.row(head.first_query + r) + head.column);
}

template <class T>
void Attention<T>::head_forward(const Head& head, Matrix<T>& p) {
  pack(*q_, head, true, qh_);
  pack_turned(*k_, head, kt_);
  pack(*v_, head, false, vh_);
  p.shape(head.chosen.size(), keys_);
  multiply(context_, plain(qh_), kt_, p);
  const std::size_t* lengths = nullptr;
  if (shape_.sight == Sight::masked) {
    lengths_.clear();
    for (const std::size_t at : head.chosen) lengths_.push_back(at + 1);
    lengths = lengths_.data();
  }
  const T scale = T(1) / std::sqrt(static_cast<T>(head.width));
  context_.attention.softmax({p.rows, keys_, p.stride, p.values.data(), scale, lengths});
  oh_.shape(p.rows, head.width);
  multiply(context_, plain(p), vh_, oh_);
  for (std::size_t r = 0; r < oh_.rows; ++r)
    std::copy_n(oh_.row(r), head.width, y_.row(head.first_query + head.chosen[r]) + head.column);
}

template <class T>
const Matrix<T>& Attention<T>::forward(const Matrix<T>& q, const Matrix<T>& k, const Matrix<T>& v) {
  q_ = &q;
  k_ = &k;
  v_ = &v;
  queries_ = q.rows / context_.batch;
  keys_ = k.rows / context_.batch;
  if (shape_.sight == Sight::masked && queries_ != keys_)
    throw LogicError("masked attention needs as many queries as keys");
  active_ = prob_sparse_count(shape_.factor, queries_);
  sampled_ = prob_sparse_count(shape_.factor, keys_);
  if (active_ < queries_ && !fixed_) {
    samples_.resize(queries_ * sampled_);
    for (std::size_t& s : samples_) s = context_.random.below(keys_);
  }
  if (active_ < queries_ && samples_.size() != queries_ * sampled_)
    throw LogicError("the sampled keys must be queries x sampled");
  y_.shape(q.rows, shape_.width);
  const std::size_t heads = context_.batch * shape_.heads;
  if (p_.size() < heads) {
    chosen_.resize(heads);
    p_.resize(heads);
  }
  for (std::size_t i = 0; i < heads; ++i) {
    const std::size_t sequence = i / shape_.heads, width = shape_.width / shape_.heads;
    const Head head{sequence * queries_, sequence * keys_, (i % shape_.heads) * width, width,
                    chosen_[i]};
    choose(head, chosen_[i]);
    lazy_rows(head);
    head_forward(head, p_[i]);
  }
  return y_;
}

template <class T>
void Attention<T>::head_backward(const Head& head, const Matrix<T>& p, const Matrix<T>& dy) {
  pack(dy, head, true, oh_);
  pack_turned(*v_, head, kt_);
  dp_.shape(p.rows, keys_);
  multiply(context_, plain(oh_), kt_, dp_);

  // v: from the rows that attend, then from the lazy ones.
  part_.shape(keys_, head.width);
  multiply(context_, turned(p), oh_, part_);
  if (active_ < queries_) {
    Array<T> sum(head.width, T(0));
    std::size_t next = head.chosen.size();
    for (std::size_t r = queries_; r-- > 0;) {
      const bool attends = next > 0 && head.chosen[next - 1] == r;
      if (attends) --next;
      const T* d = dy.row(head.first_query + r) + head.column;
      for (std::size_t c = 0; c < head.width && !attends; ++c) sum[c] += d[c];
      // A running sum at r is seen by every v up to r.
      for (std::size_t c = 0; c < head.width && shape_.sight == Sight::masked; ++c)
        part_(r, c) += sum[c];
    }
    for (std::size_t r = 0; r < keys_ && shape_.sight == Sight::all; ++r) {
      for (std::size_t c = 0; c < head.width; ++c) part_(r, c) += sum[c] / static_cast<T>(keys_);
    }
  }
  for (std::size_t r = 0; r < keys_; ++r)
    std::copy_n(part_.row(r), head.width, dv_.row(head.first_key + r) + head.column);

  const T scale = T(1) / std::sqrt(static_cast<T>(head.width));
  context_.attention.softmax_backward(
      {p.rows, p.stride, p.values.data(), dp_.values.data(), scale});
  pack(*k_, head, false, kh_);
  oh_.shape(p.rows, head.width);
  multiply(context_, plain(dp_), kh_, oh_);
  for (std::size_t r = 0; r < p.rows; ++r)
    std::copy_n(oh_.row(r), head.width, dq_.row(head.first_query + head.chosen[r]) + head.column);
  pack(*q_, head, true, qh_);
  multiply(context_, turned(dp_), qh_, part_);
  for (std::size_t r = 0; r < keys_; ++r)
    std::copy_n(part_.row(r), head.width, dk_.row(head.first_key + r) + head.column);
}

template <class T>
void Attention<T>::backward(const Matrix<T>& dy) {
  dq_.shape(q_->rows, shape_.width);
  dk_.shape(k_->rows, shape_.width);
  dv_.shape(k_->rows, shape_.width);
  if (active_ < queries_) dq_.zero();
  for (std::size_t i = 0; i < context_.batch * shape_.heads; ++i) {
    const std::size_t sequence = i / shape_.heads, width = shape_.width / shape_.heads;
    head_backward(
        {sequence * queries_, sequence * keys_, (i % shape_.heads) * width, width, chosen_[i]},
        p_[i], dy);
  }
}

template <class T>
MultiHead<T>::MultiHead(Context<T>& context, const std::string& name, const AttentionShape& shape)
    : query_(context, name + ".query", shape.width, shape.width),
      key_(context, name + ".key", shape.width, shape.width),
      value_(context, name + ".value", shape.width, shape.width),
      out_(context, name + ".out", shape.width, shape.width),
      attention_(context, shape) {}

template <class T>
const Matrix<T>& MultiHead<T>::forward(const Matrix<T>& x, const Matrix<T>& memory) {
  const Matrix<T>& q = query_.forward(x);
  const Matrix<T>& k = key_.forward(memory);
  return out_.forward(attention_.forward(q, k, value_.forward(memory)));
}

template <class T>
void MultiHead<T>::backward(const Matrix<T>& dy) {
  attention_.backward(out_.backward(dy));
  dx_ = query_.backward(attention_.dq());
  dmemory_ = key_.backward(attention_.dk());
  add(dmemory_, value_.backward(attention_.dv()));
}

template class Attention<float>;
template class Attention<double>;
template class MultiHead<float>;
template class MultiHead<double>;

}  // namespace learningplane::model::nn
