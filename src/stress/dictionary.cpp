#include "learningplane/stress/dictionary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "learningplane/error.hpp"
#include "stress/re_pair.hpp"

namespace learningplane::stress {

std::vector<PhaseRun> run_lengths(std::span<const std::int32_t> phases, std::size_t min_rows) {
  std::vector<PhaseRun> out;
  for (std::size_t i = 0; i < phases.size(); ++i) {
    if (phases[i] < 0) continue;
    if (!out.empty() && out.back().phase == phases[i] && out.back().first + out.back().rows == i)
      ++out.back().rows;
    else
      out.push_back({phases[i], i, 1});
  }
  if (min_rows < 2) return out;
  std::vector<PhaseRun> merged;
  for (const PhaseRun& run : out) {
    const bool joins = !merged.empty() && merged.back().first + merged.back().rows == run.first;
    if (joins && (run.rows < min_rows || merged.back().phase == run.phase)) {
      merged.back().rows += run.rows;
    } else if (joins && merged.back().rows < min_rows) {
      // The first of a string had no one before it.
      merged.back().rows += run.rows;
      merged.back().phase = run.phase;
    } else {
      merged.push_back(run);
    }
  }
  return merged;
}

namespace {

using detail::Symbol;
using detail::Token;
/// The phase string of one application.
struct String {
  std::vector<PhaseRun> runs{};
  std::vector<Token> tokens{};
};

void check(const DictionaryOptions& o) {
  const auto least = [](const char* key, std::size_t value, std::size_t bound) {
    if (value < bound)
      throw ConfigError("", key, std::to_string(value), fmt::format("{} or more", bound));
  };
  least("min_rows", o.min_rows, 1);
  least("max_phases", o.max_phases, 1);
  least("min_count", o.min_count, 2);
  least("max_examples", o.max_examples, 1);
}

/// Symbols of single runs: phase and the power of two of the length.
std::vector<String> strings_of(const std::vector<profiling::PhaseLabels>& labels,
                               const DictionaryOptions& o, Symbol& next) {
  std::map<std::pair<std::int32_t, int>, Symbol> symbols;
  std::vector<String> out;
  for (const auto& l : labels) {
    String s{.runs = run_lengths(l.phases, o.min_rows)};
    for (std::size_t i = 0; i < s.runs.size(); ++i) {
      const std::pair key(s.runs[i].phase, static_cast<int>(std::bit_width(s.runs[i].rows)));
      const auto [at, fresh] = symbols.try_emplace(key, next);
      next += fresh ? 1 : 0;
      const bool follows = i > 0 && s.runs[i - 1].first + s.runs[i - 1].rows == s.runs[i].first;
      s.tokens.push_back({at->second, i, 1, follows});
    }
    out.push_back(std::move(s));
  }
  return out;
}

/// Repeated neighbours become symbols of their own.
void join_pairs(std::vector<String>& strings, Symbol next, const DictionaryOptions& o) {
  std::vector<std::vector<Token>> tokens;
  for (String& s : strings) tokens.push_back(std::move(s.tokens));
  detail::re_pair(tokens, next, o.max_phases, o.min_count);
  for (std::size_t i = 0; i < strings.size(); ++i) strings[i].tokens = std::move(tokens[i]);
}

std::vector<ProfileStep> steps_of(const String& s, const Token& t,
                                  const profiling::PhaseSequence& data, double step_s) {
  std::vector<ProfileStep> out;
  for (std::size_t i = t.first; i < t.first + t.count; ++i) {
    const PhaseRun& run = s.runs[i];
    ProfileStep step{.phase = run.phase, .seconds = static_cast<double>(run.rows) * step_s};
    for (std::size_t row = run.first; row < run.first + run.rows; ++row) {
      step.cpu += data.rows[2 * row] / static_cast<double>(run.rows);
      step.memory += data.rows[2 * row + 1] / static_cast<double>(run.rows);
    }
    out.push_back(step);
  }
  return out;
}

/// Where a symbol stands: string and token.
using Places = std::vector<std::pair<std::size_t, std::size_t>>;

PatternProfile profile_of(const std::vector<String>& strings, const Places& places,
                          const profiling::PhaseData& data, double step_s,
                          const DictionaryOptions& o) {
  PatternProfile out{.occurrences = places.size()};
  std::set<std::size_t> who;
  for (const auto& [s, t] : places) who.insert(s);
  out.applications = who.size();
  const std::size_t keep = std::min(o.max_examples, places.size());
  for (std::size_t i = 0; i < keep; ++i) {
    const auto& [s, t] = places[i * places.size() / keep];
    out.examples.push_back(steps_of(strings[s], strings[s].tokens[t], data.sequences[s], step_s));
  }
  for (const ProfileStep& step : out.examples.front()) out.phases.push_back(step.phase);
  return out;
}

}  // namespace

Result<Dictionary> compress(const profiling::PhaseData& data,
                            const std::vector<profiling::PhaseLabels>& labels, std::size_t k,
                            double step_s, const DictionaryOptions& options) {
  check(options);
  if (data.features.size() != 2 || labels.size() != data.sequences.size())
    throw LogicError(fmt::format("compress: {} features and {} sequences with {} phase strings",
                                 data.features.size(), data.sequences.size(), labels.size()));
  for (std::size_t s = 0; s < labels.size(); ++s)
    if (labels[s].phases.size() != data.sequences[s].times_ns.size())
      throw LogicError(fmt::format("compress: sequence {} has {} rows and {} phases", s,
                                   data.sequences[s].times_ns.size(), labels[s].phases.size()));
  Symbol next = 0;
  std::vector<String> strings = strings_of(labels, options, next);
  Dictionary out{.histogram = std::vector<double>(k)};
  for (const auto& l : labels)
    for (const std::int32_t p : l.phases)
      if (p >= 0) out.histogram.at(static_cast<std::size_t>(p)) += 1, ++out.rows;
  for (const String& s : strings) out.runs += s.runs.size();
  if (out.runs == 0) return fail(Errc::not_enough_data, "compress: no row has a phase");
  join_pairs(strings, next, options);
  std::map<Symbol, Places> places;
  for (std::size_t s = 0; s < strings.size(); ++s)
    for (std::size_t t = 0; t < strings[s].tokens.size(); ++t)
      places[strings[s].tokens[t].symbol].emplace_back(s, t), ++out.symbols;
  for (const auto& [symbol, where] : places)
    out.profiles.push_back(profile_of(strings, where, data, step_s, options));
  std::stable_sort(out.profiles.begin(), out.profiles.end(),
                   [](const auto& a, const auto& b) { return a.occurrences > b.occurrences; });
  return out;
}

namespace {

const Value& member(const Value& of, const char* key) {
  const Value* found = of.find(key);
  if (found == nullptr) throw FormatError(fmt::format("dictionary: '{}' is missing", key));
  return *found;
}
double positive(const Value& v, const char* what) {
  if (!v.is_number() || !std::isfinite(v.as_double()) || v.as_double() < 0)
    throw FormatError(fmt::format("dictionary: {} cannot be {}", what, v.kind()));
  return v.as_double();
}
std::size_t count(const Value& of, const char* key) {
  return static_cast<std::size_t>(positive(member(of, key), key));
}

ProfileStep step_from(const Value& v, std::size_t k) {
  if (!v.is_array() || v.size() != 4)
    throw FormatError("dictionary: a step is a list of phase, seconds, cpu and memory");
  const auto& a = v.as_array();
  const double phase = positive(a[0], "a phase");
  if (phase >= static_cast<double>(k))
    throw FormatError(fmt::format("dictionary: phase {} of {} phases", phase, k));
  return {static_cast<std::int32_t>(phase), positive(a[1], "seconds"), positive(a[2], "cpu"),
          positive(a[3], "memory")};
}

}  // namespace

Value to_value(const Dictionary& d) {
  Value profiles = Value::array(), histogram = Value::array();
  for (const double n : d.histogram) histogram.push(n);
  for (const PatternProfile& p : d.profiles) {
    Value phases = Value::array(), examples = Value::array();
    for (const std::int32_t phase : p.phases) phases.push(static_cast<std::int64_t>(phase));
    for (const auto& example : p.examples) {
      Value steps = Value::array();
      for (const ProfileStep& s : example)
        steps.push(Value::array()
                       .push(static_cast<std::int64_t>(s.phase))
                       .push(s.seconds)
                       .push(s.cpu)
                       .push(s.memory));
      examples.push(std::move(steps));
    }
    profiles.push(Value::object()
                      .set("phases", std::move(phases))
                      .set("occurrences", p.occurrences)
                      .set("applications", p.applications)
                      .set("examples", std::move(examples)));
  }
  return Value::object()
      .set("rows", d.rows)
      .set("runs", d.runs)
      .set("symbols", d.symbols)
      .set("histogram", std::move(histogram))
      .set("profiles", std::move(profiles));
}

Dictionary dictionary_from(const Value& v, std::size_t k) {
  Dictionary out{
      .rows = count(v, "rows"), .runs = count(v, "runs"), .symbols = count(v, "symbols")};
  for (const Value& n : member(v, "histogram").as_array())
    out.histogram.push_back(positive(n, "histogram"));
  if (out.histogram.size() != k)
    throw FormatError(
        fmt::format("dictionary: a histogram of {} for {} phases", out.histogram.size(), k));
  for (const Value& p : member(v, "profiles").as_array()) {
    PatternProfile profile{.occurrences = count(p, "occurrences"),
                           .applications = count(p, "applications")};
    for (const Value& phase : member(p, "phases").as_array())
      profile.phases.push_back(static_cast<std::int32_t>(positive(phase, "a phase")));
    for (const Value& example : member(p, "examples").as_array()) {
      auto& steps = profile.examples.emplace_back();
      for (const Value& s : example.as_array()) steps.push_back(step_from(s, k));
      if (steps.empty()) throw FormatError("dictionary: an example without steps");
    }
    if (profile.examples.empty() || profile.occurrences == 0)
      throw FormatError("dictionary: a profile without examples");
    out.profiles.push_back(std::move(profile));
  }
  if (out.profiles.empty()) throw FormatError("dictionary: no profile");
  return out;
}

}  // namespace learningplane::stress
