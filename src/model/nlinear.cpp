#include "learningplane/model/nlinear.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <cmath>

#include "model/lag_products.hpp"
#include "model/learned.hpp"
#include "model/parameters.hpp"

namespace learningplane::model {

namespace {

using detail::Matrix;
using Eigen::Index;

}  // namespace

Manifest nlinear_manifest() {
  const NLinearOptions d;
  Manifest out{"nlinear",
               "One linear map from the last rows of the target, taken relative to its last value",
               detail::windowed_parameters(
                   d.window, {.inputs = false, .strategy = true, .most_lags = 20000})};
  out.parameters.push_back(
      detail::number("penalty", "on the squared weights, times windows and the target's variance",
                     d.penalty, {1e-12, 1e12}));
  out.parameters.push_back(detail::channels());
  return out;
}

NLinearOptions nlinear_options(const Value& v) {
  NLinearOptions o;
  o.window = detail::windowed_options(v, o.window);
  o.channels = detail::names(v, "channels");
  o.penalty = v.find("penalty")->as_double();
  return o;
}

NLinear::NLinear(NLinearOptions options)
    : Windowed(detail::with_channels(options.window, options.channels)),
      options_(std::move(options)) {
  if (!(options_.penalty > 0 && std::isfinite(options_.penalty)))
    throw ConfigError("", "penalty", std::to_string(options_.penalty), "above 0");
}

Value NLinear::options_value() const {
  Value out = Value::object()
                  .set("target", base().target)
                  .set("lags", base().lags)
                  .set("horizon", base().horizon)
                  .set("penalty", options_.penalty)
                  .set("validation_share", base().validation_share);
  if (!options_.channels.empty()) out.set("channels", detail::to_value(options_.channels));
  detail::add_windowed(out, base());
  return out;
}

Result<Tensors> NLinear::learn(const Examples& train, const Examples&, FitReport& report) const {
  const std::size_t channels = columns().size(), lags = train.width / channels;
  const auto width = static_cast<Index>(lags), steps = static_cast<Index>(train.horizon);
  if (channels > 1 && !train.rows_follow)
    return fail(Errc::invalid_argument, "several channels are learned from frames alone");
  detail::LagProducts lp(lags, train.horizon);
  for (std::size_t c = 0; c < channels; ++c) {
    const detail::Channel channel{lags, channels, c, c == target_column()};
    lp.add(train, channel, detail::scaling_of(train, channel));
  }
  lp.complete();
  // The last value is taken off: (a - l)(b - l) = ab - al - lb + ll.
  const Index last = width - 1;
  const Matrix& p = lp.products;
  const Eigen::VectorXd with_last = p.col(last);
  Matrix gram = p.leftCols(width), right = p.rightCols(steps);
  gram.colwise() -= with_last;
  right.colwise() -= with_last;
  gram.rowwise() += (p(last, last) - p.row(last).head(width).array()).matrix();
  right.rowwise() += (p(last, last) - p.row(last).tail(steps).array()).matrix();
  gram.diagonal().array() += options_.penalty * lp.count;
  const Matrix weights = gram.llt().solve(right).transpose();
  if (!weights.allFinite())
    return fail(Errc::not_enough_data, "the equations have no finite solution: raise the penalty");
  report.note = "penalty " + std::to_string(options_.penalty);
  return Tensors{{"weights", detail::tensor({train.horizon, lags}, weights.data())}};
}

void NLinear::predict(const Tensors& learned, std::span<const double> window,
                      std::span<double> out) const {
  const auto channels = static_cast<Index>(columns().size());
  const auto lags = static_cast<Index>(window.size()) / channels;
  const auto steps = static_cast<Index>(out.size());
  const Eigen::Map<const Eigen::VectorXd, 0, Eigen::InnerStride<>> own(
      window.data() + target_column(), lags, Eigen::InnerStride<>(channels));
  const Eigen::Map<const Matrix> weights(learned.at("weights").values.data(), steps, lags);
  const double last = last_target(window);
  Eigen::Map<Eigen::VectorXd> to(out.data(), steps);
  to.noalias() = weights * (own.array() - last).matrix();
  to.array() += last;
}

void NLinear::check(const Tensors& learned, std::size_t width) const {
  detail::want(learned, "weights", width / columns().size() * outputs());
}

}  // namespace learningplane::model
