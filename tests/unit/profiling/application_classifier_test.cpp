#include "learningplane/profiling/application_classifier.hpp"

#include <doctest/doctest.h>

#include "learningplane/error.hpp"
#include "support/phases.hpp"

using namespace learningplane;
using namespace learningplane::profiling;

namespace {

std::vector<PhaseLabels> labels(const std::vector<std::int32_t>& phases) {
  PhaseLabels l{.phases = phases};
  for (std::size_t i = 0; i < phases.size(); ++i)
    l.times_ns.push_back(static_cast<std::int64_t>(i) * support::minute_ns);
  return {l};
}
ApplicationProfile profile(const char* name, const char* model,
                           const std::vector<std::int32_t>& phases) {
  return value_or_throw(application_profile(name, model, labels(phases), 3));
}

}  // namespace

TEST_CASE("classify: the nearest by histogram and transitions, and its model") {
  const std::vector<ApplicationProfile> known{
      profile("steady", "naive", {0, 0, 0, 0, 0, 0, 0, 1}),
      profile("batch", "theta", {0, 0, 0, 0, 1, 1, 1, 1}),
      profile("flapping", "lstm", {0, 1, 0, 1, 0, 1, 0, 1})};
  const auto found = classify(known, labels({1, 0, 1, 0, 1, 0}), 3);
  REQUIRE(found);
  CHECK(found->name == "flapping");
  CHECK(found->model == "lstm");
  CHECK(found->rows == 6);
  REQUIRE(found->ranking.size() == 3);
  // The same histogram: only the transitions tell these two apart.
  CHECK(found->ranking[1].name == "batch");
  CHECK(classify(known, labels({0, 0, 0, 1, 1, 1}), 3)->name == "batch");
  const auto same = classify(known, labels({0, 0, 0, 0, 0, 0, 0, 1}), 3);
  CHECK(same->ranking.front().distance == doctest::Approx(0.0));
}

TEST_CASE("classify: an application unlike all known ones gets the fallback") {
  const std::vector<ApplicationProfile> known{profile("steady", "naive", {0, 0, 0, 0})};
  const auto found = classify(known, labels({2, 2, 2, 2}), 3, {.fallback = "theta"});
  REQUIRE(found);
  CHECK(found->name.empty());
  CHECK(found->model == "theta");
  CHECK(found->ranking.front().distance == 1.0);
  CHECK(classify({}, labels({2, 2}), 3)->name.empty());
  CHECK_FALSE(classify(known, labels({-1, -1, 2}), 3));
}

TEST_CASE("classify: the first minutes of three kinds of application tell them apart") {
  // Phases are learned on all of them; each is then told by the first 40 minutes of a run never
  // seen.
  PhaseData all{.features = {"cpu", "memory"}};
  const double speeds[] = {0.3, 1.0, 4.0};
  for (std::size_t i = 0; i < 3; ++i)
    all.sequences.push_back(
        value_or_throw(phase_data(support::three_behaviours(600, 20 + i, speeds[i]))).sequences[0]);
  for (std::size_t i = 0; i < 3; ++i) all.sequences[i].labels = {{"app", std::to_string(i)}};
  PhaseOptions o;
  o.k = 3;
  o.crbm.history = 1;
  o.crbm.epochs = 20;
  o.crbm.learning_rate = 0.005;
  Phases phases(o);
  REQUIRE(phases.fit(all));
  const auto told = value_or_throw(phases.label(all));
  std::vector<ApplicationProfile> known;
  for (std::size_t i = 0; i < 3; ++i)
    known.push_back(value_or_throw(application_profile(std::to_string(i), "ridge", {told[i]}, 3)));
  std::size_t right = 0;
  for (std::size_t run = 0; run < 12; ++run) {
    const auto fresh =
        value_or_throw(phase_data(support::three_behaviours(200, 100 + run, speeds[run % 3])));
    const auto beginning = first_minutes(value_or_throw(phases.label(fresh)), 60);
    CHECK(beginning[0].phases.size() == 60);
    right += classify(known, beginning, 3, {.transition_weight = 1.0, .farthest = 1.0})->name ==
                     std::to_string(run % 3)
                 ? 1
                 : 0;
  }
  MESSAGE("right: ", right, " of 12");
  CHECK(right >= 8);  // by chance: 4
}

TEST_CASE("classify: profiles survive as JSON; what cannot be is refused") {
  const auto p = profile("batch", "theta", {0, 0, 1, 2});
  const auto again = application_profile_from_value(to_value(p));
  REQUIRE(again);
  CHECK(to_value(*again) == to_value(p));
  Value bad = to_value(p);
  bad.set("histogram", Value::array().push(2.0));
  CHECK(application_profile_from_value(bad).error().message.find("no share") != std::string::npos);
  CHECK_THROWS_AS(classify({p}, labels({0, 1}), 2), LogicError);
  CHECK_THROWS_WITH_AS(classify({p}, labels({0, 1}), 3, {.farthest = 2}),
                       doctest::Contains("farthest"), ConfigError);
}
