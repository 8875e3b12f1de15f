#include "learningplane/model/theta.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "learningplane/error.hpp"
#include "model/tensors.hpp"
#include "model/theta_fit.hpp"

namespace learningplane::model {

using features::SeasonKind;

namespace {

constexpr std::array<std::pair<ThetaVariant, std::string_view>, 5> variants{
    {{ThetaVariant::automatic, "auto"},
     {ThetaVariant::stm, "stm"},
     {ThetaVariant::otm, "otm"},
     {ThetaVariant::dstm, "dstm"},
     {ThetaVariant::dotm, "dotm"}}};

}  // namespace

std::string_view to_string(ThetaVariant variant) {
  return variants.at(static_cast<std::size_t>(variant)).second;
}

ThetaVariant theta_variant(std::string_view name) {
  for (const auto& [variant, text] : variants)
    if (text == name) return variant;
  throw ConfigError("", "variant", name, "auto, stm, otm, dstm or dotm");
}

Result<void> ThetaMethod::fit(std::span<const double> y) {
  if (y.size() < 4)
    return fail(Errc::not_enough_data,
                "theta: 4 values are needed; there are " + std::to_string(y.size()));
  std::vector<double> figure, plain(y.begin(), y.end());
  SeasonKind kind = SeasonKind::multiplicative;
  if (features::is_seasonal(y, settings_.season)) {
    const bool positive = *std::min_element(y.begin(), y.end()) > 0;
    if (positive)
      figure = features::seasonal_figure(y, settings_.season, kind).value_or(std::vector<double>{});
    if (figure.empty() || *std::min_element(figure.begin(), figure.end()) < 0.01) {
      kind = SeasonKind::additive;
      auto found = features::seasonal_figure(y, settings_.season, kind);
      if (!found) return fail_within("theta", found.error());
      figure = std::move(*found);
    }
    for (std::size_t t = 0, phase = 0; t < plain.size(); ++t) {
      if (kind == SeasonKind::additive)
        plain[t] -= figure[phase];
      else
        plain[t] /= figure[phase];
      if (++phase == figure.size()) phase = 0;
    }
  }
  Fit best;
  if (settings_.variant != ThetaVariant::automatic) {
    best = detail::fit_theta(plain, settings_.variant);
  } else {
    // The standard variants are the optimised ones at theta 2: their errors are never smaller.
    best = detail::fit_theta(plain, ThetaVariant::otm);
    const Fit dynamic = detail::fit_theta(plain, ThetaVariant::dotm);
    if (dynamic.loss < best.loss) best = dynamic;
  }
  fit_ = best;
  figure_ = std::move(figure);
  kind_ = kind;
  return {};
}

void ThetaMethod::append(double y) {
  if (!figure_.empty()) {
    const double s = figure_[fit_.state.count % figure_.size()];
    y = kind_ == SeasonKind::additive ? y - s : y / s;
  }
  detail::theta_take(fit_, y);
}

void ThetaMethod::forecast(std::span<double> out) const {
  Fit ahead = fit_;
  for (double& v : out) {
    v = detail::theta_next(ahead);
    detail::theta_take(ahead, v);
  }
  if (figure_.empty()) return;
  std::size_t phase = fit_.state.count % figure_.size();
  for (double& v : out) {
    v = kind_ == SeasonKind::additive ? v + figure_[phase] : v * figure_[phase];
    if (++phase == figure_.size()) phase = 0;
  }
}

std::unique_ptr<SeriesMethod> ThetaMethod::clone() const {
  return std::make_unique<ThetaMethod>(*this);
}

Tensors ThetaMethod::save() const {
  const State& s = fit_.state;
  Tensors out;
  out["parameters"] =
      detail::list_tensor({static_cast<double>(fit_.variant), fit_.alpha, fit_.theta, fit_.loss,
                           kind_ == SeasonKind::multiplicative ? 1.0 : 0.0});
  out["state"] = detail::list_tensor(
      {s.level, s.mean, s.intercept, s.slope, s.decay, static_cast<double>(s.count)});
  if (!figure_.empty()) out["season"] = detail::list_tensor(figure_);
  return out;
}

void ThetaMethod::load(const Tensors& tensors) {
  const auto& p = detail::list_from(tensors, "parameters", 5);
  const auto& s = detail::list_from(tensors, "state", 6);
  Fit fit;
  fit.variant = static_cast<ThetaVariant>(detail::whole_from(p[0], "parameters", 1, 4));
  fit.alpha = detail::within_from(p[1], "parameters", 0.1, 0.99);
  fit.theta = detail::within_from(p[2], "parameters", 1, 1e11);
  fit.loss = p[3];
  const auto kind = detail::whole_from(p[4], "parameters", 0, 1) == 1 ? SeasonKind::multiplicative
                                                                      : SeasonKind::additive;
  fit.state = {s[0],
               s[1],
               s[2],
               s[3],
               detail::within_from(s[4], "state", 0, 1),
               detail::whole_from(s[5], "state", 4, std::size_t{1} << 52)};
  std::vector<double> figure;
  if (tensors.contains("season")) {
    figure = detail::list_from(tensors, "season", settings_.season);
    if (kind == SeasonKind::multiplicative)
      for (const double f : figure) detail::within_from(f, "season", 0.01, 1e300);
  }
  fit_ = fit;
  kind_ = kind;
  figure_ = std::move(figure);
}

std::string ThetaMethod::describe() const {
  std::string variant(to_string(fit_.variant));
  for (char& c : variant) c = static_cast<char>(c - 'a' + 'A');
  const std::string season =
      figure_.empty() ? "no season"
                      : fmt::format("{} season of {} steps",
                                    kind_ == SeasonKind::additive ? "additive" : "multiplicative",
                                    figure_.size());
  return fmt::format("{}, theta {:.4g}, alpha {:.3g}, {}", variant, fit_.theta, fit_.alpha, season);
}

Manifest theta_manifest() {
  return {"theta", "A straight line and a smoothed level, mixed; a season is taken out before",
          series_parameters({season_parameter("1d"),
                             {.name = "variant",
                              .type = ParameterType::string,
                              .summary = "auto: the one with the smallest error within the series",
                              .fallback = "auto",
                              .allowed = {"auto", "stm", "otm", "dstm", "dotm"}}})};
}

ThetaOptions theta_options(const Value& checked) {
  return {series_options(checked), season_from(*checked.find("season")),
          theta_variant(checked.find("variant")->as_string())};
}

Theta::Theta(ThetaOptions options)
    : SeriesModel(std::move(options.series)), season_(options.season), variant_(options.variant) {}

Result<std::unique_ptr<SeriesMethod>> Theta::make(std::int64_t step_ns) const {
  const auto season = season_.in_steps(step_ns);
  if (!season) return tl::unexpected(season.error());
  return std::make_unique<ThetaMethod>(ThetaSettings{*season, variant_});
}

Value Theta::options_value() const {
  return to_value(base())
      .set("season", season_.to_value())
      .set("variant", std::string(to_string(variant_)));
}

}  // namespace learningplane::model
