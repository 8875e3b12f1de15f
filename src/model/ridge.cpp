#include "learningplane/model/ridge.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"
#include "model/learned.hpp"
#include "model/parameters.hpp"
#include "model/ridge_solver.hpp"

namespace learningplane::model {

using detail::numbers;
using Eigen::Index;

Manifest ridge_manifest() {
  const RidgeOptions d;
  Manifest out{"ridge", "Linear regression on lags with a penalty on the weights, in closed form",
               detail::windowed_parameters(d.window, {.strategy = true, .calendar = true})};
  const std::vector<Parameter> own{
      {.name = "penalty",
       .type = ParameterType::any,
       .summary = "on the squared weights, 0 or more; of a list the best on the validation tail is "
                  "taken",
       .fallback = detail::to_value(d.penalties)},
      detail::boolean("clip_inputs", "limit inputs to the range seen in training", true),
      detail::choice("loss",
                     "squared; huber: large residuals count linearly; absolute: all do, and the "
                     "forecast is a median",
                     "squared", {"squared", "huber", "absolute"}),
      detail::number("huber_delta", "robust standard deviations beyond which a residual is large",
                     d.huber_delta, {0.01, 1000}),
      detail::choice("output", "the target itself, or its difference to the last known value",
                     "level", {"level", "residual"}),
      detail::list("levels",
                   "quantile levels in (0, 1) that are learned (pinball loss); none: quantiles of "
                   "the errors held out")};
  out.parameters.insert(out.parameters.end(), own.begin(), own.end());
  return out;
}

RidgeOptions ridge_options(const Value& v) {
  RidgeOptions o;
  o.window = detail::windowed_options(v, o.window);
  o.penalties.clear();
  const Value& penalty = *v.find("penalty");
  if (penalty.is_array())
    o.penalties = detail::numbers(v, "penalty");
  else
    o.penalties.push_back(penalty.as_double());
  o.input_range =
      v.find("clip_inputs")->as_bool() ? features::OutOfRange::clip : features::OutOfRange::keep;
  const std::string& loss = v.find("loss")->as_string();
  o.loss = loss == "huber"      ? RidgeLoss::huber
           : loss == "absolute" ? RidgeLoss::absolute
                                : RidgeLoss::squared;
  o.huber_delta = v.find("huber_delta")->as_double();
  o.output =
      v.find("output")->as_string() == "residual" ? RidgeOutput::residual : RidgeOutput::level;
  o.levels = detail::numbers(v, "levels");
  return o;
}

Ridge::Ridge(RidgeOptions options) : Windowed(options.window), options_(std::move(options)) {
  if (options_.penalties.empty()) throw ConfigError("", "penalty", "[]", "one number or more");
  for (const double p : options_.penalties) {
    if (!(p >= 0 && std::isfinite(p)))
      throw ConfigError("", "penalty", std::to_string(p), "0 or more");
  }
  if (!(options_.huber_delta > 0))
    throw ConfigError("", "huber_delta", std::to_string(options_.huber_delta), "above 0");
  for (std::size_t i = 0; i < options_.levels.size(); ++i) {
    const double level = options_.levels[i];
    if (!(level > 0 && level < 1) || (i > 0 && !(level > options_.levels[i - 1])))
      throw ConfigError("", "levels", std::to_string(level), "increasing numbers within (0, 1)");
  }
  if (!options_.levels.empty() && base().strategy == Strategy::recursive)
    throw ConfigError("", "levels", std::to_string(options_.levels.front()),
                      "none where 'strategy' is recursive: quantiles cannot be fed back");
}

Value Ridge::options_value() const {
  const char* loss = options_.loss == RidgeLoss::huber      ? "huber"
                     : options_.loss == RidgeLoss::absolute ? "absolute"
                                                            : "squared";
  Value out = Value::object()
                  .set("target", base().target)
                  .set("inputs", detail::to_value(base().inputs))
                  .set("lags", base().lags)
                  .set("horizon", base().horizon)
                  .set("penalty", detail::to_value(options_.penalties))
                  .set("validation_share", base().validation_share)
                  .set("clip_inputs", options_.input_range == features::OutOfRange::clip)
                  .set("loss", loss)
                  .set("huber_delta", options_.huber_delta);
  // As detail::add_windowed(): nothing that older files lack unless it was asked for.
  if (options_.output == RidgeOutput::residual) out.set("output", "residual");
  if (!options_.levels.empty()) out.set("levels", detail::to_value(options_.levels));
  detail::add_windowed(out, base());
  return out;
}

double Ridge::error(const Tensors& learned, const Examples& examples) const {
  std::vector<double> out(examples.horizon);
  double squares = 0;
  for (std::size_t i = 0; i < examples.count(); ++i) {
    predict(learned, examples.window(i), out);
    for (std::size_t s = 0; s < out.size(); ++s) {
      const double e = out[s] - examples.target(i)[s];
      squares += e * e;
    }
  }
  return squares / static_cast<double>(examples.count() * examples.horizon);
}

namespace {

Result<Tensors> checked(Tensors learned, FitReport& report) {
  for (const auto& [name, tensor] : learned) {
    if (!std::all_of(tensor.values.begin(), tensor.values.end(),
                     [](double v) { return std::isfinite(v); }))
      return fail(Errc::not_enough_data,
                  "the equations have no finite solution: raise the penalty above zero");
  }
  report.note = "penalty " + std::to_string(numbers(learned, "penalty")[0]);
  return learned;
}

}  // namespace

Result<Tensors> Ridge::learn(const Examples& train, const Examples& validation,
                             FitReport& report) const {
  detail::RidgeSolver solver(train, newest(train), options_);
  Tensors best, before;
  double lowest = 0;
  for (const double penalty : options_.penalties) {
    Tensors candidate = solver.solve(penalty, before.empty() ? nullptr : &before);
    if (options_.penalties.size() == 1) {
      best = std::move(candidate);
      break;
    }
    before = candidate;
    const double e = error(candidate, validation);
    if (!best.empty() && !(e < lowest)) continue;
    lowest = e;
    best = std::move(candidate);
  }
  solver.add_heads(best);
  report.train_loss = error(best, train);
  return checked(std::move(best), report);
}

Result<Tensors> Ridge::learn_all(const Examples& all, const Tensors& first,
                                 FitReport& report) const {
  detail::RidgeSolver solver(all, newest(all), options_);
  Tensors found = solver.solve(numbers(first, "penalty")[0], &first);
  solver.add_heads(found);
  report.train_loss = error(found, all);
  return checked(std::move(found), report);
}

std::vector<double> Ridge::newest(const Examples& examples) const {
  std::vector<double> out;
  if (options_.output == RidgeOutput::level) return out;
  for (std::size_t i = 0; i < examples.count(); ++i) out.push_back(last_target(examples.window(i)));
  return out;
}

void Ridge::apply(const Tensors& learned, std::span<const double> window,
                  std::span<const double> weights, std::span<const double> intercept,
                  std::span<double> out) const {
  const auto offset = numbers(learned, "offset"), scale = numbers(learned, "scale");
  const auto low = numbers(learned, "low"), high = numbers(learned, "high");
  const bool clip = options_.input_range == features::OutOfRange::clip;
  const auto width = static_cast<Index>(window.size()), rows = static_cast<Index>(out.size());
  Eigen::VectorXd z(width);
  for (std::size_t i = 0; i < window.size(); ++i) {
    const double raw = clip ? std::clamp(window[i], low[i], high[i]) : window[i];
    z[static_cast<Index>(i)] = (raw - offset[i]) / scale[i];
  }
  Eigen::Map<Eigen::VectorXd> to(out.data(), rows);
  to.noalias() = Eigen::Map<const detail::Matrix>(weights.data(), rows, width) * z;
  to += Eigen::Map<const Eigen::VectorXd>(intercept.data(), rows);
  if (options_.output == RidgeOutput::residual) to.array() += last_target(window);
}

void Ridge::predict(const Tensors& learned, std::span<const double> window,
                    std::span<double> out) const {
  apply(learned, window, numbers(learned, "weights"), numbers(learned, "intercept"), out);
}

void Ridge::predict_heads(const Tensors& learned, std::span<const double> window,
                          std::span<double> out) const {
  apply(learned, window, numbers(learned, "head_weights"), numbers(learned, "head_intercept"), out);
}

void Ridge::check(const Tensors& learned, std::size_t width) const {
  detail::want(learned, "weights", width * outputs());
  detail::want(learned, "intercept", outputs());
  for (const char* name : {"offset", "scale", "low", "high"}) detail::want(learned, name, width);
  detail::want(learned, "penalty", 1);
  if (!options_.levels.empty()) {
    detail::want(learned, "head_weights", width * outputs() * options_.levels.size());
    detail::want(learned, "head_intercept", outputs() * options_.levels.size());
  }
  for (std::size_t i = 0; i < width; ++i) {
    if (!(numbers(learned, "scale")[i] > 0) ||
        !(numbers(learned, "low")[i] <= numbers(learned, "high")[i]))
      throw FormatError("the scaling of lag " + std::to_string(i) + " cannot be used");
  }
}

}  // namespace learningplane::model
