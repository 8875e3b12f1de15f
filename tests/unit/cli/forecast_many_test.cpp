// learningplane forecast-many, from arguments to output, in a folder of its own.
#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/long_csv.hpp"
#include "learningplane/cli/cli.hpp"
#include "learningplane/error.hpp"
#include "support/cli_run.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;

namespace {

using Run = support::CliRun;
Run run(const std::vector<std::string>& args) { return support::cli_run(args); }

std::string write(const support::TempDir& folder, const std::string& text) {
  const std::string path = folder / "many.csv";
  std::ofstream(path, std::ios::binary) << text;
  return path;
}

std::string read(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

const std::string two =
    "unique_id,ds,y\n"
    "a,2026-01-04T23:00:00Z,0\n"
    "a,2026-01-05T00:00:00Z,1\n"
    "a,2026-01-05T01:00:00Z,2\n"
    "a,2026-01-05T02:00:00Z,3\n"
    "\"b, c\",2026-01-04T23:55:00Z,5\n"
    "\"b, c\",2026-01-05T00:00:00Z,5\n"
    "\"b, c\",2026-01-05T00:05:00Z,5\n"
    "\"b, c\",2026-01-05T00:10:00Z,5\n"
    "short,2026-01-05T00:00:00Z,9\n";

}  // namespace

TEST_CASE("forecast-many: each series at its own step, a bad one named") {
  const support::TempDir folder;
  const Run r = run({"forecast-many", "--data", write(folder, two), "--model", "naive", "--horizon",
                     "2", "--levels", "0.5"});
  CHECK(r.code == 0);
  CHECK(r.out ==
        "unique_id,ds,mean,q0.5\n"
        "a,2026-01-05T03:00:00Z,3,4\n"
        "a,2026-01-05T04:00:00Z,3,5\n"
        "\"b, c\",2026-01-05T00:15:00Z,5,5\n"
        "\"b, c\",2026-01-05T00:20:00Z,5,5\n");
  CHECK(r.err ==
        "learningplane: 'short': 1 rows; 2 or more are needed (not_enough_data)\n"
        "2 series forecast, 1 failed\n");
}

TEST_CASE("forecast-many: files appear whole, with every failure") {
  const support::TempDir folder;
  const std::string out = folder / "out.csv", failed = folder / "failed.csv";
  const std::vector<std::string> args{
      "forecast-many", "--data", write(folder, two), "--model", "naive", "--horizon", "1",
      "--levels",      "0.5",    "--threads",        "2",       "--out", out,         "--failures",
      failed};
  const Run r = run(args);
  CHECK(r.code == 0);
  CHECK(r.out.empty());
  CHECK(read(out).starts_with("unique_id,ds,mean,q0.5\na,2026-01-05T03:00:00Z,3,"));
  CHECK(read(failed) ==
        "unique_id,code,message\nshort,not_enough_data,1 rows; 2 or more are needed\n");
  // A file that breaks half way leaves nothing behind.
  std::filesystem::remove(out);
  write(folder, two + "d,2026-01-05T00:00:00Z,x\n");
  const Run broken = run(args);
  CHECK(broken.code == 1);
  CHECK(broken.err.find("many.csv:11: 'x' in the column 'y' is no number") != std::string::npos);
  CHECK_FALSE(std::filesystem::exists(out));
  CHECK_FALSE(std::filesystem::exists(out + ".part"));
}

TEST_CASE("forecast-many: what cannot be done is said") {
  const support::TempDir folder;
  const std::string path = write(folder, two);
  CHECK(run({"forecast-many", "--data", path, "--model", "nothing"}).code == 2);
  CHECK(run({"forecast-many", "--data", path, "--id-column", "host"})
            .err.find("one of unique_id, ds, y") != std::string::npos);
  CHECK(run({"forecast-many", "--data", path + "x"}).code == 1);
  write(folder, "unique_id,ds,y\nonly,2026-01-05T00:00:00Z,1\n");
  const Run none = run({"forecast-many", "--data", path, "--model", "naive"});
  CHECK(none.code == 1);
  CHECK(none.err.find("0 series forecast, 1 failed") != std::string::npos);
}

TEST_CASE(
    "LongCsv: quotes, line ends, byte order mark, blank lines, missing cells, columns to skip") {
  const support::TempDir folder;
  cli::LongCsv csv({.path = write(folder,
                                  "\xef\xbb\xbfhost;y;note;ds\r\n"
                                  "\"a \"\"1\"\"\";1.5;\"two\nlines; here\";1700000000\r\n"
                                  "\r\n"
                                  "\"a \"\"1\"\"\";;x;1700000060\r\n"
                                  "b; +Inf ;x;1700000000\r\n"
                                  "b;-2e3;;1700000060\r\n"),
                    .id_column = "host"});
  const auto a = csv.next(), b = csv.next();
  REQUIRE(a.has_value());
  CHECK(a->id == "a \"1\"");
  CHECK(a->times_ns.to_vector() ==
        std::vector<std::int64_t>{1700000000000000000, 1700000060000000000});
  CHECK(a->values[0] == 1.5);
  CHECK(std::isnan(a->values[1]));
  REQUIRE(b.has_value());
  CHECK(std::isinf(b->values[0]));
  CHECK(b->values[1] == -2000);
  CHECK_FALSE(csv.next().has_value());
  CHECK(csv.share() == 1);
}

TEST_CASE("LongCsv: what cannot be read is refused with its line") {
  const support::TempDir folder;
  const auto message = [&folder](const std::string& text) {
    try {
      cli::LongCsv csv({.path = write(folder, text)});
      while (csv.next()) {
      }
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string("nothing");
  };
  const std::string header = "unique_id,ds,y\n";
  CHECK(message("").find("no header") != std::string::npos);
  CHECK(message(header + "a,1700000000,1\nb,1700000000,1\na,1700000060,1\n")
            .find(":4: rows of 'a' do not stand together") != std::string::npos);
  CHECK(message(header + "a,1700000000\n").find(":2: 2 cells, the header has 3") !=
        std::string::npos);
  CHECK(message(header + ",1700000000,1\n").find(":2: no 'unique_id'") != std::string::npos);
  CHECK(message(header + "a,yesterday,1\n").find(":2: ") != std::string::npos);
  CHECK(message(header + "a,1700000000,1e999\n").find("beyond a double") != std::string::npos);
  CHECK(message(header + "a,1700000000,\"1\n").find("a quote is not closed") != std::string::npos);
  CHECK(message(header + "a,1700000000,\"1\"2\n").find("text follows a closing quote") !=
        std::string::npos);
  CHECK(message(header) == "nothing");
}
