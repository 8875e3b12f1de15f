#include "learningplane/profiling/next_phase.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "learningplane/error.hpp"
#include "profiling/softmax_network.hpp"

namespace learningplane::profiling {

std::string_view to_string(NextPhaseMethod method) {
  return method == NextPhaseMethod::markov ? "markov" : "mlp";
}

struct NextPhase::Fitted {
  std::size_t k = 0, width = 0;
  std::vector<double> counts{};  ///< markov: k x k, one added to each
  features::Scaler scaler{features::ScalerKind::z_score};
  std::optional<detail::SoftmaxNetwork> network{};
};

namespace {

/// Rows of a stay that are told apart one by one; beyond, only its order of magnitude.
constexpr std::size_t short_stay = 16, longest_stay = 500;

void check(const NextPhaseOptions& o) {
  const auto one = [](std::size_t value, const char* key) {
    if (value == 0) throw ConfigError("", key, "0", "1 or more");
  };
  one(o.recent, "recent");
  one(o.ahead, "ahead");
  one(o.hidden, "hidden");
  one(o.epochs, "epochs");
  one(o.batch, "batch");
  if (!(o.learning_rate > 0) || !std::isfinite(o.learning_rate))
    throw ConfigError("", "learning_rate", fmt::format("{}", o.learning_rate), "a number above 0");
}

/// Whether the rows up to `row` suffice.
bool enough(const PhaseLabels& l, std::size_t row, std::size_t recent) {
  if (row + 1 < recent) return false;
  return std::all_of(l.phases.begin() + static_cast<std::ptrdiff_t>(row + 1 - recent),
                     l.phases.begin() + static_cast<std::ptrdiff_t>(row + 1),
                     [](std::int32_t p) { return p >= 0; });
}

/// What the network is told of a row: the recent phases, newest first, how long the present one has
/// lasted, and the recent usage.
Eigen::VectorXd told(const PhaseSequence& s, const PhaseLabels& l, std::size_t row, std::size_t k,
                     std::size_t recent, const features::Scaler& scaler) {
  const std::size_t width = scaler.columns();
  Eigen::VectorXd x =
      Eigen::VectorXd::Zero(static_cast<Eigen::Index>(recent * (k + width) + short_stay + 1));
  for (std::size_t i = 0; i < recent; ++i) {
    x[static_cast<Eigen::Index>(i * k + static_cast<std::size_t>(l.phases[row - i]))] = 1;
    for (std::size_t j = 0; j < width; ++j)
      x[static_cast<Eigen::Index>(recent * k + i * width + j)] =
          scaler.transform(s.rows[(row - i) * width + j], j);
  }
  std::size_t stay = 1;
  while (stay < longest_stay && stay <= row && l.phases[row - stay] == l.phases[row]) ++stay;
  // One input for each length: a threshold between four rows and five is hard to learn from one
  // number.
  const std::size_t at = recent * (k + width) + std::min(stay, short_stay) - 1;
  x[static_cast<Eigen::Index>(at)] = 1;
  x[x.size() - 1] = std::log1p(static_cast<double>(stay)) / 3;
  return x;
}

void check_fit(const PhaseData& data, const std::vector<PhaseLabels>& labels, std::size_t k) {
  bool fits = data.sequences.size() == labels.size() && k > 0;
  for (std::size_t s = 0; fits && s < labels.size(); ++s) {
    fits = labels[s].phases.size() == data.sequences[s].times_ns.size();
    for (const std::int32_t p : labels[s].phases) fits = fits && p < static_cast<std::int32_t>(k);
  }
  if (!fits) throw LogicError("next phase: data, labels and the number of phases do not fit");
}

}  // namespace

NextPhase::NextPhase(NextPhaseOptions options) : options_(options) { check(options_); }
NextPhase::NextPhase(NextPhase&&) noexcept = default;
NextPhase& NextPhase::operator=(NextPhase&&) noexcept = default;
NextPhase::~NextPhase() = default;

bool NextPhase::fitted() const { return fitted_ != nullptr; }

Result<void> NextPhase::fit(const PhaseData& data, const std::vector<PhaseLabels>& labels,
                            std::size_t k) {
  check_fit(data, labels, k);
  if (auto fine = data.check(true); !fine) return fine;
  auto next = std::make_unique<Fitted>();
  next->k = k;
  next->width = data.features.size();
  std::vector<double> all;
  for (const PhaseSequence& s : data.sequences) all.insert(all.end(), s.rows.begin(), s.rows.end());
  if (all.empty()) return fail(Errc::not_enough_data, "next phase: there is no row");
  if (auto fine = next->scaler.fit(all, next->width); !fine) return fine;
  next->counts.assign(k * k, 1.0);
  std::vector<Eigen::VectorXd> rows;
  std::vector<int> classes;
  for (std::size_t s = 0; s < labels.size(); ++s) {
    const PhaseLabels& l = labels[s];
    for (std::size_t row = 0; row + options_.ahead < l.phases.size(); ++row) {
      const std::int32_t comes = l.phases[row + options_.ahead];
      if (comes < 0 || !enough(l, row, options_.recent)) continue;
      classes.push_back(comes);
      next->counts[static_cast<std::size_t>(l.phases[row]) * k + static_cast<std::size_t>(comes)] +=
          1;
      if (options_.method == NextPhaseMethod::mlp)
        rows.push_back(told(data.sequences[s], l, row, k, options_.recent, next->scaler));
    }
  }
  if (classes.empty())
    return fail(Errc::not_enough_data,
                fmt::format("next phase: no sequence has {} labelled rows and the one {} later",
                            options_.recent, options_.ahead));
  if (options_.method == NextPhaseMethod::mlp) {
    Eigen::MatrixXd x(rows.front().size(), static_cast<Eigen::Index>(rows.size()));
    for (std::size_t i = 0; i < rows.size(); ++i) x.col(static_cast<Eigen::Index>(i)) = rows[i];
    next->network.emplace(static_cast<std::size_t>(x.rows()), options_.hidden, k, options_.seed);
    next->network->train(x, classes, options_.epochs, options_.batch, options_.learning_rate);
  }
  fitted_ = std::move(next);
  return {};
}

std::vector<double> NextPhase::probabilities(const PhaseSequence& s, const PhaseLabels& l,
                                             std::size_t row) const {
  if (!fitted_) throw LogicError("next phase: fit it first");
  if (row >= l.phases.size() || s.rows.size() != l.phases.size() * fitted_->width)
    throw LogicError("next phase: sequence, labels and row do not fit");
  if (!enough(l, row, options_.recent)) return {};
  std::vector<double> out(fitted_->k);
  if (options_.method == NextPhaseMethod::markov) {
    const auto now = static_cast<std::size_t>(l.phases[row]);
    double sum = 0;
    for (std::size_t i = 0; i < out.size(); ++i)
      sum += out[i] = fitted_->counts[now * out.size() + i];
    for (double& p : out) p /= sum;
    return out;
  }
  const Eigen::MatrixXd p =
      fitted_->network->predict(told(s, l, row, fitted_->k, options_.recent, fitted_->scaler));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = p(static_cast<Eigen::Index>(i), 0);
  return out;
}

namespace {
Value list(const double* values, std::size_t n) {
  Value out = Value::array();
  for (std::size_t i = 0; i < n; ++i) out.push(values[i]);
  return out;
}
std::vector<double> numbers(const Value& v, const char* key, std::size_t n) {
  const Value* found = v.find(key);
  if (found == nullptr || !found->is_array() || found->as_array().size() != n)
    throw FormatError(fmt::format("'{}' does not hold {} numbers", key, n));
  std::vector<double> out;
  for (const Value& x : found->as_array()) {
    if (!x.is_number() || !std::isfinite(x.as_double()))
      throw FormatError(fmt::format("'{}' holds {}, where a number must stand", key, x.kind()));
    out.push_back(x.as_double());
  }
  return out;
}
}  // namespace

Value NextPhase::to_value() const {
  if (!fitted_) throw LogicError("next phase: fit it first");
  const NextPhaseOptions& o = options_;
  const std::vector<double> scaler = fitted_->scaler.save();
  Value out = Value::object()
                  .set("method", to_string(o.method))
                  .set("recent", o.recent)
                  .set("ahead", o.ahead)
                  .set("hidden", o.hidden)
                  .set("k", fitted_->k)
                  .set("width", fitted_->width)
                  .set("counts", list(fitted_->counts.data(), fitted_->counts.size()))
                  .set("scaler", list(scaler.data(), scaler.size()));
  if (fitted_->network) {
    const Eigen::VectorXd& p = fitted_->network->parameters();
    out.set("parameters", list(p.data(), static_cast<std::size_t>(p.size())));
  }
  return out;
}

Result<NextPhase> NextPhase::from_value(const Value& v, std::size_t k, std::size_t width) try {
  if (!v.is_object()) return fail(Errc::malformed, "next phase: this is no such model");
  const auto whole = [&](const char* key) {
    const std::int64_t n = v.get(key, std::int64_t{0});
    if (n < 1 || n > 100'000) throw FormatError(fmt::format("'{}' is {}, which cannot be", key, n));
    return static_cast<std::size_t>(n);
  };
  NextPhaseOptions o;
  const std::string method = v.get("method", "");
  if (method != "markov" && method != "mlp")
    throw FormatError(fmt::format("'method' is '{}', not markov or mlp", method));
  o.method = method == "markov" ? NextPhaseMethod::markov : NextPhaseMethod::mlp;
  o.recent = whole("recent");
  o.ahead = whole("ahead");
  o.hidden = whole("hidden");
  if (whole("k") != k || whole("width") != width)
    throw FormatError(fmt::format("it is not for {} phases of {} features", k, width));
  NextPhase out(o);
  auto f = std::make_unique<Fitted>();
  f->k = k;
  f->width = width;
  f->counts = numbers(v, "counts", k * k);
  for (const double c : f->counts) {
    if (!(c > 0)) throw FormatError("'counts' holds a number that is not above 0");
  }
  value_or_throw(f->scaler.load(numbers(v, "scaler", 4 * width)));
  if (o.method == NextPhaseMethod::mlp) {
    f->network.emplace(o.recent * (k + width) + short_stay + 1, o.hidden, k, o.seed);
    const auto p =
        numbers(v, "parameters", static_cast<std::size_t>(f->network->parameters().size()));
    f->network->set_parameters(
        Eigen::Map<const Eigen::VectorXd>(p.data(), static_cast<Eigen::Index>(p.size())));
  }
  out.fitted_ = std::move(f);
  return out;
} catch (const Error& e) {
  return fail(Errc::malformed, "next phase: " + e.failure().message);
}

double NextPhaseScore::precision() const {
  return foreseen > 0 ? static_cast<double>(right) / static_cast<double>(foreseen)
                      : std::numeric_limits<double>::quiet_NaN();
}
double NextPhaseScore::recall() const {
  return changes > 0 ? static_cast<double>(right) / static_cast<double>(changes)
                     : std::numeric_limits<double>::quiet_NaN();
}
double NextPhaseScore::f1() const {
  return foreseen + changes > 0
             ? 2 * static_cast<double>(right) / static_cast<double>(foreseen + changes)
             : std::numeric_limits<double>::quiet_NaN();
}

Result<NextPhaseScore> score_next_phase(const NextPhase& next, const PhaseData& data,
                                        const std::vector<PhaseLabels>& labels) {
  const std::size_t ahead = next.options().ahead;
  NextPhaseScore out;
  for (std::size_t s = 0; s < labels.size(); ++s) {
    const auto& phases = labels[s].phases;
    for (std::size_t row = 0; row + ahead < phases.size(); ++row) {
      const std::int32_t comes = phases[row + ahead], now = phases[row];
      if (comes < 0) continue;
      const auto p = next.probabilities(data.sequences[s], labels[s], row);
      if (p.empty()) continue;
      const auto likely =
          static_cast<std::int32_t>(std::max_element(p.begin(), p.end()) - p.begin());
      ++out.rows;
      out.accuracy += likely == comes ? 1 : 0;
      out.log_loss -= std::log(std::max(p[static_cast<std::size_t>(comes)], 1e-300));
      out.changes += comes != now ? 1 : 0;
      out.foreseen += likely != now ? 1 : 0;
      out.right += comes != now && likely == comes ? 1 : 0;
    }
  }
  if (out.rows == 0) return fail(Errc::not_enough_data, "next phase: no row can be judged");
  out.accuracy /= static_cast<double>(out.rows);
  out.log_loss /= static_cast<double>(out.rows);
  return out;
}

Value to_value(const NextPhaseScore& s) {
  return Value::object()
      .set("rows", s.rows)
      .set("changes", s.changes)
      .set("foreseen", s.foreseen)
      .set("right", s.right)
      .set("accuracy", s.accuracy)
      .set("log_loss", s.log_loss)
      .set("precision", s.precision())
      .set("recall", s.recall())
      .set("f1", s.f1());
}

}  // namespace learningplane::profiling
