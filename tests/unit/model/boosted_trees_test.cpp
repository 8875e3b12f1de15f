#include "learningplane/model/boosted_trees.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <sstream>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "support/source_dir.hpp"

using namespace learningplane;
using namespace learningplane::model;

namespace {

/// What scikit-learn found; tools/fixtures/make_boosting_fixture.py made it.
struct Reference {
  Reference() {
    std::ostringstream text;
    text << std::ifstream(support::source_dir() + "/tests/data/boosting_sklearn.json").rdbuf();
    json = value_or_throw(parse_json(text.str()));
    columns = static_cast<std::size_t>(json.find("columns")->as_int());
  }
  std::vector<double> list(const std::string& key) const {
    std::vector<double> out;
    for (const Value& v : json.find(key)->as_array())
      out.push_back(v.is_null() ? std::nan("") : v.as_double());
    return out;
  }
  void same(const BoostedTreesOptions& options, const std::string& key) const {
    BoostedTrees trees(options);
    REQUIRE(trees.fit(list("x"), columns, list("y")).has_value());
    for (const auto& [rows, truth] : {std::pair{"new", key}, std::pair{"x", key + "_train"}}) {
      const std::vector<double> theirs = list(truth);
      std::vector<double> ours(theirs.size());
      trees.predict(list(rows), ours);
      for (std::size_t i = 0; i < ours.size(); ++i) {
        CAPTURE(key);
        CAPTURE(i);
        CHECK(std::abs(ours[i] - theirs[i]) < 1e-6);
      }
    }
  }
  Value json{};
  std::size_t columns = 0;
};

BoostedTreesOptions fixture_options() {
  BoostedTreesOptions o;
  o.trees = 25;
  o.learning_rate = 0.15;
  o.leaves = 9;
  o.min_samples = 7;
  return o;
}

/// A stream that needs no random device: the fractional parts of multiples of the golden ratio.
double noise(std::size_t i, double phase) {
  const double v = phase + 0.6180339887498949 * static_cast<double>(i * i % 9973);
  return v - std::floor(v) - 0.5;
}

struct Data {
  std::vector<double> x{}, y{};
};
/// A step in the first column, a slope in the second, nothing in the third.
Data step_data(std::size_t n) {
  Data out;
  for (std::size_t i = 0; i < n; ++i) {
    const double a = noise(i, 0.1), b = noise(i, 0.35), c = noise(i + 17, 0.77);
    out.x.insert(out.x.end(), {a, b, c});
    out.y.push_back((a > 0.1 ? 10 : -10) + 4 * b);
  }
  return out;
}

double error(const BoostedTrees& trees, const Data& data) {
  std::vector<double> out(data.y.size());
  trees.predict(data.x, out);
  double sum = 0;
  for (std::size_t i = 0; i < out.size(); ++i) sum += std::abs(out[i] - data.y[i]);
  return sum / static_cast<double>(out.size());
}

}  // namespace

TEST_CASE("boosted trees: forecasts are scikit-learn's, unknown values included") {
  const Reference reference;
  BoostedTreesOptions o = fixture_options();
  o.l2 = 0.7;
  reference.same(o, "squared");
  o = fixture_options();
  o.bins = 16;
  o.leaves = 6;
  reference.same(o, "few_bins");
  o = fixture_options();
  o.loss = BoostingLoss::absolute;
  reference.same(o, "absolute");
  o = fixture_options();
  o.loss = BoostingLoss::pinball;
  o.level = 0.9;
  reference.same(o, "pinball");
}

TEST_CASE("boosted trees: finds a step and a slope and leaves noise aside") {
  const Data data = step_data(2000);
  BoostedTreesOptions o;
  o.trees = 200;
  for (const auto loss : {BoostingLoss::squared, BoostingLoss::absolute, BoostingLoss::huber}) {
    o.loss = loss;
    BoostedTrees trees(o);
    const auto report = trees.fit(data.x, 3, data.y);
    REQUIRE(report.has_value());
    CHECK(report->trees == 200);
    CHECK(std::isnan(report->validation_loss));
    CHECK(error(trees, data) < 0.2);
  }
}

TEST_CASE("boosted trees: one leaf is the best constant of the loss") {
  // 99 zeros to 98 and one outlier; too few rows for a split.
  std::vector<double> x, y;
  for (int i = 0; i < 99; ++i) y.push_back(i);
  y.push_back(1e6);
  for (std::size_t i = 0; i < y.size(); ++i) x.push_back(noise(i, 0.2));
  BoostedTreesOptions o;
  o.min_samples = 51;
  o.trees = 1;
  const auto constant = [&](BoostingLoss loss, double level) {
    o.loss = loss;
    o.level = level;
    BoostedTrees trees(o);
    REQUIRE(trees.fit(x, 1, y).has_value());
    return trees.predict(std::vector<double>{0.0});
  };
  CHECK(constant(BoostingLoss::squared, 0.5) == doctest::Approx((98.0 * 99 / 2 + 1e6) / 100));
  CHECK(constant(BoostingLoss::absolute, 0.5) == doctest::Approx(49.5));
  CHECK(constant(BoostingLoss::pinball, 0.1) == doctest::Approx(9.9));
  // Huber stays near the middle: the outlier pulls no more than the limit of small residuals.
  CHECK(std::abs(constant(BoostingLoss::huber, 0.5) - 49.5) < 1);
}

TEST_CASE("boosted trees: whether a value is known can be what matters") {
  std::vector<double> x, y;
  for (std::size_t i = 0; i < 200; ++i) {
    x.push_back(i % 4 == 0 ? std::nan("") : 3.0);  // a single value besides
    y.push_back(i % 4 == 0 ? 7 : -1);
  }
  BoostedTreesOptions o;
  o.learning_rate = 1;
  BoostedTrees trees(o);
  REQUIRE(trees.fit(x, 1, y).has_value());
  CHECK(trees.predict(std::vector<double>{std::nan("")}) == doctest::Approx(7));
  CHECK(trees.predict(std::vector<double>{3.0}) == doctest::Approx(-1));
}

TEST_CASE("boosted trees: the same again with the same seed, other trees with another") {
  const Data data = step_data(600);
  BoostedTreesOptions o;
  o.row_share = 0.5;
  o.feature_share = 0.67;
  o.trees = 60;
  BoostedTrees a(o), b(o);
  o.seed = 1;
  BoostedTrees other(o);
  for (BoostedTrees* trees : {&a, &b, &other}) REQUIRE(trees->fit(data.x, 3, data.y).has_value());
  CHECK(a.save().at("value").values == b.save().at("value").values);
  CHECK(a.save().at("value").values != other.save().at("value").values);
  CHECK(error(a, data) < 0.6);
  CHECK(error(other, data) < 0.6);
}

TEST_CASE("boosted trees: rows in another order give the same trees") {
  const Data data = step_data(500);
  Data turned;
  for (std::size_t i = 500; i-- > 0;) {
    turned.x.insert(turned.x.end(), data.x.begin() + static_cast<std::ptrdiff_t>(3 * i),
                    data.x.begin() + static_cast<std::ptrdiff_t>(3 * i + 3));
    turned.y.push_back(data.y[i]);
  }
  BoostedTreesOptions o;
  o.loss = BoostingLoss::absolute;
  BoostedTrees a(o), b(o);
  REQUIRE(a.fit(data.x, 3, data.y).has_value());
  REQUIRE(b.fit(turned.x, 3, turned.y).has_value());
  CHECK(a.save().at("threshold").values == b.save().at("threshold").values);
  CHECK(a.save().at("value").values == b.save().at("value").values);
}

TEST_CASE("boosted trees: stops where the held-out rows gain no more, and keeps the best") {
  Data data = step_data(800);
  for (std::size_t i = 0; i < data.y.size(); ++i) data.y[i] += 20 * noise(i * 31 + 7, 0.5);
  BoostedTreesOptions o;
  o.trees = 2000;
  o.min_samples = 5;
  o.stop_share = 0.25;
  BoostedTrees early(o);
  const auto report = early.fit(data.x, 3, data.y);
  REQUIRE(report.has_value());
  CHECK(report->trees < 400);
  CHECK(report->trees == early.trees());
  // The loss reported is that of the trees kept.
  const std::vector<double> held(data.x.end() - 600, data.x.end());
  std::vector<double> out(200);
  early.predict(held, out);
  double loss = 0;
  for (std::size_t i = 0; i < 200; ++i) loss += std::pow(out[i] - data.y[600 + i], 2) / 200;
  CHECK(report->validation_loss == doctest::Approx(loss));
  o.stop_share = 0;
  BoostedTrees late(o);
  REQUIRE(late.fit(std::span(data.x).first(1800), 3, std::span(data.y).first(600)).has_value());
  late.predict(held, out);
  double late_loss = 0;
  for (std::size_t i = 0; i < 200; ++i) late_loss += std::pow(out[i] - data.y[600 + i], 2) / 200;
  CHECK(loss < late_loss);
}

TEST_CASE("boosted trees: pinball's share of the rows lies below") {
  std::vector<double> x, y;
  for (std::size_t i = 0; i < 3000; ++i) {
    x.push_back(noise(i, 0.4));
    y.push_back((1 + 2 * std::abs(x.back())) * noise(i * 7 + 3, 0.9));
  }
  BoostedTreesOptions o;
  o.loss = BoostingLoss::pinball;
  o.leaves = 6;
  o.min_samples = 100;
  for (const double level : {0.1, 0.5, 0.95}) {
    o.level = level;
    BoostedTrees trees(o);
    REQUIRE(trees.fit(x, 1, y).has_value());
    std::vector<double> out(y.size());
    trees.predict(x, out);
    double below = 0;
    for (std::size_t i = 0; i < y.size(); ++i) below += y[i] <= out[i] ? 1 : 0;
    CHECK(below / 3000 == doctest::Approx(level).epsilon(0.03));
  }
}

TEST_CASE("boosted trees: what was saved predicts the same; what is broken is refused whole") {
  const Data data = step_data(400);
  BoostedTrees trees;
  REQUIRE(trees.fit(data.x, 3, data.y).has_value());
  const Tensors saved = trees.save();
  BoostedTrees again;
  CHECK_FALSE(again.fitted());
  again.load(saved, 3);
  std::vector<double> a(400), b(400);
  trees.predict(data.x, a);
  again.predict(data.x, b);
  CHECK(a == b);
  const auto broken = [&](const char* name, std::size_t at, double value) {
    Tensors tensors = saved;
    tensors.at(name).values.at(at) = value;
    CHECK_THROWS_AS(again.load(tensors, 3), FormatError);
  };
  broken("feature", 0, 3);  // no such column
  broken("feature", 0, 0.5);
  broken("child", 0, 0);  // a circle
  broken("child", 0, 1e9);
  broken("unknown", 0, 2);
  broken("value", 0, std::nan(""));
  broken("tree_nodes", 0, 1e9);
  broken("base", 0, std::numeric_limits<double>::infinity());
  Tensors tensors = saved;
  tensors.erase("child");
  CHECK_THROWS_WITH_AS(again.load(tensors, 3), doctest::Contains("child"), FormatError);
  tensors = saved;
  tensors.at("threshold").values.pop_back();
  CHECK_THROWS_AS(again.load(tensors, 3), FormatError);
  again.predict(data.x, b);
  CHECK(a == b);  // unchanged by the failures
}

TEST_CASE("boosted trees: constant, tiny and huge targets") {
  const Data data = step_data(300);
  for (const double scale : {0.0, 1e-300, 1e-30, 1e30, 1e140}) {
    Data scaled = data;
    for (double& v : scaled.y) v *= scale;
    for (const auto loss : {BoostingLoss::squared, BoostingLoss::absolute, BoostingLoss::huber}) {
      BoostedTreesOptions o;
      o.loss = loss;
      BoostedTrees trees(o);
      REQUIRE(trees.fit(scaled.x, 3, scaled.y).has_value());
      CHECK(error(trees, scaled) <= (scale > 1e-200 ? 0.5 : 20) * scale);
    }
  }
  BoostedTrees trees;
  REQUIRE(trees.fit(std::vector<double>(50, 1.0), 1, std::vector<double>(50, 4.5)).has_value());
  CHECK(trees.predict(std::vector<double>{1.0}) == 4.5);
}

TEST_CASE("boosted trees: wrong options and rows are refused by name") {
  const auto refuses = [](auto change, const char* name) {
    BoostedTreesOptions o;
    change(o);
    CHECK_THROWS_WITH_AS(BoostedTrees{o}, doctest::Contains(name), ConfigError);
  };
  refuses([](BoostedTreesOptions& o) { o.level = 1; }, "level");
  refuses([](BoostedTreesOptions& o) { o.huber_share = 0; }, "huber_share");
  refuses([](BoostedTreesOptions& o) { o.trees = 0; }, "trees");
  refuses([](BoostedTreesOptions& o) { o.learning_rate = 0; }, "learning_rate");
  refuses([](BoostedTreesOptions& o) { o.leaves = 1; }, "leaves");
  refuses([](BoostedTreesOptions& o) { o.min_samples = 0; }, "min_samples");
  refuses([](BoostedTreesOptions& o) { o.l2 = -1; }, "l2");
  refuses([](BoostedTreesOptions& o) { o.bins = 256; }, "bins");
  refuses([](BoostedTreesOptions& o) { o.row_share = 1.5; }, "row_share");
  refuses([](BoostedTreesOptions& o) { o.feature_share = std::nan(""); }, "feature_share");
  refuses([](BoostedTreesOptions& o) { o.stop_share = 0.95; }, "stop_share");
  refuses([](BoostedTreesOptions& o) { o.patience = 0; }, "patience");
  CHECK_THROWS_WITH_AS(boosting_loss("log"), doctest::Contains("log"), ConfigError);

  BoostedTrees trees;
  const std::vector<double> x{1, 2, 3, 4}, y{1, 2, 3, 4};
  CHECK_THROWS_AS((void)trees.predict(x), LogicError);
  CHECK_THROWS_AS((void)trees.save(), LogicError);
  CHECK_THROWS_AS((void)trees.fit(x, 2, y), LogicError);
  CHECK(trees.fit({}, 2, {}).error().code == Errc::not_enough_data);
  const double inf = std::numeric_limits<double>::infinity();
  CHECK(trees.fit(std::vector<double>{1, inf}, 1, std::vector<double>{1, 2}).error().code ==
        Errc::unknown_data);
  CHECK(
      trees.fit(std::vector<double>{1, 2}, 1, std::vector<double>{1, std::nan("")}).error().code ==
      Errc::unknown_data);
  CHECK_FALSE(trees.fitted());
  REQUIRE(trees.fit(x, 1, y).has_value());
  std::vector<double> out(3);
  CHECK_THROWS_AS(trees.predict(x, out), LogicError);
}
