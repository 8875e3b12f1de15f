#include "learningplane/telemetry/csv.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::telemetry;

namespace {

std::vector<double> values(const Frame& f, std::string_view name, const Labels& labels = {}) {
  const Column* c = f.find(name, labels);
  REQUIRE(c != nullptr);
  return c->values.to_vector();
}

Frame read(std::string_view text, const CsvOptions& options = {}) {
  auto f = parse_csv(text, options);
  INFO((f ? std::string() : f.error().describe()));
  REQUIRE(f);
  return *f;
}

}  // namespace

TEST_CASE("csv: separator, time column and numeric columns are found") {
  for (const char* text : {"name,time,a,b\nx,1700000000,1,2\ny,1700000005,3,\n",
                           "name;time;a;b\nx;1700000000;1;2\ny;1700000005;3;\n",
                           "name\ttime\ta\tb\nx\t1700000000\t1\t2\ny\t1700000005\t3\t\n"}) {
    const Frame f = read(text);
    CHECK(f.rows() == 2);
    CHECK(f.columns() == 2);
    CHECK(f.time(1) == *parse_iso8601("2023-11-14T22:13:25Z"));
    CHECK(values(f, "a") == std::vector<double>{1, 3});
    CHECK(f.find("b")->flag(1) == CellFlag::absent);
    CHECK(f.find("name") == nullptr);
  }
}

TEST_CASE("csv: epoch units are told by magnitude, fractions are exact") {
  const std::int64_t ns = 1'700'000'000'123'456'789;
  CHECK(read("t,a\n1700000000.123456789,1").times_ns()[0] == ns);
  CHECK(read("t,a\n1700000000123.456789,1").times_ns()[0] == ns);
  CHECK(read("t,a\n1700000000123456.789,1").times_ns()[0] == ns);
  CHECK(read("t,a\n1700000000123456789,1").times_ns()[0] == ns);
  CHECK(read("t,a\n1.7e9,1").times_ns()[0] == 1'700'000'000'000'000'000);
  CHECK(read("t,a\n-5,1").times_ns()[0] == -5'000'000'000);
  CsvOptions o;
  o.time_format = CsvTimeFormat::milliseconds;
  CHECK(read("t,a\n1700000000,1", o).times_ns()[0] == 1'700'000'000'000'000);
}

TEST_CASE("csv: ISO times, with offset, with a zone, or refused without one") {
  const Frame f = read(
      "date,a\n2024-05-15 08:45:00,1\n2024-05-15T08:45:05Z,2\n"
      "2024-05-15T10:45:10+02:00,3\n2024-05-16,4\n2024-05-16 00:00:01,5\n");
  CHECK(f.time(0) == *parse_iso8601("2024-05-15T08:45:00Z"));
  CHECK(f.time(2) == *parse_iso8601("2024-05-15T08:45:10Z"));
  CHECK(f.time(4) == *parse_iso8601("2024-05-16T00:00:01Z"));
  CsvOptions madrid;
  madrid.zone = "Europe/Madrid";
  const Frame m = read("t,a\n2024-05-15 08:45:00,1\n2024-10-27 02:30:00,2\n", madrid);
  CHECK(m.time(0) == *parse_iso8601("2024-05-15T06:45:00Z"));
  CHECK(m.time(1) == *parse_iso8601("2024-10-27T00:30:00Z"));  // the first of the two
  CHECK(parse_csv("t,a\n2024-03-31 02:30:00,1\n", madrid).error().message.find("does not exist") !=
        std::string::npos);
  CsvOptions refuse;
  refuse.zone = "refuse";
  CHECK_FALSE(parse_csv("t,a\n2024-05-15 08:45:00,1\n", refuse));
  CHECK(parse_csv("t,a\n2024-05-15 08:45:00Z,1\n", refuse));
  CsvOptions nowhere;
  nowhere.zone = "Mars/Olympus";
  CHECK_THROWS_AS(parse_csv("t,a\n1,1\n", nowhere), ConfigError);
}

TEST_CASE("csv: quotes, doubled quotes, line breaks in them, CRLF and a byte order mark") {
  CsvOptions o;
  o.label_columns = {"site"};
  const Frame f = read(
      "\xEF\xBB\xBFtime,\"site\",\"a,b\"\r\n1,\"x\"\"y\r\nz, 1\",\"2.5\"\r\n\r\n"
      "2,\"x\"\"y\r\nz, 1\", 3 \r\n",
      o);
  REQUIRE(f.columns() == 1);
  CHECK(f.column(0).name == "a,b");
  CHECK(*f.column(0).labels.get("site") == "x\"y\r\nz, 1");
  CHECK(f.column(0).values.to_vector() == std::vector<double>{2.5, 3});
}

TEST_CASE("csv: unknown cells keep their reason and are never zero") {
  const Frame f = read("time,a\n1,\n2,NA\n3,NaN\n4,-inf\n5,7\n6,null\n");
  const Column& a = f.column(0);
  CHECK(a.flag(0) == CellFlag::absent);
  CHECK(a.flag(1) == CellFlag::absent);
  CHECK(a.flag(2) == CellFlag::not_a_number);
  CHECK(a.flag(3) == CellFlag::infinite);
  CHECK(a.flag(4) == CellFlag::observed);
  CHECK(a.flag(5) == CellFlag::absent);
  for (std::size_t r : {0, 1, 2, 3, 5}) CHECK(std::isnan(a.values[r]));
  CsvOptions lenient;
  lenient.bad_cell = CsvBadCell::unknown;
  const Frame g = read("time,a\n1,x\n2,3\n", lenient);
  CHECK(g.column(0).flag(0) == CellFlag::not_a_number);
  CHECK(g.column(0).values[1] == 3);
}

TEST_CASE("csv: label columns pivot rows into columns; the last known cell wins") {
  CsvOptions o;
  o.label_columns = {"cluster"};
  o.ignore_columns = {"pipeline"};
  const std::string text =
      "timestamp;cluster;pipeline;frames;cpu\n"
      "10;a;;;0.5\n10;a;p1;100;\n10;b;p2;7;\n10;a;p3;200;\n15;b;;;0.25\n15;a;p1;;\n";
  const Frame f = read(text, o);
  REQUIRE(f.rows() == 2);
  CHECK(f.columns() == 4);
  CHECK(f.find("frames", {{"cluster", "a"}})->values[0] == 200);
  CHECK(f.find("cpu", {{"cluster", "a"}})->values[0] == 0.5);
  CHECK_FALSE(f.find("frames", {{"cluster", "a"}})->known(1));
  CHECK(f.find("cpu", {{"cluster", "b"}})->values[1] == 0.25);
  CHECK_FALSE(f.find("cpu", {{"cluster", "b"}})->known(0));
  o.duplicates = CsvDuplicates::refuse;
  CHECK(parse_csv(text, o).error().code == Errc::conflict);
}

TEST_CASE("csv: rows out of order are sorted, and merged where their times meet") {
  const Frame f = read("time,a,b\n3,30,\n1,10,1\n2,20,2\n1,,11\n3,,33\n");
  CHECK(f.times_ns().to_vector() ==
        std::vector<std::int64_t>{1'000'000'000, 2'000'000'000, 3'000'000'000});
  CHECK(values(f, "a") == std::vector<double>{10, 20, 30});
  CHECK(values(f, "b") == std::vector<double>{11, 2, 33});
  CsvOptions o;
  o.duplicates = CsvDuplicates::refuse;
  CHECK(parse_csv("time,a\n2,1\n1,1\n2,3\n", o).error().code == Errc::conflict);
}

TEST_CASE("csv: a number that is told to mean missing is missing") {
  CsvOptions o;
  o.missing.push_back("-999");
  CHECK_FALSE(read("time,a\n1,5\n2,-999\n", o).column(0).known(1));
}

TEST_CASE("csv: files are read in pieces and joined by column name") {
  const support::TempDir dir;
  dir.write("1.csv", "time,site,a,b\n1,\"x\",1,2\n2,x,2,\n");
  dir.write("2.csv", "b;site;time;note\n3;x;2;hello\n4;y;3;there\n");
  dir.write("ignored.txt", "no csv at all");
  CsvOptions o;
  o.label_columns = {"site"};
  for (const std::string& path : {dir.path(), dir.path() + "/*.csv"}) {
    o.paths = {path};
    const auto f = read_csv(o);
    REQUIRE(f);
    CHECK(f->rows() == 3);
    CHECK(f->columns() == 4);
    CHECK(f->find("b", {{"site", "x"}})->values[1] == 3);
    CHECK(f->find("b", {{"site", "y"}})->values[2] == 4);
    CHECK_FALSE(f->find("a", {{"site", "y"}})->known(2));
  }
  o.paths = {dir.path() + "/3.csv"};
  CHECK(read_csv(o).error().code == Errc::not_found);
}

TEST_CASE("csv: records on the edge of a piece of the file are read once and whole") {
  // Longer than two pieces of 1 MiB, with a quoted line break and a comma in every record.
  std::string text = "time,note,a\n";
  double sum = 0;
  std::size_t rows = 0;
  for (; text.size() < (5U << 19U); ++rows) {
    text += std::to_string(rows) + ",\"one\n\"\"two\"\", three\"," +
            std::to_string(static_cast<double>(rows) * 0.5) + "\r\n";
    sum += static_cast<double>(rows) * 0.5;
  }
  const support::TempDir dir;
  dir.write("big.csv", text);
  CsvOptions o;
  o.paths = {dir / "big.csv"};
  const auto f = read_csv(o);
  REQUIRE(f);
  CHECK(f->rows() == rows);
  double read_sum = 0;
  for (double v : f->column(0).values) read_sum += v;
  CHECK(read_sum == sum);
}

TEST_CASE("csv: what write_csv writes reads back the same") {
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  const std::vector<std::int64_t> times{1'000'000'000, 2'500'000'000, 4'000'000'000};
  const Frame f = *Frame::make(
      times,
      {Column{"cpu \"x\"", {{"site", "a,b"}}, "", std::vector<double>{0.1, unknown, 1e300}, {}},
       Column{"cpu \"x\"", {{"site", "c"}}, "", std::vector<double>{-1, 1.0 / 3, unknown}, {}}});
  const support::TempDir dir;
  REQUIRE(write_csv(f, dir / "f.csv"));
  CsvOptions o;
  o.paths = {dir / "f.csv"};
  o.label_columns = {"site"};
  const auto g = read_csv(o);
  REQUIRE(g);
  CHECK(g->times_ns().to_vector() == times);
  CHECK(g->find("cpu \"x\"", {{"site", "a,b"}})->values[2] == 1e300);
  CHECK(g->find("cpu \"x\"", {{"site", "c"}})->values[1] == 1.0 / 3);
  CHECK(g->unknown_share() == f.unknown_share());
  CHECK(write_csv(f, dir / "no/such/folder.csv").error().code == Errc::unavailable);
}
