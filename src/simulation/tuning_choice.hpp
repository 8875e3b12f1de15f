#pragma once
#include <vector>

#include "learningplane/simulation/tuning.hpp"

namespace learningplane::simulation {

/// Of the front, the trial nearest to the least of each aim, each scaled to its range on the front.
/// Sets `within`.
std::size_t choose_knee(Tuning& tuning);

/// The trials that a choice may fall on, best first: within what was asked, a fifth above the least
/// of the first aim at most, and hardly above the least of the others.
std::vector<std::size_t> near_best(const Tuning& tuning);

/// The trial and those beside it: one option a step further.
using Beside = std::vector<std::vector<std::size_t>>;
/// Of these candidates the one whose worst neighbour is best in the first aim; of equals the best
/// mean, then the first. @param beside of each candidate; at least one
std::size_t choose_flat(const Tuning& tuning, const std::vector<std::size_t>& candidates,
                        const Beside& beside);

}  // namespace learningplane::simulation
