#include "learningplane/model/seasonal_ridge.hpp"

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"
#include "model/gram.hpp"

namespace learningplane::model {

namespace {

constexpr std::size_t per_season = 4;    // inputs
constexpr std::size_t fewest_rows = 8;   // to learn from, besides those of two horizons
constexpr std::size_t single_lags = 12;  // further ones in blocks of a sixth of their distance

const Tensor& tensor(const Tensors& tensors, const char* name) {
  const auto found = tensors.find(name);
  if (found == tensors.end())
    throw FormatError(std::string("the tensor 'learned.") + name + "' is absent");
  return found->second;
}

}  // namespace

/// What the fits of all steps share.
struct SeasonalRidgeFit {
  detail::Design z;  // inputs, one, target
  std::size_t first_row, thinned;
  std::vector<double> penalty{}, weights{}, residuals{}, sizes{}, solution{};
  detail::Gram gram{};
};

SeasonalRidge::Sums::Sums(std::span<const double> values) : y(values), before(values.size() + 1) {
  for (std::size_t i = 0; i < y.size(); ++i) before[i + 1] = before[i] + y[i];
}

SeasonalRidge::SeasonalRidge(SeasonalRidgeOptions options) : options_(std::move(options)) {
  if (options_.horizon == 0) throw ConfigError("", "horizon", "0", "1 or more");
  if (options_.lags < 2) throw ConfigError("", "lags", std::to_string(options_.lags), "2 or more");
  if (!(options_.penalty >= 0))
    throw ConfigError("", "penalty", std::to_string(options_.penalty), "0 or more");
  if (!(options_.huber_delta > 0))
    throw ConfigError("", "huber_delta", std::to_string(options_.huber_delta), "above 0");
  if (options_.most_rows < 10)
    throw ConfigError("", "most_rows", std::to_string(options_.most_rows), "10 or more");
}

void SeasonalRidge::shape(std::size_t lags, std::vector<std::size_t> seasons) {
  lags_ = lags;
  seasons_ = std::move(seasons);
  blocks_.clear();
  for (std::size_t at = 1; at < lags_;) {
    const std::size_t count = std::min(at <= single_lags ? 1 : at / 6, lags_ - at);
    blocks_.push_back({at, count});
    at += count;
  }
}

std::size_t SeasonalRidge::width() const { return blocks_.size() + per_season * seasons_.size(); }

std::size_t SeasonalRidge::reach() const {
  std::size_t out = lags_;
  for (const std::size_t m : seasons_) out = std::max(out, 2 * m);
  return out;
}

/// At row t, the last known value, for `h` steps ahead.
void SeasonalRidge::inputs(const Sums& y, std::size_t t, std::size_t h, double* out) const {
  const double last = y.y[t];
  for (const Block& b : blocks_) *out++ = y.mean(t, b.first, b.count) - last;
  for (const std::size_t m : seasons_) {
    // The target's place one season before; steps beyond a season take the newest such place.
    const std::size_t back = m - 1 - (h - 1) % m;
    *out++ = y.y[t - back] - last;
    *out++ = y.y[t - m] - last;
    *out++ = y.y[t - back - m] - last;
    *out++ = y.mean(t, 0, m) - last;
  }
}

Result<void> SeasonalRidge::fit(std::span<const double> y) {
  const std::size_t n = y.size(), horizon = options_.horizon;
  std::vector<std::size_t> seasons;
  for (const std::size_t m : options_.seasons) {
    if (m > 1 && n >= 3 * m && n >= 2 * m + 2 * horizon + fewest_rows) seasons.push_back(m);
  }
  shape(std::min(options_.lags, std::max<std::size_t>(2, n / 8)), std::move(seasons));
  const std::size_t first = reach(), needed = first + 2 * horizon + fewest_rows;
  if (n < needed)
    return fail(Errc::not_enough_data, "seasonal_ridge: " + std::to_string(n) + " values; " +
                                           std::to_string(needed) + " are needed for " +
                                           std::to_string(horizon) + " steps");
  const auto [low, high] = std::minmax_element(y.begin(), y.end());
  low_ = *low;
  high_ = *high;
  const std::size_t all = n - horizon - first;
  const std::size_t thinned = (all + options_.most_rows - 1) / options_.most_rows;
  const std::size_t rows = (all + thinned - 1) / thinned;
  SeasonalRidgeFit shared{detail::Design(rows, width() + 2), n - 1 - horizon, thinned};
  weights_.clear();
  intercepts_.clear();
  const Sums sums(y);
  for (std::size_t h = 1; h <= horizon; ++h) learn(sums, h, shared);
  past_.assign(y.end() - static_cast<std::ptrdiff_t>(std::min(n, first + 1)), y.end());
  return {};
}

void SeasonalRidge::learn(const Sums& y, std::size_t h, SeasonalRidgeFit& s) {
  const std::size_t inputs_count = width(), rows = s.z.rows(), target = inputs_count + 1;
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t t = s.first_row - i * s.thinned;  // the newest row always takes part
    double* row = s.z.row(i);
    if (h == 1 || !seasons_.empty()) inputs(y, t, h, row);  // lags are the same for every step
    row[inputs_count] = 1;
    row[target] = y.y[t + h] - y.y[t];
  }
  s.penalty.assign(target, 0);
  s.weights.clear();
  s.solution.assign(target, 0);
  for (int round = 0; round <= options_.rounds; ++round) {
    s.gram.compute(s.z, s.weights);
    // Per weighted square: rows that hardly count must not set the scale of the inputs either.
    double most = 1e-280;
    for (std::size_t c = 0; c < inputs_count; ++c) most = std::max(most, s.gram.at(c, c));
    for (std::size_t c = 0; c < inputs_count; ++c)
      s.penalty[c] = options_.penalty * std::max(s.gram.at(c, c), 1e-18 * most);
    s.penalty[inputs_count] = 1e-9 * s.gram.at(inputs_count, inputs_count);
    if (!s.gram.solve(target, target, s.penalty, s.solution)) {
      std::fill(s.solution.begin(), s.solution.end(), 0.0);  // nothing to learn: as it was
      break;
    }
    if (round == options_.rounds) break;
    s.residuals.resize(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      const double* row = s.z.row(i);
      double said = 0;
      for (std::size_t c = 0; c < target; ++c) said += row[c] * s.solution[c];
      s.residuals[i] = std::abs(row[target] - said);
    }
    s.sizes = s.residuals;
    const auto middle = s.sizes.begin() + static_cast<std::ptrdiff_t>(rows / 2);
    std::nth_element(s.sizes.begin(), middle, s.sizes.end());
    const double limit = options_.huber_delta * *middle / 0.6745;
    if (!(limit > 0)) break;
    s.weights.resize(rows);
    for (std::size_t i = 0; i < rows; ++i)
      s.weights[i] = s.residuals[i] <= limit ? 1.0 : limit / s.residuals[i];
  }
  weights_.insert(weights_.end(), s.solution.begin(), s.solution.end() - 1);
  intercepts_.push_back(s.solution.back());
}

void SeasonalRidge::append(double y) {
  past_.push_back(y);
  low_ = std::min(low_, y);
  high_ = std::max(high_, y);
  // Dropped in larger pieces, so that a step costs little.
  if (past_.size() > 2 * reach() + 64)
    past_.erase(past_.begin(), past_.end() - static_cast<std::ptrdiff_t>(reach() + 1));
}

void SeasonalRidge::forecast(std::span<double> out) const {
  const std::size_t count = width(), t = reach();
  const Sums past{std::span<const double>(past_).last(reach() + 1)};
  std::vector<double> x(count);
  // A linear rule knows no limits: beyond what was seen by a quarter of its range nothing is said,
  // and a series that was never negative stays so.
  const double margin = 0.25 * (high_ - low_);
  const double bottom = low_ >= 0 ? 0 : low_ - margin;
  for (std::size_t h = 1; h <= out.size(); ++h) {
    const std::size_t step = std::min(h, options_.horizon) - 1;
    inputs(past, t, h, x.data());
    double sum = past.y[t] + intercepts_[step];
    for (std::size_t c = 0; c < count; ++c) sum += weights_[step * count + c] * x[c];
    out[h - 1] = std::clamp(sum, bottom, high_ + margin);
  }
}

std::unique_ptr<SeriesMethod> SeasonalRidge::clone() const {
  return std::unique_ptr<SeriesMethod>(new SeasonalRidge(*this));
}

std::string SeasonalRidge::describe() const {
  std::string out = std::to_string(lags_) + " lags";
  for (const std::size_t m : seasons_) out += ", season " + std::to_string(m);
  return out;
}

Tensors SeasonalRidge::save() const {
  Tensors out;
  std::vector<double> shape{static_cast<double>(lags_)};
  for (const std::size_t m : seasons_) shape.push_back(static_cast<double>(m));
  out["shape"] = {{shape.size()}, shape};
  out["range"] = {{2}, {low_, high_}};
  out["weights"] = {{options_.horizon, width()}, weights_};
  out["intercepts"] = {{options_.horizon}, intercepts_};
  const std::vector<double> past(past_.end() - static_cast<std::ptrdiff_t>(reach() + 1),
                                 past_.end());
  out["past"] = {{past.size()}, past};
  return out;
}

void SeasonalRidge::load(const Tensors& tensors) {
  const std::vector<double>& form = tensor(tensors, "shape").values;
  std::vector<std::size_t> lengths;
  for (const double v : form) {
    if (!(v >= 2 && v <= 1e7 && v == std::floor(v)))
      throw FormatError("the tensor 'learned.shape' cannot be used");
    lengths.push_back(static_cast<std::size_t>(v));
  }
  if (lengths.empty() || lengths.size() > 1 + options_.seasons.size())
    throw FormatError("the tensor 'learned.shape' cannot be used");
  if (lengths[0] > options_.lags)
    throw FormatError("'learned.shape' has more lags than the options");
  SeasonalRidge fresh(options_);
  fresh.shape(lengths[0], {lengths.begin() + 1, lengths.end()});
  const auto& weights = tensor(tensors, "weights").values;
  const auto& intercepts = tensor(tensors, "intercepts").values;
  const auto& past = tensor(tensors, "past").values;
  const auto& range = tensor(tensors, "range").values;
  if (weights.size() != options_.horizon * fresh.width() || intercepts.size() != options_.horizon ||
      past.size() != fresh.reach() + 1 || range.size() != 2 || !(range[0] <= range[1]))
    throw FormatError("the tensors of seasonal_ridge do not fit together");
  shape(fresh.lags_, fresh.seasons_);
  weights_ = weights;
  intercepts_ = intercepts;
  past_ = past;
  low_ = range[0];
  high_ = range[1];
}

}  // namespace learningplane::model
