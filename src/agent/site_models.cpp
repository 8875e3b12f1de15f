#include "agent/site_models.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "agent/guarded.hpp"

namespace learningplane::agent {

using decision::Quantity;
using decision::Unknown;

namespace {

Unknown reason_of(Errc code) {
  switch (code) {
    case Errc::not_found:
    case Errc::not_enough_data: return Unknown::absent;
    case Errc::unknown_data: return Unknown::not_a_number;
    default: return Unknown::failed;
  }
}

double aggregate_over(const model::Forecast& f, std::size_t level, Aggregate how) {
  double out = how == Aggregate::min ? std::numeric_limits<double>::infinity() : 0.0;
  const std::size_t n = f.steps();
  for (std::size_t i = 0; i < n; ++i) {
    const double v = f.quantile(i, level);
    if (!std::isfinite(v)) return std::numeric_limits<double>::quiet_NaN();
    if (how == Aggregate::mean) out += v / static_cast<double>(n);
    if (how == Aggregate::min) out = std::min(out, v);
    if (how == Aggregate::last) out = v;
  }
  return n == 0 ? std::numeric_limits<double>::quiet_NaN() : out;
}

/// Share of imputed cells among the usable ones of the target.
double imputed_share_of(const telemetry::Column& column) {
  std::size_t known = 0;
  std::size_t imputed = 0;
  for (std::size_t row = 0; row < column.values.size(); ++row) {
    if (!column.known(row)) continue;
    ++known;
    if (column.flag(row) == telemetry::CellFlag::imputed) ++imputed;
  }
  return known == 0 ? 0 : static_cast<double>(imputed) / static_cast<double>(known);
}

}  // namespace

bool SiteModels::fitted(const std::string& key) const {
  auto it = models_.find(key);
  return it != models_.end() && it->second->fitted();
}

Result<void> SiteModels::update(const std::string& key, const telemetry::Frame& data) {
  if (!fitted(key)) return fail(Errc::not_found, "no model is fitted yet");
  return guarded([&] { return models_[key]->update(data); });
}

SiteForecast SiteModels::forecast(const std::string& key, const telemetry::Frame& data,
                                  TimePoint now) {
  SiteForecast out;
  const auto unknown = [&](Unknown why, std::string detail) {
    out.value = Quantity::missing(why, std::move(detail));
    return out;
  };
  auto target = data.require(plan_.target);
  if (!target) return unknown(Unknown::absent, target.error().message);
  for (std::size_t row = data.rows(); row-- > 0;) {
    // A filled-in cell says nothing about how things stand now.
    if ((*target)->flag(row) != telemetry::CellFlag::observed) continue;
    out.observed = (*target)->values[row];
    out.observed_at = data.time(row);
    break;
  }
  if (!out.observed_at) return unknown(Unknown::absent, "no observation in the last check");
  if (now - *out.observed_at > plan_.max_age)
    return unknown(Unknown::stale, fmt::format("the last observation is {} old, at most {} is used",
                                               format_duration(now - *out.observed_at),
                                               format_duration(plan_.max_age)));
  if (!fitted(key)) return unknown(Unknown::no_model, "no model is fitted yet");
  model::Forecaster& model = *models_[key];
  out.model = std::string(model.kind());
  if (auto updated = guarded([&] { return model.update(data); }); !updated)
    return unknown(reason_of(updated.error().code), updated.error().describe());
  const std::set<double> asked{std::min(0.1, plan_.quantile), plan_.quantile,
                               std::max(0.9, plan_.quantile)};
  const std::vector<double> levels(asked.begin(), asked.end());
  auto forecast = guarded([&] { return model.forecast(plan_.horizon, levels); });
  if (!forecast) return unknown(reason_of(forecast.error().code), forecast.error().describe());
  if (forecast->levels != levels || forecast->quantiles.size() != forecast->steps() * levels.size())
    return unknown(Unknown::failed, "the model gave other quantiles than asked for");
  const auto planned = static_cast<std::size_t>(
      std::find(levels.begin(), levels.end(), plan_.quantile) - levels.begin());
  out.low = aggregate_over(*forecast, 0, plan_.aggregate);
  out.high = aggregate_over(*forecast, levels.size() - 1, plan_.aggregate);
  out.value = Quantity::of(aggregate_over(*forecast, planned, plan_.aggregate),
                           std::max(forecast->imputed_share, imputed_share_of(**target)));
  out.steps = std::move(*forecast);
  return out;
}

}  // namespace learningplane::agent
