#include "model/theta_fit.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "model/minimise.hpp"

namespace learningplane::model::detail {

namespace {

using State = ThetaMethod::State;

constexpr double lowest_alpha = 0.1, highest_alpha = 0.99, highest_theta = 1e10;
constexpr std::size_t first_error = 3;  // earlier ones say more of the start than of the model

/// Moves the line through the first values on by one more: it stays the least squares line of all.
void take_line(State& s, double y) {
  const auto t = static_cast<double>(s.count);
  s.slope = s.count == 0 ? 0 : ((t - 1) * s.slope + 6 * (y - s.mean) / (t + 1)) / (t + 2);
  s.mean += (y - s.mean) / (t + 1);
  s.intercept = s.mean - s.slope * (t + 2) / 2;
}

/// What an error depends on besides alpha: e_t = y_t - level_t - c line_t with c = 1 - 1/theta. The
/// level is linear in the first one, so that for a given alpha the best first level and the best
/// c have a closed form: what is left to search is one number.
class Problem {
 public:
  Problem(std::span<const double> y, bool dynamic) : y_(y), a_(y.size()), b_(y.size()) {
    State line;
    for (std::size_t t = 0; t < y.size(); ++t) {
      a_[t] = line.intercept;
      b_[t] = line.slope;
      take_line(line, y[t]);
      ++line.count;
      magnitude_ += std::abs(y[t]) / static_cast<double>(y.size());
    }
    if (!dynamic) {
      std::fill(a_.begin(), a_.end(), line.intercept);
      std::fill(b_.begin(), b_.end(), line.slope);
    }
    end_ = line;
  }

  struct Answer {
    double first_level = 0, c = 0.5, squares = 0;
  };

  /// @param c_free whether c may be chosen; otherwise it is 1/2, theta 2
  Answer solve(double alpha, bool c_free) const {
    const double keep = 1 - alpha;
    double rr = 0, rw = 0, rg = 0, ww = 0, wg = 0, gg = 0;
    double level = alpha * y_[0], w = keep;  // of a first level of 0, and of what the real one adds
    std::size_t t = 1;
    for (; t < y_.size() && (w > 1e-18 || t < first_error); ++t) {
      const double r = y_[t] - level, g = a_[t] * w + b_[t] * (1 - keep * w) / alpha;
      if (t >= first_error) {
        rr += r * r;
        rw += r * w;
        rg += r * g;
        ww += w * w;
        wg += w * g;
        gg += g * g;
      }
      level = alpha * y_[t] + keep * level;
      w *= keep;
    }
    double rb = 0, bb = 0;
    for (; t < y_.size(); ++t) {  // the same where the start has been forgotten
      const double r = y_[t] - level;
      rr += r * r;
      rb += r * b_[t];
      bb += b_[t] * b_[t];
      level = alpha * y_[t] + keep * level;
    }
    rg += rb / alpha;
    gg += bb / (alpha * alpha);
    // The first level is eliminated, then c.
    const double rr1 = rr - rw * rw / ww, rg1 = rg - rw * wg / ww, gg1 = gg - wg * wg / ww;
    Answer out;
    if (c_free && gg1 > 1e-12 * gg) out.c = std::clamp(rg1 / gg1, 0.0, 1 - 1 / highest_theta);
    out.squares = std::max(0.0, rr1 - 2 * out.c * rg1 + out.c * out.c * gg1);
    out.first_level = (rw - out.c * wg) / ww;
    return out;
  }

  double magnitude() const { return magnitude_; }
  const State& end() const { return end_; }

 private:
  std::span<const double> y_;
  std::vector<double> a_, b_;  // the line known before each value
  double magnitude_ = 0;
  State end_{};
};

bool is_dynamic(ThetaVariant v) { return v == ThetaVariant::dstm || v == ThetaVariant::dotm; }

}  // namespace

ThetaMethod::Fit fit_theta(std::span<const double> y, ThetaVariant variant) {
  const bool c_free = variant == ThetaVariant::otm || variant == ThetaVariant::dotm;
  const Problem problem(y, is_dynamic(variant));
  const auto squares = [&](double alpha) { return problem.solve(alpha, c_free).squares; };
  ThetaMethod::Fit out;
  out.variant = variant;
  out.alpha = minimise_line(squares, lowest_alpha, highest_alpha, 12, 1e-7).first;
  const auto [first_level, c, sum] = problem.solve(out.alpha, c_free);
  out.theta = 1 / (1 - c);
  out.loss = problem.magnitude() > 0 ? sum / problem.magnitude() : 0;
  out.state = problem.end();
  out.state.level = first_level;
  for (const double v : y) {
    out.state.level = out.alpha * v + (1 - out.alpha) * out.state.level;
    out.state.decay *= 1 - out.alpha;
  }
  return out;
}

double theta_next(const ThetaMethod::Fit& fit) {
  const State& s = fit.state;
  const double keep = 1 - fit.alpha;
  return s.level +
         (1 - 1 / fit.theta) * (s.intercept * s.decay + s.slope * (1 - keep * s.decay) / fit.alpha);
}

void theta_take(ThetaMethod::Fit& fit, double y) {
  State& s = fit.state;
  s.level = fit.alpha * y + (1 - fit.alpha) * s.level;
  s.decay *= 1 - fit.alpha;
  if (is_dynamic(fit.variant)) take_line(s, y);
  ++s.count;
}

}  // namespace learningplane::model::detail
