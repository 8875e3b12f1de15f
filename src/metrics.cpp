#include "learningplane/metrics.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>

namespace learningplane {

namespace {

constexpr std::array<double, 14> bounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                        0.25,  0.5,    1,     2.5,  5,     10,   60};

std::string number(double v) {
  if (std::isnan(v)) return "NaN";
  if (std::isinf(v)) return v > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", v);
}

std::string with(const Labels& labels, std::string_view name, std::string value) {
  Labels all = labels;
  all.set(name, value);
  return all.to_string();
}

}  // namespace

void Metrics::describe(std::string_view name, std::string_view help) {
  const std::lock_guard lock(mutex_);
  help_.insert_or_assign(std::string(name), std::string(help));
}

Metrics::Series* Metrics::find(std::string_view name, Type type, const Labels& labels) {
  auto family = families_.find(name);
  if (family == families_.end()) {
    family = families_.emplace(std::string(name), Family{type, {}, {}}).first;
  }
  auto it = family->second.series.find(labels);
  if (it == family->second.series.end()) {
    if (series_ >= max_series_ || family->second.type != type) {
      ++dropped_;
      return nullptr;
    }
    ++series_;
    it = family->second.series.emplace(labels, Series{}).first;
    if (type == Type::histogram) it->second.buckets.assign(bounds.size(), 0);
  } else if (family->second.type != type) {
    ++dropped_;
    return nullptr;
  }
  return &it->second;
}

void Metrics::add(std::string_view name, const Labels& labels, double amount) {
  if (!(amount >= 0) || !std::isfinite(amount)) return;
  const std::lock_guard lock(mutex_);
  if (Series* s = find(name, Type::counter, labels)) s->value += amount;
}

void Metrics::set(std::string_view name, const Labels& labels, double value) {
  const std::lock_guard lock(mutex_);
  if (Series* s = find(name, Type::gauge, labels)) s->value = value;
}

void Metrics::observe(std::string_view name, const Labels& labels, double seconds) {
  if (!std::isfinite(seconds)) return;
  const std::lock_guard lock(mutex_);
  Series* s = find(name, Type::histogram, labels);
  if (s == nullptr) return;
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    if (seconds <= bounds[i]) ++s->buckets[i];
  }
  s->value += seconds;
  ++s->count;
}

double Metrics::value(std::string_view name, const Labels& labels) const {
  const std::lock_guard lock(mutex_);
  const auto family = families_.find(name);
  if (family == families_.end()) return std::numeric_limits<double>::quiet_NaN();
  const auto it = family->second.series.find(labels);
  return it == family->second.series.end() ? std::numeric_limits<double>::quiet_NaN()
                                           : it->second.value;
}

std::string Metrics::expose() const {
  const std::lock_guard lock(mutex_);
  std::string out;
  for (const auto& [name, family] : families_) {
    if (family.series.empty()) continue;
    static constexpr std::string_view types[] = {"counter", "gauge", "histogram"};
    if (const auto help = help_.find(name); help != help_.end()) {
      out += fmt::format("# HELP {} {}\n", name, help->second);
    }
    out += fmt::format("# TYPE {} {}\n", name, types[static_cast<std::size_t>(family.type)]);
    for (const auto& [labels, s] : family.series) {
      if (family.type != Type::histogram) {
        out += fmt::format("{}{} {}\n", name, labels.to_string(), number(s.value));
        continue;
      }
      for (std::size_t i = 0; i < bounds.size(); ++i) {
        out += fmt::format("{}_bucket{} {}\n", name, with(labels, "le", number(bounds[i])),
                           number(s.buckets[i]));
      }
      out += fmt::format("{0}_bucket{1} {2}\n{0}_sum{3} {4}\n{0}_count{3} {2}\n", name,
                         with(labels, "le", "+Inf"), number(s.count), labels.to_string(),
                         number(s.value));
    }
  }
  if (dropped_ > 0) {
    out += fmt::format(
        "# TYPE learningplane_metrics_dropped_total counter\n"
        "learningplane_metrics_dropped_total {}\n",
        number(dropped_));
  }
  return out;
}

}  // namespace learningplane
