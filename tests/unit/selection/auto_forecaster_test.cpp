#include "learningplane/selection/auto_forecaster.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>

#include "learningplane/error.hpp"
#include "learningplane/registries.hpp"
#include "support/series.hpp"

using namespace learningplane;
using namespace learningplane::selection;

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

const Registry<model::Forecaster>& models() {
  static const Registries all = [] {
    Registries r;
    register_core(r);
    return r;
  }();
  return all.forecasters;
}

double day(std::size_t t) {
  const double x = 2 * std::numbers::pi * static_cast<double>(t) / 24;
  return 50 + 10 * std::sin(x) + 4 * std::cos(3 * x);
}

std::vector<double> noisy(std::size_t n, double size = 1) {
  support::Noise noise(8);
  std::vector<double> out;
  for (std::size_t t = 0; t < n; ++t) out.push_back(day(t) + size * noise.normal());
  return out;
}

AutoOptions hourly(std::size_t horizon = 12) {
  AutoOptions o{.target = "y", .seasons = {{.steps = 24}}};
  o.series.horizon = horizon;
  return o;
}

const std::vector<double> levels{0.05, 0.5, 0.95};

void same(model::Forecaster& a, model::Forecaster& b) {
  const auto f = a.forecast(20, levels), g = b.forecast(20, levels);
  REQUIRE(f.has_value());
  REQUIRE(g.has_value());
  CHECK(f->mean == g->mean);
  CHECK(f->quantiles == g->quantiles);
  CHECK(f->times_ns == g->times_ns);
}

}  // namespace

TEST_CASE("auto: a frame is forecast with intervals, and the note says from what") {
  AutoForecaster model(hourly(), models());
  CHECK_FALSE(model.fitted());
  CHECK(model.members().empty());
  CHECK_THROWS_AS((void)model.forecast(3), LogicError);
  CHECK_THROWS_AS((void)model.save(), LogicError);
  CHECK_THROWS_AS((void)model.update(support::frame_of(noisy(10))), LogicError);
  const auto report = model.fit(support::frame_of(noisy(800)));
  REQUIRE(report.has_value());
  CHECK(report->rows == 800);
  CHECK(report->note.find("from 800 values") != std::string::npos);
  CHECK(report->validation_loss > 0.3);
  CHECK(report->validation_loss < 4);
  const auto f = model.forecast(12, levels);
  REQUIRE(f.has_value());
  CHECK(f->model == "auto");
  CHECK(f->target == "y");
  CHECK(f->times_ns.front() == 800 * support::minute_ns);
  for (std::size_t s = 0; s < 12; ++s) {
    CHECK(std::abs(f->mean[s] - day(800 + s)) < 3);
    CHECK(f->quantiles[3 * s] <= f->quantiles[3 * s + 1]);
    CHECK(f->quantiles[3 * s + 1] <= f->quantiles[3 * s + 2]);
    CHECK(f->quantiles[3 * s + 2] - f->quantiles[3 * s] > 1);
    CHECK(f->quantiles[3 * s + 2] - f->quantiles[3 * s] < 12);
  }
  CHECK(model.forecast(0).error().code == Errc::invalid_argument);
  CHECK(model.forecast(3, std::vector<double>{0.9, 0.1}).error().code == Errc::invalid_argument);
}

TEST_CASE("auto: gaps are bridged and said; a series that ends in a gap is not forecast") {
  auto y = noisy(400);
  for (std::size_t t = 100; t < 105; ++t) y[t] = unknown;
  AutoForecaster model(hourly(), models());
  const auto report = model.fit(support::frame_of(y));
  REQUIRE(report.has_value());
  CHECK(report->note.find("5 unknown steps bridged") != std::string::npos);
  CHECK(model.forecast(12)->imputed_share == doctest::Approx(5 / 400.0));
  // After a longer gap only what follows counts.
  for (std::size_t t = 100; t < 160; ++t) y[t] = unknown;
  CHECK(model.fit(support::frame_of(y))->rows == 240);
  for (std::size_t t = 380; t < 400; ++t) y[t] = unknown;
  REQUIRE(model.fit(support::frame_of(y)).has_value());
  CHECK(model.forecast(12).error().code == Errc::unknown_data);
  REQUIRE(model.fit(support::frame_of(noisy(400))).has_value());
  CHECK_FALSE(model.fit(support::frame_of(std::vector<double>(50, unknown))).has_value());
  CHECK(model.fit(support::frame_of({1})).error().code == Errc::not_enough_data);
  CHECK(model.fit(support::frame_of(noisy(50), 0, "z")).error().code == Errc::not_found);
  CHECK(model.forecast(12).has_value());  // what was learned last still stands
}

TEST_CASE("auto: an update of unknown rows holds, and the next known one goes on") {
  AutoForecaster model(hourly(), models());
  REQUIRE(model.fit(support::frame_of(noisy(400))).has_value());
  REQUIRE(model.update(support::frame_of(std::vector<double>(20, unknown), 400)).has_value());
  CHECK(model.forecast(12).error().code == Errc::unknown_data);
  AutoForecaster other(hourly(), models());
  REQUIRE(other.fit(support::frame_of(noisy(400))).has_value());
  REQUIRE(other.update(support::frame_of(std::vector<double>(3, unknown), 400)).has_value());
  REQUIRE(other.update(support::frame_of({day(403)}, 403)).has_value());
  const auto f = other.forecast(12, levels);
  REQUIRE(f.has_value());
  CHECK(f->times_ns.front() == 404 * support::minute_ns);
  for (const double q : f->quantiles) CHECK(std::isfinite(q));
}

TEST_CASE("auto: after a break it learns anew by itself, unless told not to") {
  const auto y = noisy(600);
  std::vector<double> later;
  support::Noise noise(4);
  double level = 300;
  for (int t = 0; t < 600; ++t) later.push_back(level += 8 * noise.normal());
  AutoOptions o = hourly();
  AutoForecaster follows(o, models());
  o.refit = Refit::never;
  AutoForecaster stays(o, models());
  REQUIRE(follows.fit(support::frame_of(y)).has_value());
  REQUIRE(stays.fit(support::frame_of(y)).has_value());
  double a = 0, b = 0;
  for (std::size_t t = 0; t < later.size(); t += 6) {
    const auto rows = support::frame_of({later.begin() + static_cast<std::ptrdiff_t>(t),
                                         later.begin() + static_cast<std::ptrdiff_t>(t) + 6},
                                        600 + static_cast<std::int64_t>(t));
    if (t > 200) {
      a += std::abs(follows.forecast(6)->mean[5] - later[t + 5]);
      b += std::abs(stays.forecast(6)->mean[5] - later[t + 5]);
    }
    REQUIRE(follows.update(rows).has_value());
    REQUIRE(stays.update(rows).has_value());
  }
  CHECK(a < b);
  const auto f = follows.forecast(12, levels), s = stays.forecast(12, levels);
  // A new fit knows how restless the series has become; without one the levels only creep.
  CHECK(f->quantiles[5] - f->quantiles[3] > s->quantiles[5] - s->quantiles[3]);
}

TEST_CASE("auto: one series is saved to the last bit, also after update()") {
  AutoForecaster model(hourly(), models()), loaded(hourly(), models());
  REQUIRE(model.fit(support::frame_of(noisy(500))).has_value());
  REQUIRE(model.update(support::frame_of(noisy(20, 4), 500)).has_value());
  REQUIRE(loaded.load(model.save()).has_value());
  same(model, loaded);
  for (int k = 0; k < 20; ++k) {  // goes on as if it had never been saved
    const auto rows = support::frame_of(noisy(5, 3), 520 + 5 * k);
    REQUIRE(model.update(rows).has_value());
    REQUIRE(loaded.update(rows).has_value());
    same(model, loaded);
    AutoForecaster next(hourly(), models());
    REQUIRE(next.load(loaded.save()).has_value());
    same(model, next);
  }
}

TEST_CASE("auto: damaged state of one series is refused and changes nothing") {
  AutoForecaster model(hourly(), models());
  REQUIRE(model.fit(support::frame_of(noisy(300))).has_value());
  REQUIRE(model.update(support::frame_of(noisy(3), 300)).has_value());
  const auto said = model.forecast(12, levels);
  const auto refused = [&](auto change) {
    model::ModelState state = model.save();
    change(state);
    const auto done = model.load(state);
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().code == Errc::malformed);
    CHECK(model.forecast(12, levels)->quantiles == said->quantiles);
  };
  refused([](auto& s) { s.tensors.clear(); });
  refused([](auto& s) { s.tensors["learned.history"].values[3] = unknown; });
  refused([](auto& s) { s.tensors["errors.pooled"].values.clear(); });
  refused([](auto& s) {
    std::swap(s.tensors["errors.pooled"].values[0], s.tensors["errors.pooled"].values.back());
  });
  refused([](auto& s) { s.tensors["asked.mean"].values.pop_back(); });
  refused([](auto& s) { s.tensors["asked.facts"].values[1] = 12; });
  refused([](auto& s) { s.attributes.set("step_ns", std::int64_t{0}); });
  refused([](auto& s) { s.attributes.set("unknown", std::int64_t{-1}); });
  refused([](auto& s) { s.attributes.set("options", Value::object()); });
  AutoForecaster other(hourly(24), models());
  CHECK(other.load(model.save()).error().message.find("other options") != std::string::npos);
}

TEST_CASE("auto: refused options name key, value and what is allowed") {
  const auto refused = [](Value options, const char* text) {
    CHECK_THROWS_WITH_AS((void)models().build("auto", options.set("target", "y")),
                         doctest::Contains(text), ConfigError);
  };
  CHECK_THROWS_WITH_AS((void)models().build("auto", Value::object()), doctest::Contains("target"),
                       ConfigError);
  refused(Value::object().set("combine", "mean"), "combine");
  refused(Value::object().set("criterion", "mape"), "criterion");
  refused(Value::object().set("horizon", std::int64_t{0}), "horizon");
  refused(Value::object().set("validation_share", 0.9), "validation_share");
  refused(Value::object().set("half_life", 0.0), "half_life");
  refused(Value::object().set("families", Value::array().push("prophet")),
          "families: 'prophet'; naive, drift");
  refused(Value::object().set("seasons", Value::array().push(std::int64_t{-3})), "seasons");
  refused(Value::object().set("models", Value::array().push("prophet")), "prophet");
  refused(Value::object().set("models", Value::array().push(std::int64_t{3})), "models");
  refused(Value::object().set(
              "models", Value::array().push(
                            Value::object().set("kind", "ridge").set("penalty", std::int64_t{-1}))),
          "penalty");
  AutoOptions o;
  CHECK_THROWS_WITH_AS(AutoForecaster(o, models()), doctest::Contains("target"), ConfigError);
}

TEST_CASE("auto: combine stands for the median of one series, for weights of a pool") {
  const auto combine = [](Value more) {
    return auto_options(auto_manifest().check(more.set("target", "y"), "")).series.combine;
  };
  CHECK(combine(Value::object()) == Combine::median);
  CHECK(combine(Value::object().set("inputs", Value::array().push("x"))) == Combine::weighted);
  CHECK(combine(Value::object().set("combine", "best")) == Combine::best);
}
