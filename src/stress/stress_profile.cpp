#include "learningplane/stress/stress_profile.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>

#include "learningplane/error.hpp"
#include "stress/stress_file.hpp"

namespace learningplane::stress {

namespace {

constexpr const char* kind = "learningplane.stress_profile";

Value to_value(const Empirical& e) {
  Value kept = Value::array();
  for (const double v : e.kept()) kept.push(v);
  return Value::object().set("count", e.count()).set("values", std::move(kept));
}

const Value& member(const Value& of, const char* key) {
  const Value* found = of.find(key);
  if (found == nullptr) throw FormatError(fmt::format("'{}' is missing", key));
  return *found;
}
Empirical empirical_from(const Value& v, const char* key) {
  std::vector<double> kept;
  for (const Value& x : member(v, "values").as_array()) {
    if (x.as_double() < 0) throw FormatError(fmt::format("'{}' holds a time below 0", key));
    kept.push_back(x.as_double());
  }
  if (kept.empty()) throw FormatError(fmt::format("'{}' is empty", key));
  return Empirical::restored(std::move(kept),
                             static_cast<std::size_t>(member(v, "count").as_int()));
}

StressProfile from_value(const Value& v) {
  StressProfile out{.source = member(v, "source").as_string(),
                    .step_s = member(v, "step_seconds").as_double()};
  if (!(out.step_s > 0)) throw FormatError("'step_seconds' is not above 0");
  out.phases = value_or_throw(profiling::Phases::from_value(member(v, "phases")));
  out.jobs = {empirical_from(member(v, "durations"), "durations"),
              empirical_from(member(v, "interarrivals"), "interarrivals")};
  out.dictionary = dictionary_from(member(v, "dictionary"), out.phases.count());
  for (const Value& note : member(v, "notes").as_array()) out.notes.push_back(note.as_string());
  return out;
}

}  // namespace

Result<StressProfile> profile_of(const Workload& workload, profiling::Phases phases,
                                 const DictionaryOptions& options) {
  StressProfile out{.source = workload.source,
                    .step_s = workload.step_s,
                    .phases = std::move(phases),
                    .jobs = workload.jobs,
                    .notes = workload.notes};
  if (!(out.step_s > 0))
    return fail(Errc::invalid_argument, "stress profile: the usage has no step");
  if (!out.phases.fitted()) {
    const auto fit = out.phases.fit(workload.usage);
    if (!fit) return tl::unexpected(fit.error());
    for (const std::string& name : fit->constant)
      out.notes.push_back(fmt::format("{} never changes: it tells nothing", name));
  }
  if (out.phases.features() != workload.usage.features)
    return fail(Errc::not_found,
                fmt::format("stress profile: the phases are told by {}, and here are {}",
                            fmt::join(out.phases.features(), ", "),
                            fmt::join(workload.usage.features, ", ")));
  const auto labels = out.phases.label(workload.usage);
  if (!labels) return tl::unexpected(labels.error());
  auto dictionary = compress(workload.usage, *labels, out.phases.count(), out.step_s, options);
  if (!dictionary) return tl::unexpected(dictionary.error());
  out.dictionary = std::move(*dictionary);
  return out;
}

Value to_value(const StressProfile& p) {
  Value notes = Value::array();
  for (const std::string& note : p.notes) notes.push(note);
  return Value::object()
      .set("source", p.source)
      .set("step_seconds", p.step_s)
      .set("notes", std::move(notes))
      .set("durations", to_value(p.jobs.durations))
      .set("interarrivals", to_value(p.jobs.interarrivals))
      .set("dictionary", to_value(p.dictionary))
      .set("phases", p.phases.to_value());
}

Result<void> save(const StressProfile& profile, const std::string& path) {
  return detail::write_file(to_value(profile), kind, path);
}

Result<StressProfile> load_profile(const std::string& path) {
  return detail::read_file_as(kind, path, [](const Value& v) { return from_value(v); });
}

}  // namespace learningplane::stress
