#include "simulation/slot_latencies.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace learningplane::simulation {

using decision::Capacity;

namespace {
constexpr std::uint64_t few = 512;  ///< latencies of a slot, up to which they are kept one by one
}  // namespace

SlotLatencies::SlotLatencies(const Capacity& capacity, const SimulationOptions& options,
                             Duration slot, std::size_t look_back)
    : capacity_(capacity),
      options_(options),
      random_(options.seed, 2),
      frames_(options.frames_per_second * options.sample_share *
              std::chrono::duration<double>(slot).count()),
      ring_(std::max<std::size_t>(1, look_back)),
      together_(Capacity::bins, 0),
      few_counts_(Capacity::bins, 0),
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

std::size_t SlotLatencies::draws(const decision::LoadShare& s, double streams) const {
  return static_cast<std::size_t>(std::max(1.0, std::round(frames_ * weight(s, streams))));
}

void SlotLatencies::forget(Slot& slot) {
  const bool alone = ring_.size() == 1;
  total_ -= slot.total;
  if (!slot.few.empty()) {
    for (const std::uint16_t bin : slot.few) --together_[bin];
  } else if (slot.total > 0) {
    if (!alone)
      for (std::size_t b = 0; b < Capacity::bins; ++b) together_[b] -= slot.counts[b];
    std::fill(slot.counts.begin(), slot.counts.end(), 0U);
  }
  slot.few.clear();
  slot.total = 0;
  slot.beyond.clear();
}

SlotLatencies::Seen SlotLatencies::sampled(double streams, std::int64_t ready, double moved) {
  Slot& slot = ring_[at_];
  const bool alone = ring_.size() == 1;
  forget(slot);
  if (!(streams > 0)) return {};
  const std::vector<decision::LoadShare> shares = Capacity::spread(streams, ready);
  for (const decision::LoadShare& s : shares) slot.total += draws(s, streams);
  samples_ += slot.total;
  total_ += slot.total;
  const auto penalties = static_cast<std::size_t>(std::lround(streams * moved));
  if (slot.total > 0 && slot.total <= few && penalties == 0)
    return sampled_few(slot, shares, streams);
  for (const decision::LoadShare& s : shares)
    capacity_.draw(random_, s.load, draws(s, streams), slot.counts);
  for (std::size_t i = 0; i < penalties; ++i)
    slot.beyond.push_back(
        std::max(0.0, random_.normal(options_.penalty_mean, options_.penalty_deviation)));
  std::sort(slot.beyond.begin(), slot.beyond.end());
  if (!alone)
    for (std::size_t b = 0; b < Capacity::bins; ++b) together_[b] += slot.counts[b];
  return look(slot.counts, slot.total, slot.beyond);
}

SlotLatencies::Seen SlotLatencies::sampled_few(Slot& slot,
                                               const std::vector<decision::LoadShare>& shares,
                                               double streams) {
  // A bit for each bin that is met, so that neither clearing nor walking goes over all of them.
  std::array<std::uint64_t, Capacity::bins / 64> met{};
  sorted_.resize(slot.total);
  std::size_t at = 0;
  for (const decision::LoadShare& s : shares) {
    const std::size_t n = draws(s, streams);
    capacity_.draw(random_, s.load, std::span(sorted_).subspan(at, n));
    at += n;
  }
  for (const std::uint16_t bin : sorted_) {
    ++few_counts_[bin];
    met[bin / 64U] |= 1ULL << (bin % 64U);
  }
  if (ring_.size() > 1) {
    slot.few.assign(sorted_.begin(), sorted_.end());
    for (const std::uint16_t bin : sorted_) ++together_[bin];
  }
  at = 0;
  for (std::size_t word = met.size(); word-- > 0;) {
    for (std::uint64_t bits = met[word]; bits != 0;) {
      const auto bit = 63U - static_cast<unsigned>(std::countl_zero(bits));
      bits ^= 1ULL << bit;
      const std::size_t bin = word * 64 + bit;
      for (std::uint32_t k = few_counts_[bin]; k > 0; --k)
        sorted_[at++] = static_cast<std::uint16_t>(bin);
      few_counts_[bin] = 0;
    }
  }
  Seen out;
  const std::size_t n = sorted_.size();
  const auto value = [&](std::size_t rank) { return capacity_.bin_value(sorted_[n - 1 - rank]); };
  const auto quantile = [&](double level) {
    const double rank = level * static_cast<double>(n - 1);
    const auto lower = static_cast<std::size_t>(rank);
    const double low = value(lower);
    return lower + 1 < n ? low + (rank - static_cast<double>(lower)) * (value(lower + 1) - low)
                         : low;
  };
  for (std::size_t k = 0; k < out.percentiles.size(); ++k)
    out.percentiles[k] = quantile(SimulationResult::quantiles[k]);
  out.objective = quantile(options_.objective_quantile);
  out.highest = value(n - 1);
  return out;
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
