#pragma once
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "learningplane/decision/placement_study.hpp"
#include "learningplane/evaluation/walk_forward.hpp"
#include "learningplane/features/cleaning.hpp"
#include "learningplane/registries.hpp"
#include "learningplane/telemetry/csv.hpp"

namespace learningplane::cli {

struct NamedModel {
  std::string name{};
  std::string kind{};
  Value options = Value::object();
};

struct PlacementConfig {
  std::string model{};  ///< one of the models' names
  decision::PlacementStudyOptions study{};
  std::string policy = "placement";
  Value policy_options = Value::object();
  double constraint_quantile = 0.1;
  std::vector<double> sweep{};
};

/// What an evaluate file says, checked as a whole.
struct EvaluationConfig {
  telemetry::CsvOptions csv{};
  features::Cleaning cleaning{"", {}};
  std::string group{};  ///< empty: everything is one group
  evaluation::WalkForwardOptions walk{};
  std::int64_t seeds = 5;
  std::vector<NamedModel> models{};
  std::optional<PlacementConfig> placement{};
};

/// @param data stands for `path` of the telemetry. @throws ConfigError naming file, line, key,
/// value and what is allowed
EvaluationConfig load_evaluation(const std::string& path, const std::string& data,
                                 const Registries& registries);

/// The telemetry of one group, cleaned.
struct StudyGroup {
  std::string name{};  ///< "all" where nothing is grouped
  telemetry::Frame frame{};
};
/// Reads, cleans and splits the telemetry. @throws Error, ConfigError (group)
std::vector<StudyGroup> load_groups(const EvaluationConfig& config);

/// A maker of this model for `horizon` steps; `seed` counts where the model takes one.
evaluation::ModelMaker maker_of(const NamedModel& model, const Registries& registries,
                                std::size_t horizon, std::int64_t seed);
/// Whether the kind takes a seed: such a model is scored for several.
bool seeded(const NamedModel& model, const Registries& registries);

}  // namespace learningplane::cli
