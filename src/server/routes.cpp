#include "server/routes.hpp"

#include <algorithm>
#include <exception>

#include "learningplane/agent/forecast_board.hpp"
#include "learningplane/json.hpp"
#include "learningplane/version.hpp"
#include "server/query.hpp"

namespace learningplane::server {

namespace {

Answer metrics(const Sources& s, std::string_view) {
  std::string page = s.metrics.expose();
  if (s.forecasts != nullptr) page += s.forecasts->expose();
  if (s.page) page += s.page();
  return {200, "text/plain; version=0.0.4; charset=utf-8", std::move(page)};
}
Answer query(const Sources& s, std::string_view form) {
  if (s.forecasts == nullptr) return problem(404, "There are no forecasts here");
  return query_instant(*s.forecasts, form);
}
Answer range(const Sources& s, std::string_view form) {
  if (s.forecasts == nullptr) return problem(404, "There are no forecasts here");
  return query_range(*s.forecasts, form);
}
Answer live(const Sources&, std::string_view) {
  return {200, "application/json", R"({"status":"ok"})"};
}
Answer health(const Sources& s, std::string_view) {
  const Health h = s.health ? s.health() : Health{};
  Value body =
      Value::object().set("status", h.ready ? "ok" : "not ready").set("version", version());
  body.set("details", h.details);
  return {h.ready ? 200 : 503, "application/json", dump_json(body)};
}
Answer index(const Sources&, std::string_view) {
  Value list = Value::array();
  for (const Route& r : routes()) {
    list.push(
        Value::object().set("method", r.method).set("path", r.path).set("summary", r.summary));
  }
  return {200, "application/json", dump_json(Value::object().set("routes", std::move(list)))};
}

}  // namespace

const std::vector<Route>& routes() {
  static const std::vector<Route> table{
      {"GET", "/", "This list", index},
      {"GET", "/metrics", "What this process counts, in the Prometheus text format", metrics},
      {"GET", "/livez", "200 while the loop turns", live},
      {"GET", "/readyz", "200 once the agent is started, else 503", health},
      {"GET", "/healthz", "Readiness with details", health},
      {"GET", "/api/v1/query", "A forecast at one time, as Prometheus answers", query},
      {"POST", "/api/v1/query", "The same with the parameters in the body", query},
      {"GET", "/api/v1/query_range", "Forecasts over a time, as Prometheus answers", range},
      {"POST", "/api/v1/query_range", "The same with the parameters in the body", range},
  };
  return table;
}

Answer problem(int status, std::string_view title) {
  return {status, "application/problem+json",
          dump_json(Value::object().set("title", title).set("status", status))};
}

Answer answer_to(const Question& q, const Sources& sources) {
  const std::string_view path = q.target.substr(0, q.target.find('?'));
  std::string_view form = q.target.substr(std::min(path.size() + 1, q.target.size()));
  bool known = false;
  for (const Route& r : routes()) {
    if (r.path != path) continue;
    known = true;
    if (r.method != q.method && !(q.method == "HEAD" && r.method == "GET")) continue;
    if (q.method == "POST" && !q.body.empty()) {
      if (!q.content_type.starts_with("application/x-www-form-urlencoded"))
        return problem(415, "The parameters are expected as application/x-www-form-urlencoded");
      form = q.body;
    }
    try {
      return r.handle(sources, form);
    } catch (const std::exception&) {
      return problem(500, "The answer could not be made");
    }
  }
  return known ? problem(405, "Method not allowed") : problem(404, "There is nothing here");
}

}  // namespace learningplane::server
