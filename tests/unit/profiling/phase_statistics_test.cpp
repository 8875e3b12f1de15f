#include "learningplane/profiling/phase_statistics.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"
#include "learningplane/profiling/phase_features.hpp"
#include "support/phases.hpp"

using namespace learningplane;
using namespace learningplane::profiling;

namespace {

struct Known {
  PhaseData data{.features = {"cpu", "memory"}};
  std::vector<PhaseLabels> labels{};
};
/// Ten rows of 20 s: -1, 0 0 0, 1 1, 0, 2 2 2.
Known known() {
  Known out;
  PhaseSequence s{.labels = {{"pod", "a"}}};
  PhaseLabels l{.labels = {{"pod", "a"}}};
  const std::int32_t phases[] = {-1, 0, 0, 0, 1, 1, 0, 2, 2, 2};
  for (std::size_t i = 0; i < 10; ++i) {
    s.times_ns.push_back(static_cast<std::int64_t>(i) * 20'000'000'000);
    s.rows.push_back(static_cast<double>(i));
    s.rows.push_back(100.0 - static_cast<double>(i));
    l.phases.push_back(phases[i]);
  }
  l.times_ns = s.times_ns;
  out.data.sequences.push_back(s);
  out.labels.push_back(l);
  return out;
}

}  // namespace

TEST_CASE("phase statistics: shares, spells, durations, usage and transitions by hand") {
  const Known k = known();
  const PhaseStatistics s = phase_statistics(k.data, k.labels, 4);
  CHECK(s.rows == 9);
  CHECK(s.unknown == 1);
  CHECK(s.changes == 3);
  REQUIRE(s.k() == 4);
  CHECK(s.phases[0].rows == 4);
  CHECK(s.phases[0].share == doctest::Approx(4.0 / 9));
  CHECK(s.phases[0].spells == 2);
  CHECK(s.phases[0].duration.min == 20);
  CHECK(s.phases[0].duration.max == 60);
  CHECK(s.phases[2].duration.max == 60);  // the last: to its last row and a step
  CHECK(s.phases[0].usage[0].mean == doctest::Approx((1 + 2 + 3 + 6) / 4.0));
  CHECK(s.phases[1].usage[1].min == 95);
  CHECK(s.transitions[0 * 4 + 0] == 2);
  CHECK(s.transitions[0 * 4 + 1] == 1);
  CHECK(s.transitions[0 * 4 + 2] == 1);
  CHECK(s.probability(0, 1) == doctest::Approx(0.25));
  CHECK(s.phases[3].rows == 0);
  CHECK(std::isnan(s.phases[3].usage[0].mean));
  CHECK(std::isnan(s.probability(3, 0)));
  const Value v = to_value(s);
  CHECK(v.find("phases")->as_array()[0].find("usage")->find("cpu")->get("max", 0.0) == 6.0);
  CHECK_THROWS_AS(phase_statistics(k.data, k.labels, 2), LogicError);
}

TEST_CASE("phase statistics: transitions of the published traces") {
  const auto dir = support::data_dir("ai4dl");
  LEARNINGPLANE_NEED(!dir.empty(), "data/ai4dl is absent (LEARNINGPLANE_DATA)");
  const Phases phases = value_or_throw(Phases::load(dir / "trained_model.json"));
  const auto data = support::ai4dl(dir, "sample.csv", phases.features());
  const PhaseStatistics s = phase_statistics(data, value_or_throw(phases.label(data)), 5);
  CHECK(s.rows == 204);
  CHECK(s.changes == 8 + 20 + 6 + 7);
  CHECK(s.phases[0].rows == 48 + 1 + 43 + 10);
  CHECK(s.phases[1].spells == 4);  // the warm-up of each pod
  CHECK(s.phases[3].rows == 0);
}

TEST_CASE("describe: quantiles by linear interpolation") {
  const Distribution d = describe({4, 1, 3, 2});
  CHECK(d.median == 2.5);
  CHECK(d.p25 == 1.75);
  CHECK(d.mean == 2.5);
  CHECK(d.deviation == doctest::Approx(std::sqrt(1.25)));
  CHECK(describe({7}).p95 == 7);
}

TEST_CASE("phase features: columns for a forecaster, unknown where the phase is") {
  const auto frame = support::three_behaviours(10);
  Known k = known();
  k.labels[0].labels = {};
  for (std::size_t i = 0; i < 10; ++i)
    k.labels[0].times_ns[i] = static_cast<std::int64_t>(i) * support::minute_ns;
  k.labels[0].times_ns.pop_back();  // the labels end a row earlier
  k.labels[0].phases.pop_back();
  const auto hot = with_phases(frame, k.labels, 3);
  REQUIRE(hot);
  CHECK(hot->columns() == 5);
  const auto* one = hot->find("phase_1");
  REQUIRE(one != nullptr);
  CHECK_FALSE(one->known(0));
  CHECK(one->values[3] == 0);
  CHECK(one->values[4] == 1);
  CHECK_FALSE(one->known(9));
  const auto index = with_phases(frame, k.labels, 3, PhaseColumns::index);
  CHECK(index->find("phase")->values[8] == 2);
  CHECK(with_phases(*hot, k.labels, 3).error().code == Errc::conflict);
}
