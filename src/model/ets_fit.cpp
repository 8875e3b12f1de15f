#include "model/ets_fit.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "model/minimise.hpp"

namespace learningplane::model::detail {

bool ets_has_trend(EtsForm f) { return f != EtsForm::ann && f != EtsForm::ana; }
bool ets_is_damped(EtsForm f) { return f == EtsForm::aadn || f == EtsForm::aada; }
bool ets_has_season(EtsForm f) {
  return f == EtsForm::ana || f == EtsForm::aaa || f == EtsForm::aada;
}

std::size_t ets_parameters(EtsForm f, std::size_t season) {
  return 3 + (ets_has_trend(f) ? 2 : 0) + (ets_is_damped(f) ? 1 : 0) +
         (ets_has_season(f) ? season : 0);
}

namespace {

constexpr double least = 1e-4, most = 0.9999, least_phi = 0.8, most_phi = 0.98;
constexpr std::size_t most_columns = 64, most_work = 400'000;  // values x columns²: above, the
                                                               // first season is not solved for

struct Smoothing {
  double alpha, beta, gamma, phi;
};

/// The errors are linear in the first states. Column 0 starts from a guess and sees the values;
/// each other one sees zeros and starts from one unit of a state: errors = column 0 + sum of x_j
/// column j, and the best x is a small least squares problem.
class Problem {
 public:
  Problem(std::span<const double> y, EtsForm form, std::span<const double> figure)
      : y_(y), trend_(ets_has_trend(form)), figure_(figure.begin(), figure.end()) {
    columns_ = trend_ ? 3 : 2;
    const std::size_t all = columns_ + std::max<std::size_t>(figure_.size(), 1) - 1;
    if (all <= most_columns && y.size() * all * all <= most_work) columns_ = all;
    if (figure_.empty()) figure_.assign(1, 0.0);
    start_.resize(columns_ * (2 + figure_.size()));
    set_start();
    const auto k = static_cast<Eigen::Index>(columns_);
    gram_.resize(k, k);
    solution_.resize(k);
  }

  /// The smallest sum of squares over the first states.
  double squares(const Smoothing& s) {
    run(s);
    const auto k = static_cast<Eigen::Index>(columns_ - 1);
    auto inner = gram_.bottomRightCorner(k, k);
    inner.diagonal().array() += 1e-13 * inner.trace() + std::numeric_limits<double>::min();
    solution_ = inner.selfadjointView<Eigen::Lower>().ldlt().solve(-gram_.col(0).tail(k));
    const double out = gram_(0, 0) + solution_.dot(gram_.col(0).tail(k));
    return std::isfinite(out) ? std::max(out, 0.0) : std::numeric_limits<double>::max();
  }

  /// The states after the last value, for the first states that squares() found best.
  EtsMethod::Fit finish(const Smoothing& s, EtsForm form) {
    squares(s);
    EtsMethod::Fit out;
    out.form = form;
    out.alpha = s.alpha;
    out.beta = s.beta;
    out.gamma = s.gamma;
    out.phi = s.phi;
    const auto state = [this](std::size_t row) {
      double v = start_[row * columns_];
      for (std::size_t j = 1; j < columns_; ++j)
        v += solution_[static_cast<Eigen::Index>(j - 1)] * start_[row * columns_ + j];
      return v;
    };
    out.level = state(0);
    out.trend = trend_ ? state(1) : 0;
    if (ets_has_season(form)) {
      out.season.resize(figure_.size());
      for (std::size_t p = 0; p < figure_.size(); ++p) out.season[p] = state(2 + p);
    }
    for (const double v : y_) {
      const double e = v - ets_next(out);
      out.squares += e * e;
      ets_take(out, v);
    }
    return out;
  }

 private:
  /// Rows: level, trend, then the season's phases; one column after another within a row.
  void set_start() {
    const std::size_t m = figure_.size();
    const std::size_t some = std::min(y_.size(), std::max<std::size_t>(10, 2 * m));
    double mean = 0;
    for (std::size_t t = 0; t < some; ++t)
      mean += (y_[t] - figure_[t % m]) / static_cast<double>(some);
    const auto at = [this](std::size_t row, std::size_t column) -> double& {
      return start_[row * columns_ + column];
    };
    at(0, 0) = mean;
    at(0, 1) = 1;
    if (trend_) at(1, 2) = 1;
    for (std::size_t p = 0; p < m; ++p) at(2 + p, 0) = figure_[p];
    // The season's values sum to zero: what one phase gains the last one loses.
    for (std::size_t j = trend_ ? 3 : 2, p = 0; j < columns_; ++j, ++p) {
      at(2 + p, j) = 1;
      at(1 + m, j) = -1;
    }
  }

  void run(const Smoothing& s) {
    state_ = start_;
    if (columns_ == 2)
      run_columns<2>(s);
    else if (columns_ == 3)
      run_columns<3>(s);
    else
      run_columns<0>(s);
  }

  /// @tparam C the number of columns; 0: as many as there are
  template <std::size_t C>
  void run_columns(const Smoothing& s) {
    constexpr std::size_t room = C == 0 ? most_columns : C;
    const std::size_t columns = C == 0 ? columns_ : C;
    std::array<double, room> e{};
    std::array<double, room * room> sums{};
    double* level = state_.data();
    double* trend = level + columns;
    double* seasons = trend + columns;
    std::size_t phase = 0;
    for (const double y : y_) {
      double* season = seasons + phase * columns;
      for (std::size_t j = 0; j < columns; ++j) {
        const double slope = s.phi * trend[j], q = level[j] + slope;
        const double error = (j == 0 ? y : 0.0) - q - season[j];
        level[j] = q + s.alpha * error;
        trend[j] = slope + s.beta * error;
        season[j] += s.gamma * error;
        e[j] = error;
      }
      for (std::size_t i = 0; i < columns; ++i)
        for (std::size_t j = 0; j <= i; ++j) sums[i * room + j] += e[i] * e[j];
      if (++phase == figure_.size()) phase = 0;
    }
    for (std::size_t i = 0; i < columns; ++i)
      for (std::size_t j = 0; j <= i; ++j)
        gram_(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = sums[i * room + j];
  }

  std::span<const double> y_;
  bool trend_;
  std::vector<double> figure_;
  std::size_t columns_ = 2;
  std::vector<double> start_{}, state_{};
  Eigen::MatrixXd gram_{};
  Eigen::VectorXd solution_{};
};

/// The box of the search: alpha, then beta as a share of alpha, gamma as a share of 1 - alpha, phi.
template <std::size_t N>
Smoothing smoothing_of(EtsForm form, const std::array<double, N>& at) {
  Smoothing s{at[0], 0, 0, 1};
  std::size_t i = 1;
  if (ets_has_trend(form)) s.beta = s.alpha * at[i++];
  if (ets_has_season(form)) s.gamma = (1 - s.alpha) * at[i++];
  if (ets_is_damped(form)) s.phi = at[i];
  return s;
}

template <std::size_t N>
Smoothing search(Problem& problem, EtsForm form) {
  std::array<double, N> low, high, best{};
  low.fill(least);
  high.fill(most);
  if (ets_is_damped(form)) {
    low[N - 1] = least_phi;
    high[N - 1] = most_phi;
  }
  const auto f = [&](const std::array<double, N>& at) {
    return problem.squares(smoothing_of(form, at));
  };
  double smallest = std::numeric_limits<double>::infinity();
  for (const double alpha : {0.05, 0.3, 0.7, 0.95}) {
    for (const double share : {0.0005, 0.02, 0.2}) {
      std::array<double, N> at;
      at.fill(share);
      at[0] = alpha;
      if (ets_is_damped(form)) at[N - 1] = 0.95;
      const double value = f(at);
      if (value < smallest) {
        smallest = value;
        best = at;
      }
    }
  }
  // A second simplex, where the first one came to rest against a wall of the box.
  for (const double size : {0.1, 0.03}) minimise_simplex(f, best, low, high, size, 1e-9, 300);
  return smoothing_of(form, best);
}

Smoothing search(Problem& problem, EtsForm form) {
  switch (form) {
    case EtsForm::aan:
    case EtsForm::ana: return search<2>(problem, form);
    case EtsForm::aadn:
    case EtsForm::aaa: return search<3>(problem, form);
    case EtsForm::aada: return search<4>(problem, form);
    default: {
      const auto f = [&problem](double alpha) { return problem.squares({alpha, 0, 0, 1}); };
      return {minimise_line(f, least, most, 12, 1e-7).first, 0, 0, 1};
    }
  }
}

}  // namespace

EtsMethod::Fit fit_ets(std::span<const double> y, EtsForm form, std::span<const double> figure) {
  Problem problem(y, form, figure);
  EtsMethod::Fit out = problem.finish(search(problem, form), form);
  const auto n = static_cast<double>(y.size());
  const auto p = static_cast<double>(ets_parameters(form, figure.size()));
  out.aicc = n * std::log(std::max(out.squares, std::numeric_limits<double>::min())) + 2 * p +
             2 * p * (p + 1) / (n - p - 1);
  return out;
}

double ets_next(const EtsMethod::Fit& fit) {
  return fit.level + fit.phi * fit.trend + (fit.season.empty() ? 0.0 : fit.season[fit.phase]);
}

void ets_take(EtsMethod::Fit& fit, double y) {
  const double e = y - ets_next(fit);
  fit.level += fit.phi * fit.trend + fit.alpha * e;
  fit.trend = fit.phi * fit.trend + fit.beta * e;
  if (fit.season.empty()) return;
  fit.season[fit.phase] += fit.gamma * e;
  if (++fit.phase == fit.season.size()) fit.phase = 0;
}

}  // namespace learningplane::model::detail
