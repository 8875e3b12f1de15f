#include "learningplane/model/seasonal_naive.hpp"

#include "learningplane/error.hpp"
#include "model/parameters.hpp"
#include "model/tensors.hpp"

namespace learningplane::model {

Manifest seasonal_naive_manifest() {
  Manifest out{
      "seasonal_naive", "Every coming step is the value one season before it",
      detail::windowed_parameters({.horizon = SeasonalNaiveOptions{}.horizon},
                                  {.inputs = false, .lags = false, .validation_share = false})};
  out.parameters.push_back(season_parameter("1d"));
  out.parameters.back().summary = "length of a season: a number of steps, or a duration such as 1d";
  return out;
}

SeasonalNaiveOptions seasonal_naive_options(const Value& checked) {
  const WindowedOptions window = detail::windowed_options(checked, {});
  return {window.target, season_from(*checked.find("season")), window.horizon};
}

SeasonalNaive::SeasonalNaive(SeasonalNaiveOptions options)
    : Windowed({.target = options.target, .lags = 1, .horizon = options.horizon},
               Errors::all_windows),
      season_(options.season) {
  if (season_.none())
    throw ConfigError("", "season", "none", "a number of steps (1 or more), or a duration");
  if (season_.steps == 0 && season_.length.count() < 0)
    throw ConfigError("", "season", format_duration(season_.length), "above zero");
}

Result<std::size_t> SeasonalNaive::lags(std::int64_t step_ns) const {
  auto steps = season_.in_steps(step_ns);
  if (!steps) return fail_within("seasonal_naive", steps.error());
  return *steps;
}

Value SeasonalNaive::options_value() const {
  return Value::object()
      .set("target", base().target)
      .set("season", season_.to_value())
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
  if (season_.steps > 0 && width != season_.steps) throw FormatError("'lags' is not the season");
}

SeasonalNaiveMethod::SeasonalNaiveMethod(std::size_t season) : season_(season) {
  if (season == 0) throw ConfigError("", "season", "0", "1 or more");
}

Result<void> SeasonalNaiveMethod::fit(std::span<const double> y) {
  if (y.size() < season_)
    return fail(Errc::not_enough_data, "seasonal_naive: a season of " + std::to_string(season_) +
                                           " values is needed; there are " +
                                           std::to_string(y.size()));
  const auto last = y.last(season_);
  last_.assign(last.begin(), last.end());
  next_ = 0;
  return {};
}

void SeasonalNaiveMethod::append(double y) {
  last_[next_] = y;
  next_ = (next_ + 1) % season_;
}

void SeasonalNaiveMethod::forecast(std::span<double> out) const {
  for (std::size_t s = 0; s < out.size(); ++s) out[s] = last_[(next_ + s) % season_];
}

std::unique_ptr<SeriesMethod> SeasonalNaiveMethod::clone() const {
  return std::make_unique<SeasonalNaiveMethod>(*this);
}

Tensors SeasonalNaiveMethod::save() const {
  std::vector<double> season(season_);
  forecast(season);
  return {{"season", detail::list_tensor(std::move(season))}};
}

void SeasonalNaiveMethod::load(const Tensors& tensors) {
  last_ = detail::list_from(tensors, "season", season_);
  next_ = 0;
}

}  // namespace learningplane::model
