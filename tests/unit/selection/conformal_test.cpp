#include "learningplane/selection/conformal.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

#include "learningplane/error.hpp"
#include "learningplane/registries.hpp"

using namespace learningplane;
using namespace learningplane::selection;
using telemetry::Frame;
using List = std::vector<double>;

namespace {

constexpr std::int64_t minute = 60'000'000'000;

struct Core {
  Core() { register_core(registries); }
  Registries registries{};
  const Registry<model::Forecaster>& models = registries.forecasters;
};

Frame frame_of(const List& values, std::size_t first = 0) {
  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < values.size(); ++i)
    times.push_back(static_cast<std::int64_t>(first + i) * 5 * minute);
  return value_or_throw(Frame::make(
      std::move(times), {telemetry::Column{.name = "y", .values = values, .flags = {}}}));
}

/// Independent noise of a deviation that may change, around 10.
List noise(std::mt19937_64& random, std::size_t n, double deviation = 1) {
  std::normal_distribution<double> normal(10, deviation);
  List out(n);
  for (double& v : out) v = normal(random);
  return out;
}

ConformalOptions options(ConformalMethod method = ConformalMethod::adaptive) {
  ConformalOptions o;
  o.target = "y";
  o.model = "naive";
  o.horizon = 6;
  o.method = method;
  return o;
}

/// One value a call, as an agent does it: share at or below the upper 95 % of the next step.
double follow(Conformal& model, const List& y, std::size_t first, std::size_t counted_from) {
  constexpr double levels[] = {0.05, 0.5, 0.95};
  std::size_t covered = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const auto said = value_or_throw(model.forecast(1, levels));
    if (i >= counted_from && y[i] <= said.quantile(0, 2)) ++covered;
    REQUIRE(model.update(frame_of({y[i]}, first + i)).has_value());
  }
  return static_cast<double>(covered) / static_cast<double>(y.size() - counted_from);
}

}  // namespace

TEST_CASE("conformal: the mean is the inner model's, the quantiles are known errors") {
  const Core core;
  // A ramp: the last value misses step s by exactly s + 1.
  List y;
  for (int i = 0; i < 400; ++i) y.push_back(i);
  Conformal model(options(ConformalMethod::split), core.models);
  const auto report = value_or_throw(model.fit(frame_of(y)));
  CHECK(report.note.find("intervals from 48 origins") != std::string::npos);
  constexpr double levels[] = {0.05, 0.95};
  const auto said = value_or_throw(model.forecast(6, levels));
  CHECK(said.model == "conformal");
  CHECK(said.times_ns[0] == 400 * 5 * minute);
  for (std::size_t s = 0; s < 6; ++s) {
    CHECK(said.mean[s] == 399);
    CHECK(said.quantile(s, 0) <= said.quantile(s, 1));
    CHECK(said.quantile(s, 1) > 399);
  }
  // Step and pooling share the width: the square root of what the step misses.
  const double first = said.quantile(0, 1) - 399, last = said.quantile(5, 1) - 399;
  CHECK(last / first == doctest::Approx(std::sqrt(6.0)));
}

TEST_CASE("conformal: noise is covered as promised whatever stands inside") {
  const Core core;
  for (const char* inner : {"naive", "theta", "ridge", "seasonal_profile"}) {
    CAPTURE(inner);
    std::mt19937_64 random(21);
    const List y = noise(random, 3600);
    auto o = options(ConformalMethod::split);
    o.model = inner;
    o.origins = 200;
    Conformal model(o, core.models);
    value_or_throw(model.fit(frame_of(List(y.begin(), y.begin() + 1600))));
    // 2,000 truths: two deviations of a binomial are 0.01; the residuals' own quantile adds 0.01.
    CHECK(follow(model, List(y.begin() + 1600, y.end()), 1600, 0) ==
          doctest::Approx(0.95).epsilon(0.022));
  }
}

TEST_CASE("conformal: coverage returns after a shift in variance where it adapts") {
  const Core core;
  std::mt19937_64 random(5);
  const List calm = noise(random, 1200), wild = noise(random, 5000, 4);
  Conformal adaptive(options(), core.models);
  Conformal split(options(ConformalMethod::split), core.models);
  value_or_throw(adaptive.fit(frame_of(calm)));
  value_or_throw(split.fit(frame_of(calm)));
  CHECK(follow(adaptive, wild, 1200, 2000) == doctest::Approx(0.95).epsilon(0.021));
  CHECK(follow(split, wild, 1200, 2000) < 0.85);
}

TEST_CASE("conformal: one long update says what many short ones do") {
  const Core core;
  std::mt19937_64 random(6);
  const List y = noise(random, 600), more = noise(random, 90, 5);
  Conformal once(options(), core.models), often(options(), core.models);
  value_or_throw(once.fit(frame_of(y)));
  value_or_throw(often.fit(frame_of(y)));
  REQUIRE(once.update(frame_of(more, 600)).has_value());
  for (std::size_t i = 0; i < more.size(); ++i)
    REQUIRE(often.update(frame_of({more[i]}, 600 + i)).has_value());
  constexpr double levels[] = {0.1, 0.95};
  const auto a = value_or_throw(once.forecast(6, levels));
  const auto b = value_or_throw(often.forecast(6, levels));
  CHECK(a.mean == b.mean);
  CHECK(a.quantiles == b.quantiles);
  // What was seen is passed over.
  REQUIRE(once.update(frame_of(more, 600)).has_value());
  CHECK(value_or_throw(once.forecast(6, levels)).quantiles == a.quantiles);
}

TEST_CASE("conformal: unknown rows are no errors, and no known rows is refused") {
  const Core core;
  std::mt19937_64 random(8);
  List y = noise(random, 600);
  for (std::size_t i = 500; i < 560; i += 3) y[i] = std::numeric_limits<double>::quiet_NaN();
  Conformal model(options(), core.models);
  value_or_throw(model.fit(frame_of(y)));
  constexpr double levels[] = {0.05, 0.95};
  const auto said = value_or_throw(model.forecast(3, levels));
  CHECK(said.quantile(0, 1) - said.mean[0] > 1);
  CHECK(said.quantile(0, 1) - said.mean[0] < 5);
  // A fit that fails leaves the model as it was.
  for (const List& bad : {List{}, List{1, 2}, List(100, std::numeric_limits<double>::quiet_NaN())})
    CHECK_FALSE(model.fit(frame_of(bad)).has_value());
  CHECK(value_or_throw(model.forecast(3, levels)).quantiles == said.quantiles);
  CHECK_FALSE(model.forecast(0).has_value());
  constexpr double wrong[] = {0.9, 0.1};
  CHECK_FALSE(model.forecast(2, wrong).has_value());
}

TEST_CASE(
    "conformal: saved and loaded it forecasts the same; other options and damage are refused") {
  const Core core;
  std::mt19937_64 random(9);
  for (const char* inner : {"naive", "ridge"}) {
    auto o = options();
    o.model = inner;
    Conformal model(o, core.models), again(o, core.models);
    value_or_throw(model.fit(frame_of(noise(random, 600))));
    REQUIRE(model.update(frame_of(noise(random, 100, 3), 600)).has_value());
    const model::ModelState state = model.save();
    REQUIRE(again.load(state).has_value());
    constexpr double levels[] = {0.05, 0.5, 0.95};
    const auto a = value_or_throw(model.forecast(6, levels));
    const auto b = value_or_throw(again.forecast(6, levels));
    CHECK(a.mean == b.mean);
    CHECK(a.quantiles == b.quantiles);
    auto other = o;
    other.horizon = 7;
    Conformal stranger(other, core.models);
    CHECK_FALSE(stranger.load(state).has_value());
    CHECK_FALSE(stranger.fitted());
    for (const auto& entry : state.tensors) {
      CAPTURE(entry.first);
      model::ModelState bad = state;
      bad.tensors.erase(entry.first);
      CHECK_FALSE(again.load(bad).has_value());
    }
    CHECK(value_or_throw(again.forecast(6, levels)).quantiles == a.quantiles);
  }
}

TEST_CASE("conformal: wrong options are named; used unfitted it says so") {
  const Core core;
  const auto refused = [&](auto&& change, const char* key) {
    auto o = options();
    change(o);
    try {
      Conformal model(o, core.models);
      FAIL("not refused");
    } catch (const ConfigError& error) {
      CHECK(std::string(error.what()).find(key) != std::string::npos);
    }
  };
  refused([](auto& o) { o.target = ""; }, "target");
  refused([](auto& o) { o.horizon = 0; }, "horizon");
  refused([](auto& o) { o.origins = 1; }, "origins");
  refused([](auto& o) { o.pace = 0; }, "pace");
  refused([](auto& o) { o.pace = std::numeric_limits<double>::quiet_NaN(); }, "pace");
  refused([](auto& o) { o.validation_share = 0.6; }, "validation_share");
  refused([](auto& o) { o.model = "nothing"; }, "nothing");
  refused([](auto& o) { o.model = Value::object().set("kind", "naive").set("target", "z"); },
          "model.target");
  Conformal model(options(), core.models);
  CHECK_THROWS_AS((void)model.forecast(1), LogicError);
  CHECK_THROWS_AS((void)model.save(), LogicError);
  CHECK_THROWS_AS((void)model.update(frame_of({1, 2})), LogicError);
  const auto built = core.models.build(
      "conformal", Value::object().set("target", "y").set("model", "theta").set("method", "split"));
  CHECK(built->kind() == "conformal");
}
