#include "learningplane/model/ridge.hpp"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"
#include "model/parameters.hpp"

namespace learningplane::model {

namespace {

using Matrix = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Vector = Eigen::VectorXd;
using Eigen::Index;

Index index(std::size_t n) { return static_cast<Index>(n); }

Tensor tensor(std::vector<std::size_t> shape, const double* values) {
  Tensor out{std::move(shape), {}};
  std::size_t n = 1;
  for (const std::size_t d : out.shape) n *= d;
  out.values.assign(values, values + n);
  return out;
}

std::span<const double> numbers(const Tensors& learned, const char* name) {
  return learned.at(name).values;
}

/// Weights by Huber's rule: 1 near zero, falling as 1/|residual| beyond delta robust deviations.
Vector huber_weights(const Vector& residuals, double delta) {
  Vector sizes = residuals.cwiseAbs();
  std::vector<double> sorted(sizes.data(), sizes.data() + sizes.size());
  const auto middle = sorted.begin() + static_cast<std::ptrdiff_t>(sorted.size() / 2);
  std::nth_element(sorted.begin(), middle, sorted.end());
  const double scale = *middle / 0.6745;  // the median of |N(0, 1)|
  if (!(scale > 0)) return Vector::Ones(residuals.size());
  const double limit = delta * scale;
  return sizes.unaryExpr([limit](double r) { return r <= limit ? 1.0 : limit / r; });
}

struct Solution {
  Vector weights;
  double intercept;
};

/// Weighted ridge with an unpenalised intercept.
Solution weighted(const Matrix& z, const Vector& y, const Vector& w, double penalty) {
  const double total = w.sum();
  const Vector mean = z.transpose() * w / total;
  const double y_mean = y.dot(w) / total;
  const Matrix centred = z.rowwise() - mean.transpose();
  Matrix gram = centred.transpose() * w.asDiagonal() * centred;
  gram.diagonal().array() += penalty;
  const Vector right = centred.transpose() * (w.array() * (y.array() - y_mean)).matrix();
  Solution out{gram.ldlt().solve(right), 0};
  out.intercept = y_mean - mean.dot(out.weights);
  return out;
}

}  // namespace

Manifest ridge_manifest() {
  const RidgeOptions d;
  Manifest out{"ridge", "Linear regression on lags with a penalty on the weights, in closed form",
               detail::windowed_parameters(d.window)};
  const std::vector<Parameter> own{
      {.name = "penalty",
       .type = ParameterType::any,
       .summary = "on the squared weights, 0 or more; of a list the best on the validation tail is "
                  "taken",
       .fallback = detail::to_value(d.penalties)},
      detail::boolean("clip_inputs", "limit inputs to the range seen in training", true),
      detail::choice("loss", "squared, or huber: large residuals count linearly", "squared",
                     {"squared", "huber"}),
      detail::number("huber_delta", "robust standard deviations beyond which a residual is large",
                     d.huber_delta, {0.01, 1000})};
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
  o.loss = v.find("loss")->as_string() == "huber" ? RidgeLoss::huber : RidgeLoss::squared;
  o.huber_delta = v.find("huber_delta")->as_double();
  return o;
}

Ridge::Ridge(RidgeOptions options) : Windowed(options.window), options_(std::move(options)) {
  if (options_.penalties.empty()) throw ConfigError("", "penalty", "[]", "one number or more");
  for (const double p : options_.penalties) {
    if (!(p >= 0 && std::isfinite(p)))
      throw ConfigError("", "penalty", std::to_string(p), "0 or more");
  }
}

Value Ridge::options_value() const {
  return Value::object()
      .set("target", base().target)
      .set("inputs", detail::to_value(base().inputs))
      .set("lags", base().lags)
      .set("horizon", base().horizon)
      .set("penalty", detail::to_value(options_.penalties))
      .set("validation_share", base().validation_share)
      .set("clip_inputs", options_.input_range == features::OutOfRange::clip)
      .set("loss", options_.loss == RidgeLoss::huber ? "huber" : "squared")
      .set("huber_delta", options_.huber_delta);
}

Tensors Ridge::solve(const Examples& train, double penalty) const {
  const Index n = index(train.count()), width = index(train.width), steps = index(train.horizon);
  Matrix z(n, width), y(n, steps);
  for (Index i = 0; i < n; ++i) {
    const auto row = static_cast<std::size_t>(i);
    z.row(i) = Eigen::Map<const Eigen::RowVectorXd>(train.window(row).data(), width);
    y.row(i) = Eigen::Map<const Eigen::RowVectorXd>(train.target(row).data(), steps);
  }
  const Eigen::RowVectorXd low = z.colwise().minCoeff(), high = z.colwise().maxCoeff();
  const Eigen::RowVectorXd offset = z.colwise().mean();
  z.rowwise() -= offset;
  Eigen::RowVectorXd scale = (z.colwise().squaredNorm() / static_cast<double>(n)).cwiseSqrt();
  // Constant lags carry nothing: rounding alone must not be stretched to a deviation of one.
  for (Index c = 0; c < width; ++c) {
    if (!(scale[c] > 1e-12 * (1 + std::abs(offset[c])))) scale[c] = 1;
  }
  z.array().rowwise() /= scale.array();

  Matrix gram = z.transpose() * z;
  gram.diagonal().array() += penalty;
  Eigen::RowVectorXd intercept = y.colwise().mean();
  const Matrix right = z.transpose() * (y.rowwise() - intercept);
  Matrix weights = gram.ldlt().solve(right);
  if (options_.loss == RidgeLoss::huber) {
    for (Index s = 0; s < steps; ++s) {
      const Vector target = y.col(s);
      Solution solution{weights.col(s), intercept[s]};
      for (int round = 0; round < 20; ++round) {
        const Vector residuals =
            target - z * solution.weights - Vector::Constant(n, solution.intercept);
        const Vector before = solution.weights;
        solution = weighted(z, target, huber_weights(residuals, options_.huber_delta), penalty);
        if ((solution.weights - before).norm() <= 1e-10 * (1 + before.norm())) break;
      }
      weights.col(s) = solution.weights;
      intercept[s] = solution.intercept;
    }
  }
  const Matrix by_step = weights.transpose();
  return {{"weights", tensor({train.horizon, train.width}, by_step.data())},
          {"intercept", tensor({train.horizon}, intercept.data())},
          {"offset", tensor({train.width}, offset.data())},
          {"scale", tensor({train.width}, scale.data())},
          {"low", tensor({train.width}, low.data())},
          {"high", tensor({train.width}, high.data())},
          {"penalty", tensor({1}, &penalty)}};
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

Result<Tensors> Ridge::learn(const Examples& train, const Examples& validation,
                             FitReport& report) const {
  Tensors best;
  double lowest = 0;
  for (const double penalty : options_.penalties) {
    Tensors candidate = solve(train, penalty);
    const double e = error(candidate, validation);
    if (!best.empty() && !(e < lowest)) continue;
    lowest = e;
    best = std::move(candidate);
  }
  return checked(std::move(best), train, report);
}

Result<Tensors> Ridge::learn_all(const Examples& all, const Tensors& first,
                                 FitReport& report) const {
  return checked(solve(all, numbers(first, "penalty")[0]), all, report);
}

Result<Tensors> Ridge::checked(Tensors learned, const Examples& train, FitReport& report) const {
  for (const double w : numbers(learned, "weights")) {
    if (!std::isfinite(w))
      return fail(Errc::not_enough_data,
                  "the equations have no finite solution: raise the penalty above zero");
  }
  report.train_loss = error(learned, train);
  report.note = "penalty " + std::to_string(numbers(learned, "penalty")[0]);
  return learned;
}

void Ridge::predict(const Tensors& learned, std::span<const double> window,
                    std::span<double> out) const {
  const auto offset = numbers(learned, "offset"), scale = numbers(learned, "scale");
  const auto low = numbers(learned, "low"), high = numbers(learned, "high");
  const auto weights = numbers(learned, "weights"), intercept = numbers(learned, "intercept");
  const bool clip = options_.input_range == features::OutOfRange::clip;
  std::copy_n(intercept.begin(), out.size(), out.begin());
  for (std::size_t i = 0; i < window.size(); ++i) {
    const double raw = clip ? std::clamp(window[i], low[i], high[i]) : window[i];
    const double z = (raw - offset[i]) / scale[i];
    for (std::size_t s = 0; s < out.size(); ++s) out[s] += z * weights[s * window.size() + i];
  }
}

void Ridge::check(const Tensors& learned, std::size_t width) const {
  const auto want = [&learned](const char* name, std::size_t size) {
    const auto found = learned.find(name);
    if (found == learned.end() || found->second.values.size() != size)
      throw FormatError(std::string("the tensor 'learned.") + name +
                        "' is absent or does not hold " + std::to_string(size) + " numbers");
  };
  want("weights", width * base().horizon);
  want("intercept", base().horizon);
  for (const char* name : {"offset", "scale", "low", "high"}) want(name, width);
  want("penalty", 1);
  for (std::size_t i = 0; i < width; ++i) {
    if (!(numbers(learned, "scale")[i] > 0) ||
        !(numbers(learned, "low")[i] <= numbers(learned, "high")[i]))
      throw FormatError("the scaling of lag " + std::to_string(i) + " cannot be used");
  }
}

}  // namespace learningplane::model
