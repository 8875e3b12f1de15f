#include "simulation/slot_latencies.hpp"

#include <algorithm>
#include <cmath>

namespace learningplane::simulation {

using decision::Capacity;

SlotLatencies::SlotLatencies(const Capacity& capacity, const SimulationOptions& options,
                             Duration slot, std::size_t look_back)
    : capacity_(capacity),
      options_(options),
      random_(options.seed, 2),
      frames_(options.frames_per_second * options.sample_share *
              std::chrono::duration<double>(slot).count()),
      ring_(std::max<std::size_t>(1, look_back)),
      together_(Capacity::bins, 0),
      levels_(SimulationResult::quantiles.begin(), SimulationResult::quantiles.end()) {
  for (Slot& s : ring_) s.counts.assign(Capacity::bins, 0);
  levels_.push_back(options.objective_quantile);
  std::sort(levels_.rbegin(), levels_.rend());
}

SlotLatencies::Seen SlotLatencies::look(const Counts& counts, std::uint64_t total,
                                        const std::vector<double>& beyond) const {
  Seen out;
  if (total + beyond.size() == 0) return out;
  std::array<double, 7> values{};
  decision::counted_quantiles(capacity_, counts, total, beyond, levels_, values);
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    if (levels_[i] == options_.objective_quantile) out.objective = values[i];
    for (std::size_t k = 0; k < out.percentiles.size(); ++k) {
      if (levels_[i] == SimulationResult::quantiles[k]) out.percentiles[k] = values[i];
    }
  }
  std::size_t top = counts.size();
  while (top > 0 && counts[top - 1] == 0) --top;
  out.highest = top > 0 ? capacity_.bin_value(top - 1) : 0;
  if (!beyond.empty() && beyond.back() > out.highest) {
    out.highest = beyond.back();
    out.penalty = true;
  }
  return out;
}

SlotLatencies::Seen SlotLatencies::next(double streams, std::int64_t ready, double moved) {
  at_ = (at_ + 1) % ring_.size();
  const Seen seen = options_.latencies == Latencies::sampled ? sampled(streams, ready, moved)
                                                             : exact(streams, ready, moved);
  last_ = seen.objective;
  return seen;
}

double SlotLatencies::weight(const decision::LoadShare& s, double streams) const {
  // The public simulator draws frames of all streams from each instance that has any.
  const bool all = options_.protocol == Protocol::published;
  return static_cast<double>(s.instances) * (all ? streams : s.load);
}

SlotLatencies::Seen SlotLatencies::sampled(double streams, std::int64_t ready, double moved) {
  Slot& slot = ring_[at_];
  const bool alone = ring_.size() == 1;
  if (slot.total > 0) {
    if (!alone)
      for (std::size_t b = 0; b < Capacity::bins; ++b) together_[b] -= slot.counts[b];
    total_ -= slot.total;
    std::fill(slot.counts.begin(), slot.counts.end(), 0U);
  }
  slot.total = 0;
  slot.beyond.clear();
  if (!(streams > 0)) return {};
  for (const decision::LoadShare& s : Capacity::spread(streams, ready)) {
    const double wanted = frames_ * weight(s, streams);
    const auto n = static_cast<std::size_t>(std::max(1.0, std::round(wanted)));
    capacity_.draw(random_, s.load, n, slot.counts);
    slot.total += n;
  }
  samples_ += slot.total;
  total_ += slot.total;
  const auto penalties = static_cast<std::size_t>(std::lround(streams * moved));
  for (std::size_t i = 0; i < penalties; ++i)
    slot.beyond.push_back(
        std::max(0.0, random_.normal(options_.penalty_mean, options_.penalty_deviation)));
  std::sort(slot.beyond.begin(), slot.beyond.end());
  if (!alone)
    for (std::size_t b = 0; b < Capacity::bins; ++b) together_[b] += slot.counts[b];
  return look(slot.counts, slot.total, slot.beyond);
}

const SlotLatencies::Expected& SlotLatencies::expected(Key key) {
  const auto found = expected_.find(key);
  if (found != expected_.end()) return found->second;
  Expected& e = expected_[key];
  e.counts.assign(Capacity::bins, 0);
  for (const decision::LoadShare& s : Capacity::spread(key.first, key.second)) {
    const auto times = static_cast<std::uint32_t>(std::max(1.0, std::round(weight(s, key.first))));
    capacity_.expect(s.load, times, e.counts);
    e.total += times * Capacity::points_of_a_row();
  }
  e.seen = look(e.counts, e.total, {});
  if (options_.protocol == Protocol::honest)
    e.seen.objective = capacity_.quantile(key.first, key.second, options_.objective_quantile);
  return e;
}

SlotLatencies::Seen SlotLatencies::exact(double streams, std::int64_t ready, double moved) {
  Slot& slot = ring_[at_];
  slot.total = 1;
  slot.key = {streams > 0 ? streams : 0.0, streams > 0 ? ready : 0};
  if (!(streams > 0)) return {};
  Seen seen = expected(slot.key).seen;
  if (std::lround(streams * moved) > 0 && options_.penalty_mean > seen.highest) {
    seen.highest = options_.penalty_mean;
    seen.penalty = true;
  }
  return seen;
}

double SlotLatencies::window() const {
  if (ring_.size() == 1) return last_;
  if (options_.latencies == Latencies::sampled) {
    std::vector<double> beyond;
    for (const Slot& s : ring_) beyond.insert(beyond.end(), s.beyond.begin(), s.beyond.end());
    std::sort(beyond.begin(), beyond.end());
    return decision::counted_quantile(capacity_, together_, total_, beyond,
                                      options_.objective_quantile);
  }
  bool same = true;
  for (const Slot& s : ring_) same = same && s.key == ring_[at_].key;
  if (same) return last_;
  Counts sum(Capacity::bins, 0);
  std::uint64_t total = 0;
  for (const Slot& s : ring_) {
    if (!(s.key.first > 0)) continue;
    const Expected& e = expected_.at(s.key);
    for (std::size_t b = 0; b < Capacity::bins; ++b) sum[b] += e.counts[b];
    total += e.total;
  }
  return decision::counted_quantile(capacity_, sum, total, {}, options_.objective_quantile);
}

}  // namespace learningplane::simulation
