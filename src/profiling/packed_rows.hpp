#pragma once
#include "profiling/centred_rows.hpp"
#include "profiling/large_buffer.hpp"

namespace learningplane::profiling::detail {

/// Copies of rows in f32, as the kernel that screens them reads them.
class PackedRows {
 public:
  /// Whether the variance of the columns is to be known.
  enum class Variance { wanted, unwanted };
  /// @param rows must outlive this
  PackedRows(const CentredRows& rows, Variance variance);
  const CentredRows& rows() const { return rows_; }
  std::size_t blocks() const { return lengths_.size(); }
  std::size_t padded_rows() const { return blocks() * kernels::block_rows; }
  /// Whether every cell is a number and none is very large; otherwise they have to be looked at.
  bool plainly_finite() const { return plainly_finite_; }
  /// Mean over the columns of their variance; 0 where it was not wanted.
  double mean_variance() const { return mean_variance_; }

  /// A place as the kernels want it.
  void scaled(std::span<const double> place, float* out) const;
  /// Sums of the smaller of `known` (of padded rows) and the distance to each candidate, over some
  /// blocks; in units of scale(). @param out null, or what the smaller of one candidate is put in
  void towards(std::size_t first_block, std::size_t blocks, std::span<const float> candidates,
               const float* known, float* out, double* sums) const;
  double scale() const { return scale_; }
  /// The length of the longest row, in units of scale().
  double longest() const { return longest_; }

  struct Changes {
    std::vector<std::uint32_t> rows{};  ///< counted from the first that was looked at
    std::vector<std::int32_t> before{};
    std::size_t count = 0;
  };
  /// Centroids as the kernel wants them.
  struct Centroids {
    std::span<const double> exact;
    std::vector<float> scaled{}, half_lengths{};
    float doubt = 0, doubt_per_length = 0;
  };
  void prepare(Centroids& centroids) const;
  /// Gives the rows of some blocks their labels. @param labels of all padded rows. @param margins
  /// null, or of all padded rows: the square of how much farther than the nearest any other
  /// centroid is at least, in units of scale()
  void screen(std::size_t first_block, std::size_t blocks, const Centroids& centroids,
              std::vector<std::int32_t>& labels, Changes& changes, float* margins = nullptr) const;

  /// Copies of some of the rows.
  struct Some {
    std::vector<std::uint32_t> ids{};  ///< in order
    std::vector<std::int32_t> labels{};
    std::vector<float> blocks{}, lengths{};
  };
  /// Copies the rows `some.ids`, with their labels.
  void gather(const std::vector<std::int32_t>& labels, Some& some) const;
  void screen(Some& some, const Centroids& centroids, Changes& changes) const;

 private:
  const CentredRows& rows_;
  double scale_ = 1, mean_variance_ = 0, longest_ = 0;
  bool plainly_finite_ = true;
  LargeBuffer<float> blocks_;
  std::vector<float> lengths_;
};

}  // namespace learningplane::profiling::detail
