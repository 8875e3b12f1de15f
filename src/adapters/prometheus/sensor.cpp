#include "learningplane/adapters/prometheus/sensor.hpp"

#include <fmt/format.h>

#include "adapters/prometheus/client.hpp"
#include "http/retry.hpp"
#include "learningplane/adapters/prometheus/presets.hpp"

namespace learningplane::adapters::prometheus {

namespace {

Parameter text(std::string name, std::string summary) {
  return {std::move(name), ParameterType::string, std::move(summary), ""};
}

Parameter count(std::string name, std::string summary, std::size_t fallback, double maximum) {
  return {std::move(name), ParameterType::integer, std::move(summary), fallback, false, {}, 1,
          maximum};
}

/// What one entry of `queries` may hold.
const Manifest& query_manifest() {
  static const Manifest manifest{
      "query",
      "One PromQL expression",
      {text("name", "of the columns; empty: each series' own metric name"),
       {"query", ParameterType::string, "PromQL", {}, true},
       {"labels", ParameterType::list, "labels that stay on the columns; absent: all", {}},
       text("unit", "base unit of the columns, as seconds or bytes")}};
  return manifest;
}

/// What `preset` may hold.
const Manifest& preset_manifest() {
  static const Manifest manifest = [] {
    Manifest m{
        "preset",
        "Ready queries of a known exporter",
        {{"name", ParameterType::string, "which", {}, true},
         {"match", ParameterType::mapping, "labels put into every selector", Value::object()},
         {"window", ParameterType::duration, "of rates", "1m"}}};
    for (const Preset& p : presets()) m.parameters.front().allowed.push_back(p.name);
    return m;
  }();
  return manifest;
}

Duration duration(const Value& checked, std::string_view key, Duration fallback) {
  return value_or_throw(parse_duration(checked.get(key, format_duration(fallback).c_str())));
}

std::size_t size(const Value& checked, std::string_view key, std::size_t fallback) {
  return static_cast<std::size_t>(checked.get(key, static_cast<std::int64_t>(fallback)));
}

std::string file(const Value& checked, std::string_view key, const std::string& base_dir) {
  std::string path = checked.get(key, "");
  if (!path.empty() && !path.starts_with('/') && !base_dir.empty()) path = base_dir + '/' + path;
  return path;
}

Query query_of(const Value& given, std::size_t index) {
  // A bare text is a query whose series keep their names.
  if (given.is_string()) return {.query = given.as_string()};
  const Value checked = query_manifest().check(given, fmt::format("queries[{}]", index));
  Query q;
  q.name = checked.get("name", "");
  q.query = checked.get("query", "");
  q.unit = checked.get("unit", "");
  if (const Value* labels = checked.find("labels"); labels != nullptr && !labels->is_null()) {
    q.labels.emplace();
    for (const Value& label : labels->as_array()) q.labels->push_back(label.as_string());
  }
  return q;
}

void add_preset(const Value& given, std::vector<Query>& queries) {
  const Value checked = preset_manifest().check(given, "preset");
  PresetOptions o;
  for (const auto& [name, value] : checked.find("match")->as_object())
    o.match.set(name, value.as_string());
  o.window = duration(checked, "window", o.window);
  for (Query& q : preset_queries(checked.get("name", ""), o)) queries.push_back(std::move(q));
}

}  // namespace

PrometheusSensor::PrometheusSensor(PrometheusOptions options) {
  auto transport = http::make_transport(transport_options(options));
  client_ = std::make_unique<Client>(std::move(options), std::move(transport), http::sleep_for);
}

PrometheusSensor::~PrometheusSensor() = default;

std::string PrometheusSensor::describe() const { return client_->describe(); }

const std::vector<std::string>& PrometheusSensor::last_warnings() const {
  return client_->warnings();
}

Result<telemetry::Frame> PrometheusSensor::do_read(const telemetry::Window& window) {
  return client_->read(window);
}

Manifest PrometheusSensor::manifest() {
  const PrometheusOptions d;
  return {"prometheus",
          "A Prometheus (or Thanos, Mimir, VictoriaMetrics) by its HTTP API",
          {{"url", ParameterType::string, "http(s)://host[:port][/prefix]", {}, true},
           {"queries", ParameterType::list,
            "PromQL texts, or {name, query, labels: [to keep], unit}", Value::array()},
           {"preset", ParameterType::mapping,
            "ready queries besides: {name: pravega or snmp_energy, match: {label: value}, window}",
            Value::object()},
           {"mode",
            ParameterType::string,
            "range: over the window by steps; instant: at the window's end",
            "range",
            false,
            {"range", "instant"}},
           {"step", ParameterType::duration, "of windows that name none; whole milliseconds",
            format_duration(d.step)},
           {"lookback", ParameterType::duration,
            "how old a sample may be; 0s: the server's own; 2.42 ignores it", "0s"},
           {"headers", ParameterType::mapping, "sent with each request, as X-Scope-OrgID",
            Value::object()},
           text("bearer_token", "secret: write ${env:NAME} or ${file:PATH}"),
           text("bearer_token_file", "read before each request"),
           text("ca_file", "PEM of the authorities to trust; empty: the system's"),
           text("client_cert_file", "PEM, with client_key_file"),
           text("client_key_file", "PEM, with client_cert_file"),
           text("server_name", "name to verify instead of the URL's host"),
           {"timeout", ParameterType::duration, "of one request", format_duration(d.timeout)},
           count("attempts", "of one request, in all", static_cast<std::size_t>(d.attempts), 20),
           count("max_points", "points of a series in one request; longer ranges are split",
                 d.max_points, 11'000),
           count("max_response_bytes", "of one answer", d.max_response_bytes, 4e9),
           count("max_cells", "rows times columns of one read", d.max_cells, 1e10),
           {"partial",
            ParameterType::string,
            "what to do with an answer that the server calls incomplete",
            "keep",
            false,
            {"keep", "refuse"}}}};
}

PrometheusOptions PrometheusSensor::options(const Value& checked, const std::string& base_dir) {
  PrometheusOptions o;
  o.url = checked.get("url", "");
  if (const Value* queries = checked.find("queries")) {
    for (const Value& q : queries->as_array()) o.queries.push_back(query_of(q, o.queries.size()));
  }
  if (const Value* preset = checked.find("preset"); preset != nullptr && preset->size() > 0)
    add_preset(*preset, o.queries);
  if (checked.get("mode", "range") == "instant") o.mode = Mode::instant;
  o.step = duration(checked, "step", o.step);
  o.lookback = duration(checked, "lookback", o.lookback);
  if (const Value* headers = checked.find("headers")) {
    for (const auto& [name, value] : headers->as_object())
      o.headers.emplace_back(name, value.as_string());
  }
  o.bearer_token = checked.get("bearer_token", "");
  o.bearer_token_file = file(checked, "bearer_token_file", base_dir);
  o.ca_file = file(checked, "ca_file", base_dir);
  o.client_cert_file = file(checked, "client_cert_file", base_dir);
  o.client_key_file = file(checked, "client_key_file", base_dir);
  o.server_name = checked.get("server_name", "");
  o.timeout = duration(checked, "timeout", o.timeout);
  o.attempts = static_cast<int>(size(checked, "attempts", static_cast<std::size_t>(o.attempts)));
  o.max_points = size(checked, "max_points", o.max_points);
  o.max_response_bytes = size(checked, "max_response_bytes", o.max_response_bytes);
  o.max_cells = size(checked, "max_cells", o.max_cells);
  if (checked.get("partial", "keep") == "refuse") o.partial = Partial::refuse;
  return o;
}

}  // namespace learningplane::adapters::prometheus
