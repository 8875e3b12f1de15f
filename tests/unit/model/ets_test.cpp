#include "learningplane/model/ets.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"
#include "support/reference.hpp"
#include "support/series.hpp"

using namespace learningplane;
using namespace learningplane::model;

namespace {

std::vector<double> ahead(const SeriesMethod& method, std::size_t steps) {
  std::vector<double> out(steps);
  method.forecast(out);
  return out;
}

double wave(std::size_t i, std::size_t season) {
  return std::sin(2 * 3.14159265358979 * static_cast<double>(i) / static_cast<double>(season));
}

}  // namespace

TEST_CASE("ets: sums of squares at or below statsforecast's, forecasts its own where they agree") {
  const Value reference = support::reference("classical_reference.json");
  std::size_t same = 0;
  for (const Value& e : reference.find("ets")->as_array()) {
    const std::string name = support::text(e, "series"), form = support::text(e, "form");
    CAPTURE(name);
    CAPTURE(form);
    EtsMethod method({support::count(e, "season"), ets_form(form)});
    const auto y = support::list(*reference.find("series"), name);
    REQUIRE(method.fit(y).has_value());
    const double squares = e.find("squares")->as_double();
    const EtsMethod::Fit& fit = method.learned();
    CHECK(fit.squares <= squares * (1 + 1e-6));
    // The criterion is theirs: the same but for the smaller sum.
    CHECK(fit.aicc - static_cast<double>(y.size()) * std::log(fit.squares) ==
          doctest::Approx(e.find("aicc")->as_double() -
                          static_cast<double>(y.size()) * std::log(squares)));
    if (fit.squares < squares * (1 - 1e-6)) continue;
    ++same;
    const auto expected = support::list(e, "forecast");
    const auto found = ahead(method, expected.size());
    for (std::size_t s = 0; s < expected.size(); ++s)
      CHECK(std::abs(found[s] - expected[s]) < 1e-3 * std::abs(expected[s]) + 1e-3);
  }
  CHECK(same >= 5);
}

TEST_CASE("ets: auto takes the form that made the series") {
  support::Noise noise(3);
  std::vector<double> level, trend, season;
  for (std::size_t i = 0; i < 120; ++i) {
    level.push_back(20 + noise.normal());
    trend.push_back(20 + 0.8 * static_cast<double>(i) + noise.normal());
    season.push_back(20 + 6 * wave(i, 12) + noise.normal());
  }
  EtsMethod method({12});
  REQUIRE(method.fit(level).has_value());
  CHECK(method.learned().form == EtsForm::ann);
  CHECK(ahead(method, 1)[0] == doctest::Approx(20).epsilon(0.05));
  REQUIRE(method.fit(trend).has_value());
  CHECK(method.learned().form == EtsForm::aan);
  CHECK(ahead(method, 10)[9] == doctest::Approx(20 + 0.8 * 129).epsilon(0.02));
  REQUIRE(method.fit(season).has_value());
  CHECK(method.learned().form == EtsForm::ana);
  for (std::size_t s = 0; s < 24; ++s)
    CHECK(std::abs(ahead(method, 24)[s] - (20 + 6 * wave(120 + s, 12))) < 2);
}

TEST_CASE("ets: a season of a day at five minutes is taken as any other") {
  support::Noise noise(4);
  std::vector<double> y;
  for (std::size_t i = 0; i < 2016; ++i) y.push_back(100 + 30 * wave(i, 288) + noise.normal());
  EtsMethod method({288, EtsForm::aada});
  REQUIRE(method.fit(y).has_value());
  CHECK(method.learned().season.size() == 288);
  const auto f = ahead(method, 288);
  for (std::size_t s = 0; s < 288; ++s)
    CHECK(std::abs(f[s] - (100 + 30 * wave(2016 + s, 288))) < 4);
}

TEST_CASE("ets: constants, zeros and short series") {
  EtsMethod method({12});
  REQUIRE(method.fit(std::vector<double>(40, 2.5)).has_value());
  for (const double v : ahead(method, 30)) CHECK(v == doctest::Approx(2.5));
  REQUIRE(method.fit(std::vector<double>(40, 0.0)).has_value());
  for (const double v : ahead(method, 30)) CHECK(v == 0);
  CHECK(method.fit(std::vector<double>{1, 2, 3}).error().code == Errc::not_enough_data);
  REQUIRE(method.fit(std::vector<double>{1, 2, 3, 2, 1}).has_value());
  CHECK(method.learned().form == EtsForm::ann);
  EtsMethod seasonal({12, EtsForm::ana});
  CHECK(seasonal.fit(std::vector<double>(20, 1.0)).error().code == Errc::not_enough_data);
  CHECK_THROWS_AS(ets_form("MAM"), ConfigError);
}

TEST_CASE("ets: what comes as forecast changes no later forecast; state is saved whole") {
  support::Noise noise(5);
  std::vector<double> y;
  for (std::size_t i = 0; i < 90; ++i)
    y.push_back(9 + 0.2 * static_cast<double>(i) + 4 * wave(i, 7) + noise.normal());
  for (const char* form : {"ANN", "AAN", "AAdN", "ANA", "AAA", "AAdA"}) {
    CAPTURE(form);
    EtsMethod method({7, ets_form(form)});
    REQUIRE(method.fit(y).has_value());
    const auto said = ahead(method, 10);
    EtsMethod copy({7, ets_form(form)});
    copy.load(method.save());
    CHECK(ahead(copy, 10) == said);
    for (std::size_t s = 0; s < 9; ++s) copy.append(said[s]);
    CHECK(ahead(copy, 1)[0] == doctest::Approx(said[9]).epsilon(1e-9));
    copy.append(1000);
    CHECK(ahead(copy, 1)[0] != doctest::Approx(said[9]));
    Tensors damaged = method.save();
    damaged["state"].values[2] = 7;
    damaged["parameters"].values[1] = -1;
    CHECK_THROWS_AS(copy.load(damaged), FormatError);
  }
}

TEST_CASE("ets: as a model of a frame") {
  std::vector<double> y;
  for (std::size_t i = 0; i < 120; ++i) y.push_back(20 + 6 * wave(i, 12));
  const EtsOptions options{.series = {.target = "y", .horizon = 4}, .season = {.steps = 12}};
  Ets model(options);
  const auto report = model.fit(support::frame_of(y));
  REQUIRE(report.has_value());
  CHECK(report->note.find("gamma") != std::string::npos);
  const auto f = model.forecast(12);
  REQUIRE(f.has_value());
  for (std::size_t s = 0; s < 12; ++s)
    CHECK(std::abs(f->mean[s] - (20 + 6 * wave(120 + s, 12))) < 0.5);
  Ets loaded(options);
  REQUIRE(loaded.load(model.save()).has_value());
  CHECK(loaded.forecast(12)->mean == f->mean);
}
