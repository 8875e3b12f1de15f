#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace learningplane::evaluation {

/// What counts as a spike and as having foreseen it; the defaults are those of
/// docs/design/038-evaluation.md.
struct SpikeOptions {
  std::size_t before = 5;  ///< steps whose mean a spike must exceed, 1 or more
  double deviations = 1;   ///< … by this many standard deviations of the trace, 0 or more
  double rise = 0.10;      ///< inside a run a new spike differs by this share of the true value
  double too_low = 0.05;   ///< a match in height lies at most this share below (exclusive)
  double too_high = 0.15;  ///< … and at most this share above (exclusive)
  std::size_t ahead = 4;   ///< steps that a predicted spike may come before the true one
  std::size_t late = 5;    ///< … or after it, for precision
  std::size_t early = 2;   ///< steps before a true spike in which a prediction counts for recall
};

/// What a trace says of all its parts: shares are taken of values moved up by |minimum|, so that
/// none is below zero, and a spike is measured by the deviation of the whole trace.
struct TraceScale {
  double shift = 0;      ///< |minimum| of the known values; NaN where none is known
  double deviation = 0;  ///< population standard deviation of the known values
  double total = 0;      ///< sum of the shifted known values
};
TraceScale trace_scale(std::span<const double> trace);

/// Where `series` (the trace or a prediction of it) has its spikes: it exceeds the mean of the
/// `before` values before it by more than `deviations` of the trace. Inside a run of such steps
/// only the first counts, and each that differs from the last counted by more than `rise` of the
/// trace's (shifted) value. Steps where that cannot be told (unknown values, too few before) are no
/// spikes and end a run. @throws LogicError where lengths differ or an option is out of range
std::vector<std::size_t> find_spikes(std::span<const double> series, std::span<const double> trace,
                                     const TraceScale& scale, const SpikeOptions& options = {});

/// Counts that add up over traces and windows.
struct SpikeScore {
  std::size_t predicted = 0;  ///< spikes in the prediction
  std::size_t matched = 0;    ///< … that stand for a true spike, each true one once
  std::size_t real = 0;       ///< spikes in the truth
  std::size_t found = 0;      ///< … that some prediction matches in height in time
  std::size_t covered = 0;    ///< … that some prediction reaches in time

  double precision() const;       ///< matched / predicted; NaN where nothing was predicted
  double recall() const;          ///< found / real; NaN without spikes
  double covered_recall() const;  ///< covered / real; NaN without spikes
  double f1() const;  ///< harmonic mean of precision and recall; 0 where both are 0, NaN without
                      ///< spikes; a missing precision counts as 0 where there were spikes
  SpikeScore& operator+=(const SpikeScore& other);
};

/// Spikes of `truth` and of `forecast` from step `lag` on. Both have the trace's length; where
/// nothing was forecast before `lag`, the truth stands there: that is what was known.
/// A predicted spike at t stands for the nearest true one in t … t + ahead, else in t - 1 … t -
/// late, that matches in height and that no earlier one stands for. A true spike at t is found
/// (covered) by a prediction in t - early … t that matches it in height (is at least as high).
/// @throws LogicError where lengths differ or an option is out of range
SpikeScore score_spikes(std::span<const double> forecast, std::span<const double> truth,
                        std::size_t lag, const SpikeOptions& options = {});
/// The same for a part of a trace, whose scale is given.
SpikeScore score_spikes(std::span<const double> forecast, std::span<const double> truth,
                        std::size_t lag, const TraceScale& scale, const SpikeOptions& options = {});

}  // namespace learningplane::evaluation
