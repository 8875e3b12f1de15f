#pragma once
#include "learningplane/model/series_model.hpp"

namespace learningplane::model {

/// The straight line from the first value to the last, drawn on.
class DriftMethod final : public SeriesMethod {
 public:
  std::string_view name() const override { return "drift"; }
  /// Needs 2 values.
  Result<void> fit(std::span<const double> y) override;
  void append(double y) override;
  void forecast(std::span<double> out) const override;
  std::unique_ptr<SeriesMethod> clone() const override;
  Tensors save() const override;
  void load(const Tensors& tensors) override;

 private:
  double first_ = 0, last_ = 0;
  std::size_t count_ = 0;
};

struct DriftOptions {
  SeriesOptions series{};
};

/// What the registry lists under "drift".
Manifest drift_manifest();
/// Options from a checked tree. @throws ConfigError
DriftOptions drift_options(const Value& checked);

/// Every step moves by the mean change from the first value to the last.
class Drift final : public SeriesModel {
 public:
  /// @throws ConfigError naming the option
  explicit Drift(DriftOptions options) : SeriesModel(std::move(options.series)) {}
  std::string_view kind() const override { return "drift"; }

 protected:
  Result<std::unique_ptr<SeriesMethod>> make(std::int64_t step_ns) const override;
  Value options_value() const override { return to_value(base()); }
};

}  // namespace learningplane::model
