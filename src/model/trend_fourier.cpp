#include "learningplane/model/trend_fourier.hpp"

#include <charconv>
#include <cmath>

#include "learningplane/error.hpp"
#include "model/parameters.hpp"

namespace learningplane::model {

namespace {

constexpr const char* allowed =
    "a number of steps or a duration, with the order after a colon: 288, 1d, 7d:3";

/// "1d:6", "288:4", "1d" or 288.
FourierSeason parse_season(const Value& value) {
  FourierSeason out;
  if (value.is_int()) {
    out.season = season_from(value, "seasons");
    out.name = std::to_string(value.as_int());
    return out;
  }
  if (!value.is_string()) throw ConfigError("", "seasons", value.kind(), allowed);
  const std::string& text = value.as_string();
  const auto number = [&text](std::string_view part) {
    std::size_t n = 0;
    const auto [stop, code] = std::from_chars(part.data(), part.data() + part.size(), n);
    if (code != std::errc{} || stop != part.data() + part.size() || n == 0 || n > 100'000'000)
      throw ConfigError("", "seasons", text, allowed);
    return n;
  };
  const std::size_t colon = text.find(':');
  out.name = text.substr(0, colon);
  if (colon != std::string::npos) out.order = number(std::string_view(text).substr(colon + 1));
  const bool steps = out.name.find_first_not_of("0123456789") == std::string::npos;
  if (steps)
    out.season.steps = number(out.name);
  else
    out.season = season_from(Value(out.name), "seasons");
  if (out.season.none()) throw ConfigError("", "seasons", text, allowed);
  return out;
}

Value to_value(const std::vector<FourierSeason>& seasons) {
  Value out = Value::array();
  for (const FourierSeason& s : seasons) out.push(s.name + ":" + std::to_string(s.order));
  return out;
}

}  // namespace

Manifest trend_fourier_manifest() {
  const TrendFourierOptions d;
  return {
      "trend_fourier",
      "Bending trend, seasons as Fourier series and optional lags, fitted robustly",
      series_parameters(
          {detail::list("seasons",
                        "steps or durations with the order after a colon; each is used where "
                        "the history holds two of it",
                        to_value(d.seasons)),
           detail::integer("changepoints", "where the trend may bend", d.changepoints, {0, 1000}),
           detail::number("changepoint_range", "first share of the history that they lie in",
                          d.changepoint_range, {0.01, 1}),
           detail::integer("lags", "last values as further columns", d.lags, {0, 10000}),
           detail::number("penalty", "on the squared weights, times the rows", d.penalty,
                          {1e-12, 1e12}),
           detail::number("huber_delta",
                          "robust standard deviations beyond which a residual is large",
                          d.huber_delta, {0.01, 1000}),
           detail::number("newest_weight", "of the newest row, the oldest being 1", d.newest_weight,
                          {0.01, 1000}),
           detail::boolean("as_published", "as aerOS: negative forecasts are 0, others truncated",
                           d.as_published)})};
}

TrendFourierOptions trend_fourier_options(const Value& v) {
  TrendFourierOptions o;
  o.series = series_options(v);
  o.seasons.clear();
  for (const Value& season : v.find("seasons")->as_array())
    o.seasons.push_back(parse_season(season));
  o.changepoints = static_cast<std::size_t>(v.find("changepoints")->as_int());
  o.changepoint_range = v.find("changepoint_range")->as_double();
  o.lags = static_cast<std::size_t>(v.find("lags")->as_int());
  o.penalty = v.find("penalty")->as_double();
  o.huber_delta = v.find("huber_delta")->as_double();
  o.newest_weight = v.find("newest_weight")->as_double();
  o.as_published = v.find("as_published")->as_bool();
  return o;
}

TrendFourier::TrendFourier(TrendFourierOptions options)
    : SeriesModel(options.series), options_(std::move(options)) {
  const auto above = [](const char* key, double value) {
    if (!(value > 0 && std::isfinite(value)))
      throw ConfigError("", key, std::to_string(value), "above 0");
  };
  above("penalty", options_.penalty);
  above("huber_delta", options_.huber_delta);
  above("newest_weight", options_.newest_weight);
  if (!(options_.changepoint_range > 0 && options_.changepoint_range <= 1))
    throw ConfigError("", "changepoint_range", std::to_string(options_.changepoint_range),
                      "above 0, at most 1");
  for (const FourierSeason& s : options_.seasons) {
    if (s.order == 0 || s.season.none()) throw ConfigError("", "seasons", s.name, allowed);
    std::size_t same = 0;
    for (const FourierSeason& other : options_.seasons) same += other.name == s.name ? 1 : 0;
    if (same > 1 || s.name.empty()) throw ConfigError("", "seasons", s.name, "each once, named");
  }
}

Result<std::unique_ptr<SeriesMethod>> TrendFourier::make(std::int64_t step_ns) const {
  std::vector<TrendFourierMethod::Wave> waves;
  for (const FourierSeason& s : options_.seasons) {
    // Sines need no whole number of steps.
    const double period = s.season.steps > 0 ? static_cast<double>(s.season.steps)
                                             : static_cast<double>(s.season.length.count()) /
                                                   static_cast<double>(step_ns);
    waves.push_back({period, s.order, s.name});
  }
  return std::make_unique<TrendFourierMethod>(options_, std::move(waves));
}

Value TrendFourier::options_value() const {
  return model::to_value(base())
      .set("seasons", to_value(options_.seasons))
      .set("changepoints", options_.changepoints)
      .set("changepoint_range", options_.changepoint_range)
      .set("lags", options_.lags)
      .set("penalty", options_.penalty)
      .set("huber_delta", options_.huber_delta)
      .set("newest_weight", options_.newest_weight)
      .set("as_published", options_.as_published);
}

std::vector<Component> TrendFourier::components(std::size_t horizon) const {
  return dynamic_cast<const TrendFourierMethod&>(method()).components(horizon);
}

}  // namespace learningplane::model
