#pragma once
#include <map>
#include <string>
#include <vector>

#include "learningplane/model/model_file.hpp"

namespace learningplane::catalogue {

/// One published version of a model.
struct ModelVersion {
  std::string name{};
  std::uint64_t version = 0;         ///< from 1, never used twice
  std::string path{};                ///< of the model file
  Value metadata = Value::object();  ///< {"kind", "card"}, as metadata.json holds it
};

/// Fitted models in a local folder: NAME/000001/{model.lpm, metadata.json} and NAME/aliases.json. A
/// version appears with one rename, so that a process killed at any moment leaves whole versions
/// and perhaps a folder ".part-…" that nobody sees. Several processes may publish at once.
/// Names are letters, digits, '.', '_' and '-', and begin with a letter or digit.
/// Thread safe: it keeps no state of its own.
class ModelStore {
 public:
  /// @param folder is made with the first publish.
  /// @param registry outlives the store.
  ModelStore(std::string folder, const Registry<model::Forecaster>& registry);

  /// Saves the model as the next version. @return invalid_argument (name), unavailable
  /// @throws LogicError where the model is not fitted
  Result<ModelVersion> publish(const std::string& name, const model::Forecaster& model,
                               const model::ModelCard& card);
  /// All names, sorted. No folder is no name.
  Result<std::vector<std::string>> names() const;
  /// The versions of a name, oldest first. @return not_found
  Result<std::vector<ModelVersion>> versions(const std::string& name) const;
  /// @param which "latest", a number or an alias. @return not_found naming what there is
  Result<ModelVersion> find(const std::string& name, const std::string& which = "latest") const;
  /// find(), then model::load_model().
  Result<model::LoadedModel> load(const std::string& name,
                                  const std::string& which = "latest") const;
  /// Lets an alias such as "production" stand for a version from now on.
  /// @return not_found (version), invalid_argument (alias)
  Result<void> set_alias(const std::string& name, const std::string& alias, std::uint64_t version);
  Result<std::map<std::string, std::uint64_t>> aliases(const std::string& name) const;
  /// Removes all but the newest `count` versions and those that an alias stands for.
  /// @return how many went
  Result<std::size_t> keep_last(const std::string& name, std::size_t count);

 private:
  std::string folder_;
  const Registry<model::Forecaster>* registry_;
};

}  // namespace learningplane::catalogue
