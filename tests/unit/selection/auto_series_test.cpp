#include "learningplane/selection/auto_series.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <set>
#include <string>

#include "learningplane/error.hpp"
#include "support/series.hpp"

using namespace learningplane;
using namespace learningplane::selection;

namespace {

std::vector<double> ahead(const model::SeriesMethod& method, std::size_t steps) {
  std::vector<double> out(steps);
  method.forecast(out);
  return out;
}

double day(std::size_t t) {
  const double x = 2 * std::numbers::pi * static_cast<double>(t) / 24;
  return 50 + 10 * std::sin(x) + 4 * std::cos(3 * x);
}

std::vector<double> noisy(std::size_t n, double size = 1, std::uint64_t seed = 8) {
  support::Noise noise(seed);
  std::vector<double> out;
  for (std::size_t t = 0; t < n; ++t) out.push_back(day(t) + size * noise.normal());
  return out;
}

AutoSeriesOptions daily() { return {.horizon = 12, .seasons = {24}}; }

AutoSeries fitted(const AutoSeriesOptions& options, const std::vector<double>& y) {
  AutoSeries out(options);
  const auto fit = out.fit(y);
  REQUIRE_MESSAGE(fit.has_value(), (fit ? "" : fit.error().message));
  return out;
}

std::set<std::string> names(const AutoSeries& series) {
  std::set<std::string> out;
  for (const MemberReport& m : series.members()) out.insert(m.name);
  return out;
}

bool says(const AutoSeries& series, const std::string& text) {
  return series.describe().find(text) != std::string::npos;
}

double weight(const AutoSeries& series, const std::string& name) {
  for (const MemberReport& m : series.members()) {
    if (m.name == name) return m.weight;
  }
  return -1;
}

void check_sane(const AutoSeries& series) {
  double sum = 0;
  for (const MemberReport& m : series.members()) {
    CHECK(m.weight >= 0);
    sum += m.weight;
  }
  CHECK(sum == doctest::Approx(1));
  for (const double v : ahead(series, 50)) CHECK(std::isfinite(v));
}

}  // namespace

TEST_CASE("auto_series: the ladder, and what it says of it") {
  using Names = std::set<std::string>;
  const AutoSeriesOptions o{.horizon = 36, .seasons = {24, 168}};
  const auto at = [&](std::size_t n) {
    CAPTURE(n);
    AutoSeries out = fitted(o, noisy(n));
    check_sane(out);
    CHECK(says(out, "from " + std::to_string(n) + " values"));
    return out;
  };
  const AutoSeries two = at(2), eleven = at(11), fifty = at(50);
  CHECK(names(two) == Names{"naive"});
  CHECK(two.describe() ==
        "naive from 2 values; seasonal_naive.24: from 48 values on; seasonal_naive.168: from 336 "
        "values on; seasonal_profile: from 72 values on; theta: from 12 values on; "
        "seasonal_ridge: from 144 values on; boosting: from 360 values on");
  CHECK(names(eleven) == Names{"naive"});
  CHECK(says(eleven, "theta: from 12 values on"));
  CHECK(names(fifty) == Names{"drift", "seasonal_naive.24", "theta.24", "ets"});
  CHECK_FALSE(says(fifty, "theta: from"));
  CHECK(says(fifty, "seasonal_ridge: from 144 values on"));
  const AutoSeries seasons = at(336), five = at(500), two_thousand = at(2000);
  CHECK(names(seasons) == Names{"drift", "seasonal_naive.24", "seasonal_naive.168",
                                "seasonal_profile", "theta.24", "ets", "seasonal_ridge"});
  CHECK(says(seasons, "boosting: from 360 values on"));
  const Names all{"seasonal_naive.24", "seasonal_naive.168", "seasonal_profile",
                  "theta.24",          "seasonal_ridge",     "boosting"};
  CHECK(names(five) == all);
  CHECK(names(two_thousand) == all);
  CHECK_FALSE(says(two_thousand, "values on"));
  // Without a season the last value takes part, at every length.
  const AutoSeries plain = fitted({.horizon = 12}, noisy(50));
  CHECK(names(plain) == Names{"naive", "drift", "theta.1", "ets"});
  CHECK(
      says(plain,
           "seasonal_ridge left out: seasonal_ridge: 26 values; 35 are needed for 12 steps before "
           "the validation origins"));
  CHECK(names(fitted({.horizon = 12}, noisy(500))) ==
        Names{"naive", "theta.1", "seasonal_ridge", "boosting"});
}

TEST_CASE(
    "auto_series: a seasonal series is forecast better than by the last value or the last day") {
  const auto y = noisy(1000);
  const AutoSeries series = fitted(daily(), y);
  check_sane(series);
  const auto f = ahead(series, 12);
  double error = 0, naive = 0;
  for (std::size_t h = 0; h < 12; ++h) {
    error += std::abs(f[h] - day(1000 + h)) / 12;
    naive += std::abs(y.back() - day(1000 + h)) / 12;
  }
  CHECK(error < 0.8);  // the season before alone is off by as much as its noise
  CHECK(error < 0.2 * naive);
}

TEST_CASE("auto_series: every length gives finite numbers; hard series too") {
  for (std::size_t n = 2; n < 130; n += n < 60 ? 1 : 7) {
    CAPTURE(n);
    check_sane(fitted(daily(), noisy(n)));
    check_sane(fitted(daily(), std::vector<double>(n, 4)));
  }
  for (const std::size_t n : {std::size_t{2}, std::size_t{30}, std::size_t{400}}) {
    CAPTURE(n);
    for (const double level : {0.0, 4.0, -1e9}) {
      const AutoSeries constant = fitted(daily(), std::vector<double>(n, level));
      for (const double v : ahead(constant, 30)) CHECK(v == doctest::Approx(level));
    }
    std::vector<double> huge, rare(n, 0), steep;
    for (std::size_t t = 0; t < n; ++t) {
      huge.push_back((t % 3 == 0 ? 1 : -1) * 1e300);
      steep.push_back(std::exp(static_cast<double>(t)));
      if (t % 11 == 10) rare[t] = 1;
    }
    for (Criterion criterion : {Criterion::mae, Criterion::rmse, Criterion::smape}) {
      AutoSeriesOptions o = daily();
      o.criterion = criterion;
      for (const Combine combine : {Combine::median, Combine::weighted, Combine::best}) {
        o.combine = combine;
        for (const auto& y : {huge, rare, steep}) {
          AutoSeries series = fitted(o, y);
          check_sane(series);
          for (std::size_t t = 0; t < 60; ++t) series.append(y[t % n]);
          check_sane(series);
        }
      }
    }
  }
}

TEST_CASE("auto_series: too few values and values that are no numbers are refused") {
  AutoSeries series(daily());
  for (const std::vector<double>& y : {std::vector<double>{}, std::vector<double>{3}}) {
    const auto fit = series.fit(y);
    REQUIRE_FALSE(fit.has_value());
    CHECK(fit.error().code == Errc::not_enough_data);
    CHECK(fit.error().message == "auto: " + std::to_string(y.size()) + " values; 2 are needed");
  }
  REQUIRE(series.fit(noisy(300)).has_value());
  const auto said = ahead(series, 12);
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), -std::numeric_limits<double>::infinity()}) {
    auto y = noisy(300);
    y[120] = bad;
    const auto fit = series.fit(y);
    REQUIRE_FALSE(fit.has_value());
    CHECK(fit.error().code == Errc::unknown_data);
    CHECK(ahead(series, 12) == said);
  }
}

TEST_CASE("auto_series: who is hopeless gets no share, and it is said") {
  // A random walk: the day before is no guide.
  support::Noise noise(3);
  std::vector<double> walk{100};
  for (std::size_t t = 1; t < 1200; ++t) walk.push_back(walk.back() + noise.normal());
  const AutoSeries series = fitted({.horizon = 3, .seasons = {240}}, walk);
  CHECK(weight(series, "seasonal_naive.240") == 0);
  CHECK(says(series, "seasonal_naive.240 left out: its error is too large"));
  check_sane(series);
}

TEST_CASE("auto_series: one that is far better than the combination stands alone") {
  // A shape drawn at random that repeats: only the season before knows it. The smoothing ones are
  // some 2.3 times as wrong: not hopeless, but two of three, so that they would have the median.
  support::Noise noise(12);
  std::vector<double> shape, y;
  for (int i = 0; i < 200; ++i) shape.push_back(noise.uniform(0, 10.5));
  for (std::size_t t = 0; t < 500; ++t) y.push_back(shape[t % 200] + noise.normal());
  AutoSeries series =
      fitted({.horizon = 8, .seasons = {200}, .families = {"seasonal_naive", "ets", "drift"}}, y);
  CHECK(weight(series, "seasonal_naive.200") == 1);
  CHECK(says(series, "stands alone"));
  const auto reported = series.members();
  CHECK(std::any_of(reported.begin(), reported.end(), [](const MemberReport& m) {
    return m.weight == 1 && m.note.find("stands alone") != std::string::npos;
  }));
  // It stays alone while it is the best …
  std::size_t t = 500;
  for (; t < 600; ++t) series.append(shape[t % 200] + noise.normal());
  CHECK(weight(series, "seasonal_naive.200") == 1);
  // … and no longer than that: the shape is gone.
  for (; t < 1100; ++t) series.append(50 + noise.normal());
  CHECK(weight(series, "seasonal_naive.200") < 1);
  CHECK_FALSE(says(series, "stands alone"));
  for (const MemberReport& m : series.members())
    CHECK(m.note.find("stands alone") == std::string::npos);
  check_sane(series);
}

TEST_CASE("auto_series: best takes one from 20 origins on, as validation or append() gives them") {
  AutoSeriesOptions o = daily();
  o.combine = Combine::best;
  const AutoSeries many = fitted(o, noisy(800));
  double least = 1e300;
  std::string winner;
  for (const MemberReport& m : many.members()) {
    if (m.error < least) least = m.error, winner = m.name;
  }
  CHECK(weight(many, winner) == 1);
  CHECK(says(many, winner + " from 800 values"));
  CHECK_FALSE(says(many, "left out: its error is too large"));  // not hopeless, only worse

  o.origins = 8;
  AutoSeries few = fitted(o, noisy(800));
  const auto taking_part = [&few] {
    const auto all = few.members();
    return std::count_if(all.begin(), all.end(),
                         [](const MemberReport& m) { return m.weight > 0; });
  };
  CHECK(taking_part() > 1);
  CHECK(says(few, "median of"));
  // A question every 3 steps of which the first is answered after 12: the twelfth after 45.
  for (std::size_t t = 800; t < 844; ++t) few.append(day(t));
  CHECK(taking_part() > 1);
  few.append(day(844));
  CHECK(taking_part() == 1);
}

TEST_CASE("auto_series: append() moves the shares when another member becomes the better one") {
  AutoSeriesOptions o = daily();
  o.families = {"naive", "seasonal_naive"};
  o.combine = Combine::weighted;
  AutoSeries series = fitted(o, noisy(600));
  CHECK(weight(series, "seasonal_naive.24") > 0.8);
  support::Noise noise(1);
  double level = 50;
  for (int t = 0; t < 900; ++t) series.append(level += 2 * noise.normal());  // the day is over
  CHECK(weight(series, "naive") > 0.7);
  check_sane(series);
}

TEST_CASE("auto_series: drifted() tells a break of behaviour, and only that") {
  AutoSeries quiet = fitted(daily(), noisy(800)), broken = quiet, shifted = quiet;
  CHECK_FALSE(quiet.drifted());
  const auto later = noisy(1200);
  support::Noise noise(2);
  bool ever = false;
  for (std::size_t t = 800; t < 1100; ++t) {
    quiet.append(later[t]);
    ever = ever || quiet.drifted();
    broken.append(50 + 25 * noise.normal());  // no day any more, and much noise
  }
  CHECK_FALSE(ever);
  CHECK(broken.drifted());
  // A shift of the level: what rests on the season before stays behind for a day.
  for (std::size_t t = 800; t < 830; ++t) shifted.append(later[t] + 200);
  CHECK(shifted.drifted());
  AutoSeries again(daily());
  REQUIRE(again.fit(broken.history()).has_value());
  CHECK_FALSE(again.drifted());
}

TEST_CASE("auto_series: the criterion decides who is best") {
  AutoSeriesOptions o{.horizon = 4, .families = {"naive", "theta"}};
  // Mostly flat with rare large spikes that are gone at once: after a spike the last value is far
  // off, which squares punish more than absolutes do.
  std::vector<double> y;
  support::Noise noise(6);
  for (std::size_t t = 0; t < 600; ++t)
    y.push_back(100 + 0.01 * noise.normal() + (noise.uniform() < 0.05 ? 60 : 0));
  const auto ratio = [&](Criterion criterion) {
    o.criterion = criterion;
    const AutoSeries series = fitted(o, y);
    const auto all = series.members();
    return all[0].error / all[1].error;  // naive to theta
  };
  CHECK(ratio(Criterion::mae) < ratio(Criterion::rmse));
  // By hand: the error is what a replay of the same origins gives.
  o.criterion = Criterion::rmse;
  o.families = {"naive"};
  const AutoSeries naive = fitted(o, y);
  double squares = 0;
  std::size_t count = 0;
  for (std::size_t k = 0; k < naive.residuals().origins.size(); ++k) {
    const std::size_t at = naive.residuals().origins[k];
    for (std::size_t s = 0; s < naive.residuals().values[k].size(); ++s) {
      CHECK(naive.residuals().values[k][s] == y[at + s] - y[at - 1]);
      squares += (y[at + s] - y[at - 1]) * (y[at + s] - y[at - 1]);
      ++count;
    }
  }
  CHECK(count == 24 * 4);
  CHECK(naive.members()[0].error ==
        doctest::Approx(std::sqrt(squares / static_cast<double>(count))));
  // An expensive side makes the cheaper one the better.
  o.criterion = Criterion::pinball;
  o.level = 0.95;
  const double high = fitted(o, y).members()[0].error;
  o.level = 0.05;
  CHECK(fitted(o, y).members()[0].error != high);
}

TEST_CASE("auto_series: families limit who takes part, at any length") {
  AutoSeriesOptions o = daily();
  o.families = {"theta", "seasonal_ridge"};
  CHECK(names(fitted(o, noisy(500))) == std::set<std::string>{"theta.24", "seasonal_ridge"});
  // Too short for both: the last value stands in, and it is said why.
  const AutoSeries few = fitted(o, noisy(3));
  CHECK(names(few) == std::set<std::string>{"naive"});
  CHECK(says(few, "seasonal_ridge left out: seasonal_ridge: 2 values"));
  o.families = {"seasonal_naive"};
  CHECK(names(fitted(o, noisy(30))) == std::set<std::string>{"naive"});
  CHECK(says(fitted(o, noisy(30)), "seasonal_naive.24: from 48 values on"));
}

TEST_CASE("auto_series: refused options name key, value and what is allowed") {
  const auto refused = [](AutoSeriesOptions o, const char* text) {
    CHECK_THROWS_WITH_AS(AutoSeries{o}, doctest::Contains(text), ConfigError);
  };
  refused({.horizon = 0}, "horizon: '0'; 1 or more");
  refused({.seasons = {1}}, "seasons: '1'");
  refused({.seasons = {24, 24}}, "seasons: '24'");
  refused({.families = {"prophet"}}, "families: 'prophet'; naive, drift");
  refused({.criterion = Criterion::pinball, .level = 1}, "level: '1");
  refused({.origins = 1}, "origins: '1'");
  refused({.validation_share = 0.6}, "validation_share: '0.6");
  refused({.validation_share = std::numeric_limits<double>::quiet_NaN()}, "validation_share");
  refused({.most_history = 99}, "most_history: '99'");
  CHECK_THROWS_WITH_AS(combine_from("mean"),
                       doctest::Contains("combine: 'mean'; median, weighted, best"), ConfigError);
  CHECK_THROWS_WITH_AS(criterion_from("mape"), doctest::Contains("criterion: 'mape'"), ConfigError);
  for (const Combine c : {Combine::median, Combine::weighted, Combine::best})
    CHECK(combine_from(to_string(c)) == c);
  for (const Criterion c : {Criterion::mae, Criterion::rmse, Criterion::smape, Criterion::pinball})
    CHECK(criterion_from(to_string(c)) == c);
}

TEST_CASE("auto_series: only the last values are looked at, and memory stays bounded") {
  AutoSeriesOptions o = daily();
  o.most_history = 300;
  auto y = noisy(2000);
  AutoSeries all = fitted(o, y), last = fitted(o, {y.end() - 300, y.end()});
  CHECK(ahead(all, 12) == ahead(last, 12));
  for (std::size_t t = 0; t < 1200; ++t) all.append(day(2000 + t));
  REQUIRE(all.history().size() == 300);
  CHECK(all.history().back() == day(3199));
  CHECK(all.history().front() == day(2900));
}

TEST_CASE("auto_series: same values, same answer; a copy is whole and apart") {
  const auto y = noisy(700);
  AutoSeries series = fitted(daily(), y);
  CHECK(ahead(series, 30) == ahead(fitted(daily(), y), 30));
  const auto said = ahead(series, 30);
  const auto copy = series.clone();
  CHECK(ahead(*copy, 30) == said);
  for (std::size_t t = 0; t < 50; ++t) copy->append(500);
  CHECK(ahead(series, 30) == said);
  CHECK(ahead(*copy, 30) != said);
}

TEST_CASE("auto_series: saved to the last bit, also in the middle of the contest") {
  for (const Combine combine : {Combine::median, Combine::weighted, Combine::best}) {
    AutoSeriesOptions o = daily();
    o.combine = combine;
    AutoSeries series = fitted(o, noisy(500));
    const auto later = noisy(1500, 3, 77);
    for (std::size_t t = 500; t < 541; ++t) series.append(later[t]);
    AutoSeries loaded(o);
    loaded.load(series.save());
    for (std::size_t t = 541; t < 900; ++t) {
      if (t % 40 == 1) {
        CAPTURE(t);
        CHECK(ahead(loaded, 30) == ahead(series, 30));
        CHECK(loaded.drifted() == series.drifted());
        const auto a = loaded.members(), b = series.members();
        REQUIRE(a.size() == b.size());
        for (std::size_t m = 0; m < a.size(); ++m) {
          CHECK(a[m].name == b[m].name);
          CHECK(a[m].error == b[m].error);
          CHECK(a[m].weight == b[m].weight);
          CHECK(a[m].note == b[m].note);
        }
      }
      series.append(later[t]);
      loaded.append(later[t]);
    }
    const model::Tensors a = loaded.save(), b = series.save();
    REQUIRE(a.size() == b.size());
    for (const auto& [name, tensor] : a) {
      CAPTURE(name);
      CHECK(tensor.values == b.at(name).values);
    }
  }
}

TEST_CASE("auto_series: damaged state is refused and changes nothing") {
  AutoSeries series = fitted(daily(), noisy(500));
  series.append(50);
  const auto said = ahead(series, 12);
  const model::Tensors whole = series.save();
  const auto refused = [&](const std::string& name, auto change) {
    CAPTURE(name);
    model::Tensors damaged = whole;
    REQUIRE(damaged.contains(name));
    change(damaged[name].values);
    CHECK_THROWS_AS(series.load(damaged), FormatError);
    CHECK(ahead(series, 12) == said);
  };
  for (const auto& [name, tensor] : whole) {
    CAPTURE(name);
    model::Tensors damaged = whole;
    damaged.erase(name);
    if (name.ends_with("/season") || name.ends_with("/season_0")) continue;  // it had none: valid
    CHECK_THROWS_AS(series.load(damaged), FormatError);
    CHECK(ahead(series, 12) == said);
  }
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t i = 0; i < 7; ++i) {
    refused("contest", [i, nan](auto& v) { v[i] = nan; });
    refused("contest", [i](auto& v) { v[i] = -2; });
  }
  refused("contest", [](auto& v) { v[4] += 1; });
  refused("contest", [](auto& v) { v[6] = v[4]; });
  refused("history", [](auto& v) { v.resize(1); });
  refused("questions", [](auto& v) { v.pop_back(); });
  refused("0.seasonal_naive.24/standing", [](auto& v) { v[1] = 2; });
  refused("0.seasonal_naive.24/standing", [](auto& v) { v.pop_back(); });
  model::Tensors damaged = whole;
  damaged["9.naive/last"] = {{1}, {1}};
  CHECK_THROWS_AS(series.load(damaged), FormatError);
  CHECK(ahead(series, 12) == said);
}

TEST_CASE("auto_series: members by what the series does") {
  AutoSeriesOptions o = daily();
  o.select = Select::behaviour;
  const AutoSeries waves = fitted(o, noisy(480, 0.2));
  CHECK(says(waves, "period 24"));
  CHECK(names(waves) == std::set<std::string>{"seasonal_naive.24", "seasonal_profile", "theta.24",
                                              "seasonal_ridge", "boosting"});
  support::Noise noise(3);
  std::vector<double> flat;
  for (int i = 0; i < 480; ++i) flat.push_back(100 + noise.normal());
  const AutoSeries level = fitted(o, flat);
  CHECK(says(level, "behaviour stationary"));
  CHECK(names(level) == std::set<std::string>{"theta.24", "ets", "seasonal_ridge"});
  o.families = {"naive"};  // whoever names families has chosen
  CHECK(names(fitted(o, flat)) == std::set<std::string>{"naive"});
  CHECK(fitted(o, {1, 2, 3}).describe().find("behaviour") == std::string::npos);
  CHECK_THROWS_WITH_AS(select_from("mood"), doctest::Contains("validation, behaviour"),
                       ConfigError);
}
