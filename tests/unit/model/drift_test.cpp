#include "learningplane/model/drift.hpp"

#include <doctest/doctest.h>

#include "learningplane/error.hpp"
#include "support/series.hpp"

using namespace learningplane;
using namespace learningplane::model;

TEST_CASE("drift: the line from the first value to the last goes on, and moves with new values") {
  DriftMethod method;
  REQUIRE(method.fit(std::vector<double>{1, 9, 2, 7}).has_value());
  std::vector<double> out(3);
  method.forecast(out);
  CHECK(out == std::vector<double>{9, 11, 13});
  method.append(9);
  method.forecast(out);
  CHECK(out == std::vector<double>{11, 13, 15});
  const auto copy = method.clone();
  copy->append(1);
  copy->forecast(out);
  CHECK(out == std::vector<double>{1, 1, 1});
  CHECK(method.fit(std::vector<double>{1}).error().code == Errc::not_enough_data);
}

TEST_CASE("drift: as a model; errors of a ramp are zero") {
  std::vector<double> y;
  for (int i = 0; i < 50; ++i) y.push_back(3.0 * i);
  Drift model({{.target = "y", .horizon = 5}});
  REQUIRE(model.fit(support::frame_of(y)).has_value());
  const std::vector<double> levels{0.05, 0.95};
  const auto f = model.forecast(4, levels);
  REQUIRE(f.has_value());
  CHECK(f->mean == std::vector<double>{150, 153, 156, 159});
  CHECK(f->quantiles == std::vector<double>{150, 150, 153, 153, 156, 156, 159, 159});
  Drift loaded({{.target = "y", .horizon = 5}});
  REQUIRE(loaded.load(model.save()).has_value());
  CHECK(loaded.forecast(4, levels)->quantiles == f->quantiles);
  ModelState damaged = model.save();
  damaged.tensors["learned.line"].values[2] = 1;
  CHECK(loaded.load(damaged).error().code == Errc::malformed);
}
