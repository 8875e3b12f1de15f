#include "learningplane/profiling/sizing_phases.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"

namespace learningplane::profiling {

using decision::ResourceDecision;
using decision::SizingDecision;
using decision::SizingInput;
using decision::UsageSample;

namespace {
/// Rows kept: the longest stay that the next phase's network tells apart, and as much again, so
/// that the front is seldom moved.
constexpr std::size_t keep = 512;

SizingPhasesOptions checked(SizingPhasesOptions o) {
  const auto number = [](bool fine, std::string_view key, double value, std::string_view allowed) {
    if (!fine || !std::isfinite(value))
      throw ConfigError("", key, fmt::format("{}", value), allowed);
  };
  number(o.quantile > 0 && o.quantile <= 1, "quantile", o.quantile, "above 0, at most 1");
  number(o.sigmas >= 0, "sigmas", o.sigmas, "at least 0");
  number(o.margin >= 0, "margin", o.margin, "at least 0");
  number(o.chance > 0 && o.chance <= 1, "chance", o.chance, "above 0, at most 1");
  return o;
}

std::size_t window_of(const PhaseSizes& s) {
  const std::size_t rows = s.phases().crbm().weights().history + 1;
  return s.phases().options().mode == PhaseMode::as_published ? rows + 1 : rows;
}
}  // namespace

std::string_view to_string(PhaseStatistic s) {
  return s == PhaseStatistic::quantile     ? "quantile"
         : s == PhaseStatistic::mean_sigma ? "mean_sigma"
                                           : "max";
}

decision::SizingNeeds sizing_phases_needs(const PhaseSizes& sizes) {
  // A row may be as late as the gap allows.
  const std::size_t rows = window_of(sizes) + sizes.next().options().recent;
  return {sizes.options().gap * static_cast<std::int64_t>(rows), Duration(0), sizes.options().gap};
}

SizingPhases::SizingPhases(SizingPhasesOptions options, std::shared_ptr<const PhaseSizes> sizes)
    : SizingPolicy(options.limits), options_(checked(options)), sizes_(std::move(sizes)) {
  if (sizes_ == nullptr || !sizes_->fitted())
    throw LogicError("sizing_phases: the phase sizes must be fitted first");
  recent_.features = {"cpu", "memory"};
  recent_.sequences.resize(1);
}

void SizingPhases::forget() {
  rows_ = {};
  labels_ = {};
  phase_ = -1;
}

void SizingPhases::observe(const UsageSample& s) {
  const bool known = std::isfinite(s.cpu_cores) && std::isfinite(s.memory_bytes);
  if (!known) {
    forget();
    return;
  }
  const std::int64_t at = to_ns(s.at);
  if (!rows_.times_ns.empty() && at - rows_.times_ns.back() > sizes_->options().gap.count())
    forget();
  if (rows_.times_ns.size() >= 2 * keep) {
    const auto gone = static_cast<std::ptrdiff_t>(rows_.times_ns.size() - keep);
    rows_.times_ns.erase(rows_.times_ns.begin(), rows_.times_ns.begin() + gone);
    rows_.rows.erase(rows_.rows.begin(), rows_.rows.begin() + 2 * gone);
    labels_.times_ns.erase(labels_.times_ns.begin(), labels_.times_ns.begin() + gone);
    labels_.phases.erase(labels_.phases.begin(), labels_.phases.begin() + gone);
  }
  rows_.times_ns.push_back(at);
  rows_.rows.push_back(s.cpu_cores);
  rows_.rows.push_back(s.memory_bytes);
  const std::size_t n = rows_.times_ns.size(), window = window_of(*sizes_);
  phase_ = -1;
  if (n >= window) {
    PhaseSequence& last = recent_.sequences.front();
    last.times_ns.assign(rows_.times_ns.end() - static_cast<std::ptrdiff_t>(window),
                         rows_.times_ns.end());
    last.rows.assign(rows_.rows.end() - static_cast<std::ptrdiff_t>(2 * window), rows_.rows.end());
    if (const auto told = sizes_->phases().label(recent_)) phase_ = told->front().phases.back();
  }
  labels_.times_ns.push_back(at);
  labels_.phases.push_back(phase_);
}

double SizingPhases::size(const PhaseUsage& u) const {
  const double v = options_.statistic == PhaseStatistic::quantile ? u.quantile(options_.quantile)
                   : options_.statistic == PhaseStatistic::max
                       ? u.quantile(1)
                       : u.mean + options_.sigmas * u.deviation;
  return v * (1 + options_.margin);
}

void SizingPhases::wish(const SizingInput&, SizingDecision& d) {
  const auto all = {&d.cpu, &d.memory};
  if (phase_ < 0) {
    for (ResourceDecision* r : all) {
      r->known = false;
      r->rule = "phase_unknown";
    }
    return;
  }
  const auto chances = sizes_->next().probabilities(rows_, labels_, labels_.phases.size() - 1);
  // Until enough rows are seen to foresee, the phase is taken to last.
  const std::size_t likely =
      chances.empty() ? static_cast<std::size_t>(phase_)
                      : static_cast<std::size_t>(std::max_element(chances.begin(), chances.end()) -
                                                 chances.begin());
  const auto most = [&](const std::vector<PhaseUsage>& usage) {
    double out = size(usage[likely]);
    for (std::size_t p = 0; options_.chance < 1 && p < chances.size(); ++p)
      if (chances[p] >= options_.chance) out = std::fmax(out, size(usage[p]));
    return out;
  };
  d.cpu.wish = most(sizes_->cpu());
  d.memory.wish = most(sizes_->memory());
  for (ResourceDecision* r : all) {
    r->known = std::isfinite(r->wish);
    r->rule = r->known ? "phase" : "phase_unknown";
  }
}

Manifest sizing_phases_manifest() {
  const SizingPhasesOptions d;
  Manifest m{"sizing_phases", "CPU and memory of the phase that comes next", {}};
  const auto number = [](std::string name, std::string summary, double fallback, double low,
                         double high) {
    return Parameter{
        std::move(name), ParameterType::number, std::move(summary), fallback, false, {}, low, high};
  };
  m.parameters = {
      {"model", ParameterType::string, "file of phase sizes (learningplane size --save)", {}, true},
      {"statistic",
       ParameterType::string,
       "of the usage in the phase",
       "quantile",
       false,
       {"quantile", "mean_sigma", "max"}},
      number("quantile", "in (0, 1]", d.quantile, 1e-6, 1),
      number("sigmas", "standard deviations above the mean, 0 or more", d.sigmas, 0, 100),
      number("margin", "share added, 0 or more", d.margin, 0, 100),
      number("chance",
             "phases that come next with at least this chance are provided for; 1: the likeliest",
             d.chance, 1e-6, 1)};
  for (Parameter& p : decision::sizing_limit_parameters()) m.parameters.push_back(std::move(p));
  return m;
}

SizingPhasesOptions sizing_phases_options(const Value& v) {
  SizingPhasesOptions o;
  const std::string statistic = v.get("statistic", "quantile");
  if (statistic == "mean_sigma") o.statistic = PhaseStatistic::mean_sigma;
  if (statistic == "max") o.statistic = PhaseStatistic::max;
  o.quantile = v.get("quantile", o.quantile);
  o.sigmas = v.get("sigmas", o.sigmas);
  o.margin = v.get("margin", o.margin);
  o.chance = v.get("chance", o.chance);
  o.limits = decision::sizing_limits_from(v);
  return o;
}

std::shared_ptr<const PhaseSizes> phase_sizes_from(const Value& v) {
  const std::string file = v.get("model", "");
  auto read = PhaseSizes::load(file);
  if (!read) throw ConfigError("", "model", file, read.error().message);
  return std::make_shared<const PhaseSizes>(std::move(*read));
}

}  // namespace learningplane::profiling
