#include "learningplane/model/windowed.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "learningplane/error.hpp"
#include "learningplane/model/naive.hpp"
#include "learningplane/model/nlinear.hpp"
#include "learningplane/model/ridge.hpp"
#include "learningplane/model/seasonal_naive.hpp"
#include "learningplane/telemetry/csv.hpp"
#include "support/skip.hpp"

using namespace learningplane;
using namespace learningplane::model;
using telemetry::Frame;

namespace {

constexpr std::int64_t second = 1'000'000'000;

Frame frame_of(const std::vector<std::vector<double>>& columns, std::int64_t first = 0) {
  std::vector<std::int64_t> times;
  for (std::size_t r = 0; r < columns.front().size(); ++r)
    times.push_back((first + static_cast<std::int64_t>(r) * 15) * second);
  const std::vector<std::string> names{"y", "x", "z"};
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

std::vector<double> ramp(std::size_t n) {
  std::vector<double> out(n);
  std::iota(out.begin(), out.end(), 0.0);
  return out;
}

}  // namespace

TEST_CASE("naive: every step is the last value, stamps follow, quantiles widen with the step") {
  Naive model({"y", 4});
  CHECK_THROWS_AS((void)model.forecast(1), LogicError);
  REQUIRE(model.fit(frame_of({ramp(50)})).has_value());
  const std::vector<double> levels{0.1, 0.5, 0.9};
  const auto f = model.forecast(6, levels);
  REQUIRE(f.has_value());
  CHECK(f->mean == std::vector<double>(6, 49.0));
  CHECK(f->times_ns.front() == 50 * 15 * second);
  CHECK(f->times_ns.back() == 55 * 15 * second);
  CHECK(f->target == "y");
  CHECK(f->model == "naive");
  // The ramp rises by one a step: the error of step h is exactly h.
  CHECK(f->quantile(0, 1) == doctest::Approx(50.0));
  CHECK(f->quantile(3, 1) == doctest::Approx(53.0));
  CHECK(f->quantile(5, 1) == doctest::Approx(53.0));  // beyond the measured steps: the last one's
  CHECK(model.forecast(0).error().code == Errc::invalid_argument);
  CHECK(model.forecast(1, std::vector<double>{0.5, 0.5}).error().code == Errc::invalid_argument);
}

TEST_CASE("naive: an unknown last observation is a failure, never zero") {
  Naive model({"y", 2});
  std::vector<double> values = ramp(30);
  REQUIRE(model.fit(frame_of({values})).has_value());
  REQUIRE(model.update(frame_of({{std::nan("")}}, 30 * 15)).has_value());
  const auto f = model.forecast(1);
  REQUIRE_FALSE(f.has_value());
  CHECK(f.error().code == Errc::unknown_data);
  REQUIRE(model.update(frame_of({{7.5}}, 31 * 15)).has_value());
  CHECK(model.forecast(1)->mean[0] == 7.5);
}

TEST_CASE("naive: rows that are not newer are passed over; imputed cells are reported") {
  Naive model({"y", 2});
  REQUIRE(model.fit(frame_of({ramp(30)})).has_value());
  REQUIRE(model.update(frame_of({{99.0}}, 29 * 15)).has_value());
  CHECK(model.forecast(1)->mean[0] == 29.0);
  CHECK(model.forecast(1)->imputed_share == 0.0);
  const auto imputed = static_cast<std::uint8_t>(telemetry::CellFlag::imputed);
  const Frame newer = value_or_throw(
      Frame::make(std::vector<std::int64_t>{30 * 15 * second, 30 * 15 * second + 15 * second},
                  {telemetry::Column{.name = "y",
                                     .values = std::vector<double>{1, 2},
                                     .flags = std::vector<std::uint8_t>{imputed, imputed}}}));
  REQUIRE(model.update(newer).has_value());
  CHECK(model.forecast(1)->imputed_share == 1.0);
}

TEST_CASE("seasonal_naive: repeats the last season, given in steps or as a time") {
  std::vector<double> values;
  for (std::size_t i = 0; i < 64; ++i) values.push_back(static_cast<double>(i % 8) * 10);
  SeasonalNaive by_steps({.target = "y", .season = {.steps = 8}, .horizon = 3});
  SeasonalNaive by_time(
      {.target = "y", .season = {.length = std::chrono::seconds(120)}, .horizon = 3});
  for (SeasonalNaive* model : {&by_steps, &by_time}) {
    REQUIRE(model->fit(frame_of({values})).has_value());
    const auto f = model->forecast(10);
    REQUIRE(f.has_value());
    CHECK(f->mean == std::vector<double>{0, 10, 20, 30, 40, 50, 60, 70, 0, 10});
  }
  SeasonalNaive odd({.target = "y", .season = {.length = std::chrono::seconds(100)}, .horizon = 3});
  CHECK(odd.fit(frame_of({values})).error().code == Errc::invalid_argument);
  SeasonalNaive day({.target = "y"});
  CHECK(day.fit(frame_of({values})).error().code == Errc::not_enough_data);
}

TEST_CASE("ridge: without penalty it finds the line the data were made with") {
  std::vector<double> y{0.3, -0.1}, x{0.2, 0.4};
  for (std::size_t i = 2; i < 400; ++i) {
    x.push_back(noise(i, 0.37));
    y.push_back(0.5 * y[i - 1] - 0.2 * y[i - 2] + 0.8 * x[i - 1] + 3);
  }
  RidgeOptions o;
  o.window = {.target = "y", .inputs = {"x"}, .lags = 2, .horizon = 1};
  o.penalties = {1e-9};
  Ridge model(o);
  REQUIRE(model.fit(frame_of({y, x})).has_value());
  const auto f = model.forecast(1);
  REQUIRE(f.has_value());
  CHECK(f->mean[0] ==
        doctest::Approx(0.5 * y[399] - 0.2 * y[398] + 0.8 * x[399] + 3).epsilon(1e-6));
  CHECK(model.forecast(2).error().code == Errc::invalid_argument);
  CHECK(model.columns() == std::vector<std::string>{"x", "y"});
}

TEST_CASE("ridge: clips inputs to the training range, and Huber's loss withstands outliers") {
  std::vector<double> y, x;
  for (std::size_t i = 0; i < 300; ++i) {
    x.push_back(noise(i, 0.11));
    y.push_back(i == 0 ? 0 : 2 * x[i - 1] + (i % 29 == 5 ? 50 : 0));
  }
  RidgeOptions o;
  o.window = {.target = "y", .inputs = {"x"}, .lags = 1, .horizon = 1};
  o.penalties = {1e-6};
  Ridge squared(o);
  o.loss = RidgeLoss::huber;
  Ridge robust(o);
  REQUIRE(squared.fit(frame_of({y, x})).has_value());
  REQUIRE(robust.fit(frame_of({y, x})).has_value());
  const double truth = 2 * x.back();
  CHECK(std::abs(robust.forecast(1)->mean[0] - truth) < 0.05);
  CHECK(std::abs(squared.forecast(1)->mean[0] - truth) > 0.5);
  // Far outside what was seen it says what it says at the edge.
  const double edge = *std::max_element(x.begin(), x.end());
  REQUIRE(robust.update(frame_of({{0.0}, {1000.0}}, 300 * 15)).has_value());
  CHECK(std::abs(robust.forecast(1)->mean[0] - 2 * edge) < 0.1);
}

TEST_CASE("models: what was saved forecasts the same; options must be the same") {
  std::vector<double> y;
  for (std::size_t i = 0; i < 200; ++i)
    y.push_back(std::sin(static_cast<double>(i) / 5) + noise(i, 0.7));
  RidgeOptions ro;
  ro.window = {.target = "y", .lags = 6, .horizon = 4};
  NLinearOptions no;
  no.window = {.target = "y", .lags = 12, .horizon = 4};
  Ridge ridge(ro), ridge_again(ro);
  NLinear nlinear(no), nlinear_again(no);
  const std::vector<std::pair<Forecaster*, Forecaster*>> pairs{{&ridge, &ridge_again},
                                                               {&nlinear, &nlinear_again}};
  for (const auto& [model, again] : pairs) {
    REQUIRE(model->fit(frame_of({y})).has_value());
    const ModelState state = model->save();
    REQUIRE(again->load(state).has_value());
    const std::vector<double> levels{0.05, 0.5, 0.95};
    const auto a = model->forecast(4, levels), b = again->forecast(4, levels);
    CHECK(a->mean == b->mean);
    CHECK(a->quantiles == b->quantiles);
    CHECK(a->times_ns == b->times_ns);
    for (std::size_t s = 0; s < 4; ++s) {
      CHECK(a->quantile(s, 0) <= a->quantile(s, 1));
      CHECK(a->quantile(s, 1) <= a->quantile(s, 2));
    }
    ModelState broken = state;
    broken.tensors.erase("learned.weights");
    CHECK(again->load(broken).error().code == Errc::malformed);
    CHECK(again->forecast(4)->mean == a->mean);  // unchanged by the failure
  }
  ro.window.lags = 7;
  Ridge other(ro);
  CHECK(other.load(ridge.save()).error().code == Errc::malformed);
}

TEST_CASE("models: wrong options are refused by name") {
  CHECK_THROWS_WITH_AS(Ridge({.window = {.target = "", .lags = 2}}), doctest::Contains("target"),
                       ConfigError);
  CHECK_THROWS_WITH_AS(Ridge({.window = {.target = "y"}, .penalties = {-1}}),
                       doctest::Contains("penalty"), ConfigError);
  CHECK_THROWS_WITH_AS(NLinear({.window = {.target = "y", .inputs = {"x"}}}),
                       doctest::Contains("inputs"), ConfigError);
}

TEST_CASE("nlinear: the figures of the closed form on ETTh1") {
  const auto dir = support::data_dir("etth1");
  LEARNINGPLANE_NEED(!dir.empty(), "no ETTh1 under LEARNINGPLANE_DATA");
  telemetry::CsvOptions csv;
  csv.paths = {(dir / "ETTh1.csv").string()};
  csv.value_columns = {"OT"};
  const Frame all = value_or_throw(telemetry::read_csv(csv));
  constexpr std::size_t train = 8640, test = 11520, end = 14400;
  const auto values = all.column(0).values.span();
  double mean = 0, variance = 0;
  for (std::size_t i = 0; i < train; ++i) mean += values[i] / train;
  for (std::size_t i = 0; i < train; ++i)
    variance += (values[i] - mean) * (values[i] - mean) / train;
  struct Known {
    std::size_t horizon;
    double mse, mae;
  };
  for (const Known& known : {Known{24, .026, .122}, Known{48, .039, .149}, Known{96, .054, .177}}) {
    NLinear model({.window = {.target = "OT", .lags = 336, .horizon = known.horizon}});
    REQUIRE(model.fit(all.slice(0, train)).has_value());
    double squares = 0, absolute = 0, n = 0;
    REQUIRE(model.update(all.slice(train, test - train)).has_value());
    for (std::size_t origin = test; origin + known.horizon <= end; ++origin) {
      const auto f = model.forecast(known.horizon);
      REQUIRE(f.has_value());
      for (std::size_t s = 0; s < known.horizon; ++s) {
        const double e = f->mean[s] - values[origin + s];
        squares += e * e / variance;
        absolute += std::abs(e) / std::sqrt(variance);
        n += 1;
      }
      REQUIRE(model.update(all.slice(origin, 1)).has_value());
    }
    MESSAGE("horizon " << known.horizon << ": MSE " << squares / n << ", MAE " << absolute / n);
    CHECK(std::abs(squares / n - known.mse) < 0.00051);
    CHECK(std::abs(absolute / n - known.mae) < 0.00051);
  }
}
