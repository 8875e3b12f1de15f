#pragma once
#include <algorithm>
#include <vector>

#include "learningplane/profiling/crbm.hpp"
#include "profiling/kernels/dispatch.hpp"

namespace learningplane::profiling::detail {

/// The weights as the kernels read them, in one precision and padded to whole vectors.
template <class T>
class CrbmNetwork {
 public:
  CrbmNetwork(std::size_t visible, std::size_t hidden, std::size_t history, std::size_t width)
      : visible_(visible), hidden_(hidden), condition_(visible * history) {
    const auto up = [width](std::size_t n) { return (n + width - 1) / width * width; };
    vp_ = up(visible);
    hp_ = up(hidden);
    // One allocation, so that all weights lie together: to_hidden, to_visible, the two biases,
    // mask.
    data_.resize((condition_ + visible_) * hp_ + (condition_ + hidden_) * vp_ + hp_ + vp_ + hp_);
    std::fill_n(mask(), hidden_, T(1));
  }
  kernels::Network<T> view() const {
    T* to_hidden = const_cast<T*>(data_.data());
    T* to_visible = to_hidden + (condition_ + visible_) * hp_;
    T* hidden_bias = to_visible + (condition_ + hidden_) * vp_;
    return {condition_,
            visible_,
            hidden_,
            vp_,
            hp_,
            to_hidden,
            to_visible,
            hidden_bias,
            hidden_bias + hp_,
            hidden_bias + hp_ + vp_};
  }
  /// Numbers of scratch for batches of so many windows.
  std::size_t scratch(std::size_t batch = 1) const {
    return std::min(batch, kernels::batch_windows) * kernels::slot_of(view());
  }
  std::size_t hidden_pad() const { return hp_; }
  /// Weights without the mask.
  std::size_t size() const { return data_.size() - hp_; }
  T* data() { return data_.data(); }

  void set(const CrbmWeights& w) {
    const kernels::Network<T> n = view();
    for (std::size_t j = 0; j < hidden_; ++j) {
      for (std::size_t i = 0; i < condition_; ++i)
        n.to_hidden[i * hp_ + j] = static_cast<T>(w.b[j * condition_ + i]);
      for (std::size_t i = 0; i < visible_; ++i) {
        n.to_hidden[(condition_ + i) * hp_ + j] = static_cast<T>(w.w[j * visible_ + i]);
        n.to_visible[(condition_ + j) * vp_ + i] = static_cast<T>(w.w[j * visible_ + i]);
      }
      n.hidden_bias[j] = static_cast<T>(w.hidden_bias[j]);
    }
    for (std::size_t i = 0; i < visible_; ++i) {
      for (std::size_t c = 0; c < condition_; ++c)
        n.to_visible[c * vp_ + i] = static_cast<T>(w.a[i * condition_ + c]);
      n.visible_bias[i] = static_cast<T>(w.visible_bias[i]);
    }
  }
  void get(CrbmWeights& w) const {
    const kernels::Network<T> n = view();
    for (std::size_t j = 0; j < hidden_; ++j) {
      for (std::size_t i = 0; i < condition_; ++i)
        w.b[j * condition_ + i] = static_cast<double>(n.to_hidden[i * hp_ + j]);
      for (std::size_t i = 0; i < visible_; ++i)
        w.w[j * visible_ + i] = static_cast<double>(n.to_hidden[(condition_ + i) * hp_ + j]);
      w.hidden_bias[j] = static_cast<double>(n.hidden_bias[j]);
    }
    for (std::size_t i = 0; i < visible_; ++i) {
      for (std::size_t c = 0; c < condition_; ++c)
        w.a[i * condition_ + c] = static_cast<double>(n.to_visible[c * vp_ + i]);
      w.visible_bias[i] = static_cast<double>(n.visible_bias[i]);
    }
  }
  /// W stands in two places, whose roundings part in the course of training: the first counts.
  void agree() {
    const kernels::Network<T> n = view();
    for (std::size_t j = 0; j < hidden_; ++j)
      for (std::size_t i = 0; i < visible_; ++i)
        n.to_visible[(condition_ + j) * vp_ + i] = n.to_hidden[(condition_ + i) * hp_ + j];
  }

 private:
  T* mask() { return data_.data() + data_.size() - hp_; }

  std::size_t visible_, hidden_, condition_, vp_ = 0, hp_ = 0;
  std::vector<T> data_;
};

}  // namespace learningplane::profiling::detail
