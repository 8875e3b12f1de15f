#pragma once
#include <functional>
#include <vector>

#include "learningplane/profiling/phase_data.hpp"
#include "profiling/lloyd.hpp"

namespace learningplane::profiling::detail {

/// Activations of all rows that have one, computed as they are read: they never stand in memory
/// together.
class ActivationSource final : public RowSource {
 public:
  /// Activations of rows [first, last) of a sequence.
  using Compute =
      std::function<std::vector<double>(const PhaseSequence&, std::size_t first, std::size_t last)>;

  /// @param skip rows at the beginning of each sequence that have none
  ActivationSource(const PhaseData& data, std::size_t hidden, std::size_t skip, Compute compute)
      : data_(data), hidden_(hidden), skip_(skip), compute_(std::move(compute)) {
    rewind();
  }
  std::size_t columns() const override { return hidden_; }
  void rewind() override {
    sequence_ = 0;
    row_ = skip_;
  }
  std::span<const double> next(std::size_t most) override;
  /// The sequence and the first row of what next() gave.
  std::size_t sequence() const { return sequence_; }
  std::size_t first() const { return first_; }

 private:
  const PhaseData& data_;
  std::size_t hidden_, skip_;
  Compute compute_;
  std::size_t sequence_ = 0, row_ = 0, first_ = 0;
  std::vector<double> block_;
};

}  // namespace learningplane::profiling::detail
