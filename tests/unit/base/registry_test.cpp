#include "learningplane/registry.hpp"

#include <doctest/doctest.h>

using namespace learningplane;

namespace {
struct Thing {
  explicit Thing(double s) : size(s) {}
  double size;
};
Registry<Thing> things() {
  Registry<Thing> r("thing");
  Parameter size{.name = "size",
                 .type = ParameterType::number,
                 .summary = "metres",
                 .fallback = 1.0,
                 .minimum = 0};
  Parameter shape{.name = "shape",
                  .type = ParameterType::string,
                  .summary = "its shape",
                  .fallback = "round",
                  .allowed = {"round", "square"}};
  r.add({"box", "a box", {size, shape}},
        [](const Value& o) { return std::make_unique<Thing>(o.find("size")->as_double()); });
  return r;
}
}  // namespace

TEST_CASE("registry: builds by name with defaults") {
  CHECK(things().build("box", Value::object())->size == 1.0);
  CHECK(things().build("box", Value::object().set("size", 3))->size == 3.0);
}

TEST_CASE("registry: what is wrong is named, with what is allowed") {
  const auto r = things();
  CHECK_THROWS_WITH_AS(r.build("boxx", {}), doctest::Contains("did you mean 'box'?"), ConfigError);
  CHECK_THROWS_WITH_AS(r.build("box", Value::object().set("sise", 1)),
                       doctest::Contains("did you mean 'size'?"), ConfigError);
  CHECK_THROWS_WITH_AS(r.build("box", Value::object().set("size", -1)),
                       doctest::Contains("at least 0"), ConfigError);
  CHECK_THROWS_WITH_AS(r.build("box", Value::object().set("size", "big")),
                       doctest::Contains("'big'"), ConfigError);
  CHECK_THROWS_WITH_AS(r.build_at("models.a", "box", Value::object().set("shape", "oval")),
                       doctest::Contains("models.a.shape: 'oval'; allowed: round, square"),
                       ConfigError);
}
