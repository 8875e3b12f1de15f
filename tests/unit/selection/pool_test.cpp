// The automatic choice among whole models: AutoForecaster with `inputs` or `models`.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "learningplane/error.hpp"
#include "learningplane/registries.hpp"
#include "learningplane/selection/auto_forecaster.hpp"
#include "support/series.hpp"

using namespace learningplane;
using namespace learningplane::selection;

namespace {

const Registry<model::Forecaster>& models() {
  static const Registries all = [] {
    Registries r;
    register_core(r);
    return r;
  }();
  return all.forecasters;
}

/// y follows x of a step before; after `broken` rows it forgets x and stays where it was.
telemetry::Frame led(std::size_t rows, std::size_t first = 0,
                     std::size_t broken = std::numeric_limits<std::size_t>::max()) {
  support::Noise noise(17);
  std::vector<double> x, y;
  std::vector<std::int64_t> times;
  double before = 0, level = 0;
  for (std::size_t t = 0; t < rows; ++t) {
    y.push_back(t < broken ? 5 + 3 * before + 0.1 * noise.normal()
                           : (level += 0.05 * noise.normal()) + 20);
    before = noise.normal();
    x.push_back(before);
    times.push_back(static_cast<std::int64_t>(t) * support::minute_ns);
  }
  using telemetry::Column;
  const auto all = value_or_throw(
      telemetry::Frame::make(times, {Column{.name = "x", .values = x, .flags = {}},
                                     Column{.name = "y", .values = y, .flags = {}}}));
  return all.slice(first, rows - first);
}

AutoOptions two(std::size_t horizon = 1) {
  AutoOptions o{.target = "y", .inputs = {"x"}, .models = {Value("naive"), Value("ridge")}};
  o.series.horizon = horizon;
  o.series.combine = Combine::weighted;
  o.half_life = 20;
  return o;
}

double weight(const AutoForecaster& model, const std::string& name) {
  for (const MemberReport& m : model.members()) {
    if (m.name == name) return m.weight;
  }
  return -1;
}

const std::vector<double> levels{0.1, 0.9};

}  // namespace

TEST_CASE("pool: who uses the input gets the share, and the note says who took part") {
  AutoForecaster model(two(), models());
  const auto report = model.fit(led(400));
  REQUIRE(report.has_value());
  CHECK(report->note.find("weighted of") != std::string::npos);
  CHECK(weight(model, "ridge") == 1);  // the last value is hopeless here
  CHECK(weight(model, "naive") == 0);
  CHECK(report->note.find("naive left out: its error is too large") != std::string::npos);
  double error = 0;
  for (std::size_t t = 400; t < 440; ++t) {
    const auto f = model.forecast(1, levels);
    REQUIRE(f.has_value());
    const telemetry::Frame next = led(t + 1, t);
    error += std::abs(f->mean[0] - (*next.require("y"))->values[0]) / 40;
    CHECK(f->quantiles[0] < f->quantiles[1]);
    REQUIRE(model.update(next).has_value());
  }
  CHECK(error < 0.3);
}

TEST_CASE("pool: a change of regime moves the shares within some half lives") {
  for (const Combine combine : {Combine::weighted, Combine::best}) {
    AutoOptions o = two();
    o.series.combine = combine;
    AutoForecaster model(o, models());
    REQUIRE(model.fit(led(400)).has_value());
    CHECK(weight(model, "ridge") == 1);
    REQUIRE(model.update(led(500, 400, 400)).has_value());
    CHECK(weight(model, "naive") > 0.9);
    CHECK(weight(model, "ridge") < 0.1);
  }
}

TEST_CASE("pool: the default members; a network from 500 rows on") {
  AutoOptions o = two();
  o.models.clear();
  AutoForecaster model(o, models());
  REQUIRE(model.fit(led(300)).has_value());
  std::vector<std::string> names;
  for (const MemberReport& m : model.members()) names.push_back(m.name);
  CHECK(names == std::vector<std::string>{"naive", "ridge", "ridge.residual", "boosting"});
  CHECK(weight(model, "ridge") > weight(model, "naive"));
}

TEST_CASE("pool: who cannot be fitted is left out with a reason; if nobody can, it fails") {
  AutoOptions o = two();
  o.models = {Value("naive"), Value::object().set("kind", "ridge").set("lags", std::int64_t{300})};
  AutoForecaster model(o, models());
  const auto report = model.fit(led(200));
  REQUIRE(report.has_value());
  CHECK(report->note.find("ridge left out: ") != std::string::npos);
  REQUIRE(model.members().size() == 1);
  CHECK(weight(model, "naive") == 1);
  o.models = {o.models[1]};
  AutoForecaster none(o, models());
  const auto failed = none.fit(led(200));
  REQUIRE_FALSE(failed.has_value());
  CHECK(failed.error().message.find("ridge left out: ") != std::string::npos);
  CHECK_FALSE(none.fitted());
  CHECK(model.fit(value_or_throw(led(400).select({"x"}))).error().code == Errc::not_found);
  CHECK(model.forecast(1).has_value());
}

TEST_CASE("pool: longer horizons, and rows that are unknown") {
  AutoForecaster model(two(8), models());
  REQUIRE(model.fit(led(400)).has_value());
  const auto f = model.forecast(8, levels);
  REQUIRE(f.has_value());
  CHECK(f->mean.size() == 8);
  CHECK(f->quantiles.size() == 16);
  const std::vector<std::int64_t> then{400 * support::minute_ns};
  const std::vector<double> one{1}, none{std::numeric_limits<double>::quiet_NaN()};
  const telemetry::Frame gap = value_or_throw(
      telemetry::Frame::make(then, {telemetry::Column{.name = "x", .values = one, .flags = {}},
                                    telemetry::Column{.name = "y", .values = none, .flags = {}}}));
  REQUIRE(model.update(gap).has_value());
  CHECK_FALSE(model.forecast(8).has_value());
  REQUIRE(model.update(led(450, 401)).has_value());
  CHECK(model.forecast(8).has_value());
  for (const MemberReport& m : model.members()) CHECK(std::isfinite(m.error));
}

TEST_CASE("pool: an update without an input changes nothing") {
  AutoForecaster model(two(), models());
  REQUIRE(model.fit(led(300)).has_value());
  const auto before = model.forecast(1);
  CHECK(model.update(value_or_throw(led(310, 300).select({"y"}))).error().code == Errc::not_found);
  CHECK(model.forecast(1)->times_ns == before->times_ns);
  CHECK(model.forecast(1)->mean == before->mean);
}

TEST_CASE("pool: the criterion is told in the unit of the target") {
  AutoOptions o = two();
  o.models = {Value("naive")};
  o.series.criterion = Criterion::rmse;
  AutoForecaster squares(o, models());
  o.series.criterion = Criterion::mae;
  AutoForecaster absolutes(o, models());
  REQUIRE(squares.fit(led(400)).has_value());
  REQUIRE(absolutes.fit(led(400)).has_value());
  const double r = squares.members()[0].error, a = absolutes.members()[0].error;
  CHECK(r > a);
  CHECK(r < 1.6 * a);  // near-normal errors: 1.25
}

TEST_CASE("pool: saved to the last bit, in the middle of the contest too") {
  for (const std::size_t horizon : {std::size_t{1}, std::size_t{8}}) {
    AutoForecaster model(two(horizon), models()), loaded(two(horizon), models());
    REQUIRE(model.fit(led(300)).has_value());
    REQUIRE(model.update(led(317, 300)).has_value());
    REQUIRE(loaded.load(model.save()).has_value());
    for (std::size_t t = 317; t < 380; ++t) {
      const telemetry::Frame next = led(t + 1, t, 330);
      REQUIRE(model.update(next).has_value());
      REQUIRE(loaded.update(next).has_value());
      CHECK(loaded.forecast(horizon, levels)->mean == model.forecast(horizon, levels)->mean);
      CHECK(loaded.forecast(horizon, levels)->quantiles ==
            model.forecast(horizon, levels)->quantiles);
      CHECK(weight(loaded, "ridge") == weight(model, "ridge"));
    }
  }
}

TEST_CASE("pool: damaged state is refused and changes nothing") {
  AutoForecaster model(two(8), models());
  REQUIRE(model.fit(led(300)).has_value());
  REQUIRE(model.update(led(305, 300)).has_value());
  const auto said = model.forecast(8, levels);
  const auto refused = [&](auto change) {
    model::ModelState state = model.save();
    change(state);
    const auto done = model.load(state);
    REQUIRE_FALSE(done.has_value());
    CHECK(done.error().code == Errc::malformed);
    CHECK(model.forecast(8, levels)->quantiles == said->quantiles);
  };
  refused([](auto& s) { s.attributes.set("members", Value::array()); });
  refused([](auto& s) { s.attributes.set("step_ns", std::int64_t{0}); });
  refused([](auto& s) { s.attributes.set("answered", std::int64_t{-1}); });
  refused([](auto& s) { s.attributes.set("questions", std::int64_t{1}); });
  refused([](auto& s) { s.tensors.erase("member.0.standing"); });
  refused([](auto& s) { s.tensors["member.1.standing"].values[0] = -1; });
  refused([](auto& s) { s.tensors["member.1.standing"].values[1] = 7; });
  refused([](auto& s) { s.tensors["question.0.0"].values.pop_back(); });
  refused([](auto& s) { s.tensors.erase("question.0.sums"); });
  refused([](auto& s) { s.tensors["errors"].values.pop_back(); });
  refused([](auto& s) {
    for (auto& [name, tensor] : s.tensors) {
      if (name.starts_with("member.1.t.")) tensor.values.clear();
    }
  });
}
