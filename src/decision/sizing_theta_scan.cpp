#include "learningplane/decision/sizing_theta_scan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "learningplane/error.hpp"

namespace learningplane::decision {

std::string_view to_string(ThetaScanWindow w) {
  return w == ThetaScanWindow::fixed ? "fixed" : "dynamic";
}

namespace {
class Scanning final : public ResourceSizer {
 public:
  explicit Scanning(const SizingThetaScanOptions& o) : o_(o) {}
  void add(TimePoint, double usage) override {
    // Kept to twice of what is looked at, so that the front is seldom moved.
    if (seen_.size() >= 2 * o_.observed)
      seen_.erase(seen_.begin(), seen_.end() - static_cast<std::ptrdiff_t>(o_.observed));
    seen_.push_back(usage);
    if (left_ > 0) --left_;
  }
  ResourceWish wish(const ResourceView&) override {
    ResourceWish w;
    w.value = last_;
    w.rule = "between_windows";
    if (last_ == last_ && left_ > 0) return w;
    if (seen_.size() < std::max<std::size_t>(o_.window, 8)) {
      w.value = std::numeric_limits<double>::quiet_NaN();
      w.rule = "warming_up";
      return w;
    }
    w.rule = decide();
    w.value = last_;
    return w;
  }
  void forget() override {
    seen_.clear();
    left_ = 0;
    last_ = std::numeric_limits<double>::quiet_NaN();
  }

 private:
  std::string_view decide() {
    const auto all = std::span<const double>(seen_);
    const auto y = all.last(std::min(all.size(), o_.observed));
    const auto previous = y.last(std::min(y.size(), o_.window));
    model::ThetaScanMethod method({o_.scan, o_.observed, 0.1});
    const bool fitted = static_cast<bool>(method.fit(y));
    const std::size_t history = fitted ? method.found().history(o_.window) : o_.window;
    left_ = o_.mode == ThetaScanWindow::dynamic ? history : o_.window;
    if (!fitted || 2 * history > y.size()) {
      left_ = o_.window;
      last_ = quantile(previous) * (1 + o_.margin);
      return "last_window";
    }
    steps_.assign(std::max(history, o_.window), 0.0);
    method.forecast(steps_);
    double most =
        *std::max_element(steps_.begin(), steps_.begin() + static_cast<std::ptrdiff_t>(left_));
    if (!std::isfinite(most)) {
      last_ = quantile(previous) * (1 + o_.margin);
      return "last_window";
    }
    const double cap = o_.cap * *std::max_element(previous.begin(), previous.end());
    const bool capped = o_.mode == ThetaScanWindow::fixed && most > cap;
    if (capped) most = cap;
    last_ = std::max(0.0, most) * (1 + o_.margin);
    return capped ? "capped" : "forecast";
  }
  double quantile(std::span<const double> values) {
    std::vector<double> v(values.begin(), values.end());
    const double n = static_cast<double>(v.size());
    const auto rank = static_cast<std::ptrdiff_t>(std::max(1.0, std::ceil(o_.fallback * n - 1e-9)));
    std::nth_element(v.begin(), v.begin() + rank - 1, v.end());
    return v[static_cast<std::size_t>(rank - 1)];
  }

  SizingThetaScanOptions o_;
  std::vector<double> seen_{}, steps_{};
  std::size_t left_ = 0;
  double last_ = std::numeric_limits<double>::quiet_NaN();
};

SizingThetaScanOptions checked(SizingThetaScanOptions o) {
  const auto check = [](bool fine, std::string_view key, double value, std::string_view allowed) {
    if (!fine || !std::isfinite(value))
      throw ConfigError("", key, fmt::format("{}", value), allowed);
  };
  check(o.window >= 1 && o.window <= 10'000, "window", static_cast<double>(o.window), "1 to 10000");
  check(o.observed >= 8 && o.observed <= 20'000, "observed", static_cast<double>(o.observed),
        "8 to 20000");
  check(o.cap > 0, "cap", o.cap, "above 0");
  check(o.fallback > 0 && o.fallback <= 1, "fallback", o.fallback, "above 0, at most 1");
  check(o.margin >= 0, "margin", o.margin, "at least 0");
  return o;
}
}  // namespace

SizingThetaScan::SizingThetaScan(SizingThetaScanOptions o)
    : SizingByResource(checked(o).limits, {std::chrono::hours(48), Duration(0)},
                       std::make_unique<Scanning>(o), std::make_unique<Scanning>(o)) {}

Manifest sizing_theta_scan_manifest() {
  const SizingThetaScanOptions d;
  Manifest m{"sizing_theta_scan", "CPU and memory by ThetaScan: a line times a scanned season", {}};
  const auto whole = [](std::string name, std::string summary, std::size_t fallback, double low,
                        double high) {
    return Parameter{std::move(name),
                     ParameterType::integer,
                     std::move(summary),
                     static_cast<std::int64_t>(fallback),
                     false,
                     {},
                     low,
                     high};
  };
  const auto number = [](std::string name, std::string summary, double fallback, double low,
                         double high) {
    return Parameter{
        std::move(name), ParameterType::number, std::move(summary), fallback, false, {}, low, high};
  };
  m.parameters = {
      {"mode",
       ParameterType::string,
       "a size every window, or for as long as the behaviour's history",
       "fixed",
       false,
       {"fixed", "dynamic"}},
      whole("window", "samples, 1 or more", d.window, 1, 10'000),
      whole("observed", "last samples that are looked at", d.observed, 8, 20'000),
      number("cap", "fixed: at most so many times the last window's maximum", d.cap, 1e-6, 1e6),
      number("fallback", "percentile of the last window where too little was seen", d.fallback,
             1e-6, 1),
      number("margin", "share added, 0 or more", d.margin, 0, 100),
      {"scan",
       ParameterType::string,
       "the scan as published, or with its defects mended",
       "mended",
       false,
       {"mended", "published"}}};
  for (Parameter& p : sizing_limit_parameters()) m.parameters.push_back(std::move(p));
  return m;
}

SizingThetaScanOptions sizing_theta_scan_options(const Value& v) {
  SizingThetaScanOptions o;
  if (v.get("mode", "fixed") == std::string("dynamic")) o.mode = ThetaScanWindow::dynamic;
  o.window = static_cast<std::size_t>(v.get("window", std::int64_t{20}));
  o.observed = static_cast<std::size_t>(v.get("observed", std::int64_t{480}));
  o.cap = v.get("cap", o.cap);
  o.fallback = v.get("fallback", o.fallback);
  o.margin = v.get("margin", o.margin);
  o.scan = model::theta_scan_mode(v.get("scan", "mended"));
  o.limits = sizing_limits_from(v);
  return o;
}

}  // namespace learningplane::decision
