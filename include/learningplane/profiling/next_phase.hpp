#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "learningplane/profiling/phases.hpp"

namespace learningplane::profiling {

enum class NextPhaseMethod {
  markov,  ///< what came after the present phase how often
  mlp      ///< a network on the recent phases, how long the present one lasts, and recent usage
};
std::string_view to_string(NextPhaseMethod method);

struct NextPhaseOptions {
  NextPhaseMethod method = NextPhaseMethod::mlp;
  std::size_t recent = 5;       ///< rows that are looked at; 1 or more
  std::size_t ahead = 1;        ///< rows from the present to the one that is foreseen; 1 or more
  std::size_t hidden = 24;      ///< mlp: hidden units; 1 or more
  std::size_t epochs = 60;      ///< mlp: passes over the rows; 1 or more
  double learning_rate = 5e-3;  ///< mlp: of Adam; above 0
  std::size_t batch = 32;       ///< mlp: rows of one update; 1 or more
  std::uint64_t seed = 0;       ///< mlp
};

/// Foresees the phase of a row to come. Fitted on labelled sequences; const functions are thread
/// safe.
class NextPhase {
 public:
  /// @throws ConfigError where an option is out of range
  explicit NextPhase(NextPhaseOptions options = {});
  NextPhase(NextPhase&&) noexcept;
  NextPhase& operator=(NextPhase&&) noexcept;
  ~NextPhase();

  bool fitted() const;
  const NextPhaseOptions& options() const { return options_; }
  /// @return not_enough_data where no sequence is long enough. @throws LogicError where data,
  /// labels and k do not fit
  Result<void> fit(const PhaseData& data, const std::vector<PhaseLabels>& labels, std::size_t k);
  /// Chances of each phase `ahead` rows after row `row` of a sequence; empty where the rows before
  /// it do not suffice. Uses nothing after `row`. @throws LogicError unfitted
  std::vector<double> probabilities(const PhaseSequence& sequence, const PhaseLabels& labels,
                                    std::size_t row) const;

  /// The whole model as a tree. @throws LogicError unfitted
  Value to_value() const;
  /// @param k phases and @param width features that it must be for. @return malformed, naming the
  /// key
  static Result<NextPhase> from_value(const Value& value, std::size_t k, std::size_t width);

 private:
  struct Fitted;
  NextPhaseOptions options_;
  std::unique_ptr<Fitted> fitted_;
};

/// How well phases were foreseen. A change is foreseen where the most likely phase is not the
/// present one; it is right where the phase that comes is that one.
struct NextPhaseScore {
  std::size_t rows = 0, changes = 0, foreseen = 0, right = 0;
  double accuracy = 0;       ///< share of rows whose phase was the most likely one
  double log_loss = 0;       ///< mean of -log of the chance given to what came
  double precision() const;  ///< NaN where no change was foreseen
  double recall() const;     ///< NaN where there was none
  double f1() const;
};
/// @return not_enough_data where no row can be judged
Result<NextPhaseScore> score_next_phase(const NextPhase& next, const PhaseData& data,
                                        const std::vector<PhaseLabels>& labels);
Value to_value(const NextPhaseScore& score);

}  // namespace learningplane::profiling
