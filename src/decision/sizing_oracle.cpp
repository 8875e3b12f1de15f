#include "learningplane/decision/sizing_oracle.hpp"

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::decision {

namespace {
class Knowing final : public ResourceSizer {
 public:
  explicit Knowing(Duration window) : window_(window) {}
  void add(TimePoint, double) override {}
  ResourceWish wish(const ResourceView& view) override {
    ResourceWish w;
    const bool due = !(last_ == last_) || view.at >= due_;
    if (due) {
      double most = std::numeric_limits<double>::quiet_NaN();
      for (const double v : view.future) most = std::fmax(most, v);  // of a NaN the other
      if (most == most) {
        last_ = most;
        due_ = view.at + window_;
      }
    }
    w.value = last_;
    w.exact = last_ == last_;
    w.rule = !w.exact ? "no_future" : due ? "oracle" : "between_windows";
    return w;
  }
  void forget() override { last_ = std::numeric_limits<double>::quiet_NaN(); }

 private:
  Duration window_;
  TimePoint due_{};
  double last_ = std::numeric_limits<double>::quiet_NaN();
};

SizingOracleOptions checked(SizingOracleOptions o) {
  if (o.window.count() <= 0)
    throw ConfigError("", "window", format_duration(o.window), "a duration above 0s");
  return o;
}
}  // namespace

SizingOracle::SizingOracle(SizingOracleOptions o)
    : SizingByResource(checked(o).limits, {Duration(0), o.window},
                       std::make_unique<Knowing>(o.window), std::make_unique<Knowing>(o.window)) {}

Manifest sizing_oracle_manifest() {
  Manifest m{"sizing_oracle", "CPU and memory by the coming usage, which a replay knows", {}};
  m.parameters = {{"window", ParameterType::duration, "it decides once a window, above 0s", "1h"}};
  for (Parameter& p : sizing_limit_parameters()) m.parameters.push_back(std::move(p));
  return m;
}

SizingOracleOptions sizing_oracle_options(const Value& v) {
  return {value_or_throw(parse_duration(v.get("window", "1h"))), sizing_limits_from(v)};
}

}  // namespace learningplane::decision
