#include "learningplane/model/ets.hpp"

#include <fmt/format.h>

#include <array>

#include "learningplane/error.hpp"
#include "learningplane/features/seasonality.hpp"
#include "model/ets_fit.hpp"
#include "model/tensors.hpp"

namespace learningplane::model {

namespace {

constexpr std::array<std::pair<EtsForm, std::string_view>, 7> forms{{{EtsForm::automatic, "auto"},
                                                                     {EtsForm::ann, "ANN"},
                                                                     {EtsForm::aan, "AAN"},
                                                                     {EtsForm::aadn, "AAdN"},
                                                                     {EtsForm::ana, "ANA"},
                                                                     {EtsForm::aaa, "AAA"},
                                                                     {EtsForm::aada, "AAdA"}}};

}  // namespace

std::string_view to_string(EtsForm form) { return forms.at(static_cast<std::size_t>(form)).second; }

EtsForm ets_form(std::string_view name) {
  for (const auto& [form, text] : forms)
    if (text == name) return form;
  throw ConfigError("", "model", name, "auto, ANN, AAN, AAdN, ANA, AAA or AAdA");
}

Result<void> EtsMethod::fit(std::span<const double> y) {
  if (y.size() < 4)
    return fail(Errc::not_enough_data,
                "ets: 4 values are needed; there are " + std::to_string(y.size()));
  std::vector<double> figure;
  if (settings_.season > 1 && y.size() / 2 >= settings_.season) {
    auto found = features::seasonal_figure(y, settings_.season, features::SeasonKind::additive);
    if (!found) return fail_within("ets", found.error());
    figure = std::move(*found);
  }
  Fit best;
  bool any = false;
  for (const auto& [form, text] : forms) {
    if (form == EtsForm::automatic) continue;
    if (settings_.model != EtsForm::automatic && settings_.model != form) continue;
    const bool seasonal = detail::ets_has_season(form);
    if (seasonal && figure.empty()) continue;
    if (y.size() < detail::ets_parameters(form, figure.size()) + 2) continue;
    Fit candidate = detail::fit_ets(
        y, form, seasonal ? std::span<const double>(figure) : std::span<const double>());
    if (!any || candidate.aicc < best.aicc) best = std::move(candidate);
    any = true;
  }
  if (!any)
    return fail(Errc::not_enough_data,
                fmt::format("ets: {} values are too few for {} with a season of {} steps", y.size(),
                            to_string(settings_.model), settings_.season));
  fit_ = std::move(best);
  return {};
}

void EtsMethod::append(double y) { detail::ets_take(fit_, y); }

void EtsMethod::forecast(std::span<double> out) const {
  double trend = fit_.trend, level = fit_.level;
  std::size_t phase = fit_.phase;
  for (double& v : out) {
    trend *= fit_.phi;
    level += trend;
    v = level + (fit_.season.empty() ? 0.0 : fit_.season[phase]);
    if (++phase >= fit_.season.size()) phase = 0;
  }
}

std::unique_ptr<SeriesMethod> EtsMethod::clone() const {
  return std::make_unique<EtsMethod>(*this);
}

Tensors EtsMethod::save() const {
  Tensors out;
  out["parameters"] = detail::list_tensor({static_cast<double>(fit_.form), fit_.alpha, fit_.beta,
                                           fit_.gamma, fit_.phi, fit_.squares, fit_.aicc});
  out["state"] = detail::list_tensor({fit_.level, fit_.trend, static_cast<double>(fit_.phase)});
  if (!fit_.season.empty()) out["season"] = detail::list_tensor(fit_.season);
  return out;
}

void EtsMethod::load(const Tensors& tensors) {
  const auto& p = detail::list_from(tensors, "parameters", 7);
  const auto& s = detail::list_from(tensors, "state", 3);
  Fit fit;
  fit.form = static_cast<EtsForm>(detail::whole_from(p[0], "parameters", 1, 6));
  fit.alpha = detail::within_from(p[1], "parameters", 0, 1);
  fit.beta = detail::within_from(p[2], "parameters", 0, 1);
  fit.gamma = detail::within_from(p[3], "parameters", 0, 1);
  fit.phi = detail::within_from(p[4], "parameters", 0, 1);
  fit.squares = p[5];
  fit.aicc = p[6];
  fit.level = s[0];
  fit.trend = s[1];
  if (detail::ets_has_season(fit.form)) {
    fit.season = detail::list_from(tensors, "season", settings_.season);
    fit.phase = detail::whole_from(s[2], "state", 0, settings_.season - 1);
  }
  fit_ = std::move(fit);
}

std::string EtsMethod::describe() const {
  std::string out = fmt::format("{}, alpha {:.3g}", to_string(fit_.form), fit_.alpha);
  if (detail::ets_has_trend(fit_.form)) out += fmt::format(", beta {:.3g}", fit_.beta);
  if (detail::ets_has_season(fit_.form)) out += fmt::format(", gamma {:.3g}", fit_.gamma);
  if (detail::ets_is_damped(fit_.form)) out += fmt::format(", phi {:.3g}", fit_.phi);
  return out;
}

Manifest ets_manifest() {
  return {"ets", "Exponential smoothing with additive errors, trend and season",
          series_parameters({season_parameter("none"),
                             {.name = "model",
                              .type = ParameterType::string,
                              .summary = "error, trend, season; auto: the smallest AICc",
                              .fallback = "auto",
                              .allowed = {"auto", "ANN", "AAN", "AAdN", "ANA", "AAA", "AAdA"}}})};
}

EtsOptions ets_options(const Value& checked) {
  return {series_options(checked), season_from(*checked.find("season")),
          ets_form(checked.find("model")->as_string())};
}

Ets::Ets(EtsOptions options)
    : SeriesModel(std::move(options.series)), season_(options.season), model_(options.model) {}

Result<std::unique_ptr<SeriesMethod>> Ets::make(std::int64_t step_ns) const {
  const auto season = season_.in_steps(step_ns);
  if (!season) return tl::unexpected(season.error());
  return std::make_unique<EtsMethod>(EtsSettings{*season, model_});
}

Value Ets::options_value() const {
  return to_value(base())
      .set("season", season_.to_value())
      .set("model", std::string(to_string(model_)));
}

}  // namespace learningplane::model
