#include "learningplane/model/naive.hpp"

#include <doctest/doctest.h>

#include "learningplane/error.hpp"
#include "learningplane/model/seasonal_naive.hpp"

using namespace learningplane;
using namespace learningplane::model;

TEST_CASE("naive: as a method on plain numbers") {
  NaiveMethod method;
  CHECK(method.fit({}).error().code == Errc::not_enough_data);
  REQUIRE(method.fit(std::vector<double>{1, 4}).has_value());
  std::vector<double> out(3);
  method.append(6);
  method.clone()->forecast(out);
  CHECK(out == std::vector<double>{6, 6, 6});
  NaiveMethod loaded;
  loaded.load(method.save());
  loaded.forecast(out);
  CHECK(out == std::vector<double>{6, 6, 6});
  CHECK_THROWS_AS(loaded.load({}), FormatError);
}

TEST_CASE("seasonal_naive: as a method on plain numbers; options go through Season") {
  CHECK_THROWS_AS(SeasonalNaiveMethod(0), ConfigError);
  SeasonalNaiveMethod method(3);
  CHECK(method.fit(std::vector<double>{1, 2}).error().code == Errc::not_enough_data);
  REQUIRE(method.fit(std::vector<double>{0, 1, 2, 3}).has_value());
  method.append(9);
  std::vector<double> out(5);
  method.forecast(out);
  CHECK(out == std::vector<double>{2, 3, 9, 2, 3});
  SeasonalNaiveMethod loaded(3);
  loaded.load(method.save());
  loaded.append(7);
  loaded.forecast(out);
  CHECK(out == std::vector<double>{3, 9, 7, 3, 9});
  CHECK_THROWS_AS(SeasonalNaiveMethod(4).load(method.save()), FormatError);
  const auto options = [](Value season) {
    return seasonal_naive_options(seasonal_naive_manifest().check(
        Value::object().set("target", "y").set("season", std::move(season))));
  };
  CHECK(options(Value(7)).season.steps == 7);
  CHECK_THROWS_AS((void)options(Value(0)), ConfigError);
  CHECK_THROWS_AS(SeasonalNaive(options(Value("none"))), ConfigError);
}
