#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "learningplane/labels.hpp"
#include "learningplane/result.hpp"
#include "learningplane/telemetry/frame.hpp"

namespace learningplane::profiling {

/// One run of one application: rows in the order of time, every cell known.
struct PhaseSequence {
  Labels labels{};                       ///< what tells it from the others ("pod.id" = "exec1")
  std::vector<std::int64_t> times_ns{};  ///< strictly increasing; steps may differ
  std::vector<double> rows{};            ///< row-major, one number a feature

  /// The text of a single label, all labels, or "".
  std::string name() const;
};

/// What phases are found in.
struct PhaseData {
  std::vector<std::string> features{};
  std::vector<PhaseSequence> sequences{};

  std::size_t rows() const;
  /// Whether it can be worked with: shapes, times that strictly increase, finite and (where asked)
  /// non-negative numbers. @return invalid_argument, unknown_data; sequence, row and feature named
  Result<void> check(bool negative_allowed) const;
};

struct PhaseDataOptions {
  std::vector<std::string> features{};  ///< columns, in this order; empty: every name that is there
  bool negative_allowed = false;        ///< usage is never negative; other quantities may be
};

/// The sequences of a frame: one for each set of labels, in the order of its columns. Where there
/// are several, rows in which all features of one are absent are rows of others and passed over.
/// @return not_found (a feature that a sequence lacks), unknown_data (a cell that is not known,
/// with time and column), invalid_argument (negative), not_enough_data (no row)
Result<PhaseData> phase_data(const telemetry::Frame& frame, const PhaseDataOptions& options = {});

}  // namespace learningplane::profiling
