#include "learningplane/simulation/forecast_source.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/model/naive.hpp"
#include "learningplane/registries.hpp"

using namespace learningplane;
using namespace learningplane::simulation;

namespace {
WorkloadTrace counting(std::size_t n) {
  WorkloadTrace t;
  for (std::size_t i = 0; i < n; ++i) t.load.push_back(static_cast<double>(i));
  return t;
}
}  // namespace

TEST_CASE("forecast source: the oracle and the published alignment") {
  const WorkloadTrace trace = counting(20);
  decision::ScalingInput in;
  OracleSource(trace).fill(4, 3, in);
  CHECK(in.forecast == std::vector<double>{5, 6, 7});
  OracleSource(trace, 0).fill(4, 3, in);
  CHECK(in.forecast == std::vector<double>{4, 5, 6});
  // What was forecast for slots 0, 1 … is read as that of slots 10, 11 ….
  AlignedSource(published_forecast(trace), 10).fill(12, 9, in);
  CHECK(in.forecast == std::vector<double>{1, 2, 3, 4, 5, 7, 8, 9, 10});
}

TEST_CASE(
    "forecast source: a model is asked with the past only, and in between its last word counts") {
  const WorkloadTrace trace = counting(60);
  Registries r;
  register_core(r);
  const auto maker = [&r] {
    return r.forecasters.build("naive", Value::object().set("target", "load").set("horizon", 6));
  };
  ModelSourceOptions o;
  o.first = 40;
  o.last = 55;
  o.every = 3;
  o.horizon = 4;
  const auto source = value_or_throw(ModelSource::make(trace, maker, o));
  decision::ScalingInput in;
  source->fill(40, 4, in);
  CHECK(in.forecast_mean == std::vector<double>(4, 40));
  source->fill(42, 4, in);
  CHECK(in.forecast_mean == std::vector<double>(4, 40));  // the next one is made after 43
  source->fill(43, 4, in);
  CHECK(in.forecast_mean == std::vector<double>(4, 43));
  source->fill(39, 2, in);
  CHECK(std::isnan(in.forecast[0]));
  o.every = 0;
  CHECK(!ModelSource::make(trace, maker, o));
}
