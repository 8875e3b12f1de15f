#include "learningplane/model/lstm.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "learningplane/registries.hpp"

using namespace learningplane;
using namespace learningplane::model;
using telemetry::Column;
using telemetry::Frame;

namespace {

constexpr std::int64_t second = 1'000'000'000;

double wave(std::size_t i) { return 5 + 2 * std::sin(0.4 * static_cast<double>(i)); }

/// A sine around 5 beside a column that runs ahead of it.
Frame sines(std::size_t first, std::size_t count) {
  std::vector<std::int64_t> times;
  std::vector<double> target, other;
  for (std::size_t i = first; i < first + count; ++i) {
    times.push_back(static_cast<std::int64_t>(i) * 15 * second);
    target.push_back(wave(i));
    other.push_back(std::cos(0.4 * static_cast<double>(i)));
  }
  return Frame::make(times, {Column{"load", {}, {}, target, {}}, Column{"lead", {}, {}, other, {}}})
      .value();
}

LstmOptions small() {
  LstmOptions o;
  o.target = "load";
  o.inputs = {"lead"};
  o.lags = 8;
  o.layers = {12};
  o.members = 1;
  o.horizon = 5;
  o.training.epochs = 30;
  o.training.learning_rate = 0.01;
  return o;
}

double rmse(const Forecast& f, std::size_t first) {
  double sum = 0;
  for (std::size_t i = 0; i < f.steps(); ++i)
    sum += (f.mean[i] - wave(first + i)) * (f.mean[i] - wave(first + i));
  return std::sqrt(sum / static_cast<double>(f.steps()));
}

}  // namespace

TEST_CASE("lstm: learns a sine in every mode, output and precision") {
  const double levels[] = {0.1, 0.5, 0.9};
  for (const LstmMode mode : {LstmMode::closed_loop, LstmMode::direct}) {
    for (const LstmOutput output : {LstmOutput::level, LstmOutput::residual}) {
      for (const LstmScaler scaler : {LstmScaler::standard, LstmScaler::minmax}) {
        LstmOptions o = small();
        o.mode = mode;
        o.output = output;
        o.scaler = scaler;
        o.dtype = scaler == LstmScaler::minmax ? Dtype::f64 : Dtype::f32;
        Lstm lstm(o);
        const auto report = lstm.fit(sines(0, 400));
        REQUIRE(report);
        CHECK(report->validation_loss < 0.05);
        const auto f = lstm.forecast(5, levels);
        REQUIRE(f);
        CHECK(rmse(*f, 400) < 0.35);  // the sine's own deviation is 1.41
        CHECK(f->times_ns[0] == 400 * 15 * second);
        for (std::size_t s = 0; s < 5; ++s) {
          CHECK(f->quantile(s, 0) <= f->quantile(s, 1));
          CHECK(f->quantile(s, 1) <= f->quantile(s, 2));
        }
      }
    }
  }
}

TEST_CASE("lstm: the same seed gives the same forecast, another seed another one") {
  LstmOptions o = small();
  Lstm a(o), b(o);
  o.seed = 1;
  Lstm c(o);
  for (Lstm* m : {&a, &b, &c}) REQUIRE(m->fit(sines(0, 200)));
  CHECK(a.forecast(7)->mean == b.forecast(7)->mean);
  CHECK(a.forecast(7)->mean != c.forecast(7)->mean);
}

TEST_CASE("lstm: a saved model forecasts the same, a damaged one is refused") {
  const double levels[] = {0.25, 0.75};
  LstmOptions o = small();
  o.members = 2;
  Lstm a(o), b(o);
  REQUIRE(a.fit(sines(0, 200)));
  const ModelState state = a.save();
  REQUIRE(b.load(state));
  CHECK(b.forecast(6, levels)->mean == a.forecast(6, levels)->mean);
  CHECK(b.forecast(6, levels)->quantiles == a.forecast(6, levels)->quantiles);

  ModelState broken = state;
  broken.tensors.at("member.1.lstm.weight_hh_l0").values.pop_back();
  const auto before = b.forecast(6)->mean;
  const auto refused = b.load(broken);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Errc::malformed);
  CHECK(refused.error().message.find("lstm.weight_hh_l0") != std::string::npos);
  CHECK(b.forecast(6)->mean == before);

  o.layers = {13};
  CHECK(Lstm(o).load(state).error().message.find("'layers'") != std::string::npos);
}

TEST_CASE("lstm: what it cannot know it does not forecast") {
  Lstm lstm(small());
  CHECK_THROWS_AS(lstm.forecast(1), LogicError);
  CHECK(lstm.fit(sines(0, 12)).error().code == Errc::not_enough_data);
  REQUIRE(lstm.fit(sines(0, 200)));
  CHECK(lstm.forecast(0).error().code == Errc::invalid_argument);
  REQUIRE(lstm.update(sines(190, 15)));
  CHECK(lstm.forecast(1)->times_ns[0] == 205 * 15 * second);
  // After a gap the window has to fill again.
  REQUIRE(lstm.update(sines(300, 3)));
  CHECK(lstm.forecast(1).error().code == Errc::unknown_data);
  REQUIRE(lstm.update(sines(303, 5)));
  CHECK(rmse(*lstm.forecast(3), 308) < 0.5);
}

TEST_CASE("lstm: ready windows are learned and predicted in original units") {
  LstmOptions o = small();
  Lstm lstm(o);
  std::vector<double> x, y;
  for (std::size_t i = 0; i < 300; ++i) {
    for (std::size_t t = i; t < i + 8; ++t) {
      x.push_back(std::cos(0.4 * static_cast<double>(t)));
      x.push_back(wave(t));
    }
    y.push_back(wave(i + 8));
  }
  REQUIRE(lstm.fit_windows({x, 300, 8}, y));
  std::vector<double> out(300);
  lstm.predict_windows({x, 300, 8}, out);
  for (std::size_t i = 0; i < 300; ++i) CHECK(out[i] == doctest::Approx(y[i]).epsilon(0.1));
  x[17] = std::numeric_limits<double>::quiet_NaN();
  CHECK(lstm.fit_windows({x, 300, 8}, y).error().code == Errc::unknown_data);
}

TEST_CASE("lstm: a callback sees every epoch and may stop it") {
  LstmOptions o = small();
  int seen = 0;
  o.training.on_epoch = [&seen](int epoch, EpochLosses losses) {
    CHECK(losses.train > 0);
    seen = epoch;
    return epoch < 3;
  };
  Lstm lstm(o);
  const auto report = lstm.fit(sines(0, 200));
  CHECK(seen == 3);
  CHECK(report->epochs == 3);
  CHECK(report->note.find("asked to stop") != std::string::npos);
}

TEST_CASE("lstm: the registry builds it and refuses what it cannot be") {
  Registries r;
  register_core(r);
  const auto built = r.forecasters.build("lstm", Value::object().set("target", "qos"));
  CHECK(built->kind() == "lstm");
  CHECK_THROWS_AS(r.forecasters.build("lstm", Value::object()), ConfigError);
  LstmOptions o = small();
  o.layers = {};
  CHECK_THROWS_AS(Lstm{o}, ConfigError);
  o = small();
  o.training.learning_rate = -1;
  CHECK_THROWS_WITH_AS(Lstm{o}, doctest::Contains("learning_rate"), ConfigError);
}

TEST_CASE("lstm: an update with epochs learns what is new, one without does not") {
  // The wave turns upside down: what was learned of its phase is wrong from then on.
  const auto turned = [](std::size_t first, std::size_t count) {
    const Frame frame = sines(first, count);
    std::vector<double> flipped;
    for (const double v : frame.find("lead")->values) flipped.push_back(-v);
    return frame.with(Column{"lead", {}, {}, flipped, {}}).value();
  };
  double error[2];
  for (const int epochs : {0, 20}) {
    LstmOptions o = small();
    o.adapt_epochs = epochs;
    Lstm lstm(o);
    REQUIRE(lstm.fit(sines(0, 300)));
    REQUIRE(lstm.update(turned(310, 200)));
    error[epochs > 0 ? 1 : 0] = rmse(*lstm.forecast(1), 510);
  }
  CHECK(error[1] < 0.5 * error[0]);
}

TEST_CASE("lstm: unknown cells and gaps take part in no window, imputed cells are counted") {
  const Frame whole = sines(0, 200);
  std::vector<double> values = whole.find("load")->values.to_vector();
  std::vector<std::uint8_t> flags(200, 0);
  values[100] = std::numeric_limits<double>::quiet_NaN();
  flags[100] = static_cast<std::uint8_t>(telemetry::CellFlag::failed);
  flags[199] = static_cast<std::uint8_t>(telemetry::CellFlag::imputed);
  const Frame holed = whole.with(Column{"load", {}, {}, values, flags}).value();
  LstmOptions o = small();
  Lstm lstm(o);
  // 200 rows give 192 windows; each of the 9 that would hold row 100 is left out.
  CHECK(lstm.fit(holed)->rows == 183);
  CHECK(lstm.forecast(1)->imputed_share == doctest::Approx(1.0 / 16));
  CHECK(Lstm(o).fit(whole.select({"load"}).value()).error().code == Errc::not_found);
}
