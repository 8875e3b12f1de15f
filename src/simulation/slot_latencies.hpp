#pragma once
#include <map>
#include <vector>

#include "learningplane/simulation/simulator.hpp"

namespace learningplane::simulation {

/// The latencies of a slot and of the look-back that ends with it.
class SlotLatencies {
 public:
  /// What is kept of a slot.
  struct Seen {
    double objective = 0, highest = 0;
    bool penalty = false;  ///< the highest is one
    std::array<double, 6> percentiles{};
  };
  SlotLatencies(const decision::Capacity& capacity, const SimulationOptions& options, Duration slot,
                std::size_t look_back);
  /// The next slot. @param moved share of the streams that an instance change moved
  Seen next(double streams, std::int64_t ready, double moved);
  /// The objective's quantile over the look-back.
  double window() const;
  std::uint64_t samples() const { return samples_; }

 private:
  using Counts = std::vector<std::uint32_t>;
  using Key = std::pair<double, std::int64_t>;
  struct Slot {
    Counts counts{};
    std::uint64_t total = 0;
    std::vector<std::uint16_t> few{};  ///< the bins themselves, instead of counts, where few
    std::vector<double> beyond{};
    Key key{};
  };
  struct Expected {
    Counts counts{};
    std::uint64_t total = 0;
    Seen seen{};
  };
  Seen sampled(double streams, std::int64_t ready, double moved);
  Seen sampled_few(Slot& slot, const std::vector<decision::LoadShare>& shares, double streams);
  std::size_t draws(const decision::LoadShare& share, double streams) const;
  void forget(Slot& slot);
  Seen exact(double streams, std::int64_t ready, double moved);
  Seen look(const Counts& counts, std::uint64_t total, const std::vector<double>& beyond) const;
  const Expected& expected(Key key);
  double weight(const decision::LoadShare& share, double streams) const;

  const decision::Capacity& capacity_;
  const SimulationOptions& options_;
  decision::ScalingRandom random_;
  double frames_;  ///< drawn for a stream in a slot
  std::vector<Slot> ring_;
  std::size_t at_ = 0;
  Counts together_;
  std::uint64_t total_ = 0, samples_ = 0;
  double last_ = 0;
  std::map<Key, Expected> expected_{};
  Counts few_counts_;                    ///< all zero between slots
  std::vector<std::uint16_t> sorted_{};  ///< of a slot with few latencies, decreasing
  std::vector<double> levels_;           ///< decreasing: the kept percentiles and the objective's
};

}  // namespace learningplane::simulation
