#include "selection/candidates.hpp"

#include <algorithm>

#include "learningplane/error.hpp"
#include "learningplane/model/boosting_method.hpp"
#include "learningplane/model/drift.hpp"
#include "learningplane/model/ets.hpp"
#include "learningplane/model/naive.hpp"
#include "learningplane/model/seasonal_naive.hpp"
#include "learningplane/model/seasonal_profile.hpp"
#include "learningplane/model/seasonal_ridge.hpp"
#include "learningplane/model/theta.hpp"
#include "learningplane/model/theta_scan.hpp"

namespace learningplane::selection::detail {

using model::SeriesMethod;

namespace {

constexpr const char* seasonal = "seasonal_naive.";

/// The season whose shape a series can show: the longest of which it has two.
std::size_t shown_season(const AutoSeriesOptions& options, std::size_t n) {
  std::size_t out = 1;
  for (const std::size_t m : options.seasons) {
    if (n >= 2 * m) out = std::max(out, m);
  }
  return out;
}

std::unique_ptr<SeriesMethod> seasonal_ridge(const AutoSeriesOptions& options) {
  return std::make_unique<model::SeasonalRidge>(
      model::SeasonalRidgeOptions{.horizon = options.horizon, .seasons = options.seasons});
}

std::unique_ptr<SeriesMethod> boosting(const AutoSeriesOptions& options) {
  model::BoostingMethodOptions o;
  o.horizon = options.horizon;
  o.seasons = options.seasons;
  return std::make_unique<model::BoostingMethod>(std::move(o));
}

/// Of several seasons the first: smoothing cannot hold a week of five-minute steps.
std::size_t first_season(const AutoSeriesOptions& options, std::size_t n) {
  return options.seasons.empty() || n < 2 * options.seasons.front() ? 1 : options.seasons.front();
}

}  // namespace

const std::vector<std::string>& families() {
  static const std::vector<std::string> all = {
      "naive", "drift", "seasonal_naive", "seasonal_profile",
      "theta", "ets",   "seasonal_ridge", "boosting"};
  return all;
}

std::vector<Candidate> candidates(const AutoSeriesOptions& options, std::size_t n) {
  std::vector<Candidate> out;
  const auto wanted = [&options](const char* family) {
    return std::find(options.families.begin(), options.families.end(), family) !=
           options.families.end();
  };
  const bool chosen = !options.families.empty();
  const auto add = [&](const std::string& name) {
    out.push_back({name, candidate(options, name)});
  };
  const bool shows_season = shown_season(options, n) > 1;
  // The ladder. Few values: smoothing, which needs little, and the last value, which needs nothing.
  // From two seasons on the season before counts; from some hundred values on regressions do, and
  // plain smoothing without a season would only outvote them.
  const bool few = n < 10 * options.horizon && n < 400;
  if (chosen ? wanted("naive") : !shows_season) add("naive");
  if (chosen ? wanted("drift") : few && n >= 12) add("drift");
  if (chosen ? wanted("seasonal_naive") : true) {
    for (const std::size_t m : options.seasons) {
      if (n >= 2 * m) add(seasonal + std::to_string(m));
    }
  }
  if (chosen ? wanted("seasonal_profile") : shown_season(options, 2 * n / 3) > 1)
    add("seasonal_profile");
  if (chosen ? wanted("theta") : n >= 12) add("theta." + std::to_string(first_season(options, n)));
  if (chosen ? wanted("ets") : few && n >= 12) add("ets");
  if (chosen ? wanted("seasonal_ridge") : n >= 4 * options.horizon) add("seasonal_ridge");
  if (chosen ? wanted("boosting") : n >= 10 * options.horizon) add("boosting");
  if (out.empty()) add("naive");
  return out;
}

Observed observe(std::span<const double> y) {
  const auto seen = model::scan(y);
  if (!seen) return {{}, "behaviour not told: " + seen.error().message};
  const std::string words = "behaviour " + std::string(model::to_string(seen->behaviour)) +
                            (seen->period > 1 ? ", period " + std::to_string(seen->period) : "");
  // A clean wave passes for stationary in the unit root test: that a period serves tells it apart.
  const auto behaviour = seen->period > 1 ? model::Behaviour::periodic : seen->behaviour;
  switch (behaviour) {
    case model::Behaviour::stationary: return {{"theta", "ets", "seasonal_ridge"}, words};
    case model::Behaviour::probably_constant: return {{"naive", "theta", "ets"}, words};
    default:
      return {{"seasonal_naive", "seasonal_profile", "theta", "seasonal_ridge", "boosting"}, words};
  }
}

std::vector<std::string> too_short_for(const AutoSeriesOptions& options, std::size_t n) {
  std::vector<std::string> out;
  const auto needs = [&](const std::string& name, const char* family, std::size_t least) {
    const auto& chosen = options.families;
    const bool wanted =
        chosen.empty() || std::find(chosen.begin(), chosen.end(), family) != chosen.end();
    if (wanted && n < least) out.push_back(name + ": from " + std::to_string(least) + " values on");
  };
  for (const std::size_t m : options.seasons)
    needs(seasonal + std::to_string(m), "seasonal_naive", 2 * m);
  if (!options.families.empty()) return out;  // the others were asked for, whatever the length
  if (!options.seasons.empty())
    needs("seasonal_profile", "seasonal_profile", 3 * options.seasons.front());
  needs("theta", "theta", 12);
  needs("seasonal_ridge", "seasonal_ridge", 4 * options.horizon);
  needs("boosting", "boosting", 10 * options.horizon);
  return out;
}

std::unique_ptr<SeriesMethod> candidate(const AutoSeriesOptions& options, const std::string& name) {
  if (name == "naive") return std::make_unique<model::NaiveMethod>();
  if (name == "drift") return std::make_unique<model::DriftMethod>();
  if (name == "ets") return std::make_unique<model::EtsMethod>();
  if (name == "seasonal_profile")
    return std::make_unique<model::SeasonalProfileMethod>(
        model::SeasonalProfileSettings{.seasons = options.seasons, .reach = options.horizon});
  if (name == "seasonal_ridge") return seasonal_ridge(options);
  if (name == "boosting") return boosting(options);
  const auto length = [&](const std::string& prefix) -> std::size_t {
    if (!name.starts_with(prefix) || name.size() == prefix.size() ||
        name.size() > prefix.size() + 8)
      return 0;
    std::size_t out = 0;
    for (const char c : name.substr(prefix.size())) {
      if (c < '0' || c > '9') return 0;
      out = out * 10 + static_cast<std::size_t>(c - '0');
    }
    return out;
  };
  if (const std::size_t m = length(seasonal); m > 0)
    return std::make_unique<model::SeasonalNaiveMethod>(m);
  if (const std::size_t m = length("theta."); m > 0)
    return std::make_unique<model::ThetaMethod>(model::ThetaSettings{.season = m});
  throw FormatError("there is no member '" + name + "'");
}

}  // namespace learningplane::selection::detail
