#include "learningplane/simulation/sizing_replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "learningplane/error.hpp"

namespace learningplane::simulation {

using decision::ResourceDecision;
using decision::Size;
using decision::SizingDecision;
using decision::SizingInput;
using decision::SizingPolicy;
using decision::UsageSample;

namespace {
constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Adds one sample. @return whether demand was above the limit
bool judge(SizingScore& s, double demand, double limit, bool& above_before) {
  if (!std::isfinite(demand) || !std::isfinite(limit)) {
    ++s.unknown;
    return false;
  }
  ++s.samples;
  s.demand += demand;
  s.allocation += limit;
  const bool above = demand > limit;
  if (above) {
    ++s.above;
    s.unserved += demand - limit;
    if (!above_before) ++s.episodes;
  }
  above_before = above;
  return above;
}

void close(SizingScore& s) {
  const auto n = static_cast<double>(std::max<std::size_t>(s.samples, 1));
  s.demand /= n;
  s.allocation /= n;
  s.unserved /= n;
}

void count(SizingScore& s, const ResourceDecision& d) {
  if (!d.acts()) return;
  ++s.resizes;
  if (d.value > d.current) ++s.raises;
}

/// Unknown demand stays unknown.
double served(double demand, double limit) { return demand > limit ? limit : demand; }

double most(std::span<const UsageSample> samples, double UsageSample::* part) {
  double out = nan;
  for (const UsageSample& s : samples) out = std::fmax(out, s.*part);
  return out;
}

class Replay {
 public:
  Replay(const UsageTrace& trace, SizingPolicy& policy, const SizingReplayOptions& options)
      : trace_(trace), policy_(policy), options_(options), horizon_(policy.needs().horizon) {
    const auto n = static_cast<double>(trace.samples.size());
    first_ = static_cast<std::size_t>(std::llround(options.train_share * n));
    for (std::size_t i = 1; i < trace.samples.size(); ++i)
      if (trace.samples[i].at <= trace.samples[i - 1].at)
        throw LogicError(fmt::format("sizing replay: times of {} do not increase at {}", trace.name,
                                     to_iso8601(trace.samples[i].at)));
    if (first_ >= trace.samples.size())
      throw LogicError(fmt::format("sizing replay: {} has no samples to judge", trace.name));
  }

  SizingResult run() {
    out_.name = std::string(policy_.kind());
    out_.application = trace_.name;
    out_.first = first_;
    input_.requested = trace_.requested;
    begin();
    bool cpu_above = false, memory_above = false;
    for (std::size_t i = first_; i < trace_.samples.size(); ++i) {
      const UsageSample& s = trace_.samples[i];
      out_.cpu_limit.push_back(limit_.cpu_cores);
      out_.memory_limit.push_back(limit_.memory_bytes);
      judge(out_.cpu, s.cpu_cores, limit_.cpu_cores, cpu_above);
      input_.out_of_memory.clear();
      if (judge(out_.memory, s.memory_bytes, limit_.memory_bytes, memory_above))
        input_.out_of_memory.push_back({s.at, limit_.memory_bytes});
      UsageSample shown = s;
      if (options_.seen == Seen::served) {
        shown.cpu_cores = served(s.cpu_cores, limit_.cpu_cores);
        shown.memory_bytes = served(s.memory_bytes, limit_.memory_bytes);
      }
      input_.usage.assign(1, shown);
      const SizingDecision d = plan(i);
      count(out_.cpu, d.cpu);
      count(out_.memory, d.memory);
      if (d.acts() && out_.decisions.size() < options_.keep_decisions)
        out_.decisions.push_back({i, d});
    }
    close(out_.cpu);
    close(out_.memory);
    return std::move(out_);
  }

 private:
  SizingDecision plan(std::size_t sample) {
    input_.at = trace_.samples[sample].at;
    input_.current = limit_;
    fill_future(sample);
    const SizingDecision d = policy_.plan(input_);
    limit_ = {d.cpu.value, d.memory.value};
    return d;
  }

  /// What was not judged is shown at once; the first limits rest on it.
  void begin() {
    const std::span<const UsageSample> past(trace_.samples.data(), first_);
    limit_ = trace_.requested;
    if (!std::isfinite(limit_.cpu_cores)) limit_.cpu_cores = most(past, &UsageSample::cpu_cores);
    if (!std::isfinite(limit_.memory_bytes))
      limit_.memory_bytes = most(past, &UsageSample::memory_bytes);
    if (past.empty()) return;
    input_.usage.assign(past.begin(), past.end());
    plan(first_ - 1);
  }

  void fill_future(std::size_t sample) {
    input_.future.clear();
    if (horizon_.count() <= 0) return;
    const TimePoint until = trace_.samples[sample].at + horizon_;
    for (std::size_t i = sample + 1; i < trace_.samples.size() && trace_.samples[i].at <= until;
         ++i)
      input_.future.push_back(trace_.samples[i]);
  }

  const UsageTrace& trace_;
  SizingPolicy& policy_;
  SizingReplayOptions options_;
  Duration horizon_;
  std::size_t first_ = 0;
  Size limit_{};
  SizingInput input_{};
  SizingResult out_{};
};

Value number(double v) { return std::isfinite(v) ? Value(v) : Value(); }

/// What was not looked at is not known: neither means nor counts are then zero.
Value to_value(const SizingScore& s) {
  const bool looked = s.samples + s.unknown > 0;
  const auto mean = [&](double v) { return s.samples > 0 ? number(v) : Value(); };
  const auto count = [&](std::size_t n) { return looked ? Value(n) : Value(); };
  return Value::object()
      .set("samples", s.samples)
      .set("unknown", s.unknown)
      .set("demand", mean(s.demand))
      .set("allocation", mean(s.allocation))
      .set("slack", number(s.slack()))
      .set("above", count(s.above))
      .set("above_share", number(s.above_share()))
      .set("episodes", count(s.episodes))
      .set("unserved_share", number(s.unserved_share()))
      .set("resizes", count(s.resizes))
      .set("raises", count(s.raises));
}

void add(SizingScore& to, const SizingScore& s) {
  to.samples += s.samples;
  to.unknown += s.unknown;
  to.above += s.above;
  to.episodes += s.episodes;
  to.resizes += s.resizes;
  to.raises += s.raises;
  to.demand += s.demand;
  to.allocation += s.allocation;
  to.unserved += s.unserved;
}

/// One resource of one set of labels; null where it has none.
Result<void> fill(std::vector<UsageSample>& into, const telemetry::Frame& frame,
                  const telemetry::Column& column, double unit, double UsageSample::* part) {
  for (std::size_t i = 0; i < frame.rows(); ++i) {
    const double v = column.known(i) ? column.values[i] : nan;
    if (v < 0)
      return fail(Errc::invalid_argument, fmt::format("{} is {} at {}: usage is never negative",
                                                      column.name, v, to_iso8601(frame.time(i))));
    into[i].*part = v * unit;
  }
  return {};
}
}  // namespace

std::string_view to_string(Seen seen) { return seen == Seen::served ? "served" : "demand"; }

void check(const SizingReplayOptions& o) {
  if (!(o.train_share >= 0 && o.train_share < 1))
    throw ConfigError("", "train_share", fmt::format("{}", o.train_share), "from 0 to below 1");
}

double SizingScore::above_share() const {
  return samples > 0 ? static_cast<double>(above) / static_cast<double>(samples) : nan;
}
double SizingScore::unserved_share() const { return demand > 0 ? unserved / demand : nan; }
double SizingScore::slack() const {
  return allocation > 0 ? (allocation - (demand - unserved)) / allocation : nan;
}

Result<std::vector<UsageTrace>> usage_traces(const telemetry::Frame& frame, const UsageColumns& c) {
  for (const auto& [key, unit] :
       {std::pair{"cpu_unit", c.cpu_unit}, {"memory_unit", c.memory_unit}}) {
    if (!(unit > 0) || !std::isfinite(unit))
      throw ConfigError("", key, fmt::format("{}", unit), "above 0");
  }
  std::vector<UsageTrace> out;
  bool memory = false;
  for (const telemetry::Column& column : frame.all()) {
    if (column.name != c.cpu) continue;
    UsageTrace t;
    for (const auto& [key, text] : column.labels)
      t.name += (t.name.empty() ? "" : ",") + (column.labels.size() == 1 ? text : key + "=" + text);
    t.requested = c.requested;
    t.samples.resize(frame.rows());
    for (std::size_t i = 0; i < frame.rows(); ++i) t.samples[i].at = frame.time(i);
    if (auto fine = fill(t.samples, frame, column, c.cpu_unit, &UsageSample::cpu_cores); !fine)
      return tl::unexpected(fine.error());
    const auto other = frame.require(c.memory, column.labels);
    if (!other) return tl::unexpected(other.error());
    if (auto fine = fill(t.samples, frame, **other, c.memory_unit, &UsageSample::memory_bytes);
        !fine)
      return tl::unexpected(fine.error());
    memory = true;
    // Rows of other applications are none of this one.
    std::erase_if(t.samples, [&](const UsageSample& s) {
      return frame.columns() > 2 && std::isnan(s.cpu_cores) && std::isnan(s.memory_bytes);
    });
    out.push_back(std::move(t));
  }
  if (out.empty() || !memory) {
    const auto missing = frame.require(c.cpu);
    return tl::unexpected(missing ? Failure{Errc::not_enough_data, "there is no usage", {}}
                                  : missing.error());
  }
  const auto known = [](const UsageSample& s) {
    return std::isfinite(s.cpu_cores) || std::isfinite(s.memory_bytes);
  };
  if (std::none_of(out.begin(), out.end(), [&](const UsageTrace& t) {
        return std::any_of(t.samples.begin(), t.samples.end(), known);
      }))
    return fail(Errc::not_enough_data,
                fmt::format("there is no usage: in {} rows no value of '{}' or '{}' is known",
                            frame.rows(), c.cpu, c.memory));
  return out;
}

SizingResult replay_sizing(const UsageTrace& trace, SizingPolicy& policy,
                           const SizingReplayOptions& options) {
  check(options);
  return Replay(trace, policy, options).run();
}

SizingResult sum_of(const std::vector<SizingResult>& results) {
  SizingResult out;
  if (!results.empty()) out.name = results.front().name;
  out.application = "all";
  for (const SizingResult& r : results) {
    add(out.cpu, r.cpu);
    add(out.memory, r.memory);
  }
  return out;
}

Value to_value(const SizingResult& r) {
  Value out = Value::object()
                  .set("policy", r.name)
                  .set("application", r.application)
                  .set("out_of_memory", r.left_out.empty() ? Value(r.out_of_memory()) : Value())
                  .set("cpu", to_value(r.cpu))
                  .set("memory", to_value(r.memory));
  if (!r.left_out.empty()) out.set("left_out", r.left_out);
  return out;
}

}  // namespace learningplane::simulation
