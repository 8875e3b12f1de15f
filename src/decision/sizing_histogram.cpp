#include "learningplane/decision/sizing_histogram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "learningplane/error.hpp"

namespace learningplane::decision {

namespace {
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Percentile, margin and confidence: the same for CPU and memory.
class Recommender : public ResourceSizer {
 public:
  Recommender(const SizingHistogramOptions& o, DecayingHistogramOptions h) : o_(o), histogram_(h) {}
  ResourceWish wish(const ResourceView& view) override {
    current_ = view.current;
    ResourceWish w;
    const double sure = confidence();
    if (histogram_.empty() || !(sure > 0)) {
      w.rule = "warming_up";
      return w;
    }
    const double target = histogram_.percentile(o_.target) * (1 + o_.margin);
    w.lower = histogram_.percentile(o_.lower) * (1 + o_.margin) / std::pow(1 + 0.001 / sure, 2);
    w.upper = histogram_.percentile(o_.upper) * (1 + o_.margin) * (1 + 1 / sure);
    const bool outside = !(view.current >= w.lower && view.current <= w.upper);
    const bool settled = !changed_ || view.at - *changed_ >= o_.settle;
    const bool off = std::abs(target - view.current) >= 0.1 * view.current;
    const bool move = outside || (settled && off);
    w.value = move ? target : view.current;
    w.rule = move ? "target" : "within_bounds";
    return w;
  }
  void granted(TimePoint at, const ResourceDecision& d) override {
    before_ = changed_;
    if (d.acts()) changed_ = at;
  }
  void revoked() override { changed_ = before_; }
  void recalled(TimePoint at) override { changed_ = before_ = at; }
  void forget() override {
    histogram_.clear();
    samples_ = 0;
    changed_ = before_ = std::nullopt;
    current_ = nan;
  }

 protected:
  void count(TimePoint at) {
    if (samples_ == 0) first_ = at;
    newest_ = at;
    ++samples_;
  }
  /// Days of history, but no more than samples once a minute would stand for.
  double confidence() const {
    const auto days = std::chrono::duration<double, std::ratio<86'400>>(newest_ - first_).count();
    return std::min(days, static_cast<double>(samples_) / 1440.0);
  }
  SizingHistogramOptions o_;
  DecayingHistogram histogram_;
  double current_ = nan;

 private:
  std::size_t samples_ = 0;
  std::optional<TimePoint> changed_{}, before_{};  ///< the last change, and the one before it
  TimePoint first_{}, newest_{};
};

class CpuRecommender final : public Recommender {
 public:
  explicit CpuRecommender(const SizingHistogramOptions& o)
      : Recommender(o, {0.01, 1.05, 1000, o.half_life}) {}
  void add(TimePoint at, double usage) override {
    count(at);
    // An instance with more CPU tells more; one with next to none still tells a little.
    histogram_.add(usage, std::isfinite(current_) ? std::max(current_, 0.1) : 0.1, at);
  }
};

class MemoryRecommender final : public Recommender {
 public:
  explicit MemoryRecommender(const SizingHistogramOptions& o)
      : Recommender(o, {1e7, 1.05, 1e12, o.half_life}) {}
  void add(TimePoint at, double usage) override {
    count(at);
    if (!begun_ || at >= end_) {
      peak_ = 0;
      // Windows follow each other without a gap; a long silence skips whole ones.
      const auto skipped = begun_ ? (at - end_) / o_.memory_peak : 0;
      end_ = begun_ ? end_ + (skipped + 1) * o_.memory_peak : at + o_.memory_peak;
      begun_ = true;
    }
    raise(usage);
  }
  void killed(TimePoint at, double limit) override {
    const double used = begun_ && at < end_ ? std::max(limit, peak_) : limit;
    const SizingLimits& l = o_.limits;
    if (!begun_ || at >= end_) {
      add(at, 0);
    }
    raise(std::max(used * l.memory_bump_ratio, used + l.memory_bump));
  }
  void forget() override {
    Recommender::forget();
    begun_ = false;
    peak_ = 0;
  }

 private:
  void raise(double usage) {
    if (usage <= peak_) return;
    if (peak_ > 0) histogram_.subtract(peak_, 1, end_);
    histogram_.add(usage, 1, end_);
    peak_ = usage;
  }
  bool begun_ = false;
  TimePoint end_{};
  double peak_ = 0;
};

SizingHistogramOptions checked(SizingHistogramOptions o) {
  const auto share = [](double v, std::string_view key) {
    if (!(v > 0 && v <= 1)) throw ConfigError("", key, fmt::format("{}", v), "above 0, at most 1");
  };
  const auto time = [](Duration v, std::string_view key) {
    if (v.count() <= 0) throw ConfigError("", key, format_duration(v), "a duration above 0s");
  };
  share(o.target, "target");
  share(o.lower, "lower");
  share(o.upper, "upper");
  if (!(o.lower <= o.target && o.target <= o.upper))
    throw ConfigError("", "target", fmt::format("{}", o.target), "from lower to upper");
  if (!(o.margin >= 0) || !std::isfinite(o.margin))
    throw ConfigError("", "margin", fmt::format("{}", o.margin), "at least 0");
  time(o.half_life, "half_life");
  time(o.memory_peak, "memory_peak");
  if (o.settle.count() < 0)
    throw ConfigError("", "settle", format_duration(o.settle), "a duration of at least 0s");
  return o;
}
}  // namespace

SizingHistogram::SizingHistogram(SizingHistogramOptions o)
    : SizingByResource(checked(o).limits, {8 * o.half_life, Duration(0)},
                       std::make_unique<CpuRecommender>(o),
                       std::make_unique<MemoryRecommender>(o)) {}

Manifest sizing_histogram_manifest() {
  const SizingHistogramOptions d;
  Manifest m{"sizing_histogram",
             "CPU and memory by decaying histograms, as the Kubernetes vertical autoscaler",
             {}};
  const auto share = [](std::string name, std::string summary, double fallback, double low,
                        double high) {
    return Parameter{
        std::move(name), ParameterType::number, std::move(summary), fallback, false, {}, low, high};
  };
  m.parameters = {share("target", "percentile that is given, in (0, 1]", d.target, 1e-6, 1),
                  share("lower", "below this percentile it is raised, in (0, 1]", d.lower, 1e-6, 1),
                  share("upper", "above this percentile it is cut, in (0, 1]", d.upper, 1e-6, 1),
                  share("margin", "share added to each, 0 or more", d.margin, 0, 100),
                  {"half_life", ParameterType::duration, "of a sample's weight, above 0s", "24h"},
                  {"memory_peak", ParameterType::duration,
                   "memory counts by its peak in each, above 0s", "24h"},
                  {"settle", ParameterType::duration,
                   "so long after the last change a size between the bounds is moved too", "12h"}};
  for (Parameter& p : sizing_limit_parameters()) m.parameters.push_back(std::move(p));
  return m;
}

SizingHistogramOptions sizing_histogram_options(const Value& v) {
  const auto time = [&](std::string_view key, const char* fallback) {
    return value_or_throw(parse_duration(v.get(key, fallback)));
  };
  SizingHistogramOptions o;
  o.target = v.get("target", o.target);
  o.lower = v.get("lower", o.lower);
  o.upper = v.get("upper", o.upper);
  o.margin = v.get("margin", o.margin);
  o.half_life = time("half_life", "24h");
  o.memory_peak = time("memory_peak", "24h");
  o.settle = time("settle", "12h");
  o.limits = sizing_limits_from(v);
  return o;
}

}  // namespace learningplane::decision
