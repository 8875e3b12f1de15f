#include <doctest/doctest.h>

#include <string>

#include "learningplane/telemetry/csv.hpp"

using namespace learningplane;
using namespace learningplane::telemetry;

namespace {

/// What is refused, and what the message must name.
struct Case {
  const char* what;
  std::string text;
  Errc code;
  const char* named;
};

CsvOptions options() {
  CsvOptions o;
  o.label_columns = {"site"};
  o.max_line_bytes = 200;
  o.max_columns = 6;
  o.max_label_sets = 2;
  return o;
}

const Case cases[] = {
    {"nothing", "", Errc::malformed, "no header"},
    {"blank lines only", "\n\r\n\n", Errc::malformed, "no header"},
    {"a bad number", "time,site,a\n1,x,1\n2,x,1.2.3\n", Errc::malformed,
     "text:3: column a: '1.2.3'"},
    {"a word among numbers", "time,site,a\n1,x,oops\n2,x,1\n", Errc::malformed,
     "text:2: column a: 'oops'"},
    {"a decimal comma", "time;site;a\n1;x;1\n2;x;1,5\n", Errc::malformed, "'1,5'"},
    {"hexadecimal", "time,site,a\n1,x,1\n2,x,0x10\n", Errc::malformed, "0x10"},
    {"two signs", "time,site,a\n1,x,1\n2,x,+-1\n", Errc::malformed, "+-1"},
    {"out of a double's range", "time,site,a\n1,x,1\n2,x,1e999\n", Errc::malformed, "1e999"},
    {"a NUL", std::string("time,site,a\n1,x,1\n2,x,1\0\n", 25), Errc::malformed, "text:3"},
    {"too few fields", "time,site,a\n1,x,1\n2,x\n", Errc::malformed, "text:3: 2 fields"},
    {"too many fields", "time,site,a\n1,x,1,9\n", Errc::malformed, "text:2: more fields"},
    {"a separator too many", "time,site,a\n1,x,1,\n", Errc::malformed, "text:2: more fields"},
    {"an open quote", "time,site,a\n1,\"x,1\n2,x,1\n", Errc::malformed, "text:2: a quoted field"},
    {"text after a quote", "time,site,a\n1,\"x\"y,1\n", Errc::malformed, "text:2: after a closing"},
    {"no time", "time,site,a\n,x,1\n", Errc::malformed, "text:2: time column"},
    {"a word for a time", "time,site,a\nsoon,x,1\n", Errc::malformed, "'soon'"},
    {"a day that is none", "time,site,a\n2024-02-30,x,1\n", Errc::malformed, "2024-02-30"},
    {"epoch after ISO", "time,site,a\n2024-02-20,x,1\n17,x,1\n", Errc::malformed, "text:3"},
    {"ISO after epoch", "time,site,a\n17,x,1\n2024-02-20,x,1\n", Errc::malformed, "text:3"},
    {"a time beyond 2262", "time,site,a\n99999999999,x,1\n", Errc::malformed, "outside"},
    {"a huge time", "time,site,a\n99999999999999999999999,x,1\n", Errc::malformed, "outside"},
    {"a point for a time", "time,site,a\n1,x,1\n.,x,1\n", Errc::malformed, "text:3"},
    {"a column twice", "time,site,a,a\n1,x,1,1\n", Errc::malformed, "'a' stands twice"},
    {"no label column", "time,a\n1,1\n", Errc::not_found, "label column site"},
    {"no value column", "time,site\n1,x\n", Errc::malformed, "no value column"},
    {"UTF-16 after a mark of UTF-8", "\xEF\xBB\xBF\xFF\xFEtime\n1\n", Errc::not_found,
     "label column site"},
    {"UTF-16", "\xFF\xFEt\0i\0", Errc::malformed, "UTF-16"},
    {"too long a record", "time,site,a\n1," + std::string(300, 'x') + ",1\n", Errc::too_large,
     "text:2"},
    {"too long a quoted record", "time,site,a\n1,\"" + std::string(300, '\n') + "\",1\n",
     Errc::too_large, "text:2"},
    {"too many columns", "time,site,a,b,c,d,e\n1,x,1,1,1,1,1\n", Errc::too_large, "max_columns"},
    {"too many label sets", "time,site,a\n1,x,1\n1,y,1\n1,z,1\n", Errc::too_large, "text:4"},
};

}  // namespace

TEST_CASE("csv: malformed input is refused, and the place is named") {
  for (const Case& c : cases) {
    CAPTURE(c.what);
    const auto f = parse_csv(c.text, options());
    REQUIRE_FALSE(f);
    CHECK(f.error().code == c.code);
    CAPTURE(f.error().message);
    CHECK(f.error().message.find(c.named) != std::string::npos);
  }
}

TEST_CASE("csv: columns asked for by name are strict from the first cell on") {
  CsvOptions o;
  o.value_columns = {"a"};
  CHECK(parse_csv("time,a\n1,x\n2,y\n", o).error().message.find("text:2: column a: 'x'") !=
        std::string::npos);
  CHECK(parse_csv("time,b\n1,2\n", o).error().code == Errc::malformed);
  CHECK(parse_csv("time,b\n1,2\n", o).error().message.find("no value column a;") !=
        std::string::npos);
  o.value_columns = {"a", "c"};
  CHECK(parse_csv("time,a\n1,2\n", o).error().code == Errc::not_found);
  o.time_column = "when";
  CHECK(parse_csv("time,a,c\n1,2,3\n", o).error().code == Errc::not_found);
}
