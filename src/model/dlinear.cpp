#include "learningplane/model/dlinear.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "model/lag_products.hpp"
#include "model/learned.hpp"
#include "model/parameters.hpp"

namespace learningplane::model {

namespace {

using detail::Matrix;
using Eigen::Index;

/// The moving average as a matrix; beyond the ends stand the first and the last value.
Matrix average(Index lags, Index kernel) {
  Matrix out = Matrix::Zero(lags, lags);
  for (Index i = 0; i < lags; ++i) {
    for (Index k = i - kernel / 2; k <= i + kernel / 2; ++k)
      out(i, std::clamp<Index>(k, 0, lags - 1)) += 1.0 / static_cast<double>(kernel);
  }
  return out;
}

Tensor to_tensor(const Matrix& m) {
  return detail::tensor({static_cast<std::size_t>(m.rows()), static_cast<std::size_t>(m.cols())},
                        m.data());
}

}  // namespace

Manifest dlinear_manifest() {
  const DLinearOptions d;
  Manifest out{"dlinear",
               "Two linear maps: from a moving average of the last rows and from the rest",
               detail::windowed_parameters(
                   d.window, {.inputs = false, .strategy = true, .most_lags = 20000})};
  out.parameters.push_back(
      detail::integer("kernel", "rows of the moving average, odd", d.kernel, {1, 99999}));
  out.parameters.push_back(
      detail::number("penalty", "on the squared weights, times windows and the target's variance",
                     d.penalty, {1e-12, 1e12}));
  out.parameters.push_back(detail::channels());
  return out;
}

DLinearOptions dlinear_options(const Value& v) {
  DLinearOptions o;
  o.window = detail::windowed_options(v, o.window);
  o.channels = detail::names(v, "channels");
  o.kernel = static_cast<std::size_t>(v.find("kernel")->as_int());
  o.penalty = v.find("penalty")->as_double();
  return o;
}

DLinear::DLinear(DLinearOptions options)
    : Windowed(detail::with_channels(options.window, options.channels)),
      options_(std::move(options)) {
  if (options_.kernel % 2 == 0)
    throw ConfigError("", "kernel", std::to_string(options_.kernel), "an odd number");
  if (!(options_.penalty > 0 && std::isfinite(options_.penalty)))
    throw ConfigError("", "penalty", std::to_string(options_.penalty), "above 0");
}

Value DLinear::options_value() const {
  Value out = Value::object()
                  .set("target", base().target)
                  .set("lags", base().lags)
                  .set("horizon", base().horizon)
                  .set("kernel", options_.kernel)
                  .set("penalty", options_.penalty)
                  .set("validation_share", base().validation_share)
                  .set("channels", detail::to_value(options_.channels));
  detail::add_windowed(out, base());
  return out;
}

Result<Tensors> DLinear::learn(const Examples& train, const Examples&, FitReport& report) const {
  const std::size_t channels = columns().size(), lags = train.width / channels;
  const auto width = static_cast<Index>(lags), steps = static_cast<Index>(train.horizon);
  if (channels > 1 && !train.rows_follow)
    return fail(Errc::invalid_argument, "several channels are learned from frames alone");
  detail::LagProducts lp(lags, train.horizon);
  detail::Scaling own;
  for (std::size_t c = 0; c < channels; ++c) {
    const detail::Channel channel{lags, channels, c, c == target_column()};
    const detail::Scaling scaling = detail::scaling_of(train, channel);
    if (channel.target) own = scaling;
    lp.add(train, channel, scaling);
  }
  lp.complete();
  // The intercept is not penalised: sums of centred numbers.
  const Eigen::VectorXd mean = lp.sums / lp.count;
  const Matrix centred = lp.products - lp.sums.head(width) * mean.transpose();
  // Both maps together see (Tx, x - Tx). Their weights lie in the span of what they see, so that
  // lags unknowns v are enough: trend = T v, rest = (I - T) v, (M G M + penalty n M) v = M R with
  // M = T'T + (I - T)'(I - T).
  const Matrix t = average(width, static_cast<Index>(options_.kernel));
  const Matrix r = Matrix::Identity(width, width) - t;
  const Matrix m = t.transpose() * t + r.transpose() * r;
  Matrix left = m * centred.leftCols(width) * m + options_.penalty * lp.count * m;
  left = (0.5 * (left + left.transpose())).eval();
  const Matrix v = left.llt().solve(m * centred.rightCols(steps));
  const Matrix trend = (t * v).transpose(), rest = (r * v).transpose();
  if (!trend.allFinite() || !rest.allFinite())
    return fail(Errc::not_enough_data, "the equations have no finite solution: raise the penalty");
  const Matrix intercept = (mean.tail(steps) - v.transpose() * (m * mean.head(width))).transpose();
  report.note = "penalty " + std::to_string(options_.penalty);
  return Tensors{{"trend", to_tensor(trend)},
                 {"rest", to_tensor(rest)},
                 {"intercept", to_tensor(intercept)},
                 {"scaling", Tensor{{2}, {own.centre, own.scale}}}};
}

void DLinear::predict(const Tensors& learned, std::span<const double> window,
                      std::span<double> out) const {
  const std::size_t channels = columns().size(), lags = window.size() / channels;
  const auto width = static_cast<Index>(lags), steps = static_cast<Index>(out.size());
  const std::vector<double>& scaling = learned.at("scaling").values;
  const std::ptrdiff_t half = static_cast<std::ptrdiff_t>(options_.kernel / 2);
  const std::ptrdiff_t end = static_cast<std::ptrdiff_t>(lags) - 1;
  Eigen::VectorXd rest(width), trend(width);
  const auto at = [&](std::ptrdiff_t i) {
    const auto row = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(i, 0, end));
    return (window[row * channels + target_column()] - scaling[0]) / scaling[1];
  };
  double sum = 0;
  for (std::ptrdiff_t i = -half; i <= half; ++i) sum += at(i);
  for (std::ptrdiff_t i = 0; i <= end; ++i) {
    trend[i] = sum / static_cast<double>(options_.kernel);
    rest[i] = at(i) - trend[i];
    sum += at(i + half + 1) - at(i - half);
  }
  const auto map = [&](const char* name) {
    return Eigen::Map<const Matrix>(learned.at(name).values.data(), steps, width);
  };
  Eigen::Map<Eigen::VectorXd> to(out.data(), steps);
  to.noalias() = map("trend") * trend;
  to.noalias() += map("rest") * rest;
  const std::vector<double>& intercept = learned.at("intercept").values;
  for (std::size_t s = 0; s < out.size(); ++s)
    out[s] = scaling[0] + scaling[1] * (out[s] + intercept[s]);
}

void DLinear::check(const Tensors& learned, std::size_t width) const {
  const std::size_t lags = width / columns().size();
  detail::want(learned, "trend", lags * outputs());
  detail::want(learned, "rest", lags * outputs());
  detail::want(learned, "intercept", outputs());
  detail::want(learned, "scaling", 2);
  if (!(learned.at("scaling").values[1] > 0)) throw FormatError("the scaling cannot be used");
}

}  // namespace learningplane::model
