#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "learningplane/profiling/phase_statistics.hpp"

namespace learningplane::profiling {

/// What is known of one kind of application: how often it is in each phase, what follows what, and
/// which forecasting model suits it.
struct ApplicationProfile {
  std::string name{};
  std::string model{};              ///< name of a forecasting model, such as "ridge"
  std::vector<double> histogram{};  ///< share of each phase, sums to 1
  std::vector<double>
      transitions{};  ///< k x k, share of each change among all neighbours, sums to 1
  std::size_t rows = 0;
};
/// @return not_enough_data where fewer than two rows have a phase
Result<ApplicationProfile> application_profile(std::string name, std::string model,
                                               const std::vector<PhaseLabels>& labels,
                                               std::size_t k);
Value to_value(const ApplicationProfile& profile);
/// @return malformed, naming the key
Result<ApplicationProfile> application_profile_from_value(const Value& value);

struct ClassifierOptions {
  double transition_weight = 0.5;  ///< of the transitions beside the histogram; 0 to 1
  double farthest = 0.5;           ///< distance above which an application is taken as none that is
                                   ///< known; 0 to 1
  std::string fallback = "ridge";  ///< model of an application that is none of those known
};

struct ApplicationMatch {
  std::string name{};
  std::string model{};
  double distance = 0;  ///< 0: the same; 1: nothing in common
};
struct Classification {
  std::string name{};                       ///< the nearest; empty: none is near enough
  std::string model{};                      ///< of the nearest, or the fallback
  std::size_t rows = 0;                     ///< on which it rests
  std::vector<ApplicationMatch> ranking{};  ///< nearest first
};
Value to_value(const Classification& classification);

/// Which known application an unknown one behaves like, from its first minutes: the nearest profile
/// by total variation of phase histogram and transitions. @throws ConfigError where an option is
/// out of range, LogicError where profiles are of different numbers of phases
Result<Classification> classify(const std::vector<ApplicationProfile>& known,
                                const std::vector<PhaseLabels>& first_minutes, std::size_t k,
                                const ClassifierOptions& options = {});

/// Labels of the first `minutes` of every sequence.
std::vector<PhaseLabels> first_minutes(const std::vector<PhaseLabels>& labels, double minutes);

}  // namespace learningplane::profiling
