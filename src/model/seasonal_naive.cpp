#include "learningplane/model/seasonal_naive.hpp"

#include "learningplane/error.hpp"
#include "model/parameters.hpp"

namespace learningplane::model {

Manifest seasonal_naive_manifest() {
  Manifest out{
      "seasonal_naive", "Every coming step is the value one season before it",
      detail::windowed_parameters({.horizon = SeasonalNaiveOptions{}.horizon},
                                  {.inputs = false, .lags = false, .validation_share = false})};
  out.parameters.push_back(
      {.name = "season",
       .type = ParameterType::any,
       .summary = "length of a season: a number of steps, or a duration such as 1d",
       .fallback = "1d"});
  return out;
}

SeasonalNaiveOptions seasonal_naive_options(const Value& checked) {
  constexpr const char* allowed = "a number of steps (1 or more), or a duration such as 1d";
  SeasonalNaiveOptions o;
  const WindowedOptions window = detail::windowed_options(checked, {});
  o.target = window.target;
  o.horizon = window.horizon;
  const Value& season = *checked.find("season");
  if (season.is_int()) {
    if (season.as_int() < 1)
      throw ConfigError("", "season", std::to_string(season.as_int()), allowed);
    o.season_steps = static_cast<std::size_t>(season.as_int());
    return o;
  }
  if (!season.is_string()) throw ConfigError("", "season", season.kind(), allowed);
  const auto length = parse_duration(season.as_string());
  if (!length || length->count() <= 0) throw ConfigError("", "season", season.as_string(), allowed);
  o.season = *length;
  return o;
}

SeasonalNaive::SeasonalNaive(SeasonalNaiveOptions options)
    : Windowed({.target = options.target, .lags = 1, .horizon = options.horizon},
               Errors::all_windows),
      options_(std::move(options)) {
  if (options_.season_steps == 0 && options_.season.count() <= 0)
    throw ConfigError("", "season", format_duration(options_.season), "above zero");
}

Result<std::size_t> SeasonalNaive::lags(std::int64_t step_ns) const {
  if (options_.season_steps > 0) return options_.season_steps;
  if (options_.season.count() % step_ns != 0)
    return fail(Errc::invalid_argument,
                "seasonal_naive: the season of " + format_duration(options_.season) +
                    " is not a whole number of steps of " + format_duration(Duration(step_ns)));
  return static_cast<std::size_t>(options_.season.count() / step_ns);
}

Value SeasonalNaive::options_value() const {
  return Value::object()
      .set("target", base().target)
      .set("season", options_.season_steps > 0 ? Value(options_.season_steps)
                                               : Value(format_duration(options_.season)))
      .set("horizon", base().horizon);
}

Result<Tensors> SeasonalNaive::learn(const Examples&, const Examples&, FitReport& report) const {
  report.note = "nothing to learn";
  return Tensors{};
}

void SeasonalNaive::predict(const Tensors&, std::span<const double> window,
                            std::span<double> out) const {
  for (std::size_t step = 0; step < out.size(); ++step) out[step] = window[step % window.size()];
}

void SeasonalNaive::check(const Tensors&, std::size_t width) const {
  if (options_.season_steps > 0 && width != options_.season_steps)
    throw FormatError("'lags' is not the season");
}

}  // namespace learningplane::model
