#include "learningplane/evaluation/accuracy.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "support/reference.hpp"

using namespace learningplane;
using namespace learningplane::evaluation;

namespace {

const double absent = std::nan("");

struct Reference {
  Value json = support::reference("scores.json");
  std::vector<double> truth = support::list(json, "truth");
  std::vector<double> forecast = support::list(json, "forecast");
  std::vector<double> history = support::list(json, "history");
  std::vector<double> lower = moved(-json.get("width", 0.0));
  std::vector<double> upper = moved(json.get("width", 0.0));

  std::vector<double> moved(double by) const {
    std::vector<double> out = forecast;
    for (double& x : out) x += by;
    return out;
  }
  doctest::Approx theirs(const char* who, const char* score) const {
    return doctest::Approx(json.find(who)->get(score, std::nan(""))).epsilon(1e-12);
  }
};

}  // namespace

TEST_CASE("accuracy: scikit-learn's numbers") {
  const Reference r;
  CHECK(mae(r.forecast, r.truth) == r.theirs("sklearn", "mae"));
  CHECK(mse(r.forecast, r.truth) == r.theirs("sklearn", "mse"));
  CHECK(rmse(r.forecast, r.truth) == r.theirs("sklearn", "rmse"));
  CHECK(r2(r.forecast, r.truth) == r.theirs("sklearn", "r2"));
  CHECK(mape(r.forecast, r.truth) == r.theirs("sklearn", "mape_nonzero"));
  CHECK(pinball(r.lower, r.truth, 0.05) == r.theirs("sklearn", "pinball_05"));
  CHECK(pinball(r.upper, r.truth, 0.95) == r.theirs("sklearn", "pinball_95"));
}

TEST_CASE("accuracy: utilsforecast's numbers") {
  const Reference r;
  const double scale =
      seasonal_scale(r.history, static_cast<std::size_t>(r.json.find("season")->as_int()));
  CHECK(mase(r.forecast, r.truth, scale) == r.theirs("utilsforecast", "mase"));
  CHECK(mape(r.forecast, r.truth) == r.theirs("utilsforecast", "mape"));
  CHECK(smape(r.forecast, r.truth) / 2 == r.theirs("utilsforecast", "half_smape"));
  CHECK(bias(r.forecast, r.truth) == r.theirs("utilsforecast", "bias"));
  CHECK(coverage(r.lower, r.upper, r.truth) == r.theirs("utilsforecast", "coverage"));
  CHECK(interval_width(r.lower, r.upper) == doctest::Approx(2.4));
}

TEST_CASE("accuracy: zeros have no percentage, a pair of two zeros is no error") {
  const std::vector<double> truth{0, 0, 2, -4}, said{0, 1, 3, -4};
  CHECK(zero_truths(said, truth) == 2);
  CHECK(mape(said, truth) == doctest::Approx(0.25));                    // (1/2 + 0) / 2
  CHECK(smape(said, truth) == doctest::Approx((0 + 2 + 0.4 + 0) / 4));  // a lone zero counts full
  CHECK(std::isnan(mape(std::vector<double>{1}, std::vector<double>{0})));
}

TEST_CASE("accuracy: unknown pairs are passed over, and nothing known gives NaN") {
  const std::vector<double> truth{1, absent, 3, INFINITY, 5}, said{2, 2, absent, 4, 5};
  CHECK(known_pairs(said, truth) == 2);
  CHECK(mae(said, truth) == 0.5);
  CHECK(coverage(said, truth) == 1);
  CHECK(coverage(std::vector<double>{0, 0, 0, 0, absent}, said, truth) == 1);
  const std::vector<double> none{absent, absent};
  for (const double score : {mae(none, none), mse(none, none), rmse(none, none), r2(none, none),
                             mape(none, none), smape(none, none), pinball(none, none, 0.5),
                             coverage(none, none), coverage(none, none, none), bias(none, none),
                             seasonal_scale(none, 1), interval_width(none, none)})
    CHECK(std::isnan(score));
  CHECK(std::isnan(r2(std::vector<double>{1, 2}, std::vector<double>{3, 3})));
}

TEST_CASE("accuracy: the scale of MASE as the accuracy panel has it") {
  const std::vector<double> y{1, 5, 2, 6, 3, 7};
  CHECK(seasonal_scale(y, 2) == 1);
  CHECK(seasonal_scale(y, 3) == seasonal_scale(y, 1));  // six values are not more than two seasons
  CHECK(seasonal_scale(y, 0) == seasonal_scale(y, 1));
  CHECK(seasonal_scale(y, 1) == doctest::Approx((4 + 3 + 4 + 3 + 4) / 5.0));
  const std::vector<double> constant{-3, -3, -3, -3};
  CHECK(seasonal_scale(constant, 1) == 3);
  CHECK(seasonal_scale(std::vector<double>{0, 0, 0}, 1) == 1e-9);
  const std::vector<double> gap{1, absent, 2, 4};
  CHECK(seasonal_scale(gap, 1) == 2);
}

TEST_CASE("accuracy: misuse is refused") {
  const std::vector<double> one{1}, two{1, 2};
  CHECK_THROWS_AS((void)mae(one, two), LogicError);
  CHECK_THROWS_AS((void)coverage(one, two, two), LogicError);
  CHECK_THROWS_AS((void)pinball(one, one, 0), LogicError);
  CHECK_THROWS_AS((void)pinball(one, one, 1), LogicError);
  CHECK_THROWS_AS((void)mase(one, one, 0), LogicError);
}
