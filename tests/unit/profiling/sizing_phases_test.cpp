#include "learningplane/profiling/sizing_phases.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <fstream>
#include <sstream>

#include "learningplane/error.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::profiling;
using namespace std::chrono_literals;
using decision::Size;
using decision::SizingDecision;
using decision::SizingInput;
using decision::UsageSample;

namespace {
constexpr double mib = 1'048'576, unknown = std::numeric_limits<double>::quiet_NaN();

/// Idle for 8 samples, busy for 8: 0.2 cores and 200 MiB, 2 cores and 800 MiB, within a twentieth.
std::vector<UsageSample> usage(std::size_t n) {
  std::vector<UsageSample> out;
  for (std::size_t i = 0; i < n; ++i) {
    const bool busy = i / 8 % 2 == 1;
    const double noise = 1 + 0.005 * static_cast<double>(i * 7 % 11);
    out.push_back({from_ns(0) + static_cast<std::int64_t>(i) * 1min, (busy ? 2 : 0.2) * noise,
                   (busy ? 800 : 200) * mib * noise});
  }
  return out;
}

PhaseSizesOptions options() {
  PhaseSizesOptions o;
  o.phases.k = 2;
  o.phases.crbm.history = 1;
  o.phases.crbm.epochs = 30;
  return o;
}
std::shared_ptr<const PhaseSizes> fitted() {
  auto out = std::make_shared<PhaseSizes>(options());
  value_or_throw(out->fit(usage(800)));
  return out;
}
}  // namespace

TEST_CASE("phase sizes: usage of each phase, and what comes next") {
  const auto sizes = fitted();
  REQUIRE(sizes->cpu().size() == 2);
  const auto busy = static_cast<std::size_t>(sizes->cpu()[0].mean > sizes->cpu()[1].mean ? 0 : 1);
  CHECK(sizes->cpu()[busy].quantile(1) == doctest::Approx(2.1));
  CHECK(sizes->memory()[busy].quantile(1) == doctest::Approx(840 * mib));
  CHECK(sizes->cpu()[1 - busy].quantile(0) == doctest::Approx(0.2));
  CHECK(sizes->cpu()[1 - busy].quantile(0.5) < 0.25);
}

TEST_CASE("sizing by phase: gets the size of the phase that comes, before it comes") {
  SizingPhasesOptions o;
  o.limits.cpu_bump_ratio = 1;
  SizingPhases policy(o, fitted());
  Size size{4, 1000 * mib};
  int short_of = 0, large = 0;
  const auto seen = usage(320);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (i >= 40 && seen[i].cpu_cores > 1.05 * size.cpu_cores) ++short_of;
    if (i >= 40 && size.cpu_cores > 1) ++large;
    SizingInput in;
    in.at = seen[i].at;
    in.current = size;
    in.usage = {seen[i]};
    const SizingDecision d = policy.plan(in);
    if (i == 0) CHECK(d.cpu.rule == "phase_unknown");
    if (i == 0) CHECK_FALSE(d.acts());
    size = {d.cpu.value, d.memory.value};
  }
  // The network has learned that a stay lasts eight rows: hardly a spike comes unforeseen.
  CHECK(short_of <= 2);
  CHECK(large > 120);
  CHECK(large < 190);
}

TEST_CASE("sizing by phase: statistics, chance, and what is not known holds") {
  const auto sizes = fitted();
  const auto at_rest = [&](SizingPhasesOptions o) {
    SizingPhases policy(o, sizes);
    SizingInput in;
    in.usage = usage(7);
    in.at = in.usage.back().at;
    in.current = {4, 1000 * mib};
    return policy.plan(in);
  };
  SizingPhasesOptions o;
  const double p95 = at_rest(o).cpu.wish;
  CHECK(p95 < 0.22);
  o.statistic = PhaseStatistic::max;
  CHECK(at_rest(o).cpu.wish >= p95);
  o.statistic = PhaseStatistic::mean_sigma;
  o.sigmas = 0;
  CHECK(at_rest(o).cpu.wish < p95);
  o.sigmas = 2;
  o.margin = 0.5;
  CHECK(at_rest(o).cpu.wish > p95);
  o = {};
  o.chance = 1e-9;  // the other phase is never impossible
  CHECK(at_rest(o).cpu.wish > 2);
  // A gap begins anew.
  SizingPhases policy(SizingPhasesOptions{}, sizes);
  SizingInput in;
  in.usage = usage(6);
  in.usage[4].memory_bytes = unknown;
  in.at = in.usage.back().at;
  in.current = {4, 1000 * mib};
  SizingDecision d = policy.plan(in);
  CHECK(d.memory.rule == "phase_unknown");
  CHECK_FALSE(d.acts());
  CHECK(policy.phase() == -1);
}

TEST_CASE("phase sizes: saved and loaded they decide the same; damage and strangers are refused") {
  support::TempDir dir;
  const std::string file = dir / "sizes.json";
  for (const NextPhaseMethod method : {NextPhaseMethod::mlp, NextPhaseMethod::markov}) {
    PhaseSizesOptions o = options();
    o.next.method = method;
    auto made = std::make_shared<PhaseSizes>(o);
    value_or_throw(made->fit(usage(400)));
    value_or_throw(made->save(file));
    const auto read = std::make_shared<PhaseSizes>(value_or_throw(PhaseSizes::load(file)));
    SizingPhases a(SizingPhasesOptions{}, made), b(SizingPhasesOptions{}, read);
    for (const UsageSample& s : usage(100)) {
      SizingInput in;
      in.at = s.at;
      in.current = {1, 500 * mib};
      in.usage = {s};
      const SizingDecision x = a.plan(in), y = b.plan(in);
      CHECK(x.cpu.value == y.cpu.value);
      CHECK(x.memory.value == y.memory.value);
    }
  }
  std::ostringstream all;
  all << std::ifstream(file).rdbuf();
  std::string text = all.str();
  const auto refused = [&](const std::string& content) {
    std::ofstream(dir / "bad.json") << content;
    const auto r = PhaseSizes::load(dir / "bad.json");
    return r ? std::string("accepted") : r.error().message;
  };
  CHECK(refused(text.substr(0, text.size() / 2)).find("truncated") != std::string::npos);
  std::string edited = text;
  edited.replace(edited.find("\"deviation\":") + 12, 1, "9");
  CHECK(refused(edited).find("checksum") != std::string::npos);
  CHECK(refused("{\"kind\":\"other\"}").find("kind") != std::string::npos);
  CHECK(PhaseSizes::load(dir / "absent.json").error().code == Errc::not_found);
}

TEST_CASE("sizing by phase: options are refused with their names, and too little data") {
  const auto sizes = fitted();
  SizingPhasesOptions o;
  o.quantile = 0;
  CHECK_THROWS_AS(SizingPhases(o, sizes), ConfigError);
  o = {};
  o.chance = 0;
  CHECK_THROWS_AS(SizingPhases(o, sizes), ConfigError);
  o = {};
  o.sigmas = -1;
  CHECK_THROWS_AS(SizingPhases(o, sizes), ConfigError);
  CHECK_THROWS_AS(SizingPhases({}, std::make_shared<PhaseSizes>()), LogicError);
  PhaseSizes fresh(options());
  CHECK_FALSE(fresh.fit(usage(1)));
  CHECK_FALSE(fresh.fitted());
  CHECK_THROWS_AS(PhaseSizes({.gap = 0s}), ConfigError);
}
