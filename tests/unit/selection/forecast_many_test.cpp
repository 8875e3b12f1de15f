#include "learningplane/selection/forecast_many.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cmath>
#include <limits>

#include "learningplane/error.hpp"
#include "learningplane/registries.hpp"
#include "support/series.hpp"

using namespace learningplane;
using namespace learningplane::selection;

namespace {

constexpr std::int64_t hour_ns = 3'600'000'000'000;
constexpr double inf = std::numeric_limits<double>::infinity();
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

const Registry<model::Forecaster>& models() {
  static const Registries all = [] {
    Registries r;
    register_core(r);
    return r;
  }();
  return all.forecasters;
}

ManySeries hourly(std::string id, std::vector<double> values) {
  return {.id = std::move(id), .values = std::move(values), .step_ns = hour_ns};
}

/// Waves of a day with noise, each series another.
std::vector<ManySeries> waves(std::size_t count, std::size_t length) {
  std::vector<ManySeries> out;
  for (std::size_t s = 0; s < count; ++s) {
    support::Noise noise(s + 1);
    std::vector<double> y;
    for (std::size_t t = 0; t < length; ++t)
      y.push_back(10 + 3 * std::sin(2 * std::numbers::pi * static_cast<double>(t) / 24) +
                  noise.normal());
    out.push_back(hourly("s" + std::to_string(s), std::move(y)));
  }
  return out;
}

std::vector<ManyForecast> run(const std::vector<ManySeries>& series, const ManyOptions& o) {
  std::vector<ManyForecast> out;
  const auto sum = forecast_many(source_of(series), o, models(),
                                 [&out](ManyForecast&& f) { out.push_back(std::move(f)); });
  REQUIRE(sum.has_value());
  CHECK(sum->series == series.size());
  CHECK_FALSE(sum->cancelled);
  return out;
}

}  // namespace

TEST_CASE("forecast_many: each series as if it were alone") {
  const auto series = waves(7, 120);
  const ManyOptions o{.kind = "theta", .horizon = 5, .levels = {0.1, 0.9}, .threads = 2};
  const auto many = run(series, o);
  REQUIRE(many.size() == 7);
  for (std::size_t s = 0; s < many.size(); ++s) {
    const auto alone =
        models().build("theta", Value::object().set("target", "y").set("horizon", 5));
    REQUIRE(alone->fit(support::frame_of(series[s].values.to_vector(), 0, "y", hour_ns)));
    const auto one = alone->forecast(5, o.levels);
    CHECK(many[s].index == s);
    CHECK(many[s].id == "s" + std::to_string(s));
    REQUIRE(many[s].forecast.has_value());
    CHECK(many[s].forecast->mean == one->mean);
    CHECK(many[s].forecast->quantiles == one->quantiles);
    CHECK(many[s].forecast->times_ns == one->times_ns);
  }
}

TEST_CASE("forecast_many: the same for any number of threads, bit for bit") {
  const auto series = waves(40, 150);
  for (const char* kind : {"auto", "ets", "nlinear"}) {
    CAPTURE(kind);
    ManyOptions o{.kind = kind, .horizon = 6, .levels = {0.05, 0.5, 0.95}};
    if (o.kind == "nlinear") o.model.set("lags", 24);
    const auto one = run(series, o);
    for (const std::size_t threads : {2, 3, 8}) {
      o.threads = threads;
      const auto several = run(series, o);
      for (std::size_t s = 0; s < series.size(); ++s) {
        REQUIRE(several[s].forecast.has_value());
        CHECK(several[s].index == s);
        CHECK(several[s].note == one[s].note);
        CHECK(several[s].forecast->mean == one[s].forecast->mean);
        CHECK(several[s].forecast->quantiles == one[s].forecast->quantiles);
      }
    }
  }
}

TEST_CASE("forecast_many: a bad series fails by itself, with its reason") {
  std::vector<ManySeries> series = waves(1, 60);
  series.push_back(hourly("empty", {}));
  series.push_back(hourly("short", {1}));
  series.push_back(hourly("unknown", std::vector<double>(60, unknown)));
  series.push_back(hourly("infinite", std::vector<double>(60, inf)));
  ManySeries twice = hourly("twice", {1, 2, 3});
  twice.times_ns = std::vector<std::int64_t>{0, hour_ns, hour_ns};
  series.push_back(twice);
  ManySeries uneven = hourly("uneven", {1, 2, 3, 4});
  uneven.times_ns = std::vector<std::int64_t>{0, hour_ns, 2 * hour_ns, 2 * hour_ns + 7};
  series.push_back(uneven);
  ManySeries lengths = hourly("lengths", {1, 2, 3});
  lengths.times_ns = std::vector<std::int64_t>{0, hour_ns};
  series.push_back(lengths);
  ManySeries other_step = hourly("other step", {1, 2, 3});
  other_step.times_ns = std::vector<std::int64_t>{0, 2 * hour_ns, 4 * hour_ns};
  series.push_back(other_step);
  ManySeries far = hourly("far", {1, 2, 3});
  far.start_ns = std::numeric_limits<std::int64_t>::max() - 3 * hour_ns;
  series.push_back(far);
  series.push_back(waves(2, 60)[1]);
  const auto out = run(series, {.kind = "naive", .horizon = 3, .threads = 2});
  const auto code = [&out](std::size_t i) {
    REQUIRE_FALSE(out[i].forecast.has_value());
    return out[i].forecast.error().code;
  };
  CHECK(out.front().forecast.has_value());
  CHECK(code(1) == Errc::not_enough_data);
  CHECK(code(2) == Errc::not_enough_data);
  CHECK(code(3) == Errc::unknown_data);
  CHECK(code(4) == Errc::unknown_data);
  CHECK(code(5) == Errc::conflict);
  CHECK(out[5].forecast.error().message == "the time 1970-01-01T01:00:00Z stands twice");
  CHECK(code(6) == Errc::invalid_argument);
  CHECK(code(7) == Errc::malformed);
  CHECK(code(8) == Errc::malformed);
  CHECK(code(9) == Errc::invalid_argument);
  CHECK(out.back().forecast.has_value());
}

TEST_CASE("forecast_many: rows out of order are sorted, and it is said") {
  ManySeries mixed = hourly("mixed", {3, 1, 2, 5, 4});
  mixed.times_ns = std::vector<std::int64_t>{2 * hour_ns, 0, hour_ns, 4 * hour_ns, 3 * hour_ns};
  const auto out = run({mixed}, {.kind = "naive", .horizon = 1});
  REQUIRE(out[0].forecast.has_value());
  CHECK(out[0].forecast->mean == std::vector<double>{5});
  CHECK(out[0].forecast->times_ns == std::vector<std::int64_t>{5 * hour_ns});
  CHECK(out[0].note.find("rows sorted by time") != std::string::npos);
  CHECK(mixed.values[0] == 3);
}

TEST_CASE("forecast_many: unknown steps are bridged and counted, at the end they are a failure") {
  std::vector<double> inside(60, 4.0), end(60, 4.0);
  inside[30] = inf;
  inside[31] = unknown;
  end[59] = unknown;
  const auto out =
      run({hourly("inside", inside), hourly("end", end)}, {.kind = "naive", .horizon = 2});
  REQUIRE(out[0].forecast.has_value());
  CHECK(out[0].forecast->mean == std::vector<double>{4, 4});
  CHECK(out[0].note.find("2 of 60 values not known (1 infinite)") != std::string::npos);
  REQUIRE_FALSE(out[1].forecast.has_value());
  CHECK(out[1].forecast.error().code == Errc::unknown_data);
}

TEST_CASE(
    "forecast_many: of a constant or all-zero series every model says just that, or why not") {
  const auto series = std::vector{hourly("constant", std::vector<double>(100, 7.5)),
                                  hourly("zero", std::vector<double>(100, 0.0))};
  for (const std::string& kind : models().names()) {
    if (kind == "lstm" || kind == "load_regression" || kind == "anticipating") continue;
    CAPTURE(kind);
    const auto out = run(series, {.kind = kind, .horizon = 4, .levels = {0.5}});
    for (std::size_t s = 0; s < 2; ++s) {
      if (!out[s].forecast) {
        CHECK_FALSE(out[s].forecast.error().message.empty());
        continue;
      }
      for (const double m : out[s].forecast->mean)
        CHECK(m == doctest::Approx(s == 0 ? 7.5 : 0.0).epsilon(1e-6));
    }
  }
}

TEST_CASE("forecast_many: values beyond what sums can hold give a failure or finite numbers") {
  std::vector<double> huge;
  for (std::size_t t = 0; t < 80; ++t) huge.push_back(t % 2 == 0 ? 1.7e308 : -1.7e308);
  for (const char* kind : {"naive", "drift", "ets", "theta", "auto"}) {
    CAPTURE(kind);
    const auto out = run({hourly("huge", huge)}, {.kind = kind, .horizon = 3, .levels = {0.9}});
    if (!out[0].forecast) continue;
    for (const double m : out[0].forecast->mean) CHECK(std::isfinite(m));
    for (const double q : out[0].forecast->quantiles) CHECK(std::isfinite(q));
  }
}

TEST_CASE("forecast_many: too short for the model: a failure, or the fallback and the reason") {
  const std::vector series{hourly("short", {1, 2, 3, 4})};
  Value season = Value::object().set("season", 24);
  ManyOptions o{.kind = "seasonal_naive", .model = season, .horizon = 2};
  const auto failed = run(series, o);
  REQUIRE_FALSE(failed[0].forecast.has_value());
  CHECK(failed[0].forecast.error().code == Errc::not_enough_data);
  o.fallback = "naive";
  const auto fell = run(series, o);
  REQUIRE(fell[0].forecast.has_value());
  CHECK(fell[0].forecast->mean == std::vector<double>{4, 4});
  CHECK(fell[0].forecast->model == "naive");
  CHECK(fell[0].note.find("fell back on naive: ") != std::string::npos);
}

TEST_CASE("forecast_many: progress counts, and stops the run when it says so") {
  const auto series = waves(200, 30);
  std::size_t handed = 0, asked = 0;
  const auto sum = forecast_many(
      source_of(series), {.kind = "naive", .horizon = 1, .threads = 2}, models(),
      [&handed](ManyForecast&& f) { CHECK(f.index == handed++); },
      [&asked](const ManySummary& so_far) {
        asked = so_far.series;
        return so_far.series < 50;
      });
  REQUIRE(sum.has_value());
  CHECK(sum->cancelled);
  CHECK(sum->series == 50);
  CHECK(handed == 50);
  CHECK(asked == 50);
}

TEST_CASE("forecast_many: a generator is asked for a few dozen more than were handed over") {
  const std::vector<double> values(30, 2.0);
  std::size_t given = 0, handed = 0, most = 0;
  const auto sum = forecast_many(
      [&]() -> std::optional<ManySeries> {
        if (given == 5000) return std::nullopt;
        most = std::max(most, ++given - handed);
        return hourly("g", values);
      },
      {.kind = "naive", .horizon = 1, .threads = 2}, models(),
      [&handed](ManyForecast&&) { ++handed; });
  REQUIRE(sum.has_value());
  CHECK(sum->series == 5000);
  CHECK(handed == 5000);
  CHECK(most <= 48);
}

TEST_CASE("forecast_many: what source or sink throw comes out, and the threads end") {
  const auto series = waves(100, 30);
  const ManyOptions o{.kind = "naive", .horizon = 1, .threads = 2};
  CHECK_THROWS_AS((void)forecast_many(source_of(series), o, models(),
                                      [](ManyForecast&&) { throw Error("full"); }),
                  Error);
  CHECK_THROWS_AS((void)forecast_many([]() -> std::optional<ManySeries> { throw Error("gone"); }, o,
                                      models(), [](ManyForecast&&) {}),
                  Error);
}

TEST_CASE("forecast_many: wrong options are told once, before the first series") {
  const auto series = waves(1, 30);
  const auto ask = [&series](const ManyOptions& o) {
    return forecast_many(source_of(series), o, models(), [](ManyForecast&&) { FAIL("a result"); });
  };
  CHECK_THROWS_AS((void)ask({.kind = "nothing"}), ConfigError);
  CHECK_THROWS_AS((void)ask({.kind = "theta", .model = Value::object().set("colour", 1)}),
                  ConfigError);
  CHECK_THROWS_AS((void)ask({.kind = "naive", .fallback = "nothing"}), ConfigError);
  CHECK(ask({.kind = "naive", .horizon = 0}).error().code == Errc::invalid_argument);
  CHECK(ask({.kind = "naive", .levels = {0.9, 0.1}}).error().code == Errc::invalid_argument);
  CHECK(ask({.kind = "naive", .levels = {1.0}}).error().code == Errc::invalid_argument);
}

TEST_CASE("fit_many and predict_many: together what forecast_many gives") {
  auto series = waves(9, 90);
  series[4] = hourly("short", {1});
  const ManyOptions o{.kind = "auto", .horizon = 4, .levels = {0.1, 0.9}, .threads = 2};
  const auto many = run(series, o);
  std::vector<std::unique_ptr<model::Forecaster>> kept;
  std::vector<model::Forecaster*> fitted;
  const auto sum = fit_many(source_of(series), o, models(), [&](ManyFit&& f) {
    CHECK(f.model.has_value() == (f.index != 4));
    if (!f.model) return;
    kept.push_back(std::move(*f.model));
    fitted.push_back(kept.back().get());
  });
  REQUIRE(sum.has_value());
  CHECK(sum->failed == 1);
  REQUIRE(fitted.size() == 8);
  std::vector<ManyForecast> said;
  REQUIRE(predict_many(fitted, 4, o.levels, 2,
                       [&said](ManyForecast&& f) { said.push_back(std::move(f)); }));
  for (std::size_t i = 0; i < said.size(); ++i) {
    const ManyForecast& same = many[i < 4 ? i : i + 1];
    CHECK(said[i].forecast->mean == same.forecast->mean);
    CHECK(said[i].forecast->quantiles == same.forecast->quantiles);
  }
  CHECK_FALSE(predict_many(fitted, 0, {}, 1, [](ManyForecast&&) {}).has_value());
}
