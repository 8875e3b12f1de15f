#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/evaluation/occlusion.hpp"
#include "learningplane/evaluation/permutation_importance.hpp"
#include "learningplane/evaluation/window_model.hpp"
#include "learningplane/value.hpp"

namespace learningplane::evaluation {

enum class ExplainMethod { permutation, occlusion, gradients, shapley, components };

/// How a model is explained over many windows at once.
struct ExplainOptions {
  ExplainMethod method = ExplainMethod::permutation;
  Grouping grouping = Grouping::blocks;
  std::size_t block_lags = 1;     ///< lags of a block, 1 or more
  bool spikes = false;            ///< only windows that end before a spike of the target
  std::size_t windows = 200;      ///< most windows explained, evenly spaced, 1 or more
  std::size_t repeats = 5;        ///< permutation: shuffles, 1 or more
  Loss loss = Loss::mae;          ///< permutation: what grows
  Fill fill = Fill::window_mean;  ///< occlusion: what hides
  bool zero_baseline = false;     ///< gradients: from zeros instead of the mean window
  std::size_t background = 32;    ///< shapley: windows that absent groups come from, 1 or more
  std::size_t pairs = 64;         ///< shapley above 10 groups: orders walked both ways, 1 or more
  std::uint64_t seed = 0;
};
/// Options from a tree with these names: {"method","grouping","block_lags",…}.
/// @throws ConfigError naming key, value and what is allowed
ExplainOptions explain_options(const Value& given);

/// What one block does.
struct Effect {
  std::string name{};  ///< "load[1-3]"
  Block block{};
  double mean = 0;  ///< permutation: growth of the loss; else mean over the windows, signed
  double strength =
      0;  ///< what it is ranked by: permutation the same, else the mean absolute value
  /// Permutation: over the repeats. Shapley: standard error of the mean from sampling, 0 where
  /// exact. Else over the windows.
  double deviation = 0;
};

struct Explanation {
  ExplainMethod method = ExplainMethod::permutation;
  std::string model{};
  std::string target{};
  std::vector<std::string> columns{};
  std::size_t lags = 0;
  std::size_t step = 1;
  std::size_t windows = 0;  ///< explained
  bool spikes = false;
  double reference = 0;  ///< permutation: the loss; else the mean forecast that effects start from;
                         ///< NaN for occlusion, which has none
  double forecast = 0;   ///< mean over the windows
  double gap = 0;  ///< gradients: largest |sum of parts - difference of forecasts| of a window
  std::vector<Effect> effects{};  ///< by column, newest lag first

  /// Numbers of the effects, the strongest first.
  std::vector<std::size_t> ranking() const;
};

std::string_view to_string(ExplainMethod method);
/// {"method","model","target","columns","lags","step","windows","spikes","reference","forecast",
/// "gap","effects": [{"block","column","first_lag","last_lag","mean","strength","deviation"}]}
Value to_value(const Explanation& explanation);

/// Windows whose forecast is of a row that is a spike (docs/design/037-explanation.md): what stands
/// in them was known `step` rows before it. Numbers into `windows`.
/// @return not_found (the target)
Result<std::vector<std::size_t>> windows_before_spikes(const telemetry::Frame& frame,
                                                       const std::string& target,
                                                       const features::Windows& windows);

/// Explains a model on the windows of a frame. Cost, in predictions: that of the method for each
/// of at most `windows` windows; permutation draws its shuffles from all.
/// @return as the method, windows_of(); not_enough_data where no spike was found
Result<Explanation> explain(const WindowModel& model, const telemetry::Frame& frame,
                            const ExplainOptions& options);

}  // namespace learningplane::evaluation
