#include "learningplane/profiling/phase_sizes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "durable_file.hpp"
#include "json_checksum.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"

namespace learningplane::profiling {

namespace {
constexpr std::string_view kind = "learningplane.phase_sizes";
constexpr std::int64_t format = 1;
constexpr std::size_t most_bytes = std::size_t{64} << 20U, percents = 101;

PhaseSizesOptions checked(PhaseSizesOptions o) {
  if (o.gap.count() <= 0) throw ConfigError("", "gap", format_duration(o.gap), "above 0s");
  o.phases.features = {"cpu", "memory"};
  return o;
}

PhaseUsage usage_of(std::vector<double> values) {
  PhaseUsage out;
  if (values.empty()) return out;
  std::sort(values.begin(), values.end());
  const auto n = static_cast<double>(values.size());
  for (const double v : values) out.mean += v / n;
  for (const double v : values) out.deviation += (v - out.mean) * (v - out.mean) / n;
  out.deviation = std::sqrt(out.deviation);
  for (std::size_t i = 0; i < percents; ++i) {
    const double at = static_cast<double>(i) / (percents - 1) * (n - 1);
    const auto below = static_cast<std::size_t>(at);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    out.quantiles.push_back(values[below] +
                            (at - static_cast<double>(below)) * (values[above] - values[below]));
  }
  return out;
}

Value to_value(const PhaseUsage& u) {
  Value q = Value::array();
  for (const double v : u.quantiles) q.push(v);
  return Value::object().set("mean", u.mean).set("deviation", u.deviation).set("quantiles", q);
}

Value to_value(const std::vector<PhaseUsage>& all) {
  Value out = Value::array();
  for (const PhaseUsage& u : all) out.push(to_value(u));
  return out;
}

double finite(const Value* v, const char* what) {
  if (v == nullptr || !v->is_number() || !std::isfinite(v->as_double()) || v->as_double() < 0)
    throw FormatError(fmt::format("'{}' holds no usage", what));
  return v->as_double();
}

std::vector<PhaseUsage> usage_from(const Value& file, const char* key, std::size_t k) {
  const Value* list = file.find(key);
  if (list == nullptr || !list->is_array() || list->as_array().size() != k)
    throw FormatError(fmt::format("'{}' holds no usage of {} phases", key, k));
  std::vector<PhaseUsage> out;
  for (const Value& v : list->as_array()) {
    PhaseUsage u{finite(v.find("mean"), key), finite(v.find("deviation"), key), {}};
    const Value* q = v.find("quantiles");
    if (q == nullptr || !q->is_array() ||
        (!q->as_array().empty() && q->as_array().size() != percents))
      throw FormatError(fmt::format("'{}.quantiles' holds no {} numbers", key, percents));
    for (const Value& x : q->as_array()) u.quantiles.push_back(finite(&x, key));
    out.push_back(std::move(u));
  }
  return out;
}

/// Why no sample can be learned from.
std::string nothing_known(std::span<const decision::UsageSample> usage) {
  const auto known = [&](double decision::UsageSample::* part) {
    return std::count_if(usage.begin(), usage.end(),
                         [part](const auto& s) { return std::isfinite(s.*part) && s.*part >= 0; });
  };
  const auto cpu = known(&decision::UsageSample::cpu_cores);
  const auto memory = known(&decision::UsageSample::memory_bytes);
  if (cpu > 0 && memory > 0)
    return fmt::format("phase sizes: of {} samples to learn from none knows both CPU and memory",
                       usage.size());
  return fmt::format("phase sizes: {} not known in any of the {} samples to learn from",
                     cpu > 0      ? "memory is"
                     : memory > 0 ? "CPU is"
                                  : "CPU and memory are",
                     usage.size());
}

}  // namespace

double PhaseUsage::quantile(double q) const {
  if (quantiles.empty()) return std::numeric_limits<double>::quiet_NaN();
  const double at = std::clamp(q, 0.0, 1.0) * static_cast<double>(quantiles.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, quantiles.size() - 1);
  return quantiles[below] +
         (at - static_cast<double>(below)) * (quantiles[above] - quantiles[below]);
}

PhaseData usage_data(std::span<const decision::UsageSample> usage, Duration gap) {
  PhaseData out{.features = {"cpu", "memory"}, .sequences = {}};
  bool open = false;
  for (const decision::UsageSample& s : usage) {
    const bool known = std::isfinite(s.cpu_cores) && s.cpu_cores >= 0 &&
                       std::isfinite(s.memory_bytes) && s.memory_bytes >= 0;
    if (!known) {
      open = false;
      continue;
    }
    const std::int64_t at = to_ns(s.at);
    if (open) {
      const std::int64_t last = out.sequences.back().times_ns.back();
      open = at > last && at - last <= gap.count();
    }
    if (!open) {
      out.sequences.emplace_back();
      // Sequences of one application are told apart by when they begin.
      out.sequences.back().labels = Labels{{"from", to_iso8601(s.at)}};
    }
    open = true;
    out.sequences.back().times_ns.push_back(at);
    out.sequences.back().rows.push_back(s.cpu_cores);
    out.sequences.back().rows.push_back(s.memory_bytes);
  }
  return out;
}

PhaseSizes::PhaseSizes(PhaseSizesOptions options)
    : options_(checked(std::move(options))), phases_(options_.phases), next_(options_.next) {}

Result<PhaseFit> PhaseSizes::fit(std::span<const decision::UsageSample> usage) {
  const PhaseData data = usage_data(usage, options_.gap);
  if (data.rows() == 0) return fail(Errc::not_enough_data, nothing_known(usage));
  Phases phases(options_.phases);
  auto report = phases.fit(data);
  if (!report) return report;
  const auto labels = phases.label(data);
  if (!labels) return tl::unexpected(labels.error());
  NextPhase next(options_.next);
  if (auto fine = next.fit(data, *labels, phases.count()); !fine)
    return tl::unexpected(fine.error());
  std::vector<std::vector<double>> cpu(phases.count()), memory(phases.count());
  for (std::size_t s = 0; s < labels->size(); ++s) {
    for (std::size_t i = 0; i < (*labels)[s].phases.size(); ++i) {
      const std::int32_t p = (*labels)[s].phases[i];
      if (p < 0) continue;
      cpu[static_cast<std::size_t>(p)].push_back(data.sequences[s].rows[2 * i]);
      memory[static_cast<std::size_t>(p)].push_back(data.sequences[s].rows[2 * i + 1]);
    }
  }
  cpu_.clear();
  memory_.clear();
  for (auto& v : cpu) cpu_.push_back(usage_of(std::move(v)));
  for (auto& v : memory) memory_.push_back(usage_of(std::move(v)));
  phases_ = std::move(phases);
  next_ = std::move(next);
  return report;
}

Result<void> PhaseSizes::save(const std::string& path) const {
  if (!fitted()) throw LogicError("phase sizes: fit them first");
  Value v = Value::object()
                .set("kind", kind)
                .set("format", format)
                .set("gap", format_duration(options_.gap))
                .set("phases", phases_.to_value())
                .set("next", next_.to_value())
                .set("cpu", to_value(cpu_))
                .set("memory", to_value(memory_));
  v.set("checksum", learningplane::detail::json_checksum(v));
  return learningplane::detail::write_durably(path, dump_json(v) + "\n");
}

Result<PhaseSizes> PhaseSizes::load(const std::string& path) try {
  const auto text = learningplane::detail::read_whole(path, most_bytes);
  if (!text) return tl::unexpected(text.error());
  const auto v = parse_json(*text, {.bytes = most_bytes, .depth = 16});
  if (!v)
    return fail(Errc::malformed,
                fmt::format("{}: truncated, or no phase sizes: {}", path, v.error().message));
  if (!v->is_object() || v->get("kind", "") != kind)
    return fail(Errc::malformed, fmt::format("{}: 'kind' is not {}", path, kind));
  if (v->get("format", std::int64_t{0}) > format)
    return fail(Errc::unsupported, fmt::format("{}: a newer format: update learningplane", path));
  if (v->get("checksum", "") != learningplane::detail::json_checksum(*v))
    return fail(Errc::malformed,
                fmt::format("{}: the checksum does not fit: damaged or edited", path));
  const Value nothing;
  const auto part = [&](const char* key) -> const Value& {
    const Value* found = v->find(key);
    return found == nullptr ? nothing : *found;
  };
  auto phases = Phases::from_value(part("phases"));
  if (!phases) return fail_within(path, phases.error());
  auto next = NextPhase::from_value(part("next"), phases->count(), 2);
  if (!next) return fail_within(path, next.error());
  PhaseSizesOptions o;
  o.gap = value_or_throw(parse_duration(v->get("gap", "15m")));
  o.phases = phases->options();
  o.next = next->options();
  if (o.phases.features != std::vector<std::string>{"cpu", "memory"})
    return fail(Errc::malformed, path + ": its phases are not of cpu and memory");
  PhaseSizes out(std::move(o));
  out.cpu_ = usage_from(*v, "cpu", phases->count());
  out.memory_ = usage_from(*v, "memory", phases->count());
  out.phases_ = std::move(*phases);
  out.next_ = std::move(*next);
  return out;
} catch (const Error& e) {
  return fail(Errc::malformed, path + ": " + e.failure().message);
}

}  // namespace learningplane::profiling
