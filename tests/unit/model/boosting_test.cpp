#include "learningplane/model/boosting.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"
#include "learningplane/telemetry/frame.hpp"

using namespace learningplane;
using namespace learningplane::model;
using telemetry::Frame;

namespace {

constexpr std::int64_t second = 1'000'000'000;

Frame frame_of(const std::vector<std::vector<double>>& columns, std::size_t first = 0) {
  std::vector<std::int64_t> times;
  for (std::size_t r = 0; r < columns.front().size(); ++r)
    times.push_back(static_cast<std::int64_t>(first + r) * 15 * second);
  const std::vector<std::string> names{"y", "x"};
  std::vector<telemetry::Column> out;
  for (std::size_t c = 0; c < columns.size(); ++c)
    out.push_back({.name = names[c], .values = columns[c], .flags = {}});
  return value_or_throw(Frame::make(times, out));
}

/// A stream that needs no random device: the fractional parts of multiples of the golden ratio.
double noise(std::size_t i, double phase) {
  const double v = phase + 0.6180339887498949 * static_cast<double>(i * i % 9973);
  return v - std::floor(v) - 0.5;
}

/// Eight steps that come again and again, a little noise.
std::vector<double> seasonal(std::size_t n, double level = 0) {
  constexpr double shape[] = {0, 5, 9, 4, -2, -7, -3, 1};
  std::vector<double> out;
  for (std::size_t i = 0; i < n; ++i) out.push_back(level + shape[i % 8] + 0.1 * noise(i, 0.3));
  return out;
}

BoostingOptions small() {
  BoostingOptions o;
  o.window = {.target = "y", .lags = 4, .horizon = 5};
  o.trees.loss = BoostingLoss::squared;  // learns clean shapes in fewer trees than medians
  o.trees.trees = 60;
  o.trees.min_samples = 5;
  return o;
}

double worst(Boosting& model, const std::vector<double>& y, std::size_t known) {
  REQUIRE(model.fit(frame_of({{y.begin(), y.begin() + static_cast<std::ptrdiff_t>(known)}}))
              .has_value());
  const auto f = model.forecast(5);
  REQUIRE(f.has_value());
  double out = 0;
  for (std::size_t s = 0; s < 5; ++s) out = std::max(out, std::abs(f->mean[s] - y[known + s]));
  return out;
}

}  // namespace

TEST_CASE("boosting: every strategy and output follows a season it was shown") {
  const std::vector<double> y = seasonal(605);
  for (const auto strategy :
       {BoostingStrategy::joint, BoostingStrategy::direct, BoostingStrategy::recursive}) {
    for (const auto output : {BoostingOutput::residual, BoostingOutput::level}) {
      BoostingOptions o = small();
      o.strategy = strategy;
      o.output = output;
      Boosting model(o);
      CAPTURE(static_cast<int>(strategy));
      CHECK(worst(model, y, 600) < 1);
    }
  }
}

TEST_CASE("boosting: what a season ago says is used where the near past says nothing") {
  // Every value is new, and comes once more 16 steps later.
  std::vector<double> y;
  for (std::size_t i = 0; i < 805; ++i)
    y.push_back(i < 16 ? 10 * noise(i, 0.2) : (i % 160 < 16 ? 10 * noise(i, 0.2) : y[i - 16]));
  BoostingOptions o = small();
  o.window.lags = 2;
  Boosting without(o);
  o.seasons = {16};
  Boosting with(o);
  CHECK(worst(with, y, 790) < 1.5);
  CHECK(worst(without, y, 790) > 2 * worst(with, y, 790));
}

TEST_CASE("boosting: changes are learned, so that a shift of the level does no harm") {
  BoostingOptions o = small();
  o.seasons = {8};
  Boosting residual(o);
  o.output = BoostingOutput::level;
  Boosting level(o);
  const std::vector<double> low = seasonal(400), high = seasonal(440, 1000);
  for (Boosting* model : {&residual, &level}) {
    REQUIRE(model->fit(frame_of({low})).has_value());
    REQUIRE(model->update(frame_of({{high.begin() + 400, high.end()}}, 400)).has_value());
  }
  for (std::size_t s = 0; s < 5; ++s) {
    const double truth = seasonal(446, 1000)[440 + s];
    // Limited to what was seen, which the last value is part of.
    CHECK(std::abs(residual.forecast(5)->mean[s] - std::min(truth, high.back())) < 1);
    CHECK(std::abs(level.forecast(5)->mean[s] - truth) > 900);
  }
}

TEST_CASE("boosting: other columns count, and are forecast too where the strategy is recursive") {
  std::vector<double> y{0, 0}, x{0.1, 0.2};
  for (std::size_t i = 2; i < 900; ++i) {
    x.push_back(noise(i, 0.1) > 0 ? 1 : -1);
    y.push_back(5 * x[i - 1]);
  }
  BoostingOptions o = small();
  o.window.inputs = {"x"};
  o.window.horizon = 1;
  o.output = BoostingOutput::level;
  for (const auto strategy : {BoostingStrategy::joint, BoostingStrategy::recursive}) {
    o.strategy = strategy;
    Boosting model(o);
    REQUIRE(model.fit(frame_of({y, x})).has_value());
    CHECK(model.forecast(1)->mean[0] == doctest::Approx(5 * x.back()).epsilon(0.05));
  }
  Boosting recursive(o);
  REQUIRE(recursive.fit(frame_of({y, x})).has_value());
  CHECK(recursive.forecast(30)->mean.size() == 30);
  // Ready windows do not say what the other column does next.
  const std::vector<double> windows(100 * 4 * 2, 1.0), targets(100, 2.0);
  CHECK(recursive.fit_windows({windows, 100, 4}, targets).error().code == Errc::invalid_argument);
}

TEST_CASE("boosting: quantiles of its own where trees were asked for, else of the errors") {
  // The spread depends on the phase: errors pooled over all phases cannot show that.
  std::vector<double> y;
  for (std::size_t i = 0; i < 2001; ++i)
    y.push_back((i % 8 == 0 ? 20 : 1) * noise(i, 0.6) + (i % 8 == 7 ? 100 : 0));
  BoostingOptions o = small();
  o.window.horizon = 1;
  o.window.lags = 8;
  o.levels = {0.05, 0.5, 0.95};
  o.trees.min_samples = 30;
  o.output = BoostingOutput::level;
  Boosting model(o);
  const auto spread = [&](std::size_t known, const std::vector<double>& levels) {
    REQUIRE(model.fit(frame_of({{y.begin(), y.begin() + static_cast<std::ptrdiff_t>(known)}}))
                .has_value());
    const auto f = model.forecast(1, levels);
    REQUIRE(f.has_value());
    for (std::size_t l = 1; l < levels.size(); ++l)
      CHECK(f->quantile(0, l - 1) <= f->quantile(0, l));
    return f->quantile(0, levels.size() - 1) - f->quantile(0, 0);
  };
  CHECK(spread(2000, {0.05, 0.95}) > 10);  // the next one is wide
  CHECK(spread(1999, {0.05, 0.95}) < 5);   // and this one narrow
  CHECK(spread(2000, {0.06, 0.95}) < 10);  // 0.06 has no trees: measured errors of all phases
}

TEST_CASE("boosting: with stop_share the last fit keeps the number of trees that was found") {
  std::vector<double> y;
  for (std::size_t i = 0; i < 500; ++i) y.push_back(noise(i, 0.6));
  BoostingOptions o = small();
  o.trees.trees = 1000;
  o.trees.stop_share = 0.2;
  Boosting model(o);
  REQUIRE(model.fit(frame_of({y})).has_value());
  CHECK(model.learned().at("trees").values[0] < 200);
}

TEST_CASE("boosting: what was saved forecasts the same; what was changed is refused") {
  BoostingOptions o = small();
  o.seasons = {8};
  o.levels = {0.1, 0.9};
  for (const auto strategy : {BoostingStrategy::joint, BoostingStrategy::direct}) {
    o.strategy = strategy;
    Boosting model(o), again(o);
    REQUIRE(model.fit(frame_of({seasonal(300)})).has_value());
    const ModelState state = model.save();
    REQUIRE(again.load(state).has_value());
    const std::vector<double> levels{0.1, 0.9};
    CHECK(again.forecast(5, levels)->mean == model.forecast(5, levels)->mean);
    CHECK(again.forecast(5, levels)->quantiles == model.forecast(5, levels)->quantiles);
    ModelState broken = state;
    broken.tensors.at("learned.mean0.0.value").values[0] += 1;
    CHECK(again.load(broken).error().code == Errc::malformed);
    broken = state;
    broken.tensors.erase("learned.mean0.0.child");
    CHECK(again.load(broken).error().code == Errc::malformed);
    CHECK(again.forecast(5)->mean == model.forecast(5)->mean);
  }
  o.trees.leaves = 3;
  Boosting other(o);
  REQUIRE(other.fit(frame_of({seasonal(300)})).has_value());
  Boosting model(small());
  CHECK(model.load(other.save()).error().code == Errc::malformed);
}

TEST_CASE("boosting: a fit after another forgets it, also in what is kept ready") {
  Boosting model(small()), fresh(small());
  REQUIRE(model.fit(frame_of({seasonal(300)})).has_value());
  (void)model.forecast(5);
  const std::vector<double> other = seasonal(300, 50);
  REQUIRE(model.fit(frame_of({other})).has_value());
  REQUIRE(fresh.fit(frame_of({other})).has_value());
  CHECK(model.forecast(5)->mean == fresh.forecast(5)->mean);
}

TEST_CASE("boosting: wrong options are refused by name, options go to a tree and back") {
  const auto refuses = [](auto change, const char* name) {
    BoostingOptions o = small();
    change(o);
    CHECK_THROWS_WITH_AS(Boosting{o}, doctest::Contains(name), ConfigError);
  };
  refuses([](BoostingOptions& o) { o.window.target = ""; }, "target");
  refuses([](BoostingOptions& o) { o.seasons = {8, 8}; }, "seasons");
  refuses([](BoostingOptions& o) { o.seasons = {1}; }, "seasons");
  refuses([](BoostingOptions& o) { o.levels = {0.9, 0.1}; }, "levels");
  refuses([](BoostingOptions& o) { o.most_rows = 1; }, "most_rows");
  refuses([](BoostingOptions& o) { o.trees.leaves = 1; }, "leaves");
  refuses(
      [](BoostingOptions& o) {
        o.levels = {0.5};
        o.strategy = BoostingStrategy::recursive;
      },
      "levels");
  const Value tree = Value::object()
                         .set("target", "y")
                         .set("strategy", "direct")
                         .set("loss", "huber")
                         .set("seasons", Value::array().push(8).push(16));
  const BoostingOptions o = boosting_options(boosting_manifest().check(tree, ""));
  CHECK(o.strategy == BoostingStrategy::direct);
  CHECK(o.output == BoostingOutput::residual);
  CHECK(o.trees.loss == BoostingLoss::huber);
  CHECK(o.seasons == std::vector<std::size_t>{8, 16});
  CHECK(o.trees.leaves == BoostingOptions{}.trees.leaves);
  CHECK_THROWS_WITH_AS(
      boosting_options(boosting_manifest().check(
          Value::object().set("target", "y").set("seasons", Value::array().push("1d")), "")),
      doctest::Contains("seasons"), ConfigError);
}
