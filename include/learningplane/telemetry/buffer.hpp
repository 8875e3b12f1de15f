#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace learningplane::telemetry {

/// An immutable contiguous array that many may share: it owns a vector, or borrows memory that an
/// owner keeps alive (a NumPy array). Copies and slices share; nothing is copied.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  Buffer(std::vector<T> values) {
    auto owned = std::make_shared<const std::vector<T>>(std::move(values));
    view_ = {owned->data(), owned->size()};
    owner_ = std::move(owned);
  }
  /// Borrows; `owner` must keep `view` alive and unchanged.
  Buffer(std::span<const T> view, std::shared_ptr<const void> owner)
      : view_(view), owner_(std::move(owner)) {}

  std::span<const T> span() const { return view_; }
  const T* data() const { return view_.data(); }
  std::size_t size() const { return view_.size(); }
  bool empty() const { return view_.empty(); }
  const T& operator[](std::size_t i) const { return view_[i]; }
  auto begin() const { return view_.begin(); }
  auto end() const { return view_.end(); }
  /// The part [first, first + count), sharing the memory.
  Buffer slice(std::size_t first, std::size_t count) const {
    return Buffer(view_.subspan(first, count), owner_);
  }
  std::vector<T> to_vector() const { return {view_.begin(), view_.end()}; }
  /// What keeps the memory alive: hand it on to whoever shows the memory elsewhere.
  const std::shared_ptr<const void>& owner() const { return owner_; }

 private:
  std::span<const T> view_;
  std::shared_ptr<const void> owner_;
};

}  // namespace learningplane::telemetry
