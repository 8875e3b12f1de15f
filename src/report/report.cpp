#include "learningplane/report/report.hpp"

#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <tuple>

#include "learningplane/decision/decision.hpp"
#include "learningplane/decision/scaling_explanation.hpp"
#include "report/page.hpp"
#include "report/shortened.hpp"
#include "report/size_points.hpp"

namespace learningplane::report {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

double number(const Value& v, std::string_view key) {
  const Value* found = v.find(key);
  return found != nullptr && found->is_number() ? found->as_double() : unknown;
}

bool in_effect(const std::string& outcome) {
  return outcome == "done" || outcome == "already_done" || outcome == "planned";
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

/// Reads the journal's entries into the report's parts.
struct Collector {
  Report report{};
  std::map<std::string, std::size_t> line_of{};  ///< decision id -> index in report.decisions
  std::map<std::string, std::size_t> size_of{};  ///< decision id -> index in its report.sizes

  void take(const journal::Entry& e) {
    switch (e.kind) {
      case journal::EntryKind::forecast: return take_forecast(e);
      case journal::EntryKind::decision: return take_decision(e);
      case journal::EntryKind::outcome: return take_outcome(e);
      default: return;
    }
  }

  void take_forecast(const journal::Entry& e) {
    SitePoint p{e.at, number(e.body, "observed"), number(e.body, "mean"), number(e.body, "low"),
                number(e.body, "high")};
    report.sites[e.body.get("site", "")].push_back(p);
    if (report.target.empty()) report.target = e.body.get("target", "");
  }

  void take_decision(const journal::Entry& e) {
    auto decision = decision::decision_from_value(e.body);
    if (!decision) return;
    DecisionLine line{.at = e.at, .id = e.decision_id, .application = decision->application};
    line.action = decision::kind(decision->action);
    if (const auto* place = std::get_if<decision::Place>(&decision->action))
      line.site = place->site;
    const Value* current = e.body.find("current");
    if (current != nullptr && current->is_string()) line.current = current->as_string();
    if (decision::is_scaling(*decision)) take_scaling(*decision, e.at, line);
    take_sizing(*decision, e, line);
    line.rule = decision->rule;
    line.why = decision::explain(*decision);
    if (std::isfinite(number(e.body, "constraint")))
      report.constraint = number(e.body, "constraint");
    report.agent = e.agent;
    line_of[e.decision_id] = report.decisions.size();
    report.decisions.push_back(std::move(line));
  }

  /// Of a decision on instances: its load and the plan are drawn as a site's series are.
  void take_scaling(const decision::Decision& d, TimePoint at, DecisionLine& line) {
    line.current = std::to_string(d.details.get("current", std::int64_t{0}));
    if (const auto* scale = std::get_if<decision::Scale>(&d.action))
      line.site = std::to_string(scale->replicas);
    report.sites[d.application].push_back(
        {at, number(d.details, "load"), number(d.details, "planned"), unknown, unknown});
    if (report.target.empty()) report.target = "load";
  }

  /// Of a decision on sizes: usage and limits are drawn. Nothing known is a gap in them.
  void take_sizing(const decision::Decision& d, const journal::Entry& e, DecisionLine& line) {
    const auto point = size_point(d, e.at);
    const auto known = report.sizes.find(d.application);
    if (!point && known == report.sizes.end()) return;
    if (point) {
      line.current = size_text(*point);
      if (std::holds_alternative<decision::Resize>(d.action))
        std::tie(line.current, line.site) = change_text(*point);
      report.figures.kills += point->kills;
    }
    constexpr ResourcePoint nothing{unknown, unknown, unknown, unknown};
    auto& points = report.sizes[d.application];
    size_of[e.decision_id] = points.size();
    points.push_back(point.value_or(SizePoint{.at = e.at, .cpu = nothing, .memory = nothing}));
    if (report.target.empty()) report.target = "size";
  }

  void take_outcome(const journal::Entry& e) {
    const auto it = line_of.find(e.decision_id);
    if (it == line_of.end()) return;
    DecisionLine& line = report.decisions[it->second];
    line.outcome = e.body.get("status", "");
    const auto size = size_of.find(e.decision_id);
    if (size != size_of.end() && line.action == "resize")
      report.sizes[line.application][size->second].in_effect = in_effect(line.outcome);
  }
};

/// Where the application ran after the decision.
const std::string& site_after(const DecisionLine& d) {
  return d.action == "place" && in_effect(d.outcome) ? d.site : d.current;
}

/// The newest point of a site at or before t.
const SitePoint* point_at(const Report& r, const std::string& site, TimePoint t) {
  const auto it = r.sites.find(site);
  if (it == r.sites.end()) return nullptr;
  const SitePoint* found = nullptr;
  for (const SitePoint& p : it->second) {
    if (p.at > t) break;
    found = &p;
  }
  return found;
}

Figures figures_of(const Report& r) {
  Figures f = r.figures;  // kills are counted already
  Mean observed, below, error;
  for (std::size_t i = 0; i < r.decisions.size(); ++i) {
    const DecisionLine& d = r.decisions[i];
    ++f.decisions;
    ++f.rules[d.rule];
    const bool changes = d.action == "place" || d.action == "scale" || d.action == "resize";
    if (changes && in_effect(d.outcome)) ++f.moves;
    if (d.rule == "unknown_data" || d.rule == "imputed_data") ++f.unknown_holds;
    // What a decision led to is seen at the next one.
    if (i + 1 == r.decisions.size()) continue;
    const SitePoint* next = point_at(r, site_after(d), r.decisions[i + 1].at);
    if (next == nullptr || !std::isfinite(next->observed)) continue;
    observed.add(next->observed);
    if (std::isfinite(r.constraint)) below.add(next->observed < r.constraint ? 1.0 : 0.0);
    const SitePoint* now = point_at(r, site_after(d), d.at);
    if (now != nullptr) error.add(std::abs(now->forecast - next->observed));
  }
  f.mean_observed = observed.value();
  f.share_below = below.value();
  f.forecast_mae = error.value();
  return f;
}

}  // namespace

Result<Report> collect(const journal::Journal& journal) {
  auto entries = journal.read(journal::Query{.limit = std::numeric_limits<std::size_t>::max() / 2});
  if (!entries) return tl::unexpected(entries.error());
  Collector collector;
  collector.report.constraint = unknown;
  for (const journal::Entry& e : *entries) collector.take(e);
  if (collector.report.decisions.empty()) {
    return fail(Errc::not_enough_data, "the journal holds no decision yet");
  }
  collector.report.figures = figures_of(collector.report);
  return std::move(collector.report);
}

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
  Value sizes = Value::object();
  for (const auto& [name, points] : r.sizes) {
    Value list = Value::array();
    for (const SizePoint& p : points) list.push(to_value(p));
    sizes.set(name, std::move(list));
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
      .set("sizes", std::move(sizes))
      .set("decisions", std::move(decisions))
      .set("figures", Value::object()
                          .set("decisions", f.decisions)
                          .set("moves", f.moves)
                          .set("unknown_holds", f.unknown_holds)
                          .set("kills", f.kills)
                          .set("rules", std::move(rules))
                          .set("mean_observed", f.mean_observed)
                          .set("share_below", f.share_below)
                          .set("forecast_mae", f.forecast_mae));
}

std::string to_html(const Report& report) {
  return fill_page(page_template(), to_value(shortened(report)));
}

}  // namespace learningplane::report
