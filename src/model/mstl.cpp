#include "learningplane/model/mstl.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"
#include "learningplane/features/seasonality.hpp"
#include "learningplane/model/ets.hpp"
#include "learningplane/model/theta.hpp"
#include "model/seasons.hpp"
#include "model/tensors.hpp"

namespace learningplane::model {

namespace {

constexpr int passes = 2;

std::unique_ptr<SeriesMethod> method_of(MstlRest rest) {
  if (rest == MstlRest::theta) return std::make_unique<ThetaMethod>();
  return std::make_unique<EtsMethod>();
}

/// The centred average, its ends drawn on as they are.
std::vector<double> trend_of(std::span<const double> y, std::size_t season) {
  std::vector<double> out = features::centred_average(y, season);
  const std::size_t half = season / 2;
  std::fill_n(out.begin(), half, out[half]);
  std::fill_n(out.end() - static_cast<std::ptrdiff_t>(half), half, out[out.size() - 1 - half]);
  return out;
}

/// What is around the trend, each phase smoothed over its repetitions; averages zero over a season.
std::vector<double> season_of(std::span<const double> y, std::size_t season, std::size_t span) {
  std::vector<double> around = trend_of(y, season);
  for (std::size_t t = 0; t < y.size(); ++t) around[t] = y[t] - around[t];
  std::vector<double> weights(span);
  for (std::size_t k = 0; k < span; ++k) {
    const double far = static_cast<double>(k) / static_cast<double>(span);
    weights[k] = std::pow(1 - far * far * far, 3);
  }
  std::vector<double> out(y.size());
  for (std::size_t t = 0; t < y.size(); ++t) {
    double sum = 0, total = 0;
    for (std::size_t k = 0; k < span; ++k) {
      const std::size_t apart = k * season;
      if (t >= apart) {
        sum += weights[k] * around[t - apart];
        total += weights[k];
      }
      if (k > 0 && t + apart < y.size()) {
        sum += weights[k] * around[t + apart];
        total += weights[k];
      }
    }
    out[t] = sum / total;
  }
  const std::vector<double> level = trend_of(out, season);
  for (std::size_t t = 0; t < y.size(); ++t) out[t] -= level[t];
  return out;
}

}  // namespace

std::string_view to_string(MstlRest rest) { return rest == MstlRest::theta ? "theta" : "ets"; }

MstlRest mstl_rest(std::string_view name) {
  if (name == "ets") return MstlRest::ets;
  if (name == "theta") return MstlRest::theta;
  throw ConfigError("", "rest", name, "ets or theta");
}

MstlMethod::MstlMethod(MstlSettings settings)
    : settings_(std::move(settings)), rest_(method_of(settings_.rest)) {
  if (settings_.span < 3)
    throw ConfigError("", "span", std::to_string(settings_.span), "3 or more");
}

MstlMethod::MstlMethod(const MstlMethod& other)
    : SeriesMethod(other),
      settings_(other.settings_),
      figures_(other.figures_),
      rest_(other.rest_->clone()),
      count_(other.count_) {}

Result<void> MstlMethod::fit(std::span<const double> y) {
  std::vector<std::size_t> used;
  for (const std::size_t season : settings_.seasons)
    if (season > 1 && y.size() / 2 >= season) used.push_back(season);
  std::vector<std::vector<double>> seasons(used.size(), std::vector<double>(y.size(), 0.0));
  std::vector<double> plain(y.begin(), y.end());
  for (int pass = 0; pass < (used.size() > 1 ? passes : 1); ++pass) {
    for (std::size_t i = 0; i < used.size(); ++i) {
      for (std::size_t t = 0; t < y.size(); ++t) plain[t] += seasons[i][t];
      seasons[i] = season_of(plain, used[i], settings_.span);
      for (std::size_t t = 0; t < y.size(); ++t) plain[t] -= seasons[i][t];
    }
  }
  auto rest = method_of(settings_.rest);
  if (auto fit = rest->fit(plain); !fit) return fail_within("mstl", fit.error());
  figures_.clear();
  for (std::size_t i = 0; i < used.size(); ++i) {
    std::vector<double> figure(used[i]);
    for (std::size_t t = y.size() - used[i]; t < y.size(); ++t) figure[t % used[i]] = seasons[i][t];
    figures_.push_back(std::move(figure));
  }
  rest_ = std::move(rest);
  count_ = y.size();
  return {};
}

double MstlMethod::season_at(std::size_t step) const {
  double out = 0;
  for (const auto& figure : figures_) out += figure[step % figure.size()];
  return out;
}

void MstlMethod::append(double y) {
  rest_->append(y - season_at(count_));
  ++count_;
}

void MstlMethod::forecast(std::span<double> out) const {
  rest_->forecast(out);
  for (std::size_t s = 0; s < out.size(); ++s) out[s] += season_at(count_ + s);
}

std::unique_ptr<SeriesMethod> MstlMethod::clone() const {
  return std::make_unique<MstlMethod>(*this);
}

Tensors MstlMethod::save() const {
  Tensors out;
  for (auto& [name, tensor] : rest_->save()) out["rest_" + name] = tensor;
  for (std::size_t i = 0; i < figures_.size(); ++i)
    out["season_" + std::to_string(i)] = detail::list_tensor(figures_[i]);
  out["count"] = detail::list_tensor({static_cast<double>(count_)});
  return out;
}

void MstlMethod::load(const Tensors& tensors) {
  const std::size_t count = detail::whole_from(detail::list_from(tensors, "count", 1)[0], "count",
                                               4, std::size_t{1} << 52);
  std::vector<std::vector<double>> figures;
  for (std::size_t i = 0; tensors.contains("season_" + std::to_string(i)); ++i) {
    const auto& figure = detail::list_from(tensors, "season_" + std::to_string(i));
    if (std::find(settings_.seasons.begin(), settings_.seasons.end(), figure.size()) ==
        settings_.seasons.end())
      throw FormatError("no season has " + std::to_string(figure.size()) + " steps");
    figures.push_back(figure);
  }
  Tensors learned;
  for (const auto& [name, tensor] : tensors)
    if (name.starts_with("rest_")) learned[name.substr(5)] = tensor;
  auto rest = method_of(settings_.rest);
  rest->load(learned);
  figures_ = std::move(figures);
  rest_ = std::move(rest);
  count_ = count;
}

std::string MstlMethod::describe() const {
  std::string seasons;
  for (const auto& figure : figures_)
    seasons += fmt::format("{}{}", seasons.empty() ? "seasons of " : " and ", figure.size());
  return fmt::format("{}; the rest: {}", seasons.empty() ? "no season" : seasons + " steps",
                     rest_->describe());
}

Manifest mstl_manifest() {
  return {"mstl", "Several seasons that may change slowly taken out, the rest by ETS or Theta",
          series_parameters({detail::seasons_parameter(),
                             {.name = "rest",
                              .type = ParameterType::string,
                              .summary = "what forecasts the series without its seasons",
                              .fallback = "ets",
                              .allowed = {"ets", "theta"}}})};
}

MstlOptions mstl_options(const Value& checked) {
  return {series_options(checked), detail::seasons_from(*checked.find("seasons")),
          mstl_rest(checked.find("rest")->as_string())};
}

Mstl::Mstl(MstlOptions options)
    : SeriesModel(std::move(options.series)),
      seasons_(std::move(options.seasons)),
      rest_(options.rest) {}

Result<std::unique_ptr<SeriesMethod>> Mstl::make(std::int64_t step_ns) const {
  auto seasons = detail::in_steps(seasons_, step_ns);
  if (!seasons) return tl::unexpected(seasons.error());
  return std::make_unique<MstlMethod>(MstlSettings{std::move(*seasons), rest_});
}

Value Mstl::options_value() const {
  return to_value(base())
      .set("seasons", detail::seasons_value(seasons_))
      .set("rest", std::string(to_string(rest_)));
}

}  // namespace learningplane::model
