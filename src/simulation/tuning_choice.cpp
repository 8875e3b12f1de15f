#include "simulation/tuning_choice.hpp"

#include <algorithm>
#include <cmath>

namespace learningplane::simulation {

namespace {

/// Differences below this share are no reason to choose: they are not the same on the next week.
constexpr double hardly = 0.02;
constexpr double first_aim_share = 0.2;

bool keeps(const Tuning& t, const TuningFigures& f) {
  return f.violations <= t.options.most_violations && f.events <= t.options.most_events;
}

}  // namespace

std::size_t choose_knee(Tuning& t) {
  const auto fits = [&](std::size_t i) { return keeps(t, t.trials[i].train); };
  t.within = std::any_of(t.front.begin(), t.front.end(), fits);
  const auto distance = [&](std::size_t i) {
    double sum = 0;
    for (const TuningAim aim : t.options.aims) {
      double low = INFINITY, high = -INFINITY;
      for (const std::size_t k : t.front) {
        low = std::min(low, t.trials[k].train.of(aim));
        high = std::max(high, t.trials[k].train.of(aim));
      }
      const double share = high > low ? (t.trials[i].train.of(aim) - low) / (high - low) : 0;
      sum += share * share;
    }
    return sum;
  };
  std::size_t best = t.front.front();
  double least = INFINITY;
  for (const std::size_t i : t.front) {
    if (t.within && !fits(i)) continue;
    if (distance(i) < least) least = distance(i), best = i;
  }
  return best;
}

std::vector<std::size_t> near_best(const Tuning& t) {
  const std::vector<TuningAim>& aims = t.options.aims;
  std::vector<double> least(aims.size(), INFINITY);
  for (const TuningTrial& trial : t.trials) {
    if (!keeps(t, trial.train)) continue;
    for (std::size_t a = 0; a < aims.size(); ++a)
      least[a] = std::min(least[a], trial.train.of(aims[a]));
  }
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < t.trials.size(); ++i) {
    const TuningFigures& f = t.trials[i].train;
    bool near = keeps(t, f);
    // What was asked of violations bounds them already.
    for (std::size_t a = 0; a < aims.size() && near; ++a)
      near = aims[a] == TuningAim::violations ||
             f.of(aims[a]) <= least[a] * (1 + (a == 0 ? first_aim_share : hardly));
    if (near) out.push_back(i);
  }
  std::stable_sort(out.begin(), out.end(), [&](std::size_t a, std::size_t b) {
    for (const TuningAim aim : aims) {
      if (aim == TuningAim::violations && aim != aims.front()) continue;
      if (t.trials[a].train.of(aim) != t.trials[b].train.of(aim))
        return t.trials[a].train.of(aim) < t.trials[b].train.of(aim);
    }
    return false;
  });
  return out;
}

std::size_t choose_flat(const Tuning& t, const std::vector<std::size_t>& candidates,
                        const Beside& beside) {
  std::size_t best = 0;
  double least_worst = INFINITY, least_mean = INFINITY;
  for (std::size_t c = 0; c < candidates.size(); ++c) {
    double worst = 0, sum = 0;
    for (const std::size_t i : beside[c]) {
      const double value = t.trials[i].train.of(t.options.aims.front());
      worst = std::max(worst, value);
      sum += value;
    }
    const double mean = sum / static_cast<double>(beside[c].size());
    if (worst < least_worst || (worst == least_worst && mean < least_mean)) {
      best = candidates[c];
      least_worst = worst;
      least_mean = mean;
    }
  }
  return best;
}

}  // namespace learningplane::simulation
