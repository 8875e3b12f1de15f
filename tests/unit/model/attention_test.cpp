#include "learningplane/model/attention.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "learningplane/model/informer.hpp"
#include "learningplane/model/yformer.hpp"
#include "learningplane/registries.hpp"
#include "learningplane/telemetry/csv.hpp"
#include "model/attention_engine.hpp"
#include "support/skip.hpp"

using namespace learningplane;
using namespace learningplane::model;
using telemetry::Column;
using telemetry::Frame;

namespace {

constexpr std::int64_t step = 3600'000'000'000;

double wave(std::size_t i) { return 5 + 2 * std::sin(0.26 * static_cast<double>(i)); }

std::vector<std::int64_t> hours(std::size_t first, std::size_t count) {
  std::vector<std::int64_t> out;
  for (std::size_t i = first; i < first + count; ++i)
    out.push_back(static_cast<std::int64_t>(i) * step);
  return out;
}
Frame frame_of(std::size_t first, std::vector<double> load) {
  std::vector<double> lead;
  for (std::size_t i = first; i < first + load.size(); ++i)
    lead.push_back(std::cos(0.26 * static_cast<double>(i)));
  return Frame::make(hours(first, load.size()),
                     {Column{"load", {}, {}, load, {}}, Column{"lead", {}, {}, lead, {}}})
      .value();
}
Frame waves(std::size_t first, std::size_t count) {
  std::vector<double> load;
  for (std::size_t i = first; i < first + count; ++i) load.push_back(wave(i));
  return frame_of(first, load);
}

AttentionOptions small() {
  AttentionOptions o;
  o.target = "load";
  o.inputs = {"lead"};
  o.lags = 16;
  o.label_len = 8;
  o.horizon = 6;
  o.d_model = 8;
  o.d_ff = 16;
  o.epochs = 2;
  return o;
}

std::unique_ptr<AttentionForecaster> make(bool informer, const AttentionOptions& o) {
  if (informer) return std::make_unique<Informer>(o);
  return std::make_unique<Yformer>(o);
}

double rmse(const Forecast& f, std::size_t first) {
  double sum = 0;
  for (std::size_t i = 0; i < f.steps(); ++i) sum += std::pow(f.mean[i] - wave(first + i), 2);
  return std::sqrt(sum / static_cast<double>(f.steps()));
}

}  // namespace

TEST_CASE("attention forecasters: learn a sine with every loss, normalisation and precision") {
  const double levels[] = {0.1, 0.5, 0.9};
  for (const bool informer : {true, false}) {
    for (const AttentionLoss loss :
         {AttentionLoss::mse, AttentionLoss::huber, AttentionLoss::pinball}) {
      AttentionOptions o = small();
      o.loss = loss;
      o.epochs = 20;
      o.learning_rate = 3e-3;
      o.normalise = loss == AttentionLoss::huber ? Normalise::none : Normalise::last;
      o.dtype = loss == AttentionLoss::mse ? Dtype::f64 : Dtype::f32;
      const auto model = make(informer, o);
      CAPTURE(model->kind());
      CAPTURE(static_cast<int>(loss));
      const auto report = model->fit(waves(0, 500));
      REQUIRE(report.has_value());
      CHECK(report->rows == 500);
      const auto f = model->forecast(6, levels);
      REQUIRE(f.has_value());
      CHECK(rmse(*f, 500) < 0.4);  // the sine's own deviation is 1.41
      CHECK(f->times_ns[0] == 500 * step);
      CHECK(f->times_ns[5] == 505 * step);
      for (std::size_t s = 0; s < 6; ++s) {
        CHECK(f->quantile(s, 0) <= f->quantile(s, 1));
        CHECK(f->quantile(s, 1) <= f->quantile(s, 2));
      }
    }
  }
}

TEST_CASE("attention forecasters: the same seed gives the same forecast, another seed another") {
  for (const bool informer : {true, false}) {
    AttentionOptions o = small();
    o.factor = 1;  // keys are sampled
    o.lags = 40;
    const auto a = make(informer, o), b = make(informer, o);
    o.seed = 1;
    const auto c = make(informer, o);
    std::vector<std::vector<double>> means;
    for (auto* m : {a.get(), b.get(), c.get()}) {
      REQUIRE(m->fit(waves(0, 200)).has_value());
      means.push_back(m->forecast(6)->mean);
      CHECK(means.back() == m->forecast(6)->mean);
    }
    CHECK(means[0] == means[1]);
    CHECK(means[0] != means[2]);
  }
}

TEST_CASE("attention forecasters: saved and loaded they forecast the same to the last bit") {
  const double levels[] = {0.25, 0.75};
  for (const bool informer : {true, false}) {
    for (const AttentionLoss loss : {AttentionLoss::mse, AttentionLoss::pinball}) {
      AttentionOptions o = small();
      o.loss = loss;
      o.factor = 1;
      const auto a = make(informer, o), b = make(informer, o);
      REQUIRE(a->fit(waves(0, 200)).has_value());
      const ModelState state = a->save();
      REQUIRE(b->load(state).has_value());
      CHECK(b->parameters() == a->parameters());
      for (int again = 0; again < 2; ++again) {
        const auto fa = a->forecast(6, levels), fb = b->forecast(6, levels);
        CHECK(fa->mean == fb->mean);
        CHECK(fa->quantiles == fb->quantiles);
        REQUIRE(a->update(waves(200, 10)).has_value());
        REQUIRE(b->update(waves(200, 10)).has_value());
      }
      ModelState again = b->save();
      for (const auto& [name, tensor] : state.tensors)
        if (name != "context") CHECK(again.tensors.at(name).values == tensor.values);
    }
  }
}

TEST_CASE("attention forecasters: a damaged model is refused and changes nothing") {
  Informer a(small()), b(small());
  REQUIRE(a.fit(waves(0, 200)).has_value());
  const ModelState good = a.save();
  REQUIRE(b.load(good).has_value());
  const auto before = b.forecast(6)->mean;
  const auto refused = [&](const ModelState& state, const char* word) {
    const auto result = b.load(state);
    REQUIRE_FALSE(result.has_value());
    CHECK(result.error().code == Errc::malformed);
    INFO(result.error().message);
    CHECK(result.error().message.find(word) != std::string::npos);
    CHECK(b.forecast(6)->mean == before);
  };
  ModelState broken = good;
  broken.tensors.at("weights.head.weight").values.pop_back();
  refused(broken, "head.weight");
  broken = good;
  broken.tensors.erase("weights.encoder.0.self.query.weight");
  refused(broken, "encoder.0.self.query.weight");
  broken = good;
  broken.tensors.at("weights.encoder.norm.scale").values[0] =
      std::numeric_limits<double>::quiet_NaN();
  refused(broken, "finite");
  broken = good;
  broken.tensors.at("scaling.scale").values[0] = 0;
  refused(broken, "scaling");
  broken = good;
  broken.attributes.set("step_ns", 0);
  refused(broken, "step_ns");
  AttentionOptions o = small();
  o.d_ff = 17;
  CHECK(Informer(o).load(good).error().message.find("'d_ff'") != std::string::npos);
}

TEST_CASE("attention forecasters: data that cannot be learned are refused with the reason") {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinite = std::numeric_limits<double>::infinity();
  for (const bool informer : {true, false}) {
    const auto model = make(informer, small());
    CHECK_THROWS_AS(model->forecast(1), LogicError);
    CHECK_THROWS_AS(model->save(), LogicError);
    CHECK_THROWS_AS(model->update(waves(0, 5)), LogicError);
    CHECK(model->fit(waves(0, 1)).error().code == Errc::not_enough_data);
    const auto few = model->fit(waves(0, 28)).error();
    CHECK(few.code == Errc::not_enough_data);
    CHECK(few.message.find("7 whole windows") != std::string::npos);
    const auto constant = model->fit(frame_of(0, std::vector<double>(200, 4.25))).error();
    CHECK(constant.code == Errc::not_enough_data);
    CHECK(constant.message.find("never changes") != std::string::npos);
    CHECK(model->fit(frame_of(0, std::vector<double>(200, 0.0))).error().code ==
          Errc::not_enough_data);
    for (const double bad : {nan, infinite, -infinite}) {
      CHECK(model->fit(frame_of(0, std::vector<double>(200, bad))).error().code ==
            Errc::not_enough_data);
    }
    // Nothing known every 20 rows: no window of 22 rows is whole.
    std::vector<double> holes;
    for (std::size_t i = 0; i < 400; ++i) holes.push_back(i % 20 == 0 ? nan : wave(i));
    CHECK(model->fit(frame_of(0, holes)).error().code == Errc::not_enough_data);
    CHECK_FALSE(model->fitted());
    CHECK(model->fit(waves(0, 100).select({"lead"}).value()).error().code == Errc::not_found);
  }
}

TEST_CASE("attention forecasters: windows across gaps and holes are left out") {
  // One hole and one gap: the same windows are learned as their count says.
  std::vector<double> load;
  for (std::size_t i = 0; i < 200; ++i) load.push_back(wave(i));
  load[100] = std::numeric_limits<double>::infinity();
  const Frame gapped = telemetry::concat({frame_of(0, load), waves(230, 100)}).value();
  Informer model(small());
  const auto report = model.fit(gapped);
  REQUIRE(report.has_value());
  // (100 - 21) + (99 - 21) + (100 - 21) windows of 22 rows: 236, of which 47 are held out and 5 lie
  // between.
  INFO(report->note);
  CHECK(report->note.find("184 windows learned, 47 held out") != std::string::npos);
  // After a gap the window has to fill again.
  REQUIRE(model.update(waves(400, 15)).has_value());
  CHECK(model.forecast(1).error().code == Errc::unknown_data);
  REQUIRE(model.update(waves(415, 1)).has_value());
  CHECK(model.forecast(1)->times_ns[0] == 416 * step);
  // Rows that are not newer are passed over.
  REQUIRE(model.update(waves(410, 6)).has_value());
  CHECK(model.forecast(1)->times_ns[0] == 416 * step);
}

TEST_CASE("attention forecasters: horizons and levels outside of what was made are refused") {
  AttentionOptions o = small();
  o.loss = AttentionLoss::pinball;
  o.quantiles = {0.2, 0.5, 0.8};
  Informer model(o);
  REQUIRE(model.fit(waves(0, 100)).has_value());
  CHECK(model.forecast(0).error().code == Errc::invalid_argument);
  CHECK(model.forecast(7).error().message.find("1 to 6") != std::string::npos);
  const double low[] = {0.1}, falling[] = {0.5, 0.4}, fine[] = {0.2, 0.35, 0.8};
  CHECK(model.forecast(3, low).error().message.find("quantiles") != std::string::npos);
  CHECK(model.forecast(3, falling).error().code == Errc::invalid_argument);
  const auto f = model.forecast(3, fine);
  REQUIRE(f.has_value());
  // Between two learned levels it lies half way.
  CHECK(f->quantile(0, 1) == doctest::Approx((f->quantile(0, 0) + f->mean[0]) / 2));
}

TEST_CASE("attention forecasters: pinball quantiles cover what their levels say") {
  model::detail::LstmRandom random(5);
  std::vector<double> noise;
  for (std::size_t i = 0; i < 1500; ++i) noise.push_back(random.uniform());
  AttentionOptions o = small();
  o.inputs.clear();
  o.loss = AttentionLoss::pinball;
  o.normalise = Normalise::none;
  o.quantiles = {0.1, 0.5, 0.9};
  o.epochs = 12;
  o.horizon = 2;
  Informer model(o);
  REQUIRE(model.fit(frame_of(0, noise)).has_value());
  const double levels[] = {0.1, 0.9};
  const auto f = model.forecast(2, levels);
  // Uniform numbers: their quantiles are the levels.
  CHECK(f->quantile(0, 0) == doctest::Approx(0.1).epsilon(0.8));
  CHECK(f->quantile(0, 1) == doctest::Approx(0.9).epsilon(0.1));
  CHECK(f->mean[0] == doctest::Approx(0.5).epsilon(0.2));
}

TEST_CASE("attention forecasters: options that do not fit together are refused by name") {
  const auto refused = [](bool informer, const char* word, auto change) {
    AttentionOptions o = small();
    change(o);
    CHECK_THROWS_WITH_AS(make(informer, o), doctest::Contains(word), ConfigError);
  };
  refused(true, "target", [](auto& o) { o.target.clear(); });
  refused(true, "d_model", [](auto& o) { o.heads = 3; });
  refused(true, "label_len", [](auto& o) { o.label_len = 17; });
  refused(true, "dropout", [](auto& o) { o.dropout = 1; });
  refused(true, "validation_share", [](auto& o) { o.validation_share = 0; });
  refused(true, "inputs", [](auto& o) { o.inputs = {"lead", "lead"}; });
  refused(true, "quantiles", [](auto& o) {
    o.loss = AttentionLoss::pinball;
    o.quantiles = {0.6, 0.9};
  });
  refused(true, "quantiles", [](auto& o) {
    o.loss = AttentionLoss::pinball;
    o.quantiles = {0.5, 0.4};
  });
  refused(false, "horizon", [](auto& o) { o.horizon = 400; });
  refused(false, "alpha", [](auto& o) { o.alpha = 1; });
}

TEST_CASE("attention forecasters: the registry builds both and a callback may stop them") {
  Registries r;
  register_core(r);
  const Value options = Value::object().set("target", "load").set("lags", 32);
  CHECK(r.forecasters.build("yformer", options)->kind() == "yformer");
  CHECK_THROWS_AS(r.forecasters.build("informer", Value::object()), ConfigError);
  CHECK(YformerOptions{}.encoder_layers == 3);
  AttentionOptions without = small();
  without.label_len.reset();
  CHECK(Informer(without).options().label_len == 8);  // half of the lags
  CHECK(Yformer(without).options().label_len == 0);
  AttentionOptions o = small();
  o.epochs = 50;
  o.on_epoch = [](int epoch, EpochLosses losses) {
    CHECK(losses.validation > 0);
    return epoch < 2;
  };
  Informer model(o);
  const auto report = model.fit(waves(0, 100));
  CHECK(report->epochs == 2);
  CHECK(report->note.find("asked to stop") != std::string::npos);
}

TEST_CASE("attention forecasters: times become shares of the day, week, month and year") {
  const auto at = [](const char* text) {
    const std::int64_t ns[] = {to_ns(parse_iso8601(text).value())};
    return model::detail::SequenceRows::marks_of(ns);
  };
  CHECK(at("2018-01-01T00:00:00Z") == std::vector<double>{-0.5, -0.5, -0.5, -0.5});  // a Monday
  const auto later = at("2016-02-28T18:00:00Z");  // a Sunday of a leap year
  CHECK(later[0] == doctest::Approx(0.25));
  CHECK(later[1] == doctest::Approx(6.75 / 7 - 0.5));
  CHECK(later[2] == doctest::Approx(27.75 / 29 - 0.5));
  CHECK(later[3] == doctest::Approx(58.75 / 366 - 0.5));
}

TEST_CASE("informer: one epoch on ETTh1 is below the published error already") {
  const auto dir = support::data_dir("etth1");
  LEARNINGPLANE_NEED(!dir.empty(), "no ETTh1 under LEARNINGPLANE_DATA");
  telemetry::CsvOptions csv;
  csv.paths = {(dir / "ETTh1.csv").string()};
  csv.value_columns = {"OT"};
  const Frame all = value_or_throw(telemetry::read_csv(csv));
  constexpr std::size_t train = 8640, test = 11520, end = 14400;
  const auto values = all.column(0).values.span();
  double mean = 0, variance = 0;
  for (std::size_t i = 0; i < train; ++i) mean += values[i] / train;
  for (std::size_t i = 0; i < train; ++i)
    variance += (values[i] - mean) * (values[i] - mean) / train;
  AttentionOptions o;
  o.target = "OT";
  o.lags = 48;
  o.epochs = 1;
  o.learning_rate = 2e-3;
  Informer model(o);
  REQUIRE(model.fit(all.slice(0, test)).has_value());
  double squares = 0, n = 0;
  for (std::size_t origin = test; origin + o.horizon <= end; ++origin) {
    const auto f = model.forecast(o.horizon);
    REQUIRE(f.has_value());
    for (std::size_t s = 0; s < o.horizon; ++s) {
      squares += std::pow(f->mean[s] - values[origin + s], 2) / variance;
      n += 1;
    }
    REQUIRE(model.update(all.slice(origin, 1)).has_value());
  }
  MESSAGE("24 steps: MSE " << squares / n << " (published 0.098)");
  CHECK(squares / n < 0.098);
}

TEST_CASE("attention forecasters: a shared network sees one column at a time") {
  for (const bool informer : {true, false}) {
    AttentionOptions o = small();
    o.channels = Channels::shared;
    o.factor = 0;
    const auto model = make(informer, o);
    REQUIRE(model->fit(waves(0, 150)).has_value());
    const auto before = model->forecast(6)->mean;
    const auto reloaded = make(informer, o);
    REQUIRE(reloaded->load(model->save()).has_value());
    CHECK(reloaded->forecast(6)->mean == before);
    // What the other column does changes nothing, what the target does changes something.
    const Frame next = waves(150, 16);
    std::vector<double> other(16, 3.0);
    REQUIRE(model->update(next.with(Column{"lead", {}, {}, other, {}}).value()).has_value());
    REQUIRE(reloaded->update(next).has_value());
    CHECK(model->forecast(6)->mean == reloaded->forecast(6)->mean);
    CHECK(model->forecast(6)->mean != before);
  }
  // Both columns' windows are learned: the weights are others than those of the target alone.
  AttentionOptions shared = small(), alone = small();
  shared.channels = Channels::shared;
  alone.inputs.clear();
  Informer a(shared), b(alone);
  REQUIRE(a.fit(waves(0, 150)).has_value());
  REQUIRE(b.fit(waves(0, 150)).has_value());
  CHECK(a.parameters() == b.parameters());
  CHECK(a.forecast(6)->mean != b.forecast(6)->mean);
}

TEST_CASE("attention forecasters: schedules begin alike and part in the second epoch") {
  std::vector<std::vector<double>> losses;
  for (const AttentionSchedule schedule :
       {AttentionSchedule::constant, AttentionSchedule::cosine, AttentionSchedule::halving}) {
    AttentionOptions o = small();
    o.schedule = schedule;
    o.epochs = 3;
    losses.emplace_back();
    o.on_epoch = [&losses](int, EpochLosses l) {
      losses.back().push_back(l.train);
      return true;
    };
    Informer model(o);
    REQUIRE(model.fit(waves(0, 120)).has_value());
  }
  CHECK(losses[0][0] == losses[1][0]);
  CHECK(losses[0][0] == losses[2][0]);
  CHECK(losses[0][1] != losses[1][1]);
  CHECK(losses[0][1] != losses[2][1]);
  CHECK(losses[1][1] != losses[2][1]);
}

TEST_CASE("attention forecasters: a small file cannot ask for a large network") {
  Informer tiny(small());
  REQUIRE(tiny.fit(waves(0, 100)).has_value());
  AttentionOptions o = small();
  o.d_model = 1024;
  o.d_ff = 4096;
  o.encoder_layers = 8;
  Informer large(o);
  ModelState state = tiny.save();
  const Value* options = state.attributes.find("options");
  REQUIRE(options != nullptr);
  Value asked = *options;
  asked.set("d_model", 1024).set("d_ff", 4096).set("encoder_layers", 8);
  state.attributes.set("options", asked);
  const auto refused = large.load(state);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().message.find("fewer weights") != std::string::npos);
}

TEST_CASE("attention forecasters: the unit does not matter, unless its squares overflow") {
  const auto scaled = [](double unit) {
    std::vector<double> load;
    for (std::size_t i = 0; i < 120; ++i) load.push_back(unit * wave(i));
    AttentionOptions o = small();
    o.inputs.clear();
    Informer model(o);
    const auto report = model.fit(frame_of(0, load));
    if (!report) return std::make_pair(report.error().code, std::vector<double>{});
    return std::make_pair(Errc::internal, model.forecast(6)->mean);
  };
  const std::vector<double> one = scaled(1).second, tiny = scaled(0x1p-60).second;
  REQUIRE(tiny.size() == 6);
  for (std::size_t i = 0; i < 6; ++i) CHECK(tiny[i] == doctest::Approx(one[i] * 0x1p-60));
  CHECK(scaled(1e300).first == Errc::unknown_data);
}
