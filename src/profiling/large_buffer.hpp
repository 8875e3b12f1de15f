#pragma once
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace learningplane::profiling::detail {

/// Uninitialised numbers. Large ones stand in large pages where the system has them: to touch a
/// page for the first time costs as much as to compute with it.
template <class T>
class LargeBuffer {
 public:
  LargeBuffer() = default;
  explicit LargeBuffer(std::size_t n) {
    constexpr std::size_t page = std::size_t{2} << 20U;
    const bool large = n * sizeof(T) >= page;
    const std::size_t align = large ? page : 64;
    const std::size_t bytes = (n * sizeof(T) + align - 1) / align * align;
    data_.reset(static_cast<T*>(std::aligned_alloc(align, bytes == 0 ? align : bytes)));
    if (!data_) throw std::bad_alloc();
#if defined(__linux__) && defined(MADV_HUGEPAGE)
    // That it may be refused is no failure.
    if (large) (void)::madvise(data_.get(), bytes, MADV_HUGEPAGE);
#endif
  }
  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }

 private:
  struct Free {
    void operator()(T* p) const { std::free(p); }  // NOLINT: of aligned_alloc
  };
  std::unique_ptr<T[], Free> data_;
};

}  // namespace learningplane::profiling::detail
