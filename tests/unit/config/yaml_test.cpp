#include "learningplane/config/yaml.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"

using namespace learningplane;
using config::parse_yaml;

namespace {
std::string message(std::string_view text, config::YamlLimits limits = {}) {
  try {
    parse_yaml(text, "a.yaml", limits);
  } catch (const ConfigError& e) {
    return e.what();
  }
  return "accepted";
}
}  // namespace

TEST_CASE("yaml: plain scalars are typed as the core schema of YAML 1.2 says") {
  const Value v = parse_yaml(
      "a: 1\nb: -0x1F\nc: 0x1f\nd: 0o17\ne: 010\nf: 1.5e3\ng: .5\nh: true\ni: no\nj: on\nk: ~\n"
      "l:\nm: '1'\nn: \"true\"\no: .inf\np: .nan\nq: 5m\nr: +7\ns: -.INF\nt: 1_000\nu: !!str 5\n",
      "a.yaml");
  CHECK(v.find("a")->as_int() == 1);
  CHECK(v.find("b")->as_string() == "-0x1F");  // the core schema has no sign before 0x
  CHECK(v.find("c")->as_int() == 31);
  CHECK(v.find("d")->as_int() == 15);
  CHECK(v.find("e")->as_int() == 10);
  CHECK(v.find("f")->as_double() == 1500.0);
  CHECK(v.find("g")->as_double() == 0.5);
  CHECK(v.find("h")->as_bool());
  CHECK(v.find("i")->as_string() == "no");
  CHECK(v.find("j")->as_string() == "on");
  CHECK(v.find("k")->is_null());
  CHECK(v.find("l")->is_null());
  CHECK(v.find("m")->as_string() == "1");
  CHECK(v.find("n")->as_string() == "true");
  CHECK(std::isinf(v.find("o")->as_double()));
  CHECK(std::isnan(v.find("p")->as_double()));
  CHECK(v.find("q")->as_string() == "5m");
  CHECK(v.find("r")->as_int() == 7);
  CHECK(v.find("s")->as_double() == -INFINITY);
  CHECK(v.find("t")->as_string() == "1_000");
  CHECK(v.find("u")->as_string() == "5");
}

TEST_CASE("yaml: values keep their order and their place") {
  const Value v = parse_yaml("z: 1\na:\n  - x\n  - {k: 2}\n", "a.yaml");
  CHECK(v.as_object()[0].first == "z");
  CHECK(v.as_object()[1].first == "a");
  const Value& list = *v.find("a");
  CHECK(list.as_array()[0].where().line == 3);
  CHECK(list.as_array()[1].find("k")->where().line == 4);
  CHECK(list.as_array()[1].find("k")->where().column == 9);
}

TEST_CASE("yaml: aliases are followed") {
  const Value v = parse_yaml("a: &x {k: 1}\nb: *x\n", "a.yaml");
  CHECK(*v.find("a") == *v.find("b"));
}

TEST_CASE("yaml: an empty text is null") {
  CHECK(parse_yaml("", "a.yaml").is_null());
  CHECK(parse_yaml("# only a comment\n", "a.yaml").is_null());
}

TEST_CASE("yaml: what is malformed is refused with its place") {
  struct Case {
    std::string text;
    std::string starts;
    std::string says;
  };
  const std::vector<Case> cases = {
      {"a: 1\nb: 2\na: 3\n", "a.yaml:3:1", "'a' stands twice; first in line 1"},
      {"a: {b: 1, b: 2}\n", "a.yaml:1:11", "stands twice"},
      {"a: [1, 2\nb: 3\n", "a.yaml:", ""},
      {"a: 'x\n", "a.yaml:", ""},
      {"\ta: 1\n", "a.yaml:1", ""},
      {"a: b: c\n", "a.yaml:1", ""},
      {"a: *nobody\n", "a.yaml:1:4", ""},
      {"a: &x [*x]\n", "a.yaml:1", ""},
      {"? [1]\n: 2\n", "a.yaml:1", "a key must be a word"},
      {"{a: 1}: 2\n", "a.yaml:1", ""},
      {"a: !!binary xx\n", "a.yaml:1:4", "tag"},
      {"a: !lua {x: 1}\n", "a.yaml:1:4", "tag"},
      {"a: 1\n---\nb: 2\n", "a.yaml", "more than one document"},
      {"a: 99999999999999999999\n", "a.yaml:1:4", "beyond 64 bits"},
      {"a: 1e999\n", "a.yaml:1:4", "no number that a double holds"},
      {std::string("a: b\0c\n", 7), "a.yaml:1:5", "no UTF-8"},
      {"x: 1\na: \xff\n", "a.yaml:2:4", "no UTF-8"},
      {"\"\": 1\n", "a.yaml:1:1", "a key is empty"},
      {"a: ]\n", "a.yaml:1", ""},
      {"- a\nb: 1\n", "a.yaml:", ""},
      {"a: \"x\\\"\n", "a.yaml:1:4", ""},
  };
  for (const Case& c : cases) {
    const std::string m = message(c.text);
    CAPTURE(c.text);
    CAPTURE(m);
    CHECK(m.starts_with(c.starts));
    CHECK(m.find(c.says) != std::string::npos);
  }
}

TEST_CASE("yaml: size, depth and alias bombs are capped") {
  CHECK(message("a: 12345\n", {.bytes = 5}).find("at most 5") != std::string::npos);
  std::string deep;
  for (int i = 0; i < 70; ++i) deep += "[";
  CHECK(message(deep + std::string(70, ']')).find("deeper than 64") != std::string::npos);
  CHECK(message(std::string(100'000, '[')).find("a.yaml:") == 0);
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 12; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) bomb += (k > 0 ? ", *a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  CHECK(message(bomb).find("unfolds to more than") != std::string::npos);
  // Aliases add their anchor's depth to where they stand.
  CHECK(message("a: &a [[[x]]]\nb: [[[*a]]]\n", {.depth = 5}).find("deeper than 5") !=
        std::string::npos);
}
