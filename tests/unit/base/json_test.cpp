#include "learningplane/json.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace learningplane;

TEST_CASE("json: what is read is written back") {
  const std::string text = R"({"a":[1,2.5,"x",null,true],"b":{"c":-7}})";
  CHECK(dump_json(*parse_json(text)) == text);
}

TEST_CASE("json: malformed texts are refused with the place") {
  struct Case {
    std::string text;
    Errc code;
  };
  const Case cases[] = {{"", Errc::malformed},
                        {"{", Errc::malformed},
                        {"[1,]", Errc::malformed},
                        {"1 2", Errc::malformed},
                        {std::string("123\0junk", 8), Errc::malformed},
                        {R"({"a":1,"a":2})", Errc::malformed},
                        {"1e999", Errc::malformed},
                        {"\"\xff\"", Errc::malformed},
                        {std::string(100, '[') + std::string(100, ']'), Errc::too_large}};
  for (const Case& c : cases) {
    CAPTURE(c.text);
    auto r = parse_json(c.text);
    REQUIRE_FALSE(r.has_value());
    CHECK(r.error().code == c.code);
  }
  CHECK(parse_json("[1]", {.bytes = 2}).error().code == Errc::too_large);
}

TEST_CASE("json: what JSON cannot hold is written as null") {
  CHECK(dump_json(Value(std::numeric_limits<double>::quiet_NaN())) == "null");
  CHECK(dump_json(Value("\xff")) == "\"\xEF\xBF\xBD\"");
}
