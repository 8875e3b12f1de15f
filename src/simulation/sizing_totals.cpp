#include "learningplane/simulation/sizing_totals.hpp"

#include <algorithm>

#include "learningplane/error.hpp"

namespace learningplane::simulation {

namespace {

/// The applications for which each policy could be made.
std::vector<std::vector<std::size_t>> made_for(const std::vector<SizingResult>& results,
                                               std::size_t applications) {
  std::vector<std::vector<std::size_t>> out(results.size() / applications);
  for (std::size_t i = 0; i < results.size(); ++i)
    if (results[i].left_out.empty()) out[i / applications].push_back(i % applications);
  return out;
}

/// Those that all have in common, but for policies that have none.
std::vector<std::size_t> in_common(const std::vector<std::vector<std::size_t>>& sets,
                                   std::size_t applications) {
  std::vector<std::size_t> out;
  for (std::size_t t = 0; t < applications; ++t) {
    if (std::all_of(sets.begin(), sets.end(), [t](const auto& s) {
          return s.empty() || std::binary_search(s.begin(), s.end(), t);
        }))
      out.push_back(t);
  }
  return out;
}

}  // namespace

bool SizingTotals::whole(std::size_t applications) const {
  return std::all_of(over.begin(), over.end(), [applications](const auto& o) {
    return o.empty() || o.size() == applications;
  });
}

bool SizingTotals::alike() const {
  const std::vector<std::size_t>* first = nullptr;
  for (const auto& o : over) {
    if (o.empty()) continue;
    if (first != nullptr && *first != o) return false;
    first = &o;
  }
  return true;
}

SizingTotals sizing_totals(const std::vector<SizingResult>& results, std::size_t applications) {
  if (applications == 0 || results.size() % applications != 0)
    throw LogicError("sizing totals: a result of each policy on each application is needed");
  SizingTotals out;
  out.over = made_for(results, applications);
  const auto common = in_common(out.over, applications);
  for (std::size_t p = 0; p < out.over.size(); ++p) {
    if (!out.over[p].empty() && !common.empty()) out.over[p] = common;
    std::vector<SizingResult> summed;
    for (const std::size_t t : out.over[p]) summed.push_back(results[p * applications + t]);
    SizingResult sum = sum_of(summed);
    sum.name = results[p * applications].name;
    if (summed.empty()) sum.left_out = results[p * applications].left_out;
    out.policies.push_back(std::move(sum));
  }
  for (const SizingResult& r : results)
    if (!r.left_out.empty()) out.left_out.push_back({r.name, r.application, r.left_out});
  return out;
}

Value to_value(const std::vector<SizingLeftOut>& left_out) {
  Value out = Value::array();
  for (const SizingLeftOut& l : left_out)
    out.push(Value::object()
                 .set("policy", l.policy)
                 .set("application", l.application)
                 .set("reason", l.reason));
  return out;
}

}  // namespace learningplane::simulation
