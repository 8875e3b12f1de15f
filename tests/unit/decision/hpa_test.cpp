#include "learningplane/decision/hpa.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "learningplane/decision/scaling_random.hpp"
#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::decision;
using namespace std::chrono_literals;

namespace {

const TimePoint start = from_ns(1'704'067'200'000'000'000);

/// The upstream rules, written down for their own sake: everything is kept, nothing is pruned, time
/// is seconds, and each step is the one that the Kubernetes documentation names.
class Upstream {
 public:
  explicit Upstream(HpaOptions o) : o_(std::move(o)) {}
  struct Seen {
    double at;
    long spec, ready;
    std::vector<std::optional<double>> metrics;
  };
  long desired(const Seen& s) {
    if (s.spec == 0) return 0;
    std::optional<long> most;
    bool invalid = false;
    for (std::size_t i = 0; i < o_.metrics.size(); ++i) {
      if (!s.metrics[i]) {
        invalid = true;
        continue;
      }
      const long p = replicas(o_.metrics[i], *s.metrics[i], s);
      if (!most || p > *most) most = p;
    }
    if (!most || (invalid && *most < s.spec)) return s.spec;
    const long low = o_.limits.minimum, high = o_.limits.maximum;
    long want = *most;
    if (s.spec > high) {
      want = invalid ? s.spec : high;  // ours: never down on unknown data
    } else if (s.spec < low) {
      want = low;
    } else {
      want = stabilise(want, s);
      want = rate(want, s);
      want = std::clamp(want, low, high);
      if (invalid && want < s.spec) want = s.spec;
    }
    if (want != s.spec) changes_.push_back({s.at, want - s.spec});
    return want;
  }

 private:
  struct Stamp {
    double at;
    long n;
  };
  long replicas(const HpaMetric& m, double v, const Seen& s) const {
    const double usage =
        m.kind == HpaTarget::value ? v / m.target : v / (m.target * static_cast<double>(s.spec));
    if (std::fabs(1.0 - usage) <= o_.tolerance) return s.spec;
    if (m.kind == HpaTarget::value)
      return static_cast<long>(std::ceil(usage * static_cast<double>(s.ready)));
    return static_cast<long>(std::ceil(v / m.target));
  }
  static double seconds(Duration d) { return std::chrono::duration<double>(d).count(); }
  long stabilise(long want, const Seen& s) {
    long up = want, down = want;
    for (const Stamp& r : recommendations_) {
      if (r.at > s.at - seconds(o_.up.stabilization)) up = std::min(up, r.n);
      if (r.at > s.at - seconds(o_.down.stabilization)) down = std::max(down, r.n);
    }
    recommendations_.push_back({s.at, want});
    long out = s.spec;
    if (out < up) out = up;
    if (out > down) out = down;
    return out;
  }
  long changed(double at, Duration period, bool up) const {
    long sum = 0;
    for (const Stamp& c : changes_) {
      if (c.at > at - seconds(period) && (c.n > 0) == up) sum += std::labs(c.n);
    }
    return sum;
  }
  long rate(long want, const Seen& s) const {
    if (want == s.spec) return want;
    const bool up = want > s.spec;
    const HpaBehavior& b = up ? o_.up : o_.down;
    if (b.select == HpaSelect::disabled) return s.spec;
    std::vector<long> allowed;
    for (const HpaRate& r : b.rates) {
      const long then = s.spec - changed(s.at, r.period, true) + changed(s.at, r.period, false);
      const double share = static_cast<double>(r.value) / 100;
      if (up)
        allowed.push_back(
            r.percent ? static_cast<long>(std::ceil(static_cast<double>(then) * (1 + share)))
                      : then + r.value);
      else
        allowed.push_back(r.percent ? static_cast<long>(static_cast<double>(then) * (1 - share))
                                    : then - r.value);
    }
    const bool largest = (b.select == HpaSelect::most) == up;
    long bound = largest ? *std::max_element(allowed.begin(), allowed.end())
                         : *std::min_element(allowed.begin(), allowed.end());
    if (up) return std::min(want, std::max(bound, s.spec));
    return std::max(want, std::min(bound, s.spec));
  }
  HpaOptions o_;
  std::vector<Stamp> recommendations_{}, changes_{};
};

HpaBehavior random_behavior(ScalingRandom& r) {
  HpaBehavior b;
  b.stabilization = std::chrono::seconds(static_cast<int>(r.uniform() * 400));
  if (r.uniform() < 0.3) b.stabilization = 0s;
  const int rates = 1 + static_cast<int>(r.uniform() * 3);
  for (int i = 0; i < rates; ++i) {
    const bool percent = r.uniform() < 0.5;
    b.rates.push_back({percent, 1 + static_cast<std::int64_t>(r.uniform() * (percent ? 150 : 6)),
                       std::chrono::seconds(1 + static_cast<int>(r.uniform() * 120))});
  }
  const double u = r.uniform();
  b.select = u < 0.6 ? HpaSelect::most : u < 0.9 ? HpaSelect::least : HpaSelect::disabled;
  return b;
}

}  // namespace

TEST_CASE("hpa: equals the upstream rules over random histories") {
  for (std::uint64_t seed = 0; seed < 3'000; ++seed) {
    ScalingRandom r(seed, 11);
    HpaOptions o;
    o.metrics = {{"load", 1 + r.uniform() * 9, HpaTarget::average_value},
                 {"queue", 1 + r.uniform() * 50, HpaTarget::value}};
    o.tolerance = r.uniform() * 0.3;
    o.up = random_behavior(r);
    o.down = random_behavior(r);
    o.limits.minimum = static_cast<std::int64_t>(r.uniform() * 3);
    o.limits.maximum = o.limits.minimum + 1 + static_cast<std::int64_t>(r.uniform() * 30);
    Hpa ours(o);
    Upstream model(o);
    std::int64_t replicas = 1 + static_cast<std::int64_t>(r.uniform() * 5);
    double at = 0;
    for (int i = 0; i < 60; ++i) {
      at += 1 + std::floor(r.uniform() * 30);
      ScalingInput in;
      in.at = start + std::chrono::seconds(static_cast<std::int64_t>(at));
      in.replicas = replicas;
      in.ready = std::max<std::int64_t>(0, replicas - static_cast<std::int64_t>(r.uniform() * 2));
      Upstream::Seen seen{at, replicas, in.ready, {}};
      if (r.uniform() < 0.9) {
        in.load = r.uniform() * 100;
        seen.metrics.emplace_back(in.load);
      } else {
        seen.metrics.emplace_back();
      }
      if (r.uniform() < 0.9) {
        in.metrics.push_back({"queue", r.uniform() * 100});
        seen.metrics.emplace_back(in.metrics[0].value);
      } else {
        seen.metrics.emplace_back();
      }
      const long expected = model.desired(seen);
      const ScalingDecision d = ours.plan(in);
      CAPTURE(seed);
      CAPTURE(i);
      REQUIRE(d.replicas == expected);
      replicas = d.replicas;
    }
  }
}

TEST_CASE("hpa: known answers") {
  HpaOptions o;
  o.metrics = {{"load", 10, HpaTarget::average_value}};
  o.limits.maximum = 100;
  Hpa hpa(o);
  ScalingInput in;
  in.at = start;
  in.replicas = in.ready = 10;
  in.load = 105;
  CHECK(hpa.plan(in).rule == "tolerance");  // 5 % above
  in.at += 15s;
  in.load = 500;
  ScalingDecision d = hpa.plan(in);
  CHECK(d.replicas == 20);  // at most doubled in 15 s
  CHECK(d.rule == "rate_policy");
  in.at += 15s;
  in.replicas = in.ready = 20;
  in.load = 50;
  d = hpa.plan(in);
  CHECK(d.replicas == 20);  // 50 were recommended within the last 300 s
  CHECK(d.rule == "stabilization");
  in.at += 301s;
  CHECK(hpa.plan(in).replicas == 5);
}

TEST_CASE("hpa: options from a mapping, and refusals") {
  const Manifest m = hpa_manifest();
  const Value given =
      Value::object()
          .set("metrics",
               Value(Value::Array{Value::object().set("name", "queue").set("target", 30)}))
          .set("scale_down", Value::object()
                                 .set("stabilization", "1m")
                                 .set("select", "min")
                                 .set("rates", Value(Value::Array{Value::object()
                                                                      .set("type", "percent")
                                                                      .set("value", 10)
                                                                      .set("period", "1m")})));
  const HpaOptions o = hpa_options(m.check(given));
  CHECK(o.metrics[0].name == "queue");
  CHECK(o.down.stabilization == 1min);
  CHECK(o.down.select == HpaSelect::least);
  CHECK(o.down.rates[0].percent);
  CHECK(o.up.rates.size() == 2);
  HpaOptions none;
  none.metrics.clear();
  CHECK_THROWS_AS(Hpa{none}, ConfigError);
  HpaOptions zero;
  zero.metrics[0].target = 0;
  CHECK_THROWS_AS(Hpa{zero}, ConfigError);
  HpaOptions wide;
  wide.tolerance = 1;
  CHECK_THROWS_AS(Hpa{wide}, ConfigError);
  HpaOptions still;
  still.up.rates.clear();
  CHECK_THROWS_AS(Hpa{still}, ConfigError);
  CHECK_THROWS_AS(
      hpa_options(m.check(Value::object().set("scale_up", Value::object().set("speed", 1)))),
      ConfigError);
}
