#include "learningplane/adapters/prometheus/sensor.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <cmath>
#include <map>

#include "adapters/prometheus/client.hpp"
#include "http/fake_transport.hpp"

using namespace learningplane;
using namespace learningplane::adapters::prometheus;
using namespace std::chrono_literals;
using learningplane::http::FakeTransport;
using learningplane::http::Request;
using learningplane::http::Response;
using telemetry::CellFlag;

namespace {

struct Fake {
  explicit Fake(PrometheusOptions o, FakeTransport::Handler handler = {}) {
    auto owned = std::make_unique<FakeTransport>(std::move(handler));
    transport = owned.get();
    client = std::make_unique<Client>(std::move(o), std::move(owned),
                                      [this](std::chrono::milliseconds t) { waits.push_back(t); });
  }
  std::vector<std::chrono::milliseconds> waits;
  FakeTransport* transport = nullptr;
  std::unique_ptr<Client> client;
};

PrometheusOptions up() {
  PrometheusOptions o;
  o.queries = {{.name = "up", .query = "up"}};
  o.step = 10s;
  return o;
}

telemetry::Window window(double begin, double end) {
  return {from_seconds(begin), from_seconds(end), {}};
}

std::string matrix(const std::string& series) {
  return R"({"status":"success","data":{"resultType":"matrix","result":[)" + series + "]}}";
}

std::map<std::string, std::string> form_of(const Request& request) {
  std::map<std::string, std::string> out;
  std::string_view rest = request.body;
  while (!rest.empty()) {
    const auto item = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), item.size() + 1));
    const auto sign = item.find('=');
    std::string value;
    for (std::size_t i = sign + 1; i < item.size(); ++i) {
      if (item[i] == '%') {
        value += static_cast<char>(std::stoi(std::string(item.substr(i + 1, 2)), nullptr, 16));
        i += 2;
      } else {
        value += item[i];
      }
    }
    out[std::string(item.substr(0, sign))] = value;
  }
  return out;
}

/// A server that knows two series at every whole second and answers like Prometheus.
Result<Response> two_series(const Request& request) {
  const auto form = form_of(request);
  const double start = std::stod(form.at("start")), end = std::stod(form.at("end"));
  const double step = std::stod(form.at("step"));
  if ((end - start) / step > 11000)
    return Response{400, {}, R"({"status":"error","errorType":"bad_data","error":"too many"})"};
  std::string series;
  for (int s = 0; s < 2; ++s) {
    std::string values;
    for (int i = 0; start + i * step <= end + 1e-9; ++i) {
      const auto t = static_cast<std::int64_t>(std::llround((start + i * step) * 1000));
      // The second series has a gap and values that are no numbers.
      if (s == 1 && t / 1000 % 7 == 3) continue;
      const std::string v = s == 1 && t / 1000 % 11 == 5 ? "NaN" : std::to_string(t * (s + 1));
      values +=
          fmt::format("{}[{}.{:03},\"{}\"]", values.empty() ? "" : ",", t / 1000, t % 1000, v);
    }
    series += fmt::format(R"({}{{"metric":{{"__name__":"up","site":"{}"}},"values":[{}]}})",
                          s == 0 ? "" : ",", s, values);
  }
  return Response{200, {}, matrix(series)};
}

bool same(const telemetry::Frame& a, const telemetry::Frame& b) {
  if (a.times_ns().to_vector() != b.times_ns().to_vector() || a.columns() != b.columns())
    return false;
  for (std::size_t c = 0; c < a.columns(); ++c) {
    if (a.column(c).id() != b.column(c).id()) return false;
    for (std::size_t r = 0; r < a.rows(); ++r) {
      if (a.column(c).flag(r) != b.column(c).flag(r)) return false;
      if (a.column(c).known(r) && a.column(c).values[r] != b.column(c).values[r]) return false;
    }
  }
  return true;
}

}  // namespace

TEST_CASE("prometheus: a range query is a POST form on whole steps, without the window's end") {
  auto o = up();
  o.queries = {{.name = "cpu", .query = "sum by(site)(rate(cpu[1m])) + 1 & 2"}};
  o.headers = {{"X-Scope-OrgID", "t1"}};
  o.timeout = 1500ms;
  o.lookback = 1min;
  Fake f(o);
  f.transport->push(200, matrix(""));
  const auto frame = f.client->read(window(103.2, 130));
  REQUIRE(frame);
  CHECK(frame->empty());
  const Request& r = f.transport->requests().at(0);
  CHECK(r.method == "POST");
  CHECK(r.path == "/api/v1/query_range");
  CHECK(r.content_type == "application/x-www-form-urlencoded");
  CHECK(r.headers.at(0) == std::pair<std::string, std::string>{"X-Scope-OrgID", "t1"});
  const auto form = form_of(r);
  CHECK(form.at("query") == "sum by(site)(rate(cpu[1m])) + 1 & 2");
  CHECK(form.at("start") == "110");
  CHECK(form.at("end") == "120");
  CHECK(form.at("step") == "10");
  CHECK(form.at("timeout") == "1.500");
  CHECK(form.at("lookback_delta") == "60");
}

TEST_CASE("prometheus: values that are no numbers are unknown with their reason, gaps are absent") {
  Fake f(up());
  f.transport->push(200, matrix(R"({"metric":{"__name__":"up","job":"a"},
    "values":[[110,"1.5"],[120,"NaN"],[130,"+Inf"],[140,"-Inf"],[160,"-2e-3"]]},
    {"metric":{"__name__":"up","job":"b"},"values":[[160,"7"]]})"));
  const auto frame = f.client->read(window(100, 200));
  REQUIRE(frame);
  REQUIRE(frame->rows() == 5);  // nobody has a sample at 100, 150, 170, 180 and 190
  const auto* a = frame->find("up", {{"job", "a"}});
  const auto* b = frame->find("up", {{"job", "b"}});
  REQUIRE(a != nullptr);
  REQUIRE(b != nullptr);
  CHECK(a->values[0] == 1.5);
  CHECK(a->values[4] == -0.002);
  CHECK(a->flag(0) == CellFlag::observed);
  CHECK(a->flag(1) == CellFlag::not_a_number);
  CHECK(a->flag(2) == CellFlag::infinite);
  CHECK(a->flag(3) == CellFlag::infinite);
  for (std::size_t row : {1, 2, 3}) CHECK(std::isnan(a->values[row]));
  CHECK(b->flag(0) == CellFlag::absent);
  CHECK(b->values[4] == 7);
  CHECK(frame->time(4) == from_seconds(160));
}

TEST_CASE("prometheus: a split range is the same as an unsplit one") {
  auto o = up();
  o.step = 1s;
  Fake whole(o, two_series);
  const auto expected = whole.client->read(window(1'000'000, 1'001'000));
  REQUIRE(expected);
  REQUIRE(expected->rows() == 1000);
  REQUIRE(expected->columns() == 2);
  CHECK(expected->unknown_share() > 0.1);
  for (std::size_t points : {1, 2, 7, 333, 500, 999, 1000, 1001}) {
    CAPTURE(points);
    o.max_points = points;
    Fake parts(o, two_series);
    const auto frame = parts.client->read(window(1'000'000, 1'001'000));
    REQUIRE(frame);
    CHECK(parts.transport->requests().size() == (1000 + points - 1) / points);
    CHECK(same(*frame, *expected));
  }
}

TEST_CASE("prometheus: no request reaches 11,000 points, at any step") {
  auto o = up();
  o.step = 250ms;
  Fake f(o, two_series);
  const auto frame = f.client->read(window(5000.1, 5000.1 + 11'001 * 0.25));
  REQUIRE(frame);
  CHECK(frame->rows() == 11'001);
  CHECK(f.transport->requests().size() == 2);
  CHECK(frame->step() == 250ms);
  CHECK(frame->time(0) == from_seconds(5000.25));
}

TEST_CASE("prometheus: a time that was not asked for is refused") {
  for (const char* t : {"105", "100.001", "90", "200", "-110", "110.5"}) {
    CAPTURE(t);
    Fake f(up());
    f.transport->push(200, matrix(fmt::format(R"({{"metric":{{}},"values":[[{},"1"]]}})", t)));
    const auto frame = f.client->read(window(100, 200));
    REQUIRE_FALSE(frame);
    CHECK(frame.error().code == Errc::malformed);
  }
}

TEST_CASE("prometheus: labels that are left out join series that never meet, and no others") {
  auto o = up();
  o.queries[0].labels = {"site"};
  const std::string first = R"({"metric":{"site":"x","pod":"1"},"values":[[100,"1"],[110,"2"]]},)";
  Fake joined(o);
  joined.transport->push(
      200, matrix(first + R"({"metric":{"site":"x","pod":"2"},"values":[[120,"3"]]})"));
  const auto frame = joined.client->read(window(100, 200));
  REQUIRE(frame);
  CHECK(frame->columns() == 1);
  CHECK(frame->column(0).id() == R"(up{site="x"})");
  CHECK(frame->column(0).values.to_vector() == std::vector<double>{1, 2, 3});

  Fake twice(o);
  twice.transport->push(
      200, matrix(first + R"({"metric":{"site":"x","pod":"2"},"values":[[110,"3"]]})"));
  const auto refused = twice.client->read(window(100, 200));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::conflict);
  CHECK(refused.error().message.find("1970-01-01T00:01:50Z") != std::string::npos);
}

TEST_CASE("prometheus: instant queries give vectors, scalars and samples as scraped") {
  auto o = up();
  o.mode = Mode::instant;
  o.queries = {{.name = "", .query = "up"},
               {.name = "n", .query = "scalar(x)", .unit = "seconds"},
               {.name = "raw", .query = "up[5m]"}};
  Fake f(o);
  const auto push = [&](const char* type, const char* result) {
    f.transport->push(
        200, fmt::format(R"({{"status":"success","data":{{"resultType":"{}","result":{}}}}})", type,
                         result));
  };
  push("vector", R"([{"metric":{"__name__":"up","job":"a"},"value":[199.999,"1"]}])");
  push("scalar", R"([199.999,"2.5"])");
  push("matrix", R"([{"metric":{},"values":[[150.123,"5"],[165.123,"NaN"]]}])");
  const auto frame = f.client->read(window(100, 200));
  REQUIRE(frame);
  CHECK(form_of(f.transport->requests()[0]).at("time") == "199.999");
  CHECK(f.transport->requests()[0].path == "/api/v1/query");
  REQUIRE(frame->rows() == 3);
  CHECK(frame->find("up")->values[2] == 1);
  CHECK(frame->find("n")->values[2] == 2.5);
  CHECK(frame->find("n")->unit == "seconds");
  CHECK(frame->find("raw")->values[0] == 5);
  CHECK(frame->find("raw")->flag(1) == CellFlag::not_a_number);
  CHECK(frame->find("raw")->flag(2) == CellFlag::absent);
}

TEST_CASE("prometheus: an empty answer is an empty frame") {
  auto o = up();
  o.mode = Mode::instant;
  Fake f(o);
  f.transport->push(200, R"({"status":"success","data":{"resultType":"vector","result":[]}})");
  const auto frame = f.client->read(window(100, 200));
  REQUIRE(frame);
  CHECK(frame->rows() == 0);
  CHECK(frame->columns() == 0);
}

TEST_CASE("prometheus: each HTTP error is a failure with the server's own words") {
  const auto json = [](const char* type, const char* text) {
    return fmt::format(R"({{"status":"error","errorType":"{}","error":"{}"}})", type, text);
  };
  const struct {
    int status;
    std::string body;
    Errc code;
    const char* text;
  } table[] = {
      {400, json("bad_data", "parse error at char 3"), Errc::invalid_argument,
       "bad_data: parse error at char 3"},
      {422, json("execution", "many-to-many matching"), Errc::refused, "many-to-many"},
      {503, json("timeout", "query timed out"), Errc::timeout, "query timed out"},
      {503, json("canceled", "stopped"), Errc::unavailable, "stopped"},
      {429, "slow down", Errc::rate_limited, "slow down"},
      {401, "no\nentry", Errc::unauthorized, "no entry"},
      {403, "", Errc::refused, "HTTP 403"},
      {404, "<html>", Errc::not_found, "<html>"},
      {413, "", Errc::too_large, "HTTP 413"},
      {302, "", Errc::refused, "elsewhere"},
      {500, "oops", Errc::unavailable, "oops"},
      {504, "", Errc::timeout, "HTTP 504"},
  };
  for (const auto& row : table) {
    CAPTURE(row.status);
    Fake f(up(), [&](const Request&) { return Response{row.status, {}, row.body}; });
    const auto frame = f.client->read(window(100, 200));
    REQUIRE_FALSE(frame);
    CHECK(frame.error().code == row.code);
    CHECK(frame.error().describe().find(row.text) != std::string::npos);
    CHECK(frame.error().describe().find("query up") != std::string::npos);
    const bool again = row.status == 429 || row.status >= 500;
    CHECK(f.transport->requests().size() == (again ? 3 : 1));
    CHECK(f.waits.size() == (again ? 2 : 0));
  }
}

TEST_CASE("prometheus: a failure that passes is no failure, and one in a later part fails all") {
  auto o = up();
  o.max_points = 5;
  Fake f(o);
  f.transport->push(Response{503, {{"retry-after", "2"}}, ""});
  f.transport->push(200, matrix(""));
  f.transport->push(fail(Errc::unavailable, "no connection"));
  f.transport->push(200, matrix(R"({"metric":{},"values":[[150,"1"]]})"));
  const auto frame = f.client->read(window(100, 200));
  REQUIRE(frame);
  CHECK(frame->rows() == 1);
  CHECK(f.waits.at(0) == 2000ms);

  Fake broken(o);
  broken.transport->push(200, matrix(R"({"metric":{},"values":[[100,"1"]]})"));
  broken.transport->push(400, R"({"status":"error","errorType":"bad_data","error":"no"})");
  CHECK_FALSE(broken.client->read(window(100, 200)));
}

TEST_CASE("prometheus: warnings and infos are kept, once each, or refused on request") {
  const std::string body =
      R"({"status":"success","warnings":["store down"],"infos":["not a counter"],"isPartial":true,
          "data":{"resultType":"matrix","result":[{"metric":{},"values":[[110,"1"]]}]}})";
  auto o = up();
  std::vector<std::string> heard;
  o.on_warning = [&](const std::string& w) { heard.push_back(w); };
  Fake f(o);
  f.transport->push(200, body);
  REQUIRE(f.client->read(window(100, 200)));
  const std::vector<std::string> expected{"query up: store down", "query up: the answer is partial",
                                          "query up: not a counter"};
  CHECK(f.client->warnings() == expected);
  CHECK(heard == expected);
  f.transport->push(200, matrix(""));
  REQUIRE(f.client->read(window(100, 200)));
  CHECK(f.client->warnings().empty());

  o.partial = Partial::refuse;
  Fake strict(o);
  strict.transport->push(200, body);
  const auto frame = strict.client->read(window(100, 200));
  REQUIRE_FALSE(frame);
  CHECK(frame.error().message.find("store down") != std::string::npos);
  strict.transport->push(200, R"({"status":"success","infos":["a note"],
    "data":{"resultType":"matrix","result":[]}})");
  CHECK(strict.client->read(window(100, 200)));
}

TEST_CASE("prometheus: limits on points and cells are kept before anything is asked or held") {
  auto o = up();
  o.max_cells = 20;
  Fake f(o);
  const auto far = f.client->read(window(0, 1000));
  REQUIRE_FALSE(far);
  CHECK(far.error().code == Errc::too_large);
  CHECK(f.transport->requests().empty());
  f.transport->push(200, matrix(R"({"metric":{"a":"1"},"values":[[100,"1"]]},
    {"metric":{"a":"2"},"values":[[100,"1"]]},{"metric":{"a":"3"},"values":[[100,"1"]]})"));
  const auto wide = f.client->read(window(100, 200));  // 10 rows: two columns fit
  REQUIRE_FALSE(wide);
  CHECK(wide.error().code == Errc::too_large);
}

TEST_CASE("prometheus: options that cannot work are refused when the sensor is made") {
  const auto refused = [](auto change) {
    auto o = up();
    o.url = "http://127.0.0.1:1";
    change(o);
    CHECK_THROWS_AS(PrometheusSensor{o}, ConfigError);
  };
  refused([](auto& o) { o.url = "127.0.0.1:9090"; });
  refused([](auto& o) { o.url = "http://user:secret@host"; });
  refused([](auto& o) { o.queries.clear(); });
  refused([](auto& o) { o.queries[0].query = ""; });
  refused([](auto& o) { o.step = 1us; });
  refused([](auto& o) { o.step = 1500us; });
  refused([](auto& o) { o.timeout = 0s; });
  refused([](auto& o) { o.max_points = 11'001; });
  refused([](auto& o) { o.headers = {{"X", "a\r\nY: b"}}; });
  refused([](auto& o) { o.headers = {{"X Y", "a"}}; });
  refused([](auto& o) {
    o.headers = {{"authorization", "Basic x"}};
    o.bearer_token = "t";
  });
}

TEST_CASE("prometheus: credentials and trust reach the transport, and no description") {
  auto o = up();
  o.url = "http://127.0.0.1:1/prom";
  o.bearer_token = "sesame";
  o.bearer_token_file = "token";
  o.ca_file = "ca";
  o.client_cert_file = "cert";
  o.client_key_file = "key";
  o.server_name = "name";
  o.timeout = 1500us;
  o.max_response_bytes = 7;
  const auto t = transport_options(o);
  CHECK(t.url == o.url);
  CHECK(t.bearer_token == "sesame");
  CHECK(t.bearer_token_file == "token");
  CHECK(t.ca_file == "ca");
  CHECK(t.client_cert_file == "cert");
  CHECK(t.client_key_file == "key");
  CHECK(t.server_name == "name");
  CHECK(t.read_timeout == 2ms);
  CHECK(t.connect_timeout == 2ms);
  CHECK(t.max_response_bytes == 7);
  CHECK_FALSE(t.insecure_skip_verify);
  CHECK(PrometheusSensor(o).describe() == "prometheus(http://127.0.0.1:1/prom)");
}

TEST_CASE("prometheus: built by name, each option by its manifest") {
  const Value given =
      Value::object()
          .set("url", "http://127.0.0.1:9090/prom")
          .set("queries",
               Value::array().push("up").push(Value::object()
                                                  .set("name", "cpu")
                                                  .set("query", "rate(c[1m])")
                                                  .set("unit", "seconds")
                                                  .set("labels", Value::array().push("site"))))
          .set("mode", "instant")
          .set("step", "250ms")
          .set("timeout", "2s")
          .set("attempts", 5)
          .set("headers", Value::object().set("X-Scope-OrgID", "t"))
          .set("partial", "refuse")
          .set("ca_file", "ca.pem")
          .set("lookback", "1m");
  const auto o = PrometheusSensor::options(PrometheusSensor::manifest().check(given), "/base");
  CHECK(o.queries.size() == 2);
  CHECK_FALSE(o.queries[0].labels);
  CHECK(*o.queries[1].labels == std::vector<std::string>{"site"});
  CHECK(o.queries[1].unit == "seconds");
  CHECK(o.mode == Mode::instant);
  CHECK(o.step == 250ms);
  CHECK(o.lookback == 1min);
  CHECK(o.timeout == 2s);
  CHECK(o.attempts == 5);
  CHECK(o.headers.at(0).second == "t");
  CHECK(o.partial == Partial::refuse);
  CHECK(o.ca_file == "/base/ca.pem");
  Value wrong = Value::object()
                    .set("url", "http://h")
                    .set("queries",
                         Value::array().push(Value::object().set("query", "up").set("lable", "x")));
  CHECK_THROWS_WITH_AS(PrometheusSensor::options(PrometheusSensor::manifest().check(wrong), ""),
                       doctest::Contains("queries[0]"), ConfigError);
}
