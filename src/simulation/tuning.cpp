#include "learningplane/simulation/tuning.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "learningplane/decision/scaling_objective.hpp"
#include "learningplane/error.hpp"
#include "simulation/tuning_choice.hpp"

namespace learningplane::simulation {

namespace {

constexpr std::array<std::string_view, 5> aim_names = {"events", "violations", "instance_minutes",
                                                       "cost", "energy"};
using Point = std::vector<std::size_t>;  ///< an index for each axis

TuningAxis numbers(std::string option, std::initializer_list<double> values) {
  TuningAxis axis{std::move(option), {}};
  for (const double v : values) axis.values.emplace_back(v);
  return axis;
}
TuningAxis times(std::string option, std::initializer_list<const char*> values) {
  TuningAxis axis{std::move(option), {}};
  for (const char* v : values) axis.values.emplace_back(v);
  return axis;
}

/// Every point of a misspelt axis would be refused, and the policy as given would win unopposed.
void check_axes(const TuningOptions& o, const Registries& registries) {
  std::vector<std::string> known{"margin"};
  for (const Parameter& p : registries.policies.manifest(o.policy.get("kind", "")).parameters)
    known.push_back(p.name);
  for (const TuningAxis& a : o.axes) {
    if (std::find(known.begin(), known.end(), a.option) == known.end())
      throw ConfigError("", "search", a.option, fmt::format("{}", fmt::join(known, ", ")));
    if (a.values.empty()) throw ConfigError("", a.option, "no values", "at least one");
  }
}

void check(const TuningOptions& o, std::size_t slots) {
  const auto range = [&](std::string_view key, const SlotRange& r) {
    if (r.first >= r.last || r.last > slots)
      throw ConfigError("", key, fmt::format("{} to {}", r.first, r.last),
                        fmt::format("slots of the trace, which has {}", slots));
  };
  range("train", o.train);
  if (o.score) {
    range("score", *o.score);
    if (o.score->first < o.train.last && o.train.first < o.score->last)
      throw ConfigError("", "score", fmt::format("{} to {}", o.score->first, o.score->last),
                        "slots that the policy is not chosen by");
  }
  if (o.trials < 1) throw ConfigError("", "trials", "0", "at least 1");
  if (o.aims.empty()) throw ConfigError("", "aims", "none", "at least one");
  if (o.bound >= o.lineup.simulation.bounds.size())
    throw ConfigError("", "bound", fmt::format("{}", o.bound), "0, 1 or 2");
  const auto asked = [&](TuningAim aim) {
    return std::find(o.aims.begin(), o.aims.end(), aim) != o.aims.end();
  };
  if (asked(TuningAim::cost) && !(o.lineup.simulation.price > 0))
    throw ConfigError("", "price", "0", "above 0, where cost is an aim");
  if (asked(TuningAim::energy) && !(o.lineup.simulation.watts > 0))
    throw ConfigError("", "watts", "0", "above 0, where energy is an aim");
}

TuningFigures figures(const SimulationResult& r, std::size_t bound) {
  return {r.events, r.violations[bound], r.instance_minutes, r.cost, r.kilowatt_hours};
}

/// The search: what was tried, and on what.
class Search {
 public:
  Search(const WorkloadTrace& trace, const decision::Capacity& capacity, Tuning& result,
         const Registries& registries)
      : result_(result),
        o_(result.options),
        registries_(registries),
        random_(o_.seed, 21),
        train_(trace, capacity, lineup(o_.train), registries) {}

  void run() {
    // For a choice that holds half of them say how it looks round the best.
    const std::size_t left =
        o_.choice == TuningChoice::flat ? std::max<std::size_t>(1, o_.trials / 2) : o_.trials;
    try_all({Point{}});
    if (result_.trials.empty())
      throw ConfigError("", "policy", o_.policy.get("kind", ""), "a policy that can be built");
    if (space() < static_cast<double>(o_.trials)) return try_all(every_point());
    // Half of the trials look round, the rest go on from what is best so far.
    try_all(drawn(left / 2));
    while (seen_.size() < left) {
      result_.front = front();
      std::vector<Point> next = neighbours(std::max<std::size_t>(16, left / 8));
      if (next.empty()) next = drawn(std::max<std::size_t>(16, left / 8));
      if (next.empty()) break;
      if (seen_.size() + next.size() > left) next.resize(left - seen_.size());
      try_all(next);
    }
  }

  /// The trial nearest to the best whose neighbours are as good. Tries neighbours as long as trials
  /// are left. @return nothing where no trial keeps what was asked
  std::optional<std::size_t> flat() {
    std::vector<std::size_t> candidates;
    for (const std::size_t i : near_best(result_)) {
      if (points_[i].empty()) continue;  // the one given stands beside nothing
      const std::vector<Point> around = beside(points_[i]);
      const auto fresh = static_cast<std::size_t>(std::count_if(
          around.begin(), around.end(), [&](const Point& p) { return seen_.count(p) == 0; }));
      if (seen_.size() + fresh > o_.trials) continue;
      try_all(around);
      candidates.push_back(i);
    }
    if (candidates.empty()) return std::nullopt;
    std::map<Point, std::size_t> trials;
    for (std::size_t i = 0; i < points_.size(); ++i) trials.emplace(points_[i], i);
    Beside all;
    for (const std::size_t i : candidates) {
      all.push_back({i});
      for (const Point& p : beside(points_[i])) {
        if (const auto at = trials.find(p); at != trials.end()) all.back().push_back(at->second);
      }
    }
    return choose_flat(result_, candidates, all);
  }

  std::vector<std::size_t> front() {
    std::vector<TuningTrial>& all = result_.trials;
    std::vector<std::size_t> out;
    for (std::size_t i = 0; i < all.size(); ++i) {
      all[i].front = true;
      for (std::size_t k = 0; k < all.size() && all[i].front; ++k)
        all[i].front = !better(all[k].train, all[i].train, k < i);
      if (all[i].front) out.push_back(i);
    }
    std::stable_sort(out.begin(), out.end(), [&](std::size_t a, std::size_t b) {
      for (const TuningAim aim : o_.aims) {
        if (all[a].train.of(aim) != all[b].train.of(aim))
          return all[a].train.of(aim) < all[b].train.of(aim);
      }
      return false;
    });
    return out;
  }

  LineupOptions lineup(const SlotRange& range) const {
    LineupOptions l = o_.lineup;
    l.simulation.start_slot = range.first;
    l.simulation.slots = range.last - range.first;
    return l;
  }

 private:
  /// As good in all and better in one; of equals the first counts.
  bool better(const TuningFigures& a, const TuningFigures& b, bool earlier) const {
    bool strictly = false;
    for (const TuningAim aim : o_.aims) {
      if (a.of(aim) > b.of(aim)) return false;
      strictly = strictly || a.of(aim) < b.of(aim);
    }
    return strictly || earlier;
  }

  double space() const {
    double n = 1;
    for (const TuningAxis& a : o_.axes) n *= static_cast<double>(a.values.size());
    return n;
  }

  std::vector<Point> every_point() const {
    std::vector<Point> out{Point(o_.axes.size(), 0)};
    for (std::size_t a = 0; a < o_.axes.size(); ++a) {
      std::vector<Point> wider;
      for (const Point& p : out) {
        for (std::size_t v = 0; v < o_.axes[a].values.size(); ++v) {
          wider.push_back(p);
          wider.back()[a] = v;
        }
      }
      out = std::move(wider);
    }
    return out;
  }

  std::vector<Point> drawn(std::size_t count) {
    std::vector<Point> out;
    std::set<Point> new_ones;
    for (std::size_t tries = 0; out.size() < count && tries < 20 * count; ++tries) {
      Point p;
      for (const TuningAxis& a : o_.axes)
        p.push_back(
            static_cast<std::size_t>(random_.uniform() * static_cast<double>(a.values.size())));
      if (seen_.count(p) == 0 && new_ones.insert(p).second) out.push_back(std::move(p));
    }
    return out;
  }

  /// One axis a step further.
  std::vector<Point> beside(const Point& p) const {
    std::vector<Point> out;
    for (std::size_t a = 0; a < p.size(); ++a) {
      for (const bool up : {true, false}) {
        Point q = p;
        if (up ? ++q[a] >= o_.axes[a].values.size() : q[a]-- == 0) continue;
        out.push_back(std::move(q));
      }
    }
    return out;
  }

  std::vector<Point> neighbours(std::size_t most) {
    std::vector<Point> out;
    std::set<Point> new_ones;
    for (const std::size_t i : result_.front) {
      for (Point& q : beside(points_[i])) {
        if (out.size() < most && seen_.count(q) == 0 && new_ones.insert(q).second)
          out.push_back(std::move(q));
      }
    }
    return out;
  }

  /// The policy of a point; an empty point is the policy given.
  TuningTrial trial(const Point& p) const {
    TuningTrial t{o_.policy, 0, {}, {}, false};
    for (std::size_t a = 0; a < p.size(); ++a) {
      const TuningAxis& axis = o_.axes[a];
      if (axis.option == "margin") {
        t.margin = axis.values[p[a]].as_double();
      } else {
        t.policy.set(axis.option, axis.values[p[a]]);
      }
    }
    if (t.margin == 0) return t;
    const Value* throughput = t.policy.find("throughput");
    const char* planned_by = throughput != nullptr ? "throughput" : "objective";
    const double promised = throughput != nullptr
                                ? throughput->as_double()
                                : t.policy.get("objective", decision::ScalingObjective{}.latency);
    // Rounded, so that files say 17.6 and not 17.599999999999998.
    t.policy.set(planned_by, std::round(promised * (1 - t.margin) * 1e9) / 1e9);
    return t;
  }

  void try_all(const std::vector<Point>& points) {
    std::vector<LineupEntry> lineup;
    const std::size_t first = result_.trials.size();
    const LineupOptions options = this->lineup(o_.train);
    for (const Point& p : points) {
      if (seen_.size() >= o_.trials) break;
      if (!seen_.insert(p).second) continue;
      TuningTrial t = trial(p);
      try {
        lineup.push_back(lineup_entry(t.policy, options, registries_));
      } catch (const ConfigError& e) {
        if (result_.trials.empty()) throw;  // the policy given itself
        if (result_.refused++ == 0) result_.refusal = e.what();
        continue;
      }
      result_.trials.push_back(std::move(t));
      points_.push_back(p);
    }
    const std::vector<SimulationResult> r = train_.run(lineup, false);
    for (std::size_t i = 0; i < r.size(); ++i)
      result_.trials[first + i].train = figures(r[i], o_.bound);
  }

  Tuning& result_;
  const TuningOptions& o_;
  const Registries& registries_;
  decision::ScalingRandom random_;
  Comparison train_;
  std::set<Point> seen_{};
  std::vector<Point> points_{};  ///< of each trial
};

void score(const WorkloadTrace& trace, const decision::Capacity& capacity, Tuning& t,
           const LineupOptions& options, const Registries& registries) {
  Comparison on(trace, capacity, options, registries);
  std::vector<LineupEntry> lineup{lineup_entry(t.trials.front().policy, options, registries)};
  for (const std::size_t i : t.front)
    lineup.push_back(lineup_entry(t.trials[i].policy, options, registries));
  lineup.push_back(lineup_entry(t.trials[t.chosen].policy, options, registries));
  const std::vector<SimulationResult> r = on.run(lineup, false);
  t.trials.front().score = figures(r.front(), t.options.bound);
  for (std::size_t i = 0; i < t.front.size(); ++i)
    t.trials[t.front[i]].score = figures(r[i + 1], t.options.bound);
  t.trials[t.chosen].score = figures(r.back(), t.options.bound);
}

}  // namespace

std::string_view to_string(TuningAim aim) { return aim_names[static_cast<std::size_t>(aim)]; }

std::string_view to_string(TuningChoice choice) {
  return choice == TuningChoice::flat ? "flat" : "knee";
}

TuningChoice tuning_choice_from(std::string_view name) {
  if (name == "flat") return TuningChoice::flat;
  if (name == "knee") return TuningChoice::knee;
  throw ConfigError("", "choice", name, "flat or knee");
}

TuningAim tuning_aim_from(std::string_view name) {
  const auto at = std::find(aim_names.begin(), aim_names.end(), name);
  if (at == aim_names.end())
    throw ConfigError("", "aims", name, "events, violations, instance_minutes, cost or energy");
  return static_cast<TuningAim>(at - aim_names.begin());
}

double TuningFigures::of(TuningAim aim) const {
  switch (aim) {
    case TuningAim::events: return static_cast<double>(events);
    case TuningAim::violations: return violations;
    case TuningAim::instance_minutes: return instance_minutes;
    case TuningAim::cost: return cost;
    case TuningAim::energy: return kilowatt_hours;
  }
  return 0;
}

std::vector<TuningAxis> usual_axes(const std::string& kind, const Registries& registries) {
  std::vector<TuningAxis> all = {times("window", {"15m", "30m", "1h", "2h", "3h"}),
                                 numbers("quantile", {0.5, 0.6, 0.75, 0.85, 0.95}),
                                 numbers("headroom", {0, 1, 2}),
                                 numbers("reach", {1, 2, 3, 5}),
                                 numbers("slack", {0, 1, 2, 3}),
                                 times("calm", {"5m", "10m", "20m", "40m"}),
                                 times("memory", {"0s", "30m", "1h", "2h"}),
                                 times("cooldown_down", {"0s", "10m", "30m"}),
                                 numbers("margin", {0, 0.05, 0.1})};
  const auto& parameters = registries.policies.manifest(kind).parameters;
  const auto takes = [&](std::string_view option) {
    return std::any_of(parameters.begin(), parameters.end(),
                       [&](const Parameter& p) { return p.name == option; });
  };
  std::vector<TuningAxis> out;
  for (TuningAxis& axis : all) {
    if (takes(axis.option == "margin" ? "objective" : axis.option)) out.push_back(std::move(axis));
  }
  return out;
}

Tuning tune(const WorkloadTrace& trace, const decision::Capacity& capacity, TuningOptions options,
            const Registries& registries) {
  Tuning t;
  if (options.axes.empty()) {
    for (TuningAxis& axis : usual_axes(options.policy.get("kind", ""), registries)) {
      if (options.policy.find(axis.option) == nullptr) options.axes.push_back(std::move(axis));
    }
  }
  t.options = std::move(options);
  check(t.options, trace.size());
  check_axes(t.options, registries);
  Search search(trace, capacity, t, registries);
  search.run();
  if (t.refused > 0 && t.trials.size() == 1)
    throw ConfigError("search: no combination of these values is a policy: " + t.refusal);
  std::optional<std::size_t> flat;
  if (t.options.choice == TuningChoice::flat) flat = search.flat();
  t.front = search.front();
  t.chosen = choose_knee(t);
  if (flat) t.chosen = *flat;
  if (t.options.score) score(trace, capacity, t, search.lineup(*t.options.score), registries);
  return t;
}

}  // namespace learningplane::simulation
