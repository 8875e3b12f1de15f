#include "learningplane/decision/placement_study.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "learningplane/error.hpp"

namespace learningplane::decision {

namespace {

using Chooser = std::function<std::size_t(const StudyMoment&, std::size_t current)>;

double known_mean(const std::vector<double>& values) {
  double sum = 0, n = 0;
  for (const double v : values) {
    if (std::isnan(v)) continue;
    sum += v;
    n += 1;
  }
  return n > 0 ? sum / n : std::numeric_limits<double>::quiet_NaN();
}

StudyRow walk(const PlacementStudy& study, std::size_t start, double constraint,
              const Chooser& choose) {
  StudyRow row;
  const double minutes = std::chrono::duration<double, std::ratio<60>>(study.step).count();
  std::size_t current = start;
  double sum = 0, n = 0, below = 0;
  for (const StudyMoment& moment : study.moments) {
    const std::size_t next = choose(moment, current);
    ++row.decisions;
    if (next != current) ++row.moves;
    current = next;
    for (const double v : moment.delivered[current]) {
      if (std::isnan(v)) continue;
      n += 1;
      sum += v;
      if (v < constraint) below += 1;
    }
  }
  row.minutes_below = below * minutes;
  row.minutes_known = n * minutes;
  row.mean = n > 0 ? sum / n : std::numeric_limits<double>::quiet_NaN();
  return row;
}

/// One site's model over the study: refitted on the clock, fed row by row.
class SiteForecasts {
 public:
  SiteForecasts(const StudySite& site, const evaluation::ModelMaker& make,
                const PlacementStudyOptions& options)
      : site_(site), make_(make), options_(options) {}

  /// @return whether it fitted anew
  bool refit(TimePoint at) {
    const std::size_t known = site_.frame.lower_bound(at - site_.frame.step() + Duration(1));
    model_ = make_();
    const auto report = model_->fit(site_.frame.slice(0, known));
    failure_ = report ? std::nullopt : std::optional(report.error());
    seen_ = known;
    return true;
  }
  Quantity forecast(TimePoint at) {
    if (failure_) return Quantity::missing(Unknown::no_model, failure_->describe());
    const std::size_t known = site_.frame.lower_bound(at - site_.frame.step() + Duration(1));
    if (known > seen_) {
      if (auto taken = model_->update(site_.frame.slice(seen_, known - seen_)); !taken)
        return Quantity::missing(Unknown::failed, taken.error().describe());
      seen_ = known;
    }
    if (stale(at, known)) return Quantity::missing(Unknown::stale, "no recent observation");
    const std::vector<double> levels{options_.quantile};
    const auto f = model_->forecast(options_.horizon, levels);
    if (!f) return Quantity::missing(Unknown::not_a_number, f.error().describe());
    double sum = 0;
    for (std::size_t s = 0; s < f->steps(); ++s) sum += f->quantile(s, 0);
    return Quantity::of(sum / static_cast<double>(f->steps()), f->imputed_share);
  }
  Quantity now(TimePoint at) const {
    std::size_t row = site_.frame.lower_bound(at - site_.frame.step() + Duration(1));
    const telemetry::Column& target = *site_.frame.find(options_.target);
    while (row > 0 && !target.known(row - 1)) --row;
    if (stale(at, row)) return Quantity::missing(Unknown::stale, "no recent observation");
    return Quantity::of(target.values[row - 1]);
  }
  std::vector<double> delivered(TimePoint at, Duration step) const {
    std::vector<double> out(options_.horizon, std::numeric_limits<double>::quiet_NaN());
    const telemetry::Column& target = *site_.frame.find(options_.target);
    const auto begin = site_.frame.lower_bound(at);
    for (std::size_t row = begin; row < site_.frame.rows(); ++row) {
      const auto slot = static_cast<std::size_t>((site_.frame.time(row) - at) / step);
      if (slot >= out.size()) break;
      if (target.known(row)) out[slot] = target.values[row];
    }
    return out;
  }

 private:
  bool stale(TimePoint at, std::size_t known) const {
    return known == 0 || at - site_.frame.time(known - 1) > options_.max_age;
  }
  const StudySite& site_;
  const evaluation::ModelMaker& make_;
  const PlacementStudyOptions& options_;
  std::unique_ptr<model::Forecaster> model_{};
  std::optional<Failure> failure_{};
  std::size_t seen_ = 0;
};

std::size_t highest(const std::vector<double>& values, std::size_t current) {
  std::size_t best = current;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (std::isnan(values[i])) continue;
    if (std::isnan(values[best]) || values[i] > values[best]) best = i;
  }
  return best;
}

}  // namespace

Result<PlacementStudy> study_placement(const std::vector<StudySite>& sites,
                                       const evaluation::ModelMaker& make,
                                       const PlacementStudyOptions& options) {
  if (sites.empty() || options.horizon == 0 || options.every.count() <= 0 ||
      options.refit_every.count() <= 0)
    return fail(Errc::invalid_argument,
                "placement study: sites, horizon, every and refit_every are needed");
  PlacementStudy out;
  TimePoint start{}, end = TimePoint::max();
  for (const StudySite& site : sites) {
    const auto target = site.frame.require(options.target);
    if (!target) return fail_within("site " + site.name, target.error());
    std::size_t first = 0, last = site.frame.rows();
    while (first < last && !(*target)->known(first)) ++first;
    while (last > first && !(*target)->known(last - 1)) --last;
    if (last - first < 2)
      return fail(Errc::not_enough_data, "site " + site.name + ": fewer than two known values");
    start = std::max(start, site.frame.time(first));
    end = std::min(end, site.frame.time(last - 1));
    out.sites.push_back(site.name);
  }
  out.step = sites.front().frame.step();
  const TimePoint begin = start + options.first;
  const Duration reach = out.step * static_cast<std::int64_t>(options.horizon);
  std::vector<SiteForecasts> at_sites;
  for (const StudySite& site : sites) {
    at_sites.emplace_back(site, make, options);
    const telemetry::Column& target = *site.frame.find(options.target);
    for (std::size_t row = 0; row < site.frame.rows() && site.frame.time(row) < begin; ++row) {
      if (target.known(row)) out.past.push_back(target.values[row]);
    }
  }
  TimePoint refit_at = begin;
  for (TimePoint at = begin; at < start + options.last && at + reach <= end + out.step;
       at += options.every) {
    StudyMoment moment;
    moment.at = at;
    if (at >= refit_at) {
      for (SiteForecasts& site : at_sites) out.refits += site.refit(at) ? 1 : 0;
      refit_at += options.refit_every;
    }
    for (SiteForecasts& site : at_sites) {
      moment.forecasts.push_back(site.forecast(at));
      moment.now.push_back(site.now(at));
      moment.delivered.push_back(site.delivered(at, out.step));
    }
    out.moments.push_back(std::move(moment));
  }
  if (out.moments.empty())
    return fail(Errc::not_enough_data, "placement study: no trigger falls into the data");
  return out;
}

StudyRow follow(const PlacementStudy& study, Policy& policy, std::size_t start, double constraint) {
  std::optional<TimePoint> last_change;
  StudyRow row = walk(study, start, constraint, [&](const StudyMoment& m, std::size_t current) {
    Observation seen;
    seen.at = m.at;
    seen.application = "study";
    seen.current = study.sites[current];
    seen.last_change = last_change;
    for (std::size_t i = 0; i < study.sites.size(); ++i)
      seen.candidates.push_back({study.sites[i], m.forecasts[i]});
    const Decision decision = policy.decide(seen);
    const Place* place = std::get_if<Place>(&decision.action);
    if (place == nullptr) return current;
    const auto found = std::find(study.sites.begin(), study.sites.end(), place->site);
    if (found == study.sites.end()) return current;
    const auto next = static_cast<std::size_t>(found - study.sites.begin());
    if (next != current) last_change = m.at;
    return next;
  });
  row.strategy = "agent";
  return row;
}

StudyRow never_move(const PlacementStudy& study, std::size_t site, double constraint) {
  StudyRow row = walk(study, site, constraint,
                      [](const StudyMoment&, std::size_t current) { return current; });
  row.strategy = "never move: " + study.sites[site];
  return row;
}

StudyRow best_now(const PlacementStudy& study, std::size_t start, double constraint) {
  StudyRow row = walk(study, start, constraint, [](const StudyMoment& m, std::size_t current) {
    std::vector<double> values;
    for (const Quantity& q : m.now) values.push_back(q.value);
    return highest(values, current);
  });
  row.strategy = "best now";
  return row;
}

StudyRow oracle(const PlacementStudy& study, std::size_t start, double constraint) {
  StudyRow row = walk(study, start, constraint, [](const StudyMoment& m, std::size_t current) {
    std::vector<double> values;
    for (const std::vector<double>& site : m.delivered) values.push_back(known_mean(site));
    return highest(values, current);
  });
  row.strategy = "oracle";
  return row;
}

double constraint_from_past(const PlacementStudy& study, double quantile) {
  if (study.past.empty()) throw LogicError("placement study: nothing was seen before it began");
  std::vector<double> sorted = study.past;
  std::sort(sorted.begin(), sorted.end());
  const double position = quantile * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

Value to_value(const StudyRow& row) {
  return Value::object()
      .set("strategy", row.strategy)
      .set("decisions", row.decisions)
      .set("moves", row.moves)
      .set("minutes_below", row.minutes_below)
      .set("minutes_known", row.minutes_known)
      .set("mean", row.mean);
}

}  // namespace learningplane::decision
