#include <algorithm>
#include <cmath>
#include <deque>
#include <limits>
#include <numeric>

#include "learningplane/error.hpp"
#include "learningplane/model/nested.hpp"
#include "model/error_grid.hpp"
#include "selection/auto_engine.hpp"
#include "selection/contest.hpp"

namespace learningplane::selection {

namespace {

using model::Forecaster;

constexpr std::size_t neural_rows = 500;   // below, a network has nothing to learn from
constexpr std::size_t most_origins = 240;  // validation with a short horizon asks this often
constexpr std::size_t most_open = 64;      // questions whose answers are still to come

Value spec(const char* kind) { return Value::object().set("kind", kind); }

bool finite(const std::vector<double>& values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

class PoolEngine final : public AutoEngine {
 public:
  PoolEngine(const AutoOptions& options, const Registry<Forecaster>& all)
      : options_(options), all_(all) {
    for (const Value& s : specs(neural_rows)) (void)build(s);  // a wrong option is told now
  }

  bool fitted() const override { return !state_.members.empty(); }

  Result<model::FitReport> fit(const telemetry::Frame& data) override {
    const auto column = data.require(options_.target);
    if (!column) return tl::unexpected(column.error());
    const std::int64_t step = data.step().count();
    if (step <= 0)
      return fail(Errc::not_enough_data, "fewer than two rows, so that no step is known");
    const std::size_t n = data.rows(), h = options_.series.horizon;
    const auto share =
        static_cast<std::size_t>(options_.series.validation_share * static_cast<double>(n));
    const std::size_t held = std::min(std::max(share, 2 * h), n / 2);
    State fresh;
    fresh.step_ns = step;
    std::vector<Trial> trials;
    std::vector<std::string> left_out;
    const std::vector<std::size_t> origins = origins_of(n, held);
    for (const Value& s : specs(n)) {
      const std::string name = label(s);
      auto trial = run(s, data, n - held, origins);
      if (!trial) {
        left_out.push_back(name + " left out: " + trial.error().message);
        continue;
      }
      auto model = build(s);
      if (auto report = model->fit(data); !report) {
        left_out.push_back(name + " left out: " + report.error().message);
        continue;
      }
      fresh.members.push_back({name, s, std::move(model), 0, 0});
      trials.push_back(std::move(*trial));
    }
    if (fresh.members.empty()) {
      std::string why;
      for (const std::string& text : left_out) why += (why.empty() ? "" : "; ") + text;
      return fail(Errc::not_enough_data, why.empty() ? "no model can be fitted" : why);
    }
    judge(fresh, trials, origins, data, **column);
    model::FitReport report;
    report.rows = n;
    report.validation_loss = report.train_loss = fresh.validation_loss;
    report.note = describe(fresh, left_out);
    fresh.last_ns = data.times_ns()[n - 1];
    adopt(std::move(fresh));
    return report;
  }

  Result<void> update(const telemetry::Frame& data) override {
    const auto column = data.require(options_.target);
    if (!column) return tl::unexpected(column.error());
    for (const std::string& name : options_.inputs) {  // before any member has moved
      if (const auto input = data.require(name); !input) return tl::unexpected(input.error());
    }
    for (std::size_t r = data.lower_bound(from_ns(state_.last_ns + 1)); r < data.rows(); ++r) {
      pose();
      const bool known = (*column)->known(r) && std::isfinite((*column)->values[r]);
      answer(data.times_ns()[r],
             known ? (*column)->values[r] : std::numeric_limits<double>::quiet_NaN());
      const telemetry::Frame row = data.slice(r, 1);
      for (Member& m : state_.members) {
        if (auto done = m.model->update(row); !done) return fail_within(m.name, done.error());
      }
      state_.last_ns = data.times_ns()[r];
    }
    return {};
  }

  Result<model::Forecast> forecast(std::size_t horizon, std::span<const double> levels) override {
    std::vector<model::Forecast> said;
    std::vector<double> weights;
    Failure why;
    for (Member& m : state_.members) {
      if (!(m.weight > 0)) continue;
      auto f = m.model->forecast(horizon);
      if (!f) {
        why = std::move(f.error()).within(m.name);
        continue;
      }
      if (!finite(f->mean)) {
        why = {Errc::unknown_data, "the forecast grew beyond what a number can hold", m.name};
        continue;
      }
      weights.push_back(m.weight);
      said.push_back(std::move(*f));
    }
    // One member that cannot say anything does not silence the others; if most cannot, hold.
    if (said.empty() || std::accumulate(weights.begin(), weights.end(), 0.0) < 0.5)
      return tl::unexpected(std::move(why));
    model::Forecast out;
    out.times_ns = said.front().times_ns;
    std::vector<double> column(said.size()), scratch;
    double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
    for (double& w : weights) w /= sum;
    for (std::size_t s = 0; s < horizon; ++s) {
      for (std::size_t i = 0; i < said.size(); ++i) column[i] = said[i].mean[s];
      out.mean.push_back(detail::combine_step(combine(), column, weights, scratch));
    }
    for (const model::Forecast& f : said)
      out.imputed_share = std::max(out.imputed_share, f.imputed_share);
    state_.errors.widen(out, levels);
    return out;
  }

  void save(model::ModelState& out) const override {
    Value list = Value::array();
    for (std::size_t i = 0; i < state_.members.size(); ++i) {
      const Member& m = state_.members[i];
      const model::ModelState inner = m.model->save();
      list.push(Value::object().set("spec", m.spec).set("attributes", inner.attributes));
      const std::string prefix = "member." + std::to_string(i) + ".";
      out.tensors[prefix + "standing"] = {{2}, {m.error, m.weight}};
      for (const auto& [name, tensor] : inner.tensors) out.tensors[prefix + "t." + name] = tensor;
    }
    Value questions = Value::array();
    for (std::size_t i = 0; i < open_.size(); ++i) {
      const Question& q = open_[i];
      questions.push(Value::object().set("asked_ns", q.asked_ns).set("counted", q.counted));
      const std::string prefix = "question." + std::to_string(i) + ".";
      for (std::size_t m = 0; m < q.said.size(); ++m)
        out.tensors[prefix + std::to_string(m)] = {{q.said[m].size()}, q.said[m]};
      out.tensors[prefix + "sums"] = {{q.sums.size()}, q.sums};
    }
    out.attributes.set("members", list)
        .set("step_ns", state_.step_ns)
        .set("last_ns", state_.last_ns)
        .set("questions", questions)
        .set("answered", answered_);
    out.tensors["errors"] = {{state_.errors.steps(), model::detail::ErrorGrid::width},
                             state_.errors.values()};
  }

  void load(const model::ModelState& in) override {
    State fresh;
    const Value* list = in.attributes.find("members");
    const Value* step = in.attributes.find("step_ns");
    const Value* last = in.attributes.find("last_ns");
    if (list == nullptr || step == nullptr || last == nullptr)
      throw FormatError("the model lacks 'members', 'step_ns' or 'last_ns'");
    fresh.step_ns = step->as_int();
    if (fresh.step_ns <= 0) throw FormatError("'step_ns' is not above zero");
    fresh.last_ns = last->as_int();
    const auto& all = list->as_array();
    double weights = 0;
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Value* s = all[i].find("spec");
      const Value* attributes = all[i].find("attributes");
      const std::string prefix = "member." + std::to_string(i) + ".";
      const auto standing = in.tensors.find(prefix + "standing");
      if (s == nullptr || attributes == nullptr || standing == in.tensors.end() ||
          standing->second.values.size() != 2)
        throw FormatError("member " + std::to_string(i) + " is not whole");
      Member m{label(*s), *s, build(*s), standing->second.values[0], standing->second.values[1]};
      if (!(m.error >= 0) || !(m.weight >= 0 && m.weight <= 1))
        throw FormatError("the standing of member '" + m.name + "' cannot be used");
      model::ModelState inner;
      inner.attributes = *attributes;
      for (const auto& [name, tensor] : in.tensors) {
        if (name.starts_with(prefix + "t.")) inner.tensors[name.substr(prefix.size() + 2)] = tensor;
      }
      if (auto done = m.model->load(inner); !done) throw FormatError(done.error().message);
      weights += m.weight;
      fresh.members.push_back(std::move(m));
    }
    if (fresh.members.empty() || !(weights > 0)) throw FormatError("no member has a weight");
    const auto errors = in.tensors.find("errors");
    fresh.errors = model::detail::ErrorGrid::from(
        errors == in.tensors.end() ? std::vector<double>{} : errors->second.values);
    std::deque<Question> open = questions_from(in, fresh);
    const Value* answered = in.attributes.find("answered");
    if (answered == nullptr || answered->as_int() < 0) throw FormatError("'answered' is absent");
    adopt(std::move(fresh));
    open_ = std::move(open);
    answered_ = static_cast<std::size_t>(answered->as_int());
  }

  std::vector<MemberReport> members() const override {
    std::vector<MemberReport> out;
    for (const Member& m : state_.members)
      out.push_back({m.name, detail::criterion_value(options_.series.criterion, m.error), m.weight,
                     std::string(m.model->kind())});
    return out;
  }

 private:
  struct Member {
    std::string name{};
    Value spec{};
    std::unique_ptr<Forecaster> model{};
    double error = 0, weight = 0;
  };
  struct State {
    std::vector<Member> members{};
    std::int64_t step_ns = 0, last_ns = 0;
    model::detail::ErrorGrid errors{};
    double validation_loss = 0;
  };
  /// A member's forecasts from the origins; empty where it could say nothing.
  using Trial = std::vector<std::vector<double>>;
  struct Question {
    std::int64_t asked_ns;
    std::vector<std::vector<double>> said;  // one list a member; empty: nothing
    std::vector<double> sums;
    std::size_t counted;
  };

  std::deque<Question> questions_from(const model::ModelState& in, const State& state) const {
    const Value* list = in.attributes.find("questions");
    if (list == nullptr) throw FormatError("the model lacks 'questions'");
    std::deque<Question> out;
    for (const Value& one : list->as_array()) {
      const Value *asked = one.find("asked_ns"), *counted = one.find("counted");
      if (asked == nullptr || counted == nullptr || asked->as_int() > state.last_ns ||
          counted->as_int() < 0)
        throw FormatError("a question that was asked cannot be used");
      const std::string prefix = "question." + std::to_string(out.size()) + ".";
      const auto numbers = [&](const std::string& name, std::size_t count) {
        const auto found = in.tensors.find(prefix + name);
        if (found == in.tensors.end() || found->second.values.size() != count ||
            !finite(found->second.values))
          throw FormatError("the tensor '" + prefix + name + "' cannot be used");
        return found->second.values;
      };
      Question& q = out.emplace_back();
      q.asked_ns = asked->as_int();
      q.counted = static_cast<std::size_t>(counted->as_int());
      for (std::size_t m = 0; m < state.members.size(); ++m)
        q.said.push_back(numbers(std::to_string(m), options_.series.horizon));
      q.sums = numbers("sums", state.members.size());
    }
    return out;
  }

  Combine combine() const { return options_.series.combine; }

  std::vector<Value> specs(std::size_t rows) const {
    if (!options_.models.empty()) return options_.models;
    std::vector<Value> out = {spec("naive"), spec("ridge"), spec("ridge").set("output", "residual"),
                              spec("boosting")};
    if (rows >= neural_rows) out.push_back(spec("lstm"));
    return out;
  }
  static std::string label(const Value& s) {
    if (s.is_string()) return s.as_string();
    const std::string kind = s.get("kind", "");
    const Value* output = s.find("output");
    return output != nullptr && output->is_string() ? kind + "." + output->as_string() : kind;
  }
  /// What every member is told: the columns and, where it takes one, the horizon.
  std::unique_ptr<Forecaster> build(const Value& s) const {
    Value whole = s.is_string() ? spec(s.as_string().c_str()) : s;
    const std::string kind = whole.get("kind", "");
    if (all_.contains(kind)) {
      for (const Parameter& p : all_.manifest(kind).parameters) {
        if (whole.find(p.name) != nullptr) continue;
        if (p.name == "horizon") whole.set("horizon", options_.series.horizon);
        if (p.name == "inputs" && !options_.inputs.empty()) {
          Value names = Value::array();
          for (const std::string& name : options_.inputs) names.push(name);
          whole.set("inputs", names);
        }
      }
    }
    return model::build_nested(all_, whole, options_.target, "models");
  }

  std::vector<std::size_t> origins_of(std::size_t n, std::size_t held) const {
    const std::size_t h = options_.series.horizon, cut = n - held;
    const std::size_t span = held > h ? held - h : 0;
    const std::size_t wanted = std::max(options_.series.origins, most_origins / h);
    const std::size_t count = std::min(wanted, span + 1);
    std::vector<std::size_t> out;
    for (std::size_t k = 0; k < count; ++k)
      out.push_back(cut + (count == 1 ? 0 : k * span / (count - 1)));
    return out;
  }

  Result<Trial> run(const Value& s, const telemetry::Frame& data, std::size_t cut,
                    const std::vector<std::size_t>& origins) const {
    auto model = build(s);
    if (auto report = model->fit(data.slice(0, cut)); !report)
      return tl::unexpected(report.error());
    Trial out;
    Failure why{Errc::not_enough_data, "no validation origin", {}};
    std::size_t seen = cut, answers = 0;
    for (const std::size_t origin : origins) {
      if (origin > seen) {
        if (auto done = model->update(data.slice(seen, origin - seen)); !done)
          return tl::unexpected(done.error());
        seen = origin;
      }
      const std::size_t steps = std::min(options_.series.horizon, data.rows() - origin);
      std::vector<double>& said = out.emplace_back();
      // Of rows that do not follow each other nothing can be forecast: the origin is passed over.
      if (steps == 0) continue;
      auto f = model->forecast(steps);
      if (!f) {
        why = std::move(f.error());
        continue;
      }
      if (!finite(f->mean)) {
        why = {Errc::unknown_data, "the forecast grew beyond what a number can hold", {}};
        continue;
      }
      said = std::move(f->mean);
      ++answers;
    }
    // Who never says anything would keep all others from being compared.
    if (answers == 0) return tl::unexpected(std::move(why));
    return out;
  }

  void judge(State& fresh, const std::vector<Trial>& trials,
             const std::vector<std::size_t>& origins, const telemetry::Frame& data,
             const telemetry::Column& column) const {
    const AutoSeriesOptions& o = options_.series;
    const std::size_t count = fresh.members.size();
    std::vector<double> errors(count, 0);
    std::vector<std::vector<double>> residuals(o.horizon);
    std::size_t answered = 0;
    double squares = 0, squared = 0, known_weight = 0;
    const double decay = std::pow(0.5, 1 / options_.half_life);
    std::vector<double> weights(count, 1.0 / static_cast<double>(count)), now(count),
        column_said(count), scratch;
    for (std::size_t k = 0; k < origins.size(); ++k) {
      const bool all =
          std::all_of(trials.begin(), trials.end(), [k](const Trial& t) { return !t[k].empty(); });
      if (!all) continue;
      const std::size_t steps = trials[0][k].size();
      std::fill(now.begin(), now.end(), 0.0);
      std::size_t counted = 0;
      for (std::size_t s = 0; s < steps; ++s) {
        const std::size_t row = origins[k] + s;
        if (data.times_ns()[row] - data.times_ns()[origins[k] - 1] !=
            static_cast<std::int64_t>(s + 1) * fresh.step_ns)
          break;
        if (!column.known(row) || !std::isfinite(column.values[row])) continue;
        const double truth = column.values[row];
        for (std::size_t m = 0; m < count; ++m) {
          column_said[m] = trials[m][k][s];
          now[m] += detail::penalty(o.criterion, o.level, column_said[m], truth);
        }
        // With the shares that were known before, as it would have been then.
        const double said = detail::combine_step(combine(), column_said, weights, scratch);
        residuals[s].push_back(truth - said);
        squares += (truth - said) * (truth - said);
        squared += 1;
        ++counted;
      }
      if (counted == 0) continue;
      ++answered;
      known_weight = decay * known_weight + 1;
      for (std::size_t m = 0; m < count; ++m)
        errors[m] += (now[m] / static_cast<double>(counted) - errors[m]) / known_weight;
      weights = shares_of(errors, answered);
    }
    for (std::size_t m = 0; m < count; ++m) {
      fresh.members[m].error = errors[m];
      fresh.members[m].weight = weights[m];
    }
    fresh.validation_loss =
        squared > 0 ? squares / squared : std::numeric_limits<double>::quiet_NaN();
    for (std::size_t s = 0; s < residuals.size(); ++s) {
      if (residuals[s].empty()) residuals[s] = s > 0 ? residuals[s - 1] : std::vector<double>{0.0};
    }
    fresh.errors = model::detail::ErrorGrid(std::move(residuals));
  }

  std::vector<double> shares_of(const std::vector<double>& errors, std::size_t answered) const {
    // Penalties of squares are compared as roots, like all others in the target's unit.
    std::vector<double> sizes;
    for (const double e : errors)
      sizes.push_back(detail::criterion_value(options_.series.criterion, e));
    return detail::shares(combine(), sizes, answered);
  }

  void adopt(State fresh) {
    state_ = std::move(fresh);
    open_.clear();
    answered_ = 0;
  }

  /// Asks every member what is to come, before it is known.
  void pose() {
    const std::size_t h = options_.series.horizon, every = std::max<std::size_t>(1, h / 4);
    if (!open_.empty() &&
        state_.last_ns - open_.back().asked_ns < static_cast<std::int64_t>(every) * state_.step_ns)
      return;
    Question q{state_.last_ns, {}, std::vector<double>(state_.members.size(), 0), 0};
    for (Member& m : state_.members) {
      auto f = m.model->forecast(h);
      if (!f || !finite(f->mean)) return;  // compared only where all can say something
      q.said.push_back(std::move(f->mean));
    }
    open_.push_back(std::move(q));
    if (open_.size() > most_open) open_.pop_front();
  }

  void answer(std::int64_t time_ns, double truth) {
    const AutoSeriesOptions& o = options_.series;
    for (Question& q : open_) {
      const std::int64_t apart = time_ns - q.asked_ns;
      if (!std::isfinite(truth) || apart % state_.step_ns != 0) continue;
      const auto s = static_cast<std::size_t>(apart / state_.step_ns - 1);
      if (s >= o.horizon) continue;
      for (std::size_t m = 0; m < state_.members.size(); ++m)
        q.sums[m] += detail::penalty(o.criterion, o.level, q.said[m][s], truth);
      ++q.counted;
    }
    while (!open_.empty() && time_ns - open_.front().asked_ns >=
                                 static_cast<std::int64_t>(o.horizon) * state_.step_ns) {
      const Question q = std::move(open_.front());
      open_.pop_front();
      if (q.counted == 0) continue;
      const double rate = 1 - std::pow(0.5, 1 / options_.half_life);
      std::vector<double> errors;
      for (std::size_t m = 0; m < state_.members.size(); ++m) {
        double& e = state_.members[m].error;
        e += rate * (q.sums[m] / static_cast<double>(q.counted) - e);
        errors.push_back(e);
      }
      ++answered_;
      const std::vector<double> weights = shares_of(errors, answered_ + 20);
      for (std::size_t m = 0; m < state_.members.size(); ++m) state_.members[m].weight = weights[m];
    }
  }

  std::string describe(const State& s, const std::vector<std::string>& left_out) const {
    std::string out;
    for (const Member& m : s.members) {
      if (!(m.weight > 0)) continue;
      out += (out.empty() ? "" : ", ") + m.name;
      if (combine() == Combine::weighted)
        out += " " + std::to_string(static_cast<int>(std::lround(100 * m.weight))) + " %";
    }
    out = std::string(to_string(combine())) + " of " + out;
    for (const Member& m : s.members) {
      if (!(m.weight > 0)) out += "; " + m.name + " left out: its error is too large";
    }
    for (const std::string& text : left_out) out += "; " + text;
    return out;
  }

  AutoOptions options_;
  const Registry<Forecaster>& all_;
  State state_{};
  std::deque<Question> open_{};
  std::size_t answered_ = 0;
};

}  // namespace

std::unique_ptr<AutoEngine> make_pool_engine(const AutoOptions& options,
                                             const Registry<Forecaster>& all) {
  return std::make_unique<PoolEngine>(options, all);
}

}  // namespace learningplane::selection
