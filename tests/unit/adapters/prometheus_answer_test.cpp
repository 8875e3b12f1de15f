#include "adapters/prometheus/answer.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <string>

using namespace learningplane;
using namespace learningplane::adapters::prometheus;

namespace {

std::string success(const std::string& type, const std::string& result) {
  return R"({"status":"success","data":{"resultType":")" + type + R"(","result":)" + result + "}}";
}
std::string values(const std::string& text) {
  return success("matrix", R"([{"metric":{},"values":)" + text + "}]");
}

}  // namespace

TEST_CASE("answer: matrix with labels, escapes and every kind of number") {
  const auto a = parse_answer(success("matrix",
                                      R"([{"metric":{"__name__":"m","a":"x\"\u00e9\\"},
    "values":[[1715762700,"0"],[1715762700.123,"-1.5e-07"],[1.7157627015e9,"NaN"],
              [1715762702.5,"+Inf"],[1715762703.01,"-Inf"],[0,"1.7976931348623157e+308"],
              [0.001,"4.9e-324"],[-1.5,"\u0031"]]},
    {"values":[],"metric":{}}])"));
  REQUIRE(a);
  CHECK(a->success);
  CHECK(a->type == ResultType::matrix);
  REQUIRE(a->series.size() == 2);
  const AnswerSeries& s = a->series[0];
  CHECK(s.metric[1].second == "x\"\u00e9\\");
  CHECK(s.times_ms == std::vector<std::int64_t>{1715762700000, 1715762700123, 1715762701500,
                                                1715762702500, 1715762703010, 0, 1, -1500});
  CHECK(s.values[0] == 0);
  CHECK(s.values[1] == -1.5e-7);
  CHECK(std::isnan(s.values[2]));
  CHECK(s.values[3] == std::numeric_limits<double>::infinity());
  CHECK(s.values[4] == -std::numeric_limits<double>::infinity());
  CHECK(s.values[5] == std::numeric_limits<double>::max());
  CHECK(s.values[6] == std::numeric_limits<double>::denorm_min());
  CHECK(s.values[7] == 1);
  CHECK(a->series[1].values.empty());
}

TEST_CASE("answer: the order of keys does not matter, unknown keys are read over") {
  const auto a = parse_answer(
      R"({"trace":{"deep":[1,{"x":null,"y":true}],"s":"t"},"data":{"stats":{"n":1.5},
          "result":[{"value":[1,"2"],"extra":[[]],"metric":{"a":"b"}}],"resultType":"vector"},
          "infos":["i"],"warnings":["w"],"isPartial":true,"status":"success"} )");
  REQUIRE(a);
  CHECK(a->type == ResultType::vector);
  CHECK(a->series.at(0).values.at(0) == 2);
  CHECK(a->warnings == std::vector<std::string>{"w"});
  CHECK(a->infos == std::vector<std::string>{"i"});
  CHECK(a->partial);
}

TEST_CASE("answer: scalars, empty results and errors") {
  const auto scalar = parse_answer(success("scalar", R"([5.25,"7"])"));
  REQUIRE(scalar);
  CHECK(scalar->series.at(0).times_ms.at(0) == 5250);
  CHECK(scalar->series.at(0).values.at(0) == 7);
  for (const char* nothing : {"[]", "null"}) {
    const auto empty = parse_answer(success("vector", nothing));
    REQUIRE(empty);
    CHECK(empty->series.empty());
  }
  for (const char* data : {R"("data":null,)", R"("data":{},)", R"("data":[],)", ""}) {
    CAPTURE(data);
    const auto error = parse_answer(std::string(R"({"status":"error",)") + data +
                                    R"("errorType":"bad_data","error":"no"})");
    REQUIRE(error);
    CHECK_FALSE(error->success);
    CHECK(error->error_type == "bad_data");
    CHECK(error->error == "no");
  }
}

TEST_CASE("answer: malformed ones are refused and the place is named") {
  const struct {
    std::string body;
    const char* place;
  } table[] = {
      {"", "byte 0"},
      {" ", "byte"},
      {"nonsense", "byte"},
      {"<html>404</html>", "byte"},
      {"[]", "byte"},
      {"\"x\"", "byte"},
      {"{", "byte"},
      {"{}", "\"status\" is missing"},
      {R"({"status":1})", "status"},
      {R"({"status":"maybe"})", "status"},
      {R"({"status":"success"})", "data.resultType or data.result is missing"},
      {R"({"status":"success","data":[]})", "missing"},
      {R"({"status":"success","data":{"resultType":"matrix"}})", "missing"},
      {R"({"status":"success","data":{"result":[]}})", "missing"},
      {R"({"status":"success","status":"success"})", "stands twice"},
      {R"({"status":"error","warnings":"w"})", "warnings"},
      {R"({"status":"error","warnings":[1]})", "warnings"},
      {R"({"status":"error","isPartial":"yes"})", "isPartial"},
      {R"({"status":"error","x":tru})", "x"},
      {R"({"status":"error","x":01})", "x"},
      {R"({"status":"error","x":[1,]})", "x"},
      {R"({"status":"error","x":{"a" 1}})", "x"},
      {R"({"status":"error","x":"\q"})", "x"},
      {R"({"status":"error","error":"\ud800"})", "error"},
      {"{\"status\":\"error\",\"error\":\"\xff\"}", "byte"},
      {R"({"status":"error"} x)", "byte"},
      {R"({"status":"error"}{"status":"error"})", "follows"},
      {success("tensor", "[]"), "data.resultType"},
      {success("matrix", "{}"), "data.result"},
      {success("matrix", "7"), "data.result"},
      {success("matrix", "[[]]"), "data.result"},
      {success("matrix", "[null]"), "data.result[0]"},
      {success("matrix", "[{}]"), "\"metric\" is missing"},
      {success("matrix", R"([{"metric":{}}])"), "data.result[0]"},
      {success("matrix", R"([{"metric":[],"values":[]}])"), "data.result[0].metric"},
      {success("matrix", R"([{"metric":{"a":1},"values":[]}])"), "data.result[0].metric"},
      {success("matrix", R"([{"metric":{},"metric":{},"values":[]}])"), "stands twice"},
      {success("matrix", R"([{"metric":{},"values":[],"values":[]}])"), "stands twice"},
      {success("matrix", R"([{"metric":{},"value":[1,"2"]}])"), "not what data.resultType says"},
      {success("vector", R"([{"metric":{},"values":[[1,"2"]]}])"), "not what data.resultType says"},
      {success("scalar", R"([{"metric":{},"value":[1,"2"]}])"), "not what data.resultType says"},
      {success("vector", R"([1,"2"])"), "not what data.resultType says"},
      {success("scalar", R"([1])"), "data.result"},
      {success("scalar", R"([1,"2","3"])"), "data.result[2]"},
      {success("scalar", R"([1,"2",{}])"), "within a scalar"},
      {success("scalar", R"([{},1])"), "data.result[0]"},
      {values("[1]"), "data.result[0].values[0]"},
      {values("[[]]"), "data.result[0].values[0]"},
      {values(R"([[1,"2"],[1]])"), "data.result[0].values[1]"},
      {values(R"([[1,"2"],[2,"3",4]])"), "data.result[0].values[1]"},
      {values(R"([["1","2"]])"), "data.result[0].values[0]"},
      {values(R"([[1,2]])"), "data.result[0].values[0]"},
      {values(R"([[1,null]])"), "data.result[0].values[0]"},
      {values(R"([[01,"2"]])"), "data.result[0].values[0]"},
      {values(R"([[1.,"2"]])"), "data.result[0].values[0]"},
      {values(R"([[1e400,"2"]])"), "data.result[0].values[0]"},
      {values(R"([[1e300,"2"]])"), "outside"},
      {values(R"([[99999999999,"2"]])"), "outside"},
      {values(R"([[1,"2" "3"]])"), "data.result[0].values[0]"},
      {values(R"([[1,"2"]{}])"), "data.result[0].values"},
      {values(R"([[1,"2"])"), "byte"},
  };
  for (const auto& row : table) {
    CAPTURE(row.body);
    const auto a = parse_answer(row.body);
    REQUIRE_FALSE(a);
    CAPTURE(a.error().message);
    CHECK(a.error().code == Errc::malformed);
    CHECK(a.error().message.find(row.place) != std::string::npos);
    CHECK(a.error().message.find("(byte ") != std::string::npos);
  }
  for (const char* text : {"", " 1", "1 ", "1x", "x", "nan", "inf", "infinity", "-", "+1", ".5",
                           "0x10", "1e999", "--1", "-NaN", "1,5", "-Infinity"}) {
    CAPTURE(text);
    const auto a = parse_answer(values(fmt::format(R"([[1,"2"],[2,"{}"]])", text)));
    REQUIRE_FALSE(a);
    CHECK(a.error().message.find("data.result[0].values[1]") != std::string::npos);
    CHECK(a.error().message.find("is no number") != std::string::npos);
  }
}

TEST_CASE("answer: cut anywhere it is refused, and never gives a value that was not there") {
  const std::string whole = success(
      "matrix",
      R"([{"metric":{"a":"b"},"values":[[1,"2.25"],[2.5,"NaN"]]},{"metric":{},"values":[]}])");
  REQUIRE(parse_answer(whole));
  for (std::size_t n = 0; n < whole.size(); ++n) {
    CAPTURE(n);
    CHECK_FALSE(parse_answer(whole.substr(0, n)));
  }
}

TEST_CASE("answer: native histograms and texts are named, not guessed") {
  const auto h = parse_answer(success(
      "matrix",
      R"([{"metric":{"__name__":"rpc"},"histograms":[[1,{"count":"3","sum":"1","buckets":[]}]]}])"));
  REQUIRE_FALSE(h);
  CHECK(h.error().code == Errc::unsupported);
  CHECK(h.error().message.find("rpc") != std::string::npos);
  CHECK(h.error().message.find("histogram_quantile") != std::string::npos);
  const auto text = parse_answer(success("string", R"([1,"hello"])"));
  REQUIRE_FALSE(text);
  CHECK(text.error().code == Errc::unsupported);
}

TEST_CASE("answer: limits of depth, series, samples and notes") {
  const auto deep = [](std::size_t n) {
    return R"({"status":"error","x":)" + std::string(n, '[') + std::string(n, ']') + "}";
  };
  CHECK(parse_answer(deep(30)));
  for (std::size_t n : {40, 2000, 1'000'000}) {
    const auto a = parse_answer(deep(n));
    REQUIRE_FALSE(a);
    CHECK(a.error().code == Errc::too_large);
  }
  const std::string two = success(
      "matrix", R"([{"metric":{},"values":[[1,"1"]]},{"metric":{},"values":[[1,"1"],[2,"2"]]}])");
  AnswerLimits limits;
  limits.series = 1;
  CHECK(parse_answer(two, limits).error().code == Errc::too_large);
  limits.series = 2;
  limits.samples = 2;
  CHECK(parse_answer(two, limits).error().code == Errc::too_large);
  limits.samples = 3;
  CHECK(parse_answer(two, limits));
  std::string notes;
  for (int i = 0; i < 1001; ++i) notes += i == 0 ? "\"n\"" : ",\"n\"";
  CHECK(parse_answer(R"({"status":"error","warnings":[)" + notes + "]}").error().code ==
        Errc::too_large);
}
