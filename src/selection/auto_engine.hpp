#pragma once
#include <memory>
#include <vector>

#include "learningplane/selection/auto_forecaster.hpp"

namespace learningplane::selection {

/// What stands behind an AutoForecaster: one series, or a pool of models.
class AutoEngine {
 public:
  AutoEngine() = default;
  AutoEngine(const AutoEngine&) = delete;
  AutoEngine& operator=(const AutoEngine&) = delete;
  virtual ~AutoEngine() = default;
  virtual Result<model::FitReport> fit(const telemetry::Frame& data) = 0;
  virtual Result<void> update(const telemetry::Frame& data) = 0;
  virtual bool fitted() const = 0;
  virtual void save(model::ModelState& state) const = 0;
  /// @throws FormatError, with the engine unchanged
  virtual void load(const model::ModelState& state) = 0;
  virtual Result<model::Forecast> forecast(std::size_t horizon, std::span<const double> levels) = 0;
  virtual std::vector<MemberReport> members() const = 0;
};

std::unique_ptr<AutoEngine> make_series_engine(const AutoOptions& options);
/// @throws ConfigError where a spec cannot be built
std::unique_ptr<AutoEngine> make_pool_engine(const AutoOptions& options,
                                             const Registry<model::Forecaster>& all);

}  // namespace learningplane::selection
