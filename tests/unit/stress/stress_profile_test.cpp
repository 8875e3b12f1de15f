#include "learningplane/stress/stress_profile.hpp"

#include <doctest/doctest.h>

#include <set>

#include "learningplane/error.hpp"
#include "support/stress.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::stress;

namespace {

Workload workload(std::vector<double> cpu, std::vector<double> memory) {
  Workload w{.source = "test", .step_s = 60};
  w.usage = value_or_throw(profiling::phase_data(
      support::minutes_of({{"cpu", std::move(cpu)}, {"memory", std::move(memory)}})));
  w.jobs = value_or_throw(job_times({{0, 60}, {60, 180}}));
  return w;
}

}  // namespace

TEST_CASE("stress profile: three behaviours become three phases and their patterns") {
  const StressProfile p = support::stress_profile();
  CHECK(p.dictionary.rows == 3 * 399);  // the first row of each has no past
  CHECK(p.dictionary.runs > p.dictionary.symbols);
  std::size_t runs = 0;
  std::set<std::int32_t> seen;
  for (const PatternProfile& profile : p.dictionary.profiles) {
    runs += profile.occurrences * profile.phases.size();
    seen.insert(profile.phases.begin(), profile.phases.end());
    for (const auto& example : profile.examples) CHECK(example.size() == profile.phases.size());
  }
  CHECK(runs == p.dictionary.runs);  // the profiles are all of the strings
  CHECK(seen.size() == 3);
}

TEST_CASE("stress profile: fitted phases are taken as they are") {
  const StressProfile first = support::stress_profile();
  const Workload w = workload(std::vector<double>(40, 1.0), std::vector<double>(40, 9e8));
  const StressProfile again = value_or_throw(profile_of(w, first.phases));
  CHECK(again.phases.to_value() == first.phases.to_value());
  CHECK(again.dictionary.rows == 39);
}

TEST_CASE("stress profile: a file reads back the same, and damage is refused") {
  const StressProfile p = support::stress_profile();
  support::TempDir dir;
  value_or_throw(save(p, dir / "p.json"));
  const StressProfile back = value_or_throw(load_profile(dir / "p.json"));
  CHECK(to_value(back) == to_value(p));
  std::ifstream in(dir / "p.json");
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  dir.write("cut.json", text.substr(0, text.size() - 40));
  CHECK(load_profile(dir / "cut.json").error().code == Errc::malformed);
  value_or_throw(p.phases.save(dir / "foreign.json"));
  CHECK(load_profile(dir / "foreign.json").error().code == Errc::malformed);
  CHECK(load_profile(dir / "none.json").error().code == Errc::not_found);
}

TEST_CASE("stress profile: constant and short data are refused, one constant feature is named") {
  profiling::PhaseOptions o;
  o.k = 2;
  const auto constant = profile_of(
      workload(std::vector<double>(40, 1.0), std::vector<double>(40, 2.0)), profiling::Phases(o));
  REQUIRE_FALSE(constant);
  CHECK(constant.error().code == Errc::invalid_argument);
  CHECK(profile_of(workload({1, 2}, {1, 2}), profiling::Phases(o)).error().code ==
        Errc::not_enough_data);
  std::vector<double> cpu;
  for (int i = 0; i < 60; ++i) cpu.push_back(i % 20 < 10 ? 1 : 5);
  o.crbm.history = 1;
  const StressProfile p =
      value_or_throw(profile_of(workload(cpu, std::vector<double>(60, 2.0)), profiling::Phases(o)));
  REQUIRE(p.notes.size() == 1);
  CHECK(p.notes[0].find("memory never changes") == 0);
}

TEST_CASE("stress profile: unsorted and negative usage never become a profile") {
  profiling::PhaseOptions o;
  o.k = 2;
  std::vector<double> cpu;
  for (int i = 0; i < 60; ++i) cpu.push_back(i % 20 < 10 ? 1 : 5);
  Workload w = workload(cpu, cpu);
  std::swap(w.usage.sequences[0].times_ns[3], w.usage.sequences[0].times_ns[4]);
  CHECK(profile_of(w, profiling::Phases(o)).error().code == Errc::invalid_argument);
  w = workload(cpu, cpu);
  w.usage.sequences[0].rows[7] = -1;
  CHECK(profile_of(w, profiling::Phases(o)).error().code == Errc::invalid_argument);
}
