#pragma once
#include <map>
#include <memory>
#include <string>

#include "learningplane/agent/parts.hpp"

namespace learningplane::agent {

/// What is forecast for one site, as the one number that a policy takes and with what a person
/// wants to see beside it.
struct SiteForecast {
  std::string site{};
  std::string model{};
  decision::Quantity value{};
  double observed = std::numeric_limits<double>::quiet_NaN();  ///< last known one
  std::optional<TimePoint> observed_at{};
  double low = std::numeric_limits<double>::quiet_NaN();  ///< at the lowest level asked for
  double high = std::numeric_limits<double>::quiet_NaN();
  std::optional<model::Forecast> steps{};  ///< what the value was made of
};

/// One model for each site (and for each application that has telemetry of its own).
/// One call at a time.
class SiteModels {
 public:
  explicit SiteModels(ForecastPlan plan) : plan_(std::move(plan)) {}

  /// The site's model from now on.
  void adopt(const std::string& key, std::shared_ptr<model::Forecaster> model) {
    models_[key] = std::move(model);
  }
  bool fitted(const std::string& key) const;
  /// Lets the model take in what is new.
  Result<void> update(const std::string& key, const telemetry::Frame& data);
  /// Updates and forecasts. Never fails: what is not known says why.
  SiteForecast forecast(const std::string& key, const telemetry::Frame& data, TimePoint now);

 private:
  ForecastPlan plan_;
  std::map<std::string, std::shared_ptr<model::Forecaster>> models_;
};

}  // namespace learningplane::agent
