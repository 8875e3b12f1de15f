#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "learningplane/profiling/phases.hpp"
#include "learningplane/value.hpp"

namespace learningplane::stress {

/// An uninterrupted stay in one phase: rows [first, first + rows) of a sequence.
struct PhaseRun {
  std::int32_t phase = 0;
  std::size_t first = 0;
  std::size_t rows = 0;
  friend bool operator==(const PhaseRun&, const PhaseRun&) = default;
};
/// Run lengths of a phase string. Rows without a phase (-1) belong to none. A run under `min_rows`
/// joins the one before it, the first the one after; neighbours of one phase become one run.
std::vector<PhaseRun> run_lengths(std::span<const std::int32_t> phases, std::size_t min_rows = 1);

/// One step of a recorded stay: what was used on the mean, and how long, in the source's units.
struct ProfileStep {
  std::int32_t phase = 0;
  double seconds = 0;
  double cpu = 0;
  double memory = 0;
  friend bool operator==(const ProfileStep&, const ProfileStep&) = default;
};
/// A pattern of phases that applications repeat.
struct PatternProfile {
  std::vector<std::int32_t> phases{};
  std::size_t occurrences = 0;   ///< in the compressed strings of all applications
  std::size_t applications = 0;  ///< that show it
  std::vector<std::vector<ProfileStep>> examples{};  ///< some occurrences, as they were
};

struct DictionaryOptions {
  std::size_t min_rows = 2;    ///< shorter runs join their neighbour; 1 or more
  std::size_t max_phases = 8;  ///< of one pattern; 1 or more
  std::size_t min_count = 2;  ///< occurrences without overlap that make a pair a pattern; 2 or more
  std::size_t max_examples = 32;  ///< kept of one profile, evenly over its occurrences; 1 or more
};

/// Profiles by frequency, most frequent first, and how much shorter they make the strings.
struct Dictionary {
  std::vector<PatternProfile> profiles{};
  std::size_t rows = 0;             ///< rows with a phase
  std::size_t runs = 0;             ///< runs they make
  std::size_t symbols = 0;          ///< patterns the runs make
  std::vector<double> histogram{};  ///< rows of each phase
};

/// Compresses phase strings: runs of the same phase and about the same length (within a factor of
/// two) are one symbol; then the most frequent pair of neighbours becomes a new symbol, again and
/// again (Re-Pair), as long as it repeats and its pattern is not too long. What is left of the
/// strings are the profiles. A pair that is replaced costs as much as it stands there.
/// @throws ConfigError; LogicError where data and labels do not fit. @return not_enough_data (no
/// row has a phase)
Result<Dictionary> compress(const profiling::PhaseData& data,
                            const std::vector<profiling::PhaseLabels>& labels, std::size_t k,
                            double step_s, const DictionaryOptions& options = {});

Value to_value(const Dictionary& dictionary);
/// @throws ConfigError, FormatError (a member is missing or cannot be)
Dictionary dictionary_from(const Value& value, std::size_t k);

}  // namespace learningplane::stress
