#include "learningplane/decision/sizing_window.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <deque>

#include "learningplane/error.hpp"

namespace learningplane::decision {

namespace {
class Sliding final : public ResourceSizer {
 public:
  Sliding(Duration window, double quantile, double margin, Duration every)
      : window_(window), every_(every), quantile_(quantile), margin_(margin) {}
  void add(TimePoint at, double usage) override {
    if (!begun_) first_ = at;
    begun_ = true;
    seen_.emplace_back(at, usage);
    drop(at);
  }
  ResourceWish wish(const ResourceView& view) override {
    ResourceWish w;
    drop(view.at);
    if (seen_.empty() || 2 * (seen_.back().first - first_) < window_) {
      w.rule = "warming_up";
      return w;
    }
    const bool due = !(last_ == last_) || view.at >= due_;
    if (due) {
      sorted_.clear();
      for (const auto& [at, usage] : seen_) sorted_.push_back(usage);
      const auto n = static_cast<double>(sorted_.size());
      const auto rank = static_cast<std::ptrdiff_t>(std::max(1.0, std::ceil(quantile_ * n - 1e-9)));
      std::nth_element(sorted_.begin(), sorted_.begin() + rank - 1, sorted_.end());
      last_ = sorted_[static_cast<std::size_t>(rank - 1)] * (1 + margin_);
      due_ = view.at + every_;
    }
    w.value = last_;
    w.rule = due ? "window" : "between_windows";
    return w;
  }
  void forget() override {
    seen_.clear();
    begun_ = false;
    last_ = std::numeric_limits<double>::quiet_NaN();
  }

 private:
  void drop(TimePoint now) {
    while (!seen_.empty() && now - seen_.front().first >= window_) seen_.pop_front();
  }
  Duration window_, every_;
  double quantile_, margin_;
  std::deque<std::pair<TimePoint, double>> seen_{};
  std::vector<double> sorted_{};
  bool begun_ = false;
  TimePoint first_{}, due_{};
  double last_ = std::numeric_limits<double>::quiet_NaN();
};

SizingWindowOptions checked(SizingWindowOptions o) {
  const auto number = [](bool fine, std::string_view key, double value, std::string_view allowed) {
    if (!fine || !std::isfinite(value))
      throw ConfigError("", key, fmt::format("{}", value), allowed);
  };
  const auto time = [](bool fine, std::string_view key, Duration value, std::string_view allowed) {
    if (!fine) throw ConfigError("", key, format_duration(value), allowed);
  };
  time(o.cpu_window.count() > 0, "cpu_window", o.cpu_window, "a duration above 0s");
  time(o.memory_window.count() > 0, "memory_window", o.memory_window, "a duration above 0s");
  time(o.every.count() >= 0, "every", o.every, "a duration of at least 0s");
  number(o.cpu_quantile > 0 && o.cpu_quantile <= 1, "cpu_quantile", o.cpu_quantile,
         "above 0, at most 1");
  number(o.memory_quantile > 0 && o.memory_quantile <= 1, "memory_quantile", o.memory_quantile,
         "above 0, at most 1");
  number(o.cpu_margin >= 0, "cpu_margin", o.cpu_margin, "at least 0");
  number(o.memory_margin >= 0, "memory_margin", o.memory_margin, "at least 0");
  return o;
}
}  // namespace

SizingWindow::SizingWindow(SizingWindowOptions o)
    : SizingByResource(
          checked(o).limits, {std::max(o.cpu_window, o.memory_window), Duration(0)},
          std::make_unique<Sliding>(o.cpu_window, o.cpu_quantile, o.cpu_margin, o.every),
          std::make_unique<Sliding>(o.memory_window, o.memory_quantile, o.memory_margin, o.every)) {
}

Manifest sizing_window_manifest() {
  Manifest m{
      "sizing_window", "CPU and memory by the maximum or a percentile of a sliding window", {}};
  const auto share = [](std::string name, std::string summary, double fallback, double low,
                        double high) {
    return Parameter{
        std::move(name), ParameterType::number, std::move(summary), fallback, false, {}, low, high};
  };
  m.parameters = {
      {"cpu_window", ParameterType::duration, "of the past that is looked at, above 0s", "1h"},
      {"memory_window", ParameterType::duration, "of the past that is looked at, above 0s", "1h"},
      share("cpu_quantile", "of the window, in (0, 1]; 1: the maximum", 1.0, 1e-6, 1),
      share("memory_quantile", "of the window, in (0, 1]; 1: the maximum", 1.0, 1e-6, 1),
      share("cpu_margin", "share added to it, 0 or more", 0.0, 0, 100),
      share("memory_margin", "share added to it, 0 or more", 0.0, 0, 100),
      {"every", ParameterType::duration, "a new wish so often; 0s: with every decision", "0s"}};
  for (Parameter& p : sizing_limit_parameters()) m.parameters.push_back(std::move(p));
  return m;
}

SizingWindowOptions sizing_window_options(const Value& v) {
  const auto time = [&](std::string_view key, const char* fallback) {
    return value_or_throw(parse_duration(v.get(key, fallback)));
  };
  SizingWindowOptions o;
  o.cpu_window = time("cpu_window", "1h");
  o.memory_window = time("memory_window", "1h");
  o.cpu_quantile = v.get("cpu_quantile", 1.0);
  o.memory_quantile = v.get("memory_quantile", 1.0);
  o.cpu_margin = v.get("cpu_margin", 0.0);
  o.memory_margin = v.get("memory_margin", 0.0);
  o.every = time("every", "0s");
  o.limits = sizing_limits_from(v);
  return o;
}

}  // namespace learningplane::decision
