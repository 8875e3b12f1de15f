#pragma once
#include <functional>
#include <memory>

#include "learningplane/decision/scaling_input.hpp"
#include "learningplane/model/model.hpp"
#include "learningplane/simulation/workload_trace.hpp"

namespace learningplane::simulation {

/// Who tells a simulated policy what is to come. Immutable while simulations run: they share it.
class ForecastSource {
 public:
  ForecastSource() = default;
  ForecastSource(const ForecastSource&) = delete;
  ForecastSource& operator=(const ForecastSource&) = delete;
  virtual ~ForecastSource() = default;
  /// Fills the mean and the quantile of the load of `horizon` slots, the slot `now` having just
  /// ended. Steps it does not know are NaN.
  virtual void fill(std::size_t now, std::size_t horizon, decision::ScalingInput& input) const = 0;
};

/// The trace itself. `offset` 1: the coming slots; 0: the window begins with the slot that has just
/// ended, as in the public simulator.
class OracleSource final : public ForecastSource {
 public:
  explicit OracleSource(const WorkloadTrace& trace, std::size_t offset = 1)
      : trace_(trace), offset_(offset) {}
  void fill(std::size_t now, std::size_t horizon, decision::ScalingInput& input) const override;

 private:
  const WorkloadTrace& trace_;
  std::size_t offset_;
};

/// The published alignment: a forecast file whose first line is slot 0 is read as if it began at
/// `start_slot`, so that slot s is planned on what was forecast for slot s - start_slot.
class AlignedSource final : public ForecastSource {
 public:
  AlignedSource(std::vector<double> forecast, std::size_t start_slot)
      : forecast_(std::move(forecast)), start_slot_(start_slot) {}
  void fill(std::size_t now, std::size_t horizon, decision::ScalingInput& input) const override;

 private:
  std::vector<double> forecast_;
  std::size_t start_slot_;
};

/// What the published one-step model made of each number of rooms, cut to whole ones: 1 becomes 0,
/// 2 becomes 1 … 6 becomes 5, from 7 on they stay. Applied to the trace it is the published
/// forecast file.
std::vector<double> published_forecast(const WorkloadTrace& trace);

struct ModelSourceOptions {
  std::size_t first = 0;     ///< first slot after which a forecast is wanted
  std::size_t last = 0;      ///< last one
  std::size_t every = 5;     ///< slots from forecast to forecast; in between the last one serves
  std::size_t horizon = 60;  ///< slots
  std::size_t refit_every = 1440;  ///< slots from fit to fit; 0: fitted once
  std::size_t from = 0;  ///< first slot that a fit looks at; it takes all that are past since
  double quantile = 0.5;
};
using ForecasterMaker = std::function<std::unique_ptr<model::Forecaster>()>;

/// Forecasts made by a model that saw the past only: fitted on what had ended, refitted as time
/// goes on. All are made at construction; simulations then share them.
class ModelSource final : public ForecastSource {
 public:
  /// @return what the first fit failed with; a later failure leaves its forecasts unknown
  static Result<std::unique_ptr<ModelSource>> make(const WorkloadTrace& trace,
                                                   const ForecasterMaker& maker,
                                                   const ModelSourceOptions& options);
  void fill(std::size_t now, std::size_t horizon, decision::ScalingInput& input) const override;
  std::size_t fits() const { return fits_; }
  std::size_t failures() const { return failures_; }  ///< forecasts that were not known

 private:
  explicit ModelSource(ModelSourceOptions options) : options_(options) {}
  ModelSourceOptions options_;
  std::vector<double> mean_{}, quantile_{};  ///< origins x horizon
  std::size_t fits_ = 0, failures_ = 0;
};

}  // namespace learningplane::simulation
