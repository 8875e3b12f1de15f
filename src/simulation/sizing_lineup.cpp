#include "learningplane/simulation/sizing_lineup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <limits>
#include <thread>

#include "learningplane/decision/sizing_request.hpp"
#include "learningplane/error.hpp"
#include "learningplane/profiling/sizing_phases.hpp"

namespace learningplane::simulation {

using decision::SizingPolicy;
using decision::UsageSample;

namespace {

const std::vector<std::string> names{
    "request",    "static_p95",         "window_max", "window_p95",  "histogram",
    "theta_scan", "theta_scan_dynamic", "phase_p95",  "phase_sigma", "phase_max",
    "oracle"};

/// The policy that only a comparison knows: it is registered nowhere, and checked all the same.
Manifest static_manifest() {
  return {"static",
          "a percentile of the first part, for good",
          {{.name = "quantile",
            .type = ParameterType::number,
            .summary = "of what the first part used, above 0, at most 1",
            .fallback = 0.95,
            .minimum = 1e-6,
            .maximum = 1}}};
}

std::string joined(const std::vector<std::string>& all) {
  std::string out;
  for (const std::string& s : all) out += (out.empty() ? "" : ", ") + s;
  return out;
}

bool sizes(const std::string& kind, const Registries& registries) {
  return kind.starts_with("sizing_") && registries.policies.contains(kind);
}

std::size_t trained(const UsageTrace& trace, const SizingReplayOptions& o) {
  return static_cast<std::size_t>(
      std::llround(o.train_share * static_cast<double>(trace.samples.size())));
}

/// A result that there is not: limits that are not known, as long as the judged part.
SizingResult left_out(const UsageTrace& trace, const SizingReplayOptions& o, std::string why) {
  SizingResult out;
  out.application = trace.name;
  out.first = trained(trace, o);
  out.cpu_limit.assign(trace.samples.size() - out.first, std::numeric_limits<double>::quiet_NaN());
  out.memory_limit = out.cpu_limit;
  out.left_out = std::move(why);
  return out;
}

/// @throws Error where a policy that must work does not anywhere, or none does
void check_left_out(const std::vector<SizingResult>& results, std::size_t traces,
                    const SizingLineupOptions& o) {
  bool any = false;
  for (std::size_t p = 0; p < results.size(); p += traces) {
    const auto first = results.begin() + static_cast<std::ptrdiff_t>(p);
    const bool works = std::any_of(first, first + static_cast<std::ptrdiff_t>(traces),
                                   [](const SizingResult& r) { return r.left_out.empty(); });
    any = any || works;
    const bool last = p + traces >= results.size();
    if (works || (o.nowhere == Nowhere::leave_out && (any || !last))) continue;
    throw Error(Failure{Errc::not_enough_data,
                        fmt::format("the policy {} cannot be made for {}: {}{}", first->name,
                                    traces == 1 ? "this usage" : "any application",
                                    traces == 1 ? "" : first->application + ": ", first->left_out),
                        {}});
  }
}

/// The ceil(q n)-th of what is known; 0, as the user asked, where nothing is.
double quantile(std::span<const UsageSample> samples, double UsageSample::* part, double q) {
  std::vector<double> v;
  for (const UsageSample& s : samples)
    if (std::isfinite(s.*part)) v.push_back(s.*part);
  if (v.empty()) return 0;
  std::sort(v.begin(), v.end());
  const double rank = std::max(1.0, std::ceil(q * static_cast<double>(v.size()) - 1e-9));
  return v[static_cast<std::size_t>(rank) - 1];
}

/// Whether its phases are learned from the first part of each trace.
bool fitted_here(const SizingEntry& e) {
  return e.kind == "sizing_phases" && e.options.find("model") == nullptr;
}

using Sizes = std::shared_ptr<const profiling::PhaseSizes>;

std::unique_ptr<SizingPolicy> build(const SizingEntry& entry, const UsageTrace& trace,
                                    const SizingLineupOptions& o, const Registries& registries,
                                    const Sizes& fitted) {
  if (entry.kind == "static") {
    const std::span<const UsageSample> past(trace.samples.data(), trained(trace, o.replay));
    const double q = static_manifest().check(entry.options).get("quantile", 0.95);
    decision::SizingRequestOptions request;
    request.cpu_cores = quantile(past, &UsageSample::cpu_cores, q);
    request.memory_bytes = quantile(past, &UsageSample::memory_bytes, q);
    return std::make_unique<decision::SizingRequest>(request);
  }
  if (fitted_here(entry)) {
    Value options = entry.options;
    const Value checked =
        registries.policies.manifest(entry.kind).check(options.set("model", "fitted here"));
    return std::make_unique<profiling::SizingPhases>(profiling::sizing_phases_options(checked),
                                                     fitted);
  }
  auto policy = registries.policies.build(entry.kind, entry.options);
  auto* sizing = dynamic_cast<SizingPolicy*>(policy.get());
  if (sizing == nullptr) throw ConfigError("", "kind", entry.kind, "a policy that sizes");
  policy.release();
  return std::unique_ptr<SizingPolicy>(sizing);
}

}  // namespace

std::vector<std::string> sizing_names() { return names; }

Result<profiling::PhaseSizes> fit_phase_sizes(const UsageTrace& trace,
                                              const SizingLineupOptions& o) {
  profiling::PhaseSizes out(o.phases);
  const std::span<const UsageSample> past(trace.samples.data(), trained(trace, o.replay));
  if (past.empty())
    return fail_within(trace.name,
                       {Errc::not_enough_data,
                        fmt::format("train_share {} of {} samples leaves none to learn phases from",
                                    o.replay.train_share, trace.samples.size()),
                        {}});
  if (auto report = out.fit(past); !report) return fail_within(trace.name, report.error());
  return out;
}

SizingEntry sizing_entry(const std::string& name, const SizingLineupOptions& o,
                         const Registries& registries) {
  const std::string window = format_duration(o.window);
  const auto of = [&](const char* kind, Value options = Value::object()) {
    return SizingEntry{name, kind, std::move(options)};
  };
  const auto statistic = [&](const char* s) {
    return of("sizing_phases", Value::object().set("statistic", s));
  };
  const auto sliding = [&](double q, const std::string& length) {
    return of("sizing_window", Value::object()
                                   .set("cpu_window", length)
                                   .set("memory_window", length)
                                   .set("cpu_quantile", q)
                                   .set("memory_quantile", q));
  };
  if (name == "request") return of("sizing_request");
  if (name == "static_p95") return of("static", Value::object().set("quantile", 0.95));
  if (name == "window_max") return sliding(1.0, window);
  // Of a dozen samples the 95th percentile is the maximum: a percentile needs more of them.
  if (name == "window_p95") return sliding(0.95, format_duration(24 * o.window));
  if (name == "histogram") return of("sizing_histogram");
  if (name == "theta_scan") return of("sizing_theta_scan");
  if (name == "theta_scan_dynamic")
    return of("sizing_theta_scan", Value::object().set("mode", "dynamic"));
  if (name == "phase_p95") return statistic("quantile");
  if (name == "phase_sigma") return statistic("mean_sigma");
  if (name == "phase_max") return statistic("max");
  if (name == "oracle")
    return of("sizing_oracle", Value::object().set("window", window).set("minimal_change", 0.0));
  if (sizes(name, registries)) return of(name.c_str());
  throw ConfigError("", "--policy", name, joined(names) + ", or a registered sizing_ policy");
}

SizingEntry sizing_entry(const Value& policy, const Registries& registries) {
  SizingEntry out;
  out.kind = policy.is_object() ? policy.get("kind", "") : "";
  if (out.kind != "static" && !sizes(out.kind, registries))
    throw ConfigError("", "kind", out.kind, "static or a registered sizing_ policy");
  out.name = policy.get("name", out.kind.c_str());
  for (const auto& [key, value] : policy.as_object())
    if (key != "kind" && key != "name") out.options.set(key, value);
  if (out.kind == "static") static_manifest().check(out.options);
  return out;
}

std::vector<SizingResult> compare_sizing(const std::vector<UsageTrace>& traces,
                                         const std::vector<SizingEntry>& lineup,
                                         const SizingLineupOptions& o,
                                         const Registries& registries) {
  check(o.replay);
  const bool fits = std::any_of(lineup.begin(), lineup.end(), fitted_here);
  std::vector<SizingResult> out(lineup.size() * traces.size());
  std::vector<std::exception_ptr> errors(traces.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t t = next++; t < traces.size(); t = next++) {
      try {
        Sizes fitted;
        std::string nothing, no_phases;
        if (trained(traces[t], o.replay) >= traces[t].samples.size())
          nothing =
              fmt::format("of its {} samples none is left to judge", traces[t].samples.size());
        if (fits && nothing.empty()) {
          auto sizes = fit_phase_sizes(traces[t], o);
          if (sizes)
            fitted = std::make_shared<const profiling::PhaseSizes>(std::move(*sizes));
          else
            no_phases = sizes.error().message;
        }
        for (std::size_t p = 0; p < lineup.size(); ++p) {
          const std::string& why = fitted_here(lineup[p]) && nothing.empty() ? no_phases : nothing;
          SizingResult& r = out[p * traces.size() + t];
          r = why.empty()
                  ? replay_sizing(traces[t], *build(lineup[p], traces[t], o, registries, fitted),
                                  o.replay)
                  : left_out(traces[t], o.replay, why);
          r.name = lineup[p].name;
        }
      } catch (...) {
        errors[t] = std::current_exception();
      }
    }
  };
  std::size_t threads =
      o.threads == 0 ? std::max(1U, std::thread::hardware_concurrency()) : o.threads;
  {
    std::vector<std::jthread> pool;
    for (std::size_t i = 1; i < std::min(threads, traces.size()); ++i) pool.emplace_back(work);
    work();
  }
  for (const std::exception_ptr& e : errors) {
    if (e) std::rethrow_exception(e);
  }
  check_left_out(out, traces.size(), o);
  return out;
}

}  // namespace learningplane::simulation
