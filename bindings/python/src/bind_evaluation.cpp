#include <tuple>
#include <utility>

#include "builtins.hpp"
#include "convert.hpp"
#include "learningplane/evaluation/accuracy.hpp"
#include "learningplane/evaluation/backtest.hpp"
#include "learningplane/evaluation/model_card.hpp"
#include "learningplane/evaluation/rank.hpp"
#include "learningplane/features/target_filter.hpp"
#include "learningplane/report/evaluation_report.hpp"
#include "module.hpp"

namespace learningplane::python {

using evaluation::Backtest;
using evaluation::BacktestOptions;

namespace {

using Doubles = std::vector<double>;

/// What a backtest found, beside the frames it was made on.
struct Evaluation {
  report::EvaluationReport page{};

  const Backtest& at(std::size_t i) const {
    if (i >= page.results.size()) throw py::index_error("there is no such result");
    return page.results[i];
  }
};

BacktestOptions options_of(const Value& v) {
  BacktestOptions o;
  const auto size = [&v](const char* key, std::size_t fallback) {
    const std::int64_t n = v.get(key, static_cast<std::int64_t>(fallback));
    if (n < 0) throw ConfigError("", key, std::to_string(n), "0 or more");
    return static_cast<std::size_t>(n);
  };
  o.target = v.get("target", "");
  o.horizon = size("horizon", o.horizon);
  o.origins = size("origins", o.origins);
  o.every = size("every", 0);
  o.share = v.get("share", o.share);
  o.season = size("season", 0);
  o.threads = size("threads", 0);
  o.costs = {v.get("over_cost", 1.0), v.get("under_cost", 1.0)};
  o.levels.clear();
  for (const Value& level : v.find("levels")->as_array()) o.levels.push_back(level.as_double());
  for (const Value& h : v.find("horizons")->as_array()) {
    if (h.as_int() < 1) throw ConfigError("", "horizons", std::to_string(h.as_int()), "1 or more");
    o.horizons.push_back(static_cast<std::size_t>(h.as_int()));
  }
  const std::string plan = v.get("plan", "highest");
  if (plan != "highest" && plan != "mean") throw ConfigError("", "plan", plan, "highest or mean");
  o.plan = plan == "mean" ? evaluation::Plan::mean : evaluation::Plan::highest;
  const std::string refit = v.get("refit", "origin");
  if (refit == "never") {
    o.refit = evaluation::Refit::never;
  } else if (refit != "origin") {
    const auto every = parse_duration(refit);
    if (!every || every->count() <= 0)
      throw ConfigError("", "refit", refit, "never, origin, or a duration such as 1d");
    o.refit = evaluation::Refit::every_duration;
    o.refit_every = *every;
  }
  return o;
}

/// `progress`, where given, is called with (done, all) as stretches of origins are done; a bar that
/// fails must not end an evaluation.
Evaluation backtest(
    const std::vector<std::tuple<std::string, std::string, py::object, std::string, Value>>& given,
    const Value& settings, const py::object& progress) {
  const BacktestOptions options = options_of(settings);
  std::vector<evaluation::BacktestJob> jobs;
  Evaluation out;
  out.page.target = options.target;
  out.page.source = settings.get("source", "");
  for (const auto& [name, group, data, kind, of] : given) {
    const telemetry::Frame frame = to_frame(data);
    out.page.truth[group] = frame;
    const auto make = [kind, of] { return builtins().forecasters.build(kind, of); };
    (void)make();  // a wrong option is told as such
    jobs.push_back({name, group, frame, make});
  }
  evaluation::BacktestProgress tell;
  if (!progress.is_none())
    tell = [&progress](std::size_t done, std::size_t all) {
      py::gil_scoped_acquire gil;
      try {
        progress(done, all);
      } catch (py::error_already_set& e) {
        e.discard_as_unraisable("learningplane progress");
      }
    };
  out.page.results =
      unlocked([&] { return value_or_throw(evaluation::backtest(jobs, options, tell)); });
  return out;
}

template <class T>
py::array_t<T> array_of(const std::vector<T>& values) {
  return copy_array(values, {static_cast<py::ssize_t>(values.size())});
}

py::dict forecasts_of(const Backtest& r) {
  const evaluation::BacktestForecasts& f = r.forecasts;
  py::dict out;
  out["origin_ns"] = array_of(f.origin_ns);
  out["step"] = array_of(f.step);
  out["times_ns"] = array_of(f.times_ns);
  out["mean"] = array_of(f.mean);
  out["truth"] = array_of(f.truth);
  out["quantiles"] = copy_array(
      f.quantiles, {static_cast<py::ssize_t>(f.rows()), static_cast<py::ssize_t>(r.levels.size())});
  return out;
}

void bind_scores(py::module_& m) {
  m.def(
      "provisioning",
      [](const Doubles& forecast, const Doubles& truth, std::size_t lag) {
        return evaluation::to_value(evaluation::provisioning(forecast, truth, lag));
      },
      py::arg("forecast"), py::arg("truth"), py::arg("lag") = 5,
      "Over, under and spike scores of one trace, whose first `lag` values were known.");
  m.def(
      "provision",
      [](const Doubles& limit, const Doubles& usage, double over_cost, double under_cost) {
        return evaluation::to_value(evaluation::provision(limit, usage, {over_cost, under_cost}));
      },
      py::arg("limit"), py::arg("usage"), py::kw_only(), py::arg("over_cost") = 1.0,
      py::arg("under_cost") = 1.0, "What allotting `limit` would have cost, step by step.");
  m.def(
      "rank_correlation",
      [](const Doubles& a, const Doubles& b) {
        return std::pair(evaluation::spearman(a, b), evaluation::kendall(a, b));
      },
      py::arg("a"), py::arg("b"), "Spearman's and Kendall's (tau-b); unknown pairs left out.");
  m.def(
      "filter_target",
      [](const Doubles& values, const std::string& filter, std::size_t window) {
        return array_of(features::filter_target(
            values, value_or_throw(features::target_filter(filter)), window));
      },
      py::arg("values"), py::arg("filter"), py::arg("window"),
      "A target as `anticipating` would learn it: past_max, past_max_future_mean, last_max_mean …");
}

}  // namespace

void bind_evaluation(py::module_& m) {
  bind_scores(m);
  py::class_<Evaluation>(m, "BacktestResults",
                         "What evaluate() found, one result a model and group.")
      .def("__len__", [](const Evaluation& e) { return e.page.results.size(); })
      .def(
          "scores",
          [](const Evaluation& e, std::size_t i) { return evaluation::to_value(e.at(i)); },
          py::arg("i"))
      .def(
          "forecasts", [](const Evaluation& e, std::size_t i) { return forecasts_of(e.at(i)); },
          py::arg("i"))
      .def("card_scores",
           [](const Evaluation& e) { return evaluation::card_scores(e.page.results); })
      .def(
          "to_html", [](const Evaluation& e) { return report::to_html(e.page); },
          "A page of its own, with plots.");
  m.def("backtest", &backtest, py::arg("jobs"), py::arg("settings"),
        py::arg("progress") = py::none(),
        "Rolling origins of (name, group, data, kind, options); see evaluate().");
}

}  // namespace learningplane::python
