#pragma once
#include <deque>
#include <limits>
#include <span>
#include <vector>

#include "learningplane/selection/auto_series.hpp"

namespace learningplane::selection::detail {

/// How wrong one forecast was at one step.
double penalty(Criterion criterion, double level, double said, double truth);
/// The mean penalty as a number in the series' unit (the root of the mean square for rmse).
double criterion_value(Criterion criterion, double mean_penalty);

/// The error of a member whose forecast was no number.
inline constexpr double no_number = std::numeric_limits<double>::max();

/// Shares of the members in the forecast, from their errors. Members much worse than the best get
/// none, nor do those whose forecast was no number (all share alike where every one was). The
/// shares of a median only say who takes part.
std::vector<double> shares(Combine combine, std::span<const double> errors, std::size_t origins);
/// One number from the members' at one step.
double combine_step(Combine combine, std::span<const double> said, std::span<const double> weights,
                    std::vector<double>& scratch);

/// Forecasts that are compared with what comes, step by step.
class Contest {
 public:
  struct Settings {
    std::size_t horizon, members;
    Criterion criterion;
    double level;
  };
  explicit Contest(Settings settings) : settings_(settings) {}
  /// members x horizon numbers, and what they were combined to.
  void pose(std::vector<double> said, std::vector<double> combined);
  /// Whether it is time for another question.
  bool due() const { return since_ == 0; }
  /// The next true value. Gives true where a question was answered in full by it.
  bool answer(double truth);
  /// Mean penalty of each member over the question that was answered last, then of the combination;
  /// `no_number` for who said none.
  std::span<const double> last() const { return last_; }
  /// The questions whose answers are still to come, as numbers, and back.
  std::vector<double> save() const;
  /// @throws FormatError, with the contest unchanged
  void load(std::span<const double> saved);

 private:
  struct Question {
    std::vector<double> said, combined, sums;
    std::size_t age = 0;
  };
  Settings settings_;
  std::deque<Question> open_{};
  std::vector<double> last_{};
  std::size_t since_ = 0;
};

}  // namespace learningplane::selection::detail
