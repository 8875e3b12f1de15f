#include "learningplane/model/nlinear.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"
#include "model/parameters.hpp"

namespace learningplane::model {

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Eigen::Index;

}  // namespace

Manifest nlinear_manifest() {
  const NLinearOptions d;
  Manifest out{"nlinear",
               "One linear map from the last rows of the target, taken relative to its last value",
               detail::windowed_parameters(d.window, {.inputs = false})};
  out.parameters.push_back(
      detail::number("penalty", "on the squared weights, times windows and the target's variance",
                     d.penalty, {1e-12, 1e12}));
  return out;
}

NLinearOptions nlinear_options(const Value& v) {
  NLinearOptions o;
  o.window = detail::windowed_options(v, o.window);
  o.penalty = v.find("penalty")->as_double();
  return o;
}

NLinear::NLinear(NLinearOptions options) : Windowed(options.window), options_(std::move(options)) {
  if (!options_.window.inputs.empty())
    throw ConfigError("", "inputs", options_.window.inputs.front(), "nothing: the target alone");
  if (!(options_.penalty > 0 && std::isfinite(options_.penalty)))
    throw ConfigError("", "penalty", std::to_string(options_.penalty), "above 0");
}

Value NLinear::options_value() const {
  return Value::object()
      .set("target", base().target)
      .set("lags", base().lags)
      .set("horizon", base().horizon)
      .set("penalty", options_.penalty)
      .set("validation_share", base().validation_share);
}

Result<Tensors> NLinear::learn(const Examples& train, const Examples&, FitReport& report) const {
  const auto width = static_cast<Index>(train.width), steps = static_cast<Index>(train.horizon);
  // In units of the target's variance, so that the penalty means the same for every unit.
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < train.count(); ++i) {
    const double v = train.window(i).back() - train.window(0).back();
    sum += v;
    squares += v * v;
  }
  const auto n = static_cast<double>(train.count());
  const double variance = std::max(squares / n - sum * sum / (n * n), 1e-300);

  Matrix gram = Matrix::Zero(width, width), right = Matrix::Zero(width, steps);
  // In blocks: the windows overlap, and their matrix would be `lags` times the data.
  constexpr std::size_t block = 512;
  Matrix x(block, width), y(block, steps);
  for (std::size_t first = 0; first < train.count(); first += block) {
    const std::size_t rows = std::min(block, train.count() - first);
    for (std::size_t r = 0; r < rows; ++r) {
      const auto window = train.window(first + r), target = train.target(first + r);
      const auto row = static_cast<Index>(r);
      x.row(row) =
          Eigen::Map<const Eigen::RowVectorXd>(window.data(), width).array() - window.back();
      y.row(row) =
          Eigen::Map<const Eigen::RowVectorXd>(target.data(), steps).array() - window.back();
    }
    const auto count = static_cast<Index>(rows);
    gram.noalias() += x.topRows(count).transpose() * x.topRows(count);
    right.noalias() += x.topRows(count).transpose() * y.topRows(count);
  }
  gram.diagonal().array() += options_.penalty * n * variance;
  const Matrix weights = gram.llt().solve(right).transpose();
  if (!weights.allFinite())
    return fail(Errc::not_enough_data, "the equations have no finite solution: raise the penalty");
  report.note = "penalty " + std::to_string(options_.penalty);
  Tensor tensor{{train.horizon, train.width}, {}};
  tensor.values.assign(weights.data(), weights.data() + weights.size());
  return Tensors{{"weights", std::move(tensor)}};
}

void NLinear::predict(const Tensors& learned, std::span<const double> window,
                      std::span<double> out) const {
  const std::vector<double>& weights = learned.at("weights").values;
  const double last = window.back();
  for (std::size_t s = 0; s < out.size(); ++s) {
    double sum = last;
    const double* row = weights.data() + s * window.size();
    for (std::size_t i = 0; i < window.size(); ++i) sum += row[i] * (window[i] - last);
    out[s] = sum;
  }
}

void NLinear::check(const Tensors& learned, std::size_t width) const {
  const auto found = learned.find("weights");
  if (found == learned.end() || found->second.values.size() != width * base().horizon)
    throw FormatError("the tensor 'learned.weights' is absent or has another shape");
}

}  // namespace learningplane::model
