#include "learningplane/selection/auto_series.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "learningplane/error.hpp"
#include "selection/auto_series_options.hpp"
#include "selection/candidates.hpp"
#include "selection/contest.hpp"

namespace learningplane::selection {

using model::SeriesMethod;
using model::Tensor;
using model::Tensors;

namespace {

constexpr double dominance = 0.6;  // of the combination's error: below, one member says it all
constexpr double forgets = 1 - 0.9785720620877001;  // half after 32 questions, 8 horizons
constexpr double drift_ratio = 2.5;                 // of recent to promised error
constexpr auto nobody = std::numeric_limits<std::size_t>::max();

}  // namespace

struct AutoSeries::Impl {
  struct Member {
    std::string name{};
    std::unique_ptr<SeriesMethod> method{};
    double error = 0, weight = 0;
  };
  AutoSeriesOptions options{};
  std::vector<Member> members{};
  std::vector<std::string> left_out{};
  ValidationResiduals residuals{};
  Combine combine = Combine::median;  // of the last choice
  std::size_t alone = nobody;         // the member that stands for all
  double promised = 0, recent = 0;    // error of the combination, by validation and since
  std::size_t answered = 0;           // questions since fit()
  std::size_t origins = 0;            // of the validation
  std::vector<double> history{};
  std::optional<detail::Contest> contest{};

  Impl() = default;
  Impl(const Impl& o)
      : options(o.options),
        left_out(o.left_out),
        residuals(o.residuals),
        combine(o.combine),
        alone(o.alone),
        promised(o.promised),
        recent(o.recent),
        answered(o.answered),
        origins(o.origins),
        history(o.history),
        contest(o.contest) {
    for (const Member& m : o.members)
      members.push_back({m.name, m.method->clone(), m.error, m.weight});
  }
  Impl& operator=(const Impl&) = delete;
  ~Impl() = default;

  void say(std::span<double> out, std::vector<double>* each) const;
  void choose(std::span<const double> errors, std::size_t from_origins);
  void stand_alone(std::size_t member);
  std::span<const double> kept() const;
  void open_contest();
};

AutoSeries::AutoSeries(AutoSeriesOptions options) : impl_(std::make_unique<Impl>()) {
  detail::check(options);
  impl_->options = std::move(options);
}
AutoSeries::AutoSeries(const AutoSeries& other)
    : SeriesMethod(other), impl_(std::make_unique<Impl>(*other.impl_)) {}
AutoSeries::~AutoSeries() = default;

const AutoSeriesOptions& AutoSeries::options() const { return impl_->options; }
const ValidationResiduals& AutoSeries::residuals() const { return impl_->residuals; }
std::span<const double> AutoSeries::history() const { return impl_->kept(); }

bool AutoSeries::drifted() const {
  return impl_->answered >= 4 && impl_->recent > drift_ratio * impl_->promised;
}

/// The members' forecasts as one; `each` takes members x steps.
void AutoSeries::Impl::say(std::span<double> out, std::vector<double>* each) const {
  const std::size_t steps = out.size(), count = members.size();
  std::vector<double> all(count * steps), column(count), weights(count), scratch;
  for (std::size_t m = 0; m < count; ++m) {
    weights[m] = members[m].weight;
    if (weights[m] > 0 || each != nullptr)
      members[m].method->forecast(std::span(all).subspan(m * steps, steps));
    // A member that grew beyond all numbers is left out of this forecast.
    for (std::size_t s = 0; s < steps; ++s) {
      if (!std::isfinite(all[m * steps + s])) weights[m] = 0;
    }
  }
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  if (!(sum > 0)) {
    std::fill(out.begin(), out.end(), history.back());
  } else {
    for (double& w : weights) w /= sum;
    for (std::size_t s = 0; s < steps; ++s) {
      for (std::size_t m = 0; m < count; ++m) column[m] = all[m * steps + s];
      out[s] = detail::combine_step(combine, column, weights, scratch);
    }
  }
  if (each != nullptr) *each = std::move(all);
}

void AutoSeries::Impl::choose(std::span<const double> errors, std::size_t from_origins) {
  combine = options.combine;
  if (combine == Combine::best && from_origins < 20) combine = Combine::median;
  const std::vector<double> weights = detail::shares(combine, errors, from_origins);
  for (std::size_t m = 0; m < members.size(); ++m) {
    members[m].error = errors[m];
    members[m].weight = weights[m];
  }
  alone = nobody;
}

void AutoSeries::Impl::stand_alone(std::size_t member) {
  for (Member& m : members) m.weight = 0;
  members[member].weight = 1;
  alone = member;
}

/// More is held for a while, so that dropping the oldest costs little.
std::span<const double> AutoSeries::Impl::kept() const {
  return std::span<const double>(history).last(std::min(history.size(), options.most_history));
}

void AutoSeries::Impl::open_contest() {
  contest.emplace(
      detail::Contest::Settings{options.horizon, members.size(), options.criterion, options.level});
}

namespace {

/// What a member said from every origin.
struct Trial {
  std::vector<std::vector<double>> said{};  // one list an origin
  double error = 0;
  std::string why_not{};  // empty: it can be compared
};

struct Plan {
  std::span<const double> y;
  std::size_t cut;                   // values that members learn from
  std::vector<std::size_t> origins;  // values known at each
  std::vector<std::size_t> steps;    // forecast from each
};

Plan make_plan(std::span<const double> y, const AutoSeriesOptions& o) {
  const std::size_t n = y.size();
  // Room for whole horizons where the series is long, for what there is where it is short.
  const auto share = static_cast<std::size_t>(o.validation_share * static_cast<double>(n));
  const std::size_t held =
      std::clamp(std::max(share, 2 * o.horizon), std::size_t{1}, std::max<std::size_t>(1, n / 2));
  Plan plan{y, n - held, {}, {}};
  const std::size_t last = held > o.horizon ? n - o.horizon : n - 1;
  const std::size_t span = last - plan.cut;
  const std::size_t count = std::min(o.origins, span + 1);
  for (std::size_t k = 0; k < count; ++k) {
    const std::size_t at =
        count == 1 ? plan.cut : plan.cut + (2 * k * span + count - 1) / (2 * (count - 1));
    plan.origins.push_back(at);
    plan.steps.push_back(std::min(o.horizon, n - at));
  }
  return plan;
}

Trial run(SeriesMethod& method, const Plan& plan, const AutoSeriesOptions& o) {
  Trial out;
  if (auto fit = method.fit(plan.y.first(plan.cut)); !fit) {
    out.why_not = fit.error().message + " before the validation origins";
    return out;
  }
  std::size_t at = plan.cut, count = 0;
  for (std::size_t k = 0; k < plan.origins.size(); ++k) {
    while (at < plan.origins[k]) method.append(plan.y[at++]);
    std::vector<double> said(plan.steps[k]);
    method.forecast(said);
    for (std::size_t s = 0; s < said.size(); ++s) {
      if (!std::isfinite(said[s])) {
        out.why_not = "its forecast grew beyond what a number can hold";
        return out;
      }
      out.error += detail::penalty(o.criterion, o.level, said[s], plan.y[at + s]);
      ++count;
    }
    out.said.push_back(std::move(said));
  }
  out.error = detail::criterion_value(o.criterion, out.error / static_cast<double>(count));
  if (!std::isfinite(out.error)) out.why_not = "its error grew beyond what a number can hold";
  return out;
}

}  // namespace

Result<void> AutoSeries::fit(std::span<const double> whole) {
  if (whole.size() < 2)
    return fail(Errc::not_enough_data,
                "auto: " + std::to_string(whole.size()) + " values; 2 are needed");
  AutoSeriesOptions o = impl_->options;
  const std::span<const double> y = whole.last(std::min(whole.size(), o.most_history));
  if (!std::all_of(y.begin(), y.end(), [](double v) { return std::isfinite(v); }))
    return fail(Errc::unknown_data, "auto: a value is not a finite number");
  auto fresh = std::make_unique<Impl>();
  fresh->options = o;
  if (o.select == Select::behaviour && o.families.empty()) {
    detail::Observed seen = detail::observe(y);
    o.families = std::move(seen.families);
    fresh->left_out.push_back(std::move(seen.words));
  }
  for (std::string& text : detail::too_short_for(o, y.size()))
    fresh->left_out.push_back(std::move(text));
  const Plan plan = make_plan(y, o);
  std::vector<Trial> trials;
  std::vector<double> errors;
  for (detail::Candidate& c : detail::candidates(o, y.size())) {
    Trial trial = run(*c.method->clone(), plan, o);
    if (!trial.why_not.empty()) {
      fresh->left_out.push_back(c.name + " left out: " + trial.why_not);
      continue;
    }
    if (auto fit = c.method->fit(y); !fit) {
      fresh->left_out.push_back(c.name + " left out: " + fit.error().message);
      continue;
    }
    errors.push_back(trial.error);
    trials.push_back(std::move(trial));
    fresh->members.push_back({c.name, std::move(c.method), errors.back(), 0});
  }
  if (fresh->members.empty()) {
    fresh->members.push_back({"naive", detail::candidate(o, "naive"), 0, 1});
    if (auto fit = fresh->members[0].method->fit(y); !fit) return fit;
    trials.push_back(run(*detail::candidate(o, "naive"), plan, o));
    errors.push_back(trials[0].error);
  }
  fresh->origins = plan.origins.size();
  fresh->choose(errors, fresh->origins);

  // What the combination would have said, which is also what its intervals rest on.
  std::vector<double> column(trials.size()), weights(trials.size()), scratch;
  const auto combined = [&](std::size_t k, std::size_t s) {
    for (std::size_t m = 0; m < trials.size(); ++m) {
      column[m] = trials[m].said[k][s];
      weights[m] = fresh->members[m].weight;
    }
    return detail::combine_step(fresh->combine, column, weights, scratch);
  };
  const auto measure = [&] {
    fresh->residuals = {plan.origins, {}};
    double sum = 0;
    std::size_t count = 0;
    for (std::size_t k = 0; k < plan.origins.size(); ++k) {
      std::vector<double>& row = fresh->residuals.values.emplace_back();
      for (std::size_t s = 0; s < plan.steps[k]; ++s) {
        const double said = combined(k, s), truth = y[plan.origins[k] + s];
        row.push_back(truth - said);
        sum += detail::penalty(o.criterion, o.level, said, truth);
        ++count;
      }
    }
    fresh->promised = detail::criterion_value(o.criterion, sum / static_cast<double>(count));
  };
  measure();
  const auto least = std::min_element(errors.begin(), errors.end());
  if (fresh->origins >= 20 && *least < dominance * fresh->promised) {
    fresh->stand_alone(static_cast<std::size_t>(least - errors.begin()));
    measure();
  }
  fresh->recent = fresh->promised;
  fresh->history.assign(y.begin(), y.end());
  fresh->open_contest();
  impl_ = std::move(fresh);
  return {};
}

void AutoSeries::append(double y) {
  Impl& s = *impl_;
  const Criterion criterion = s.options.criterion;
  if (s.contest->due()) {
    std::vector<double> each, one(s.options.horizon);
    s.say(one, &each);
    s.contest->pose(std::move(each), std::move(one));
  }
  if (s.contest->answer(y)) {
    // In units of penalties, so that squares stay squares while they are averaged.
    const bool squares = criterion == Criterion::rmse;
    const auto mix = [squares](double before, double now) {
      if (!(before < detail::no_number) || !(now < detail::no_number))
        return squares && now < detail::no_number ? std::sqrt(now) : now;
      const double old = squares ? before * before : before;
      const double mixed = old + forgets * (now - old);
      return squares ? std::sqrt(mixed) : mixed;
    };
    std::vector<double> errors;
    for (std::size_t m = 0; m < s.members.size(); ++m)
      errors.push_back(mix(s.members[m].error, s.contest->last()[m]));
    const double now = s.contest->last().back();
    ++s.answered;
    const double share = 1.0 / static_cast<double>(std::min<std::size_t>(s.answered + 1, 8));
    s.recent += share * (detail::criterion_value(criterion, now) - s.recent);
    // A lone winner stays alone while it is the best.
    const std::size_t lone = s.alone;
    s.choose(errors, s.origins + s.answered);
    if (lone != nobody && errors[lone] <= *std::min_element(errors.begin(), errors.end()))
      s.stand_alone(lone);
  }
  for (auto& m : s.members) m.method->append(y);
  s.history.push_back(y);
  if (s.history.size() > s.options.most_history + 512)
    s.history.erase(s.history.begin(),
                    s.history.end() - static_cast<std::ptrdiff_t>(s.options.most_history));
}

void AutoSeries::forecast(std::span<double> out) const { impl_->say(out, nullptr); }

std::unique_ptr<SeriesMethod> AutoSeries::clone() const {
  return std::unique_ptr<SeriesMethod>(new AutoSeries(*this));
}

std::vector<MemberReport> AutoSeries::members() const {
  std::vector<MemberReport> out;
  for (const Impl::Member& m : impl_->members)
    out.push_back({m.name, m.error, m.weight, m.method->describe()});
  if (impl_->alone != nobody) {
    std::string& note = out[impl_->alone].note;
    note += (note.empty() ? "" : "; ") + std::string("so much better that it stands alone");
  }
  return out;
}

std::string AutoSeries::describe() const {
  std::string used, out;
  std::size_t count = 0;
  for (const Impl::Member& m : impl_->members) {
    if (!(m.weight > 0)) continue;
    used += (used.empty() ? "" : ", ") + m.name;
    ++count;
  }
  out = count == 1 ? used : std::string(to_string(impl_->combine)) + " of " + used;
  out += " from " + std::to_string(impl_->kept().size()) + " values";
  if (impl_->alone != nobody) out += "; it is so much better that it stands alone";
  const bool one = impl_->alone != nobody || impl_->combine == Combine::best;
  for (const Impl::Member& m : impl_->members) {
    if (!(m.weight > 0))
      out += "; " + m.name + (one ? " is worse" : " left out: its error is too large");
  }
  for (const std::string& text : impl_->left_out) out += "; " + text;
  return out;
}

Tensors AutoSeries::save() const {
  Tensors out;
  const Impl& s = *impl_;
  for (std::size_t i = 0; i < s.members.size(); ++i) {
    const Impl::Member& m = s.members[i];
    const std::string prefix = std::to_string(i) + "." + m.name + "/";
    out[prefix + "standing"] = {{2}, {m.error, m.weight}};
    for (auto& [name, tensor] : m.method->save()) out[prefix + name] = tensor;
  }
  const std::span<const double> kept = s.kept();
  out["history"] = {{kept.size()}, {kept.begin(), kept.end()}};
  out["contest"] = {
      {7},
      {s.promised, s.recent, static_cast<double>(s.answered), static_cast<double>(s.origins),
       static_cast<double>(s.members.size()), static_cast<double>(static_cast<int>(s.combine)),
       s.alone == nobody ? -1 : static_cast<double>(s.alone)}};
  const std::vector<double> questions = s.contest->save();
  out["questions"] = {{questions.size()}, questions};
  return out;
}

void AutoSeries::load(const Tensors& tensors) {
  const auto get = [&tensors](const std::string& name) -> const Tensor& {
    const auto found = tensors.find(name);
    if (found == tensors.end()) throw FormatError("the tensor 'learned." + name + "' is absent");
    return found->second;
  };
  auto fresh = std::make_unique<Impl>();
  fresh->options = impl_->options;
  const std::vector<double>& facts = get("contest").values;
  fresh->history = get("history").values;
  if (facts.size() != 7 || !(facts[4] >= 1 && facts[4] <= 100) || fresh->history.size() < 2 ||
      !(facts[5] >= 0 && facts[5] <= 2) || !(facts[2] >= 0 && facts[2] < 1e15) ||
      !(facts[3] >= 0 && facts[3] < 1e9) || !(facts[0] >= 0) || !(facts[1] >= 0) ||
      !(facts[6] >= -1 && facts[6] < facts[4]))
    throw FormatError("the tensors of auto do not fit together");
  fresh->promised = facts[0];
  fresh->recent = facts[1];
  fresh->answered = static_cast<std::size_t>(facts[2]);
  fresh->origins = static_cast<std::size_t>(facts[3]);
  fresh->combine = static_cast<Combine>(static_cast<int>(facts[5]));
  const auto count = static_cast<std::size_t>(facts[4]);
  std::vector<std::string> names(count);
  std::vector<Tensors> parts(count);
  for (const auto& [key, tensor] : tensors) {
    const std::size_t dot = key.find('.'), slash = key.find('/');
    if (dot == std::string::npos || slash == std::string::npos || dot > slash || dot > 2) continue;
    std::size_t at = 0;
    for (const char c : key.substr(0, dot)) {
      if (c < '0' || c > '9') throw FormatError("the tensor 'learned." + key + "' cannot be used");
      at = at * 10 + static_cast<std::size_t>(c - '0');
    }
    if (at >= count) throw FormatError("the tensor 'learned." + key + "' belongs to no member");
    names[at] = key.substr(dot + 1, slash - dot - 1);
    parts[at][key.substr(slash + 1)] = tensor;
  }
  double weights = 0;
  for (std::size_t i = 0; i < count; ++i) {
    Impl::Member m{names[i], detail::candidate(fresh->options, names[i]), 0, 0};
    const auto standing = parts[i].extract("standing");
    if (standing.empty() || standing.mapped().values.size() != 2)
      throw FormatError("the standing of member " + std::to_string(i) + " is absent");
    m.error = standing.mapped().values[0];
    m.weight = standing.mapped().values[1];
    if (!(m.error >= 0) || !(m.weight >= 0 && m.weight <= 1))
      throw FormatError("the standing of member '" + names[i] + "' cannot be used");
    weights += m.weight;
    m.method->load(parts[i]);
    fresh->members.push_back(std::move(m));
  }
  if (!(weights > 0)) throw FormatError("no member has a weight");
  if (facts[6] >= 0) {
    fresh->alone = static_cast<std::size_t>(facts[6]);
    if (fresh->members[fresh->alone].weight != 1)
      throw FormatError("who stands alone has no weight");
  }
  fresh->open_contest();
  fresh->contest->load(get("questions").values);
  impl_ = std::move(fresh);
}

}  // namespace learningplane::selection
