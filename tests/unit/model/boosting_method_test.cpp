#include "learningplane/model/boosting_method.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"
#include "model/boosting_features.hpp"

using namespace learningplane;
using namespace learningplane::model;

namespace {

double noise(std::size_t i) {
  const double v = 0.6180339887498949 * static_cast<double>(i * i % 9973);
  return v - std::floor(v) - 0.5;
}

/// Days of 24 steps with a busy and a quiet half.
std::vector<double> days(std::size_t n) {
  std::vector<double> out;
  for (std::size_t i = 0; i < n; ++i)
    out.push_back((i % 24 < 12 ? 100 : 20) + 10 * std::sin(static_cast<double>(i % 24)) + noise(i));
  return out;
}

BoostingMethodOptions small() {
  BoostingMethodOptions o;
  o.horizon = 12;
  o.seasons = {24, 168};
  return o;
}

double worst(const BoostingMethod& method, const std::vector<double>& truth, std::size_t from,
             std::size_t steps) {
  std::vector<double> said(steps);
  method.forecast(said);
  double out = 0;
  for (std::size_t s = 0; s < steps; ++s) out = std::max(out, std::abs(said[s] - truth[from + s]));
  return out;
}

}  // namespace

TEST_CASE("boosting method: follows the days, within and beyond the steps that it learned") {
  const std::vector<double> y = days(800);
  BoostingMethod method(small());
  REQUIRE(method.fit(std::span(y).first(600)).has_value());
  CHECK(worst(method, y, 600, 12) < 4);
  CHECK(worst(method, y, 600, 50) < 8);
  CHECK(method.describe().find("24 and 168") != std::string::npos);
}

TEST_CASE("boosting method: what is appended counts, however much of it") {
  const std::vector<double> y = days(2100);
  BoostingMethod method(small());
  REQUIRE(method.fit(std::span(y).first(600)).has_value());
  double sum = 0, n = 0;
  std::vector<double> said(12);
  for (std::size_t t = 600; t < 2000; ++t) {
    method.append(y[t]);
    method.forecast(said);
    for (std::size_t h = 0; h < 12; ++h, ++n) sum += std::abs(said[h] - y[t + 1 + h]);
  }
  CHECK(sum / n < 2);  // of changes of up to 90
}

TEST_CASE("boosting features: a history cut to what they reach gives the same as the whole") {
  const std::vector<double> y = days(2000);
  const detail::BoostingFeatures features({.lags = 37, .seasons = {24, 168}});
  const std::size_t width = features.width();
  for (const std::size_t known : {1500UL, 1777UL, 2000UL}) {
    const std::span<const double> all = std::span(y).first(known);
    for (const std::size_t step : {1UL, 13UL, 36UL}) {
      std::vector<double> whole(width), cut(width);
      const auto write = [&](std::span<const double> history, std::vector<double>& row) {
        const detail::BoostingOrigin origin{history, static_cast<double>(known - 1)};
        features.write_origin(origin, row.data());
        features.write_step(origin, step, row.data() + features.origin_width());
      };
      write(all, whole);
      write(all.last(features.reach(36)), cut);
      for (std::size_t i = 0; i < width; ++i) {
        CAPTURE(i);
        CHECK(std::isnan(whole[i]) == std::isnan(cut[i]));
        CHECK((std::isnan(whole[i]) || whole[i] == cut[i]));
      }
    }
  }
}

TEST_CASE("boosting features: known answers") {
  // 0, 1, 4, 9 … so that every difference tells where it was taken from.
  std::vector<double> y;
  for (std::size_t i = 0; i < 60; ++i) y.push_back(static_cast<double>(i * i));
  const detail::BoostingFeatures features({.lags = 3, .seasons = {20}, .past_seasons = 2});
  const detail::BoostingOrigin origin{y, 59};
  std::vector<double> row(features.width());
  features.write_origin(origin, row.data());
  features.write_step(origin, 5, row.data() + features.origin_width());
  const double last = 59.0 * 59;
  const auto square = [](double i) { return i * i; };
  const auto mean = [](int first, int end) {  // of squares
    double sum = 0;
    for (int i = first; i < end; ++i) sum += static_cast<double>(i) * i;
    return sum / (end - first);
  };
  const std::vector<double> truth{square(58) - last,  // lags
                                  square(57) - last,
                                  mean(57, 60) - last,  // means of 3, half a season, one
                                  mean(50, 60) - last,
                                  mean(40, 60) - last,
                                  5,                    // step
                                  square(44) - last,    // the same time a season ago,
                                  mean(41, 48) - last,  // around it,
                                  mean(32, 57) - last,
                                  square(44) - square(39),  // the same change
                                  (square(44) + square(24)) / 2 - last,
                                  4};  // phase
  REQUIRE(row.size() == truth.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    CAPTURE(i);
    CHECK(row[i] == doctest::Approx(truth[i]));
  }
}

TEST_CASE("boosting method: forecasts stay within what was seen") {
  std::vector<double> y;
  for (std::size_t i = 0; i < 300; ++i) y.push_back(static_cast<double>(i));
  BoostingMethod method(small());
  REQUIRE(method.fit(y).has_value());
  std::vector<double> said(40);
  method.forecast(said);
  for (const double v : said) {
    CHECK(v <= 299);
    CHECK(v >= 0);
  }
}

TEST_CASE("boosting method: copies and saved ones forecast the same, and go on alike") {
  const std::vector<double> y = days(700);
  BoostingMethod method(small()), loaded(small());
  REQUIRE(method.fit(std::span(y).first(600)).has_value());
  const auto copy = method.clone();
  loaded.load(method.save());
  for (std::size_t t = 600; t < 650; ++t) {
    for (SeriesMethod* m :
         {static_cast<SeriesMethod*>(&method), copy.get(), static_cast<SeriesMethod*>(&loaded)})
      m->append(y[t]);
  }
  std::vector<double> a(30), b(30), c(30);
  method.forecast(a);
  copy->forecast(b);
  loaded.forecast(c);
  CHECK(a == b);
  CHECK(a == c);
  const Tensors saved = method.save();
  const auto broken = [&](const char* name, std::vector<double> values) {
    Tensors tensors = saved;
    tensors[name] = {{values.size()}, values};
    CHECK_THROWS_AS(loaded.load(tensors), FormatError);
  };
  broken("past", {});
  broken("past", {std::nan("")});
  broken("first", {-1});
  broken("first", {0.5});
  broken("seasons", {25});
  broken("range", {2, 1});
  broken("0.feature", {0});
  for (const auto& [name, tensor] : saved) {
    Tensors tensors = saved;
    tensors.erase(name);
    CHECK_THROWS_AS(loaded.load(tensors), FormatError);
  }
  loaded.forecast(c);
  CHECK(a == c);  // unchanged by the failures
}

TEST_CASE("boosting method: seasons without two of them are left out; too little is refused") {
  const std::vector<double> y = days(100);
  BoostingMethod method(small());
  REQUIRE(method.fit(y).has_value());
  CHECK(method.describe().find("24") != std::string::npos);
  CHECK(method.describe().find("168") == std::string::npos);
  CHECK(method.fit(std::span(y).first(29)).error().code == Errc::not_enough_data);
  REQUIRE(method.fit(std::vector<double>(30, 5.0)).has_value());
  std::vector<double> said(20);
  method.forecast(said);
  CHECK(said == std::vector<double>(20, 5.0));
  const auto refuses = [](auto change, const char* name) {
    BoostingMethodOptions o = small();
    change(o);
    CHECK_THROWS_WITH_AS(BoostingMethod{o}, doctest::Contains(name), ConfigError);
  };
  refuses([](BoostingMethodOptions& o) { o.horizon = 0; }, "horizon");
  refuses([](BoostingMethodOptions& o) { o.lags = 0; }, "lags");
  refuses([](BoostingMethodOptions& o) { o.most_rows = 0; }, "most_rows");
  refuses([](BoostingMethodOptions& o) { o.seasons = {24, 12}; }, "seasons");
  refuses([](BoostingMethodOptions& o) { o.trees.bins = 1; }, "bins");
}
