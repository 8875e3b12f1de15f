#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "learningplane/simulation/sizing_replay.hpp"

namespace learningplane::simulation {

/// One result that a comparison left out.
struct SizingLeftOut {
  std::string policy{};
  std::string application{};
  std::string reason{};
};

/// Each policy's sum over applications. Sums compare only where they are of the same applications:
/// all are over those for which every policy could be made that could be made for any. Where no
/// application is left so, each policy's is over its own.
struct SizingTotals {
  std::vector<SizingResult> policies{};  ///< as sum_of() gives them; left_out where it has none
  std::vector<std::vector<std::size_t>> over{};  ///< of each policy: the applications summed up
  std::vector<SizingLeftOut> left_out{};         ///< policy by policy

  /// Whether the policies that have a sum have it over all of so many applications.
  bool whole(std::size_t applications) const;
  /// Whether the policies that have a sum have it over the same applications.
  bool alike() const;
};

/// Of what compare_sizing() gave for so many applications. @throws LogicError where they do not fit
SizingTotals sizing_totals(const std::vector<SizingResult>& results, std::size_t applications);

/// [{"policy","application","reason"}, …]
Value to_value(const std::vector<SizingLeftOut>& left_out);

}  // namespace learningplane::simulation
