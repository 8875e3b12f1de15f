#include "learningplane/report/report.hpp"

#include <cmath>
#include <limits>
#include <optional>

#include "learningplane/decision/decision.hpp"
#include "learningplane/json.hpp"
#include "report/page.hpp"

namespace learningplane::report {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

double number(const Value& v, std::string_view key) {
  const Value* found = v.find(key);
  return found != nullptr && found->is_number() ? found->as_double() : unknown;
}

/// A mean that stays unknown until something was added.
struct Mean {
  double sum = 0;
  std::size_t n = 0;
  void add(double x) {
    if (!std::isfinite(x)) return;
    sum += x;
    ++n;
  }
  double value() const { return n == 0 ? unknown : sum / static_cast<double>(n); }
};

}  // namespace

Value to_value(const Report& r) {
  Value sites = Value::object();
  for (const auto& [name, points] : r.sites) {
    Value list = Value::array();
    for (const SitePoint& p : points) {
      list.push(Value::object()
                    .set("at", to_iso8601(p.at))
                    .set("observed", p.observed)
                    .set("forecast", p.forecast)
                    .set("low", p.low)
                    .set("high", p.high));
    }
    sites.set(name, std::move(list));
  }
  Value decisions = Value::array();
  for (const DecisionLine& d : r.decisions) {
    decisions.push(Value::object()
                       .set("at", to_iso8601(d.at))
                       .set("id", d.id)
                       .set("application", d.application)
                       .set("action", d.action)
                       .set("site", d.site)
                       .set("current", d.current)
                       .set("rule", d.rule)
                       .set("why", d.why)
                       .set("outcome", d.outcome));
  }
  Value rules = Value::object();
  for (const auto& [rule, n] : r.figures.rules) rules.set(rule, n);
  const Figures& f = r.figures;
  return Value::object()
      .set("agent", r.agent)
      .set("target", r.target)
      .set("constraint", r.constraint)
      .set("sites", std::move(sites))
      .set("decisions", std::move(decisions))
      .set("figures", Value::object()
                          .set("decisions", f.decisions)
                          .set("moves", f.moves)
                          .set("unknown_holds", f.unknown_holds)
                          .set("rules", std::move(rules))
                          .set("mean_observed", f.mean_observed)
                          .set("share_below", f.share_below)
                          .set("forecast_mae", f.forecast_mae));
}

std::string to_html(const Report& report) {
  std::string json = dump_json(to_value(report));
  // A "</script>" inside a string would end the data block: JSON may write the slash escaped.
  for (std::size_t at = json.find("</"); at != std::string::npos; at = json.find("</", at)) json.insert(at + 1, "\\");
  constexpr std::string_view marker = "@DATA@";
  const std::string_view page = page_template();
  const std::size_t at = page.find(marker);
  return std::string(page.substr(0, at)) + json + std::string(page.substr(at + marker.size()));
}

}  // namespace learningplane::report
