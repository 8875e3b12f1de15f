#include "learningplane/decision/policy_files.hpp"

#include <doctest/doctest.h>

using namespace learningplane;
using decision::with_policy_files;

TEST_CASE("policy files: paths start from the folder, of those policies that name files") {
  const auto policy = [](const char* kind, const char* key, const char* path) {
    return Value::object().set("kind", kind).set(key, path);
  };
  const auto path = [](const Value& v, const char* key) { return v.get(key, ""); };
  CHECK(path(with_policy_files(policy("sizing_phases", "model", "a.json"), "/x"), "model") ==
        "/x/a.json");
  CHECK(path(with_policy_files(policy("sizing_phases", "model", "/a.json"), "/x"), "model") ==
        "/a.json");
  CHECK(path(with_policy_files(policy("sizing_phases", "model", "a.json"), ""), "model") ==
        "a.json");
  CHECK(path(with_policy_files(policy("mine", "model", "a.json"), "/x"), "model") == "a.json");
  CHECK(path(with_policy_files(policy("hybrid", "capacity", "a.csv"), "/x"), "capacity") ==
        "/x/a.csv");
  const Value list =
      with_policy_files(Value(Value::Array{policy("sizing_phases", "model", "a.json"),
                                           policy("hybrid", "capacity", "a.csv")}),
                        "/x");
  CHECK(path(list.as_array()[0], "model") == "/x/a.json");
  CHECK(path(list.as_array()[1], "capacity") == "/x/a.csv");
}
