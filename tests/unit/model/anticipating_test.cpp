#include "learningplane/model/anticipating.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"
#include "learningplane/model/model_file.hpp"
#include "learningplane/registries.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::model;
using features::TargetFilter;
using telemetry::Frame;

namespace {

constexpr std::int64_t minute = 60'000'000'000;
using List = std::vector<double>;

struct Core {
  Core() { register_core(registries); }
  Registries registries{};
  const Registry<Forecaster>& models = registries.forecasters;
};

Frame frame_of(const List& values) {
  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < values.size(); ++i)
    times.push_back(static_cast<std::int64_t>(i) * minute);
  return value_or_throw(Frame::make(
      std::move(times), {telemetry::Column{.name = "y", .values = values, .flags = {}}}));
}

List wave(std::size_t n) {
  List out;
  for (std::size_t i = 0; i < n; ++i) {
    const auto t = static_cast<double>(i);
    out.push_back(10 + std::sin(t / 4) + 0.3 * std::sin(t * t) + (i % 24 == 0 ? 9 : 0));
  }
  return out;
}

AnticipatingOptions naive_with(TargetFilter filter, PostStep post = PostStep::none) {
  AnticipatingOptions o;
  o.target = "y";
  o.horizon = 4;
  o.model = "naive";
  o.filter = filter;
  o.window = 3;
  o.post = post;
  return o;
}

List plan(const AnticipatingOptions& o, const List& y, std::size_t horizon = 4) {
  const Core core;
  Anticipating model(o, core.models);
  value_or_throw(model.fit(frame_of(y)));
  return value_or_throw(model.forecast(horizon)).mean;
}

/// Keeps what it was fitted on.
class Witness final : public Forecaster {
 public:
  explicit Witness(Frame& seen) : seen_(seen) {}
  std::string_view kind() const override { return "witness"; }
  Result<FitReport> fit(const Frame& data) override {
    seen_ = data;
    return FitReport{};
  }
  Result<void> update(const Frame&) override { return {}; }
  bool fitted() const override { return true; }
  ModelState save() const override { return {}; }
  Result<void> load(const ModelState&) override { return {}; }
  Result<Forecast> forecast(std::size_t, std::span<const double>) override { return Forecast{}; }

 private:
  Frame& seen_;
};

/// What the inner model is given to learn from.
Frame given(TargetFilter filter, const Frame& data) {
  Frame seen;
  Registry<Forecaster> all{"model"};
  all.add({"witness", "keeps what it was fitted on", {}},
          [&seen](const Value&) { return std::make_unique<Witness>(seen); });
  AnticipatingOptions o = naive_with(filter);
  o.model = "witness";
  o.window = 6;
  Anticipating model(o, all);
  value_or_throw(model.fit(data));
  return seen;
}

}  // namespace

TEST_CASE("anticipating: no row that the inner model learns from knows of later rows") {
  const List y = wave(100);
  List other = y;
  for (std::size_t i = 61; i < other.size(); ++i) other[i] += 50;
  for (const TargetFilter filter :
       {TargetFilter::none, TargetFilter::past_max, TargetFilter::past_max_future_mean,
        TargetFilter::last_max_mean, TargetFilter::past_max_last_max_mean}) {
    const Frame before = given(filter, frame_of(y)), after = given(filter, frame_of(other));
    REQUIRE(before.rows() == 100 - features::filter_lead(filter, 6));
    for (std::size_t row = 0; row < before.rows() && before.times_ns()[row] <= 60 * minute; ++row) {
      CHECK(before.find("y")->values[row] == after.find("y")->values[row]);
      const std::int64_t at = before.times_ns()[row] / minute;
      CHECK(before.find("y_raw")->values[row] == y[static_cast<std::size_t>(at)]);
    }
    CHECK(before.find("y")->values[before.rows() - 1] !=
          after.find("y")->values[before.rows() - 1]);
  }
}

TEST_CASE("anticipating: what was imputed stays marked") {
  telemetry::Column column{.name = "y", .values = wave(50), .flags = {}};
  std::vector<std::uint8_t> flags(50, 0);
  flags[40] = static_cast<std::uint8_t>(telemetry::CellFlag::imputed);
  column.flags = flags;
  const Frame data = value_or_throw(Frame::make(frame_of(wave(50)).times_ns(), {column}));
  const Frame seen = given(TargetFilter::past_max, data);
  CHECK(seen.find("y")->flag(40) == telemetry::CellFlag::imputed);
  CHECK(seen.find("y")->flag(41) == telemetry::CellFlag::observed);
}

TEST_CASE("anticipating: without filter and post-step it is the inner model") {
  const Core core;
  const List y = wave(300);
  AnticipatingOptions o = naive_with(TargetFilter::none);
  o.model = Value::object().set("kind", "ridge").set("lags", 12);
  Anticipating model(o, core.models);
  const auto inner = core.models.build(
      "ridge", Value::object().set("target", "y").set("lags", 12).set("horizon", 4));
  value_or_throw(model.fit(frame_of(y)));
  value_or_throw(inner->fit(frame_of(y)));
  const List levels{0.1, 0.9};
  const Forecast ours = value_or_throw(model.forecast(4, levels));
  const Forecast theirs = value_or_throw(inner->forecast(4, levels));
  CHECK(ours.mean == theirs.mean);
  CHECK(ours.quantiles == theirs.quantiles);
  CHECK(ours.times_ns == theirs.times_ns);
  CHECK(ours.model == "anticipating");
}

TEST_CASE("anticipating: known answers with the naive forecast inside") {
  const List y{1, 1, 1, 1, 1, 1, 1, 9, 2, 1};  // the last row sees the 9 two steps back
  CHECK(plan(naive_with(TargetFilter::none), y) == List{1, 1, 1, 1});
  CHECK(plan(naive_with(TargetFilter::past_max), y) == List{9, 9, 9, 9});
  // The mean of the past maxima 9, 9, 9 of rows 7 to 9 is the newest that is complete.
  CHECK(plan(naive_with(TargetFilter::past_max_future_mean), y) == List{9, 9, 9, 9});
  // 9 is the oldest of three: nothing of it remains; one row later than the 9, a third of 7 does.
  CHECK(plan(naive_with(TargetFilter::last_max_mean), y) == List{1, 1, 1, 1});
  CHECK(plan(naive_with(TargetFilter::last_max_mean), List(y.begin(), y.end() - 1))[0] ==
        doctest::Approx(2 + 7 / 3.0));
  // Of the last three steps up to the first forecast two were observed.
  CHECK(plan(naive_with(TargetFilter::none, PostStep::running_max), y) == List{2, 1, 1, 1});
}

TEST_CASE("anticipating: the quantile post-step stands on the inner model's errors") {
  const Core core;
  AnticipatingOptions o = naive_with(TargetFilter::none, PostStep::quantile);
  o.quantile = 0.9;
  Anticipating model(o, core.models);
  value_or_throw(model.fit(frame_of(wave(300))));
  const List levels{0.9};
  const Forecast f = value_or_throw(model.forecast(3, levels));
  CHECK(f.mean == f.quantiles);
  const List few{0.5};
  CHECK(value_or_throw(model.forecast(3, few)).mean == f.mean);
  CHECK(value_or_throw(model.forecast(3, few)).levels == few);
  AnticipatingOptions both = o;
  both.post = PostStep::quantile_running_max;
  const List raised = plan(both, wave(300), 3);
  for (std::size_t s = 0; s < 3; ++s) CHECK(raised[s] >= f.mean[s]);
}

TEST_CASE("anticipating: what comes in piece by piece is filtered as the whole is") {
  const Core core;
  const List y = wave(400);
  const Frame all = frame_of(y);
  for (const TargetFilter filter :
       {TargetFilter::past_max, TargetFilter::past_max_future_mean, TargetFilter::last_max_mean,
        TargetFilter::past_max_last_max_mean}) {
    AnticipatingOptions o = naive_with(filter, PostStep::running_max);
    o.window = 6;
    Anticipating pieces(o, core.models), whole(o, core.models);
    value_or_throw(pieces.fit(all.slice(0, 200)));
    for (std::size_t row = 200; row < 400; row += 1 + row % 3) {
      const std::size_t count = std::min<std::size_t>(1 + row % 3, 400 - row);
      value_or_throw(pieces.update(all.slice(row, count)));
    }
    value_or_throw(pieces.update(all.slice(350, 50)));  // seen before: passed over
    value_or_throw(whole.fit(all));
    CHECK(value_or_throw(pieces.forecast(4)).mean == value_or_throw(whole.forecast(4)).mean);
    CHECK(value_or_throw(pieces.forecast(4)).times_ns ==
          value_or_throw(whole.forecast(4)).times_ns);
  }
}

TEST_CASE("anticipating: the logarithm is taken and given back") {
  AnticipatingOptions o = naive_with(TargetFilter::past_max);
  o.scale = AnticipatingOptions::Scale::log;
  CHECK(plan(o, List{1, 1, 1, 1, 1, 1, 1, 9, 2, 1})[0] == doctest::Approx(9));
  CHECK(plan(o, List(10, 0.0))[0] == doctest::Approx(std::exp(-4)));
}

TEST_CASE("anticipating: the inner model may look at the unfiltered values") {
  const Core core;
  AnticipatingOptions o = naive_with(TargetFilter::past_max_future_mean);
  Value inputs = Value::array();
  inputs.push("y_raw");
  o.model = Value::object().set("kind", "ridge").set("lags", 8).set("inputs", inputs);
  Anticipating model(o, core.models);
  value_or_throw(model.fit(frame_of(wave(300))));
  value_or_throw(model.update(frame_of(wave(310))));
  const Forecast f = value_or_throw(model.forecast(4));
  CHECK(std::all_of(f.mean.begin(), f.mean.end(), [](double v) { return std::isfinite(v); }));
  CHECK(f.times_ns.front() == 310 * minute);
}

TEST_CASE("anticipating: a saved model goes on where it stopped") {
  const Core core;
  const support::TempDir dir;
  AnticipatingOptions o = naive_with(TargetFilter::past_max_future_mean, PostStep::running_max);
  o.model = Value::object().set("kind", "ridge").set("lags", 6);
  Anticipating model(o, core.models);
  const List y = wave(300);
  value_or_throw(model.fit(frame_of(y).slice(0, 250)));
  model::ModelCard card;
  card.name = "a";
  value_or_throw(save_model(dir / "a.lpm", model, card));
  const auto again = std::move(value_or_throw(load_model(dir / "a.lpm", core.models)).model);
  CHECK(again->kind() == "anticipating");
  value_or_throw(model.update(frame_of(y)));
  value_or_throw(again->update(frame_of(y)));
  const List levels{0.25, 0.75};
  CHECK(value_or_throw(again->forecast(4, levels)).mean ==
        value_or_throw(model.forecast(4, levels)).mean);
  CHECK(value_or_throw(again->forecast(4, levels)).quantiles ==
        value_or_throw(model.forecast(4, levels)).quantiles);
  ModelState state = model.save();
  state.tensors["context"].values.pop_back();
  CHECK(again->load(state).error().code == Errc::malformed);
  o.window = 4;
  CHECK(Anticipating(o, core.models).load(model.save()).error().code == Errc::malformed);
}

TEST_CASE("anticipating: what is wrong is named") {
  const Core core;
  const auto refused = [&core](auto change, const char* key) {
    AnticipatingOptions o = naive_with(TargetFilter::past_max);
    change(o);
    try {
      const Anticipating model(o, core.models);
    } catch (const ConfigError& e) {
      return std::string(e.what()).find(key) != std::string::npos;
    }
    return false;
  };
  CHECK(refused([](auto& o) { o.target = ""; }, "target"));
  CHECK(refused([](auto& o) { o.window = 0; }, "window"));
  CHECK(refused([](auto& o) { o.horizon = 0; }, "horizon"));
  CHECK(refused([](auto& o) { o.quantile = 1; }, "quantile"));
  CHECK(refused([](auto& o) { o.model = "magic"; }, "magic"));
  CHECK(refused([](auto& o) { o.model = 3; }, "model"));
  CHECK(refused([](auto& o) { o.model = Value::object().set("kind", "naive").set("target", "z"); },
                "model.target"));
  Anticipating model(naive_with(TargetFilter::past_max), core.models);
  CHECK_THROWS_AS((void)model.update(frame_of(wave(10))), LogicError);
  CHECK_THROWS_AS((void)model.save(), LogicError);
  CHECK(model.fit(frame_of({1})).error().code == Errc::not_enough_data);
  CHECK(!model.fitted());
  value_or_throw(model.fit(frame_of(wave(50))));
  CHECK(model.forecast(0).error().code == Errc::invalid_argument);
  const List bad{0.9, 0.1};
  CHECK(model.forecast(2, bad).error().code == Errc::invalid_argument);
  List unknown(50, std::nan(""));
  CHECK(!model.fit(frame_of(unknown)));
  CHECK(value_or_throw(model.forecast(1)).times_ns.front() == 50 * minute);  // as it was
}

TEST_CASE("anticipating: the registry builds it from names") {
  const Core core;
  const Value options = Value::object()
                            .set("target", "y")
                            .set("model", "naive")
                            .set("filter", "past_max_last_max_mean")
                            .set("post", "quantile_running_max")
                            .set("window", 4);
  const auto model = core.models.build("anticipating", options);
  CHECK(model->kind() == "anticipating");
  CHECK_THROWS_AS((void)core.models.build("anticipating", Value(options).set("filter", "max")),
                  ConfigError);
  // One inside another, for what it is worth.
  CHECK(core.models
            .build("anticipating",
                   Value(options).set("model", Value::object().set("kind", "anticipating")))
            ->kind() == "anticipating");
}
