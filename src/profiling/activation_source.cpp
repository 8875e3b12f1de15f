#include "profiling/activation_source.hpp"

#include <algorithm>

namespace learningplane::profiling::detail {

std::span<const double> ActivationSource::next(std::size_t most) {
  while (sequence_ < data_.sequences.size() && row_ >= data_.sequences[sequence_].times_ns.size()) {
    ++sequence_;
    row_ = skip_;
  }
  if (sequence_ == data_.sequences.size()) return {};
  const PhaseSequence& s = data_.sequences[sequence_];
  first_ = row_;
  row_ = std::min(row_ + most, s.times_ns.size());
  block_ = compute_(s, first_, row_);
  return block_;
}

}  // namespace learningplane::profiling::detail
