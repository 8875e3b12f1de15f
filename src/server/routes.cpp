#include "server/routes.hpp"

#include <exception>

#include "learningplane/json.hpp"
#include "learningplane/version.hpp"

namespace learningplane::server {

namespace {

Answer metrics(const Sources& s) {
  return {200, "text/plain; version=0.0.4; charset=utf-8", s.metrics.expose()};
}
Answer live(const Sources&) { return {200, "application/json", R"({"status":"ok"})"}; }
Answer health(const Sources& s) {
  const Health h = s.health ? s.health() : Health{};
  Value body =
      Value::object().set("status", h.ready ? "ok" : "not ready").set("version", version());
  body.set("details", h.details);
  return {h.ready ? 200 : 503, "application/json", dump_json(body)};
}
Answer index(const Sources&) {
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
  };
  return table;
}

Answer problem(int status, std::string_view title) {
  return {status, "application/problem+json",
          dump_json(Value::object().set("title", title).set("status", status))};
}

Answer answer_to(std::string_view method, std::string_view target, const Sources& sources) {
  const std::string_view path = target.substr(0, target.find('?'));
  bool known = false;
  for (const Route& r : routes()) {
    if (r.path != path) continue;
    known = true;
    if (r.method != method && !(method == "HEAD" && r.method == "GET")) continue;
    try {
      return r.handle(sources);
    } catch (const std::exception&) {
      return problem(500, "The answer could not be made");
    }
  }
  return known ? problem(405, "Method not allowed") : problem(404, "There is nothing here");
}

}  // namespace learningplane::server
