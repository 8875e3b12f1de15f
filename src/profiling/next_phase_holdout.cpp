#include "learningplane/profiling/next_phase_holdout.hpp"

#include <fmt/format.h>

#include "learningplane/error.hpp"

namespace learningplane::profiling {

namespace {

struct Part {
  PhaseData data{};
  std::vector<PhaseLabels> labels{};
};

/// Rows of every sequence from one share of it to another.
Part part_of(const PhaseData& data, const std::vector<PhaseLabels>& labels, double from,
             double to) {
  Part out{.data = {.features = data.features}};
  const auto width = static_cast<std::ptrdiff_t>(data.features.size());
  for (std::size_t s = 0; s < data.sequences.size(); ++s) {
    const PhaseSequence& whole = data.sequences[s];
    const auto rows = static_cast<double>(whole.times_ns.size());
    const auto a = static_cast<std::ptrdiff_t>(from * rows),
               b = static_cast<std::ptrdiff_t>(to * rows);
    out.data.sequences.push_back(
        {whole.labels,
         {whole.times_ns.begin() + a, whole.times_ns.begin() + b},
         {whole.rows.begin() + a * width, whole.rows.begin() + b * width}});
    const PhaseLabels& told = labels[s];
    out.labels.push_back({told.labels,
                          {told.times_ns.begin() + a, told.times_ns.begin() + b},
                          {told.phases.begin() + a, told.phases.begin() + b}});
  }
  return out;
}

}  // namespace

Result<NextPhaseScore> holdout_next_phase(const NextPhaseOptions& options, const PhaseData& data,
                                          const std::vector<PhaseLabels>& labels, std::size_t k,
                                          double train_share) {
  if (!(train_share > 0 && train_share < 1))
    throw ConfigError("", "train_share", fmt::format("{}", train_share), "between 0 and 1");
  if (labels.size() != data.sequences.size())
    throw LogicError("next phase: data and labels do not fit");
  for (std::size_t s = 0; s < labels.size(); ++s)
    if (labels[s].phases.size() != data.sequences[s].times_ns.size())
      throw LogicError("next phase: data and labels do not fit");
  const Part train = part_of(data, labels, 0, train_share);
  const Part test = part_of(data, labels, train_share, 1);
  NextPhase next(options);
  if (auto fitted = next.fit(train.data, train.labels, k); !fitted)
    return tl::unexpected(fitted.error());
  return score_next_phase(next, test.data, test.labels);
}

}  // namespace learningplane::profiling
