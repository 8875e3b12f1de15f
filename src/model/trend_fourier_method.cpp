#include <algorithm>
#include <cmath>
#include <numbers>

#include "learningplane/error.hpp"
#include "learningplane/model/trend_fourier.hpp"
#include "model/clipped_regression.hpp"
#include "model/learned.hpp"

namespace learningplane::model {

using detail::Matrix;
using Eigen::Index;

TrendFourierMethod::TrendFourierMethod(TrendFourierOptions options, std::vector<Wave> waves)
    : options_(std::move(options)), waves_(std::move(waves)) {}

std::size_t TrendFourierMethod::width() const {
  std::size_t out = 1 + knots_.size();
  for (const Wave& w : used_) out += 2 * w.order;
  return out;
}

// Columns for `count` steps from index `first`: time, time after each knot, sines and cosines. The
// waves turn by one step at a time; they are set anew now and then, before rounding shows.
void TrendFourierMethod::basis(std::size_t first, std::size_t count, double* out) const {
  const std::size_t w = width();
  for (std::size_t i = 0; i < count; ++i) {
    const auto t = static_cast<double>(first + i);
    out[i * w] = t / length_;
    for (std::size_t k = 0; k < knots_.size(); ++k)
      out[i * w + 1 + k] = std::max(t - knots_[k], 0.0) / length_;
  }
  std::size_t column = 1 + knots_.size();
  for (const Wave& wave : used_) {
    for (std::size_t k = 1; k <= wave.order; ++k, column += 2) {
      const double turn = 2 * std::numbers::pi * static_cast<double>(k) / wave.period;
      const double turn_sin = std::sin(turn), turn_cos = std::cos(turn);
      double s = 0, c = 1;
      for (std::size_t i = 0; i < count; ++i) {
        if (i % 64 == 0) {
          const double angle = turn * std::fmod(static_cast<double>(first + i), wave.period);
          s = std::sin(angle);
          c = std::cos(angle);
        }
        out[i * w + column] = s;
        out[i * w + column + 1] = c;
        const double next = s * turn_cos + c * turn_sin;
        c = c * turn_cos - s * turn_sin;
        s = next;
      }
    }
  }
}

Result<void> TrendFourierMethod::fit(std::span<const double> y) {
  const std::size_t n = y.size(), lags = options_.lags;
  const std::size_t sets = lags > 0 ? options_.series.horizon : 1;
  const std::size_t least = lags > 0 ? lags + sets + 4 : 4;
  if (n < least)
    return fail(Errc::not_enough_data, std::to_string(n) + " known values; at least " +
                                           std::to_string(least) + " are needed");
  length_ = static_cast<double>(n);
  now_ = n;
  const double span = options_.changepoint_range * length_;
  const std::size_t bends = std::min(options_.changepoints, static_cast<std::size_t>(span / 4));
  knots_.clear();
  for (std::size_t k = 1; k <= bends; ++k)
    knots_.push_back(span * static_cast<double>(k) / static_cast<double>(bends + 1));
  used_.clear();
  for (Wave wave : waves_) {
    // As many harmonics as can be told apart at this step: below half a turn a step.
    const auto most = static_cast<std::size_t>(std::ceil(wave.period / 2) - 1);
    wave.order = std::min(wave.order, most);
    if (2 * wave.period <= length_ && wave.period > 2 && wave.order > 0) used_.push_back(wave);
  }
  std::vector<double> sorted(y.begin(), y.end());
  std::sort(sorted.begin(), sorted.end());
  centre_ = sorted[n / 2];
  const double spread = sorted[n - 1 - n / 20] - sorted[n / 20];
  scale_ = spread > 0 ? spread : sorted[n - 1] - sorted[0];
  if (!(scale_ > 1e-12 * std::abs(centre_))) scale_ = 1;
  std::vector<double> scaled;
  for (const double v : y) scaled.push_back((v - centre_) / scale_);
  past_.assign(scaled.end() - static_cast<std::ptrdiff_t>(lags), scaled.end());

  // Without lags a row is a value at its own time; with them an origin, and the steps after it.
  const std::size_t w = width(), first = lags > 0 ? lags - 1 : 0;
  const std::size_t rows = lags > 0 ? n - sets - first : n;
  const auto total = static_cast<Index>(w + lags);
  std::vector<double> columns(rows * w);
  basis(first, rows, columns.data());
  Matrix z(static_cast<Index>(rows), total);
  z.leftCols(static_cast<Index>(w)) =
      Eigen::Map<const Matrix>(columns.data(), static_cast<Index>(rows), static_cast<Index>(w));
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t l = 0; l < lags; ++l)
      z(static_cast<Index>(i), static_cast<Index>(w + l)) = scaled[first + i + 1 - lags + l];
  }
  Eigen::VectorXd penalties =
      Eigen::VectorXd::Constant(total, options_.penalty * static_cast<double>(rows));
  penalties[0] = 0;  // the line
  Eigen::VectorXd importance(static_cast<Index>(rows));
  for (std::size_t i = 0; i < rows; ++i) {
    const double at =
        static_cast<double>(i) / static_cast<double>(std::max<std::size_t>(rows, 2) - 1);
    importance[static_cast<Index>(i)] =
        1 + (options_.newest_weight - 1) * 0.5 * (1 - std::cos(std::numbers::pi * at));
  }
  detail::ClippedRegression regression(z, penalties, importance);
  weights_.clear();
  for (std::size_t s = 0; s < sets; ++s) {
    const Eigen::VectorXd target = Eigen::Map<const Eigen::VectorXd>(
        scaled.data() + (lags > 0 ? first + 1 + s : 0), static_cast<Index>(rows));
    const Eigen::VectorXd found =
        regression.huber(target, options_.huber_delta, regression.squared(target));
    if (!found.allFinite())
      return fail(Errc::not_enough_data, "the equations have no finite solution");
    weights_.insert(weights_.end(), found.data(), found.data() + found.size());
  }
  return {};
}

void TrendFourierMethod::append(double y) {
  ++now_;
  if (past_.empty()) return;
  std::copy(past_.begin() + 1, past_.end(), past_.begin());
  past_.back() = (y - centre_) / scale_;
}

std::vector<Component> TrendFourierMethod::components(std::size_t horizon) const {
  const std::size_t w = width(), lags = options_.lags, row = w + lags + 1;
  std::vector<Component> out{{"trend", std::vector<double>(horizon, centre_)}};
  for (const Wave& wave : used_) out.push_back({wave.name, std::vector<double>(horizon)});
  if (lags > 0) out.push_back({"lags", std::vector<double>(horizon)});
  // Without lags each step has its own time. With them all steps of a block look from its origin,
  // and further blocks look at the forecasts of those before.
  const std::size_t block = lags > 0 ? weights_.size() / row : horizon;
  std::vector<double> past = past_, columns(lags > 0 ? w : horizon * w);
  for (std::size_t start = 0; start < horizon; start += block) {
    const std::size_t steps = std::min(block, horizon - start);
    basis(lags > 0 ? now_ + start - 1 : now_, lags > 0 ? 1 : steps, columns.data());
    std::vector<double> said;
    for (std::size_t s = 0; s < steps; ++s) {
      const double* c = columns.data() + (lags > 0 ? 0 : s * w);
      const double* b = weights_.data() + (lags > 0 ? s * row : 0);
      double trend = b[row - 1], sum = 0;
      for (std::size_t k = 0; k < 1 + knots_.size(); ++k) trend += b[k] * c[k];
      out[0].values[start + s] += scale_ * trend;
      sum += trend;
      std::size_t at = 1 + knots_.size();
      for (std::size_t i = 0; i < used_.size(); ++i) {
        double season = 0;
        for (std::size_t k = 0; k < 2 * used_[i].order; ++k, ++at) season += b[at] * c[at];
        out[1 + i].values[start + s] = scale_ * season;
        sum += season;
      }
      if (lags == 0) continue;
      double own = 0;
      for (std::size_t l = 0; l < lags; ++l) own += b[w + l] * past[l];
      out.back().values[start + s] = scale_ * own;
      said.push_back(sum + own);
    }
    past.insert(past.end(), said.begin(), said.end());
    if (lags > 0) past.erase(past.begin(), past.end() - static_cast<std::ptrdiff_t>(lags));
  }
  return out;
}

void TrendFourierMethod::forecast(std::span<double> out) const {
  std::fill(out.begin(), out.end(), 0.0);
  for (const Component& part : components(out.size())) {
    for (std::size_t s = 0; s < out.size(); ++s) out[s] += part.values[s];
  }
  if (!options_.as_published) return;
  for (double& v : out) v = std::trunc(std::max(v, 0.0));
}

std::unique_ptr<SeriesMethod> TrendFourierMethod::clone() const {
  return std::make_unique<TrendFourierMethod>(*this);
}

std::string TrendFourierMethod::describe() const {
  std::string out = std::to_string(knots_.size()) + " changepoints";
  for (const Wave& w : used_) out += ", season " + w.name + " of order " + std::to_string(w.order);
  if (used_.empty()) out += ", no season";
  return out;
}

Tensors TrendFourierMethod::save() const {
  Tensor seasons{{used_.size(), 3}, {}};
  for (const Wave& w : used_) {
    const auto from = std::find_if(waves_.begin(), waves_.end(),
                                   [&w](const Wave& v) { return v.name == w.name; });
    seasons.values.insert(seasons.values.end(), {w.period, static_cast<double>(w.order),
                                                 static_cast<double>(from - waves_.begin())});
  }
  return {
      {"seasons", seasons},
      {"knots", {{knots_.size()}, knots_}},
      {"past", {{past_.size()}, past_}},
      {"weights",
       {{weights_.size() / (width() + options_.lags + 1), width() + options_.lags + 1}, weights_}},
      {"state", {{4}, {length_, centre_, scale_, static_cast<double>(now_)}}}};
}

void TrendFourierMethod::load(const Tensors& tensors) {
  TrendFourierMethod fresh(options_, waves_);
  for (const char* name : {"seasons", "knots", "past", "weights", "state"}) {
    if (tensors.find(name) == tensors.end())
      throw FormatError(std::string("the tensor 'learned.") + name + "' is absent");
  }
  const auto& seasons = tensors.at("seasons").values;
  for (std::size_t i = 0; i + 2 < seasons.size(); i += 3) {
    const double which = seasons[i + 2], order = seasons[i + 1];
    if (!(which >= 0 && which < static_cast<double>(waves_.size())) || !(seasons[i] > 2) ||
        !(order >= 1 && order <= 1e6))
      throw FormatError("the tensor 'learned.seasons' cannot be used");
    fresh.used_.push_back({seasons[i], static_cast<std::size_t>(order),
                           waves_[static_cast<std::size_t>(which)].name});
  }
  fresh.knots_ = tensors.at("knots").values;
  fresh.past_ = tensors.at("past").values;
  fresh.weights_ = tensors.at("weights").values;
  detail::want(tensors, "past", options_.lags);
  detail::want(tensors, "state", 4);
  const std::size_t sets = options_.lags > 0 ? options_.series.horizon : 1;
  detail::want(tensors, "weights", sets * (fresh.width() + options_.lags + 1));
  const auto& state = tensors.at("state").values;
  if (!(state[0] > 0) || !(state[2] > 0) || !(state[3] >= 1 && state[3] < 1e15))
    throw FormatError("the tensor 'learned.state' cannot be used");
  used_ = std::move(fresh.used_);
  knots_ = std::move(fresh.knots_);
  past_ = std::move(fresh.past_);
  weights_ = std::move(fresh.weights_);
  length_ = state[0];
  centre_ = state[1];
  scale_ = state[2];
  now_ = static_cast<std::size_t>(state[3]);
}

}  // namespace learningplane::model
