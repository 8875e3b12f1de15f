// What the LSTM and the GRU forecaster share: every case runs on both.
#include "learningplane/model/recurrent.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <stdexcept>

#include "learningplane/model/gru.hpp"
#include "learningplane/model/lstm.hpp"
#include "learningplane/model/model_file.hpp"
#include "learningplane/registries.hpp"
#include "model/lstm_random.hpp"
#include "model/recurrent_impl.hpp"
#include "support/source_dir.hpp"

using namespace learningplane;
using namespace learningplane::model;
using telemetry::Column;
using telemetry::Frame;

namespace {

constexpr std::int64_t second = 1'000'000'000;

Frame frame(const std::vector<double>& target, const std::vector<double>& other,
            std::size_t first = 0) {
  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < target.size(); ++i)
    times.push_back(static_cast<std::int64_t>(first + i) * 15 * second);
  return Frame::make(times, {Column{"load", {}, {}, target, {}}, Column{"lead", {}, {}, other, {}}})
      .value();
}

/// A sine beside a column that runs ahead of it, from row `first`.
Frame sines(std::size_t count, std::size_t first = 0, double level = 5) {
  std::vector<double> target, other;
  for (std::size_t i = first; i < first + count; ++i) {
    target.push_back(level + 2 * std::sin(0.4 * static_cast<double>(i)));
    other.push_back(std::cos(0.4 * static_cast<double>(i)));
  }
  return frame(target, other, first);
}

/// Noise whose spread is known: uniform in [0, 1).
Frame uniform(std::size_t count) {
  model::detail::LstmRandom random(3);
  std::vector<double> target(count), other(count, 1.0);
  for (double& v : target) v = random.uniform();
  return frame(target, other);
}

RecurrentOptions small() {
  RecurrentOptions o;
  o.target = "load";
  o.inputs = {"lead"};
  o.lags = 6;
  o.layers = {8};
  o.members = 1;
  o.horizon = 4;
  o.dtype = Dtype::f64;
  o.training.epochs = 15;
  o.training.batch = 16;
  o.training.learning_rate = 0.01;
  return o;
}

std::unique_ptr<Recurrent> make(Cell cell, const RecurrentOptions& o) {
  if (cell == Cell::gru) return std::make_unique<Gru>(o);
  return std::make_unique<Lstm>(o);
}
constexpr Cell cells[] = {Cell::lstm, Cell::gru};

/// The window that the forecast of `model` would start from, changed in one place.
std::vector<double> window_of(const Frame& data, std::size_t lags) {
  std::vector<double> out;
  for (std::size_t r = data.rows() - lags; r < data.rows(); ++r) {
    out.push_back(data.find("lead")->values[r]);
    out.push_back(data.find("load")->values[r]);
  }
  return out;
}

}  // namespace

TEST_CASE("recurrent: a GRU learns, repeats itself, saves and loads to the last bit") {
  const double levels[] = {0.1, 0.9};
  RecurrentOptions o = small();
  o.members = 2;
  o.mode = LstmMode::direct;
  o.training.epochs = 30;
  Gru a(o), b(o);
  CHECK(a.kind() == "gru");
  REQUIRE(a.fit(sines(300)));
  const auto f = a.forecast(4, levels);
  REQUIRE(f);
  CHECK(f->model == "gru");
  for (std::size_t s = 0; s < 4; ++s)
    CHECK(std::abs(f->mean[s] - (5 + 2 * std::sin(0.4 * static_cast<double>(300 + s)))) < 0.2);
  const ModelState state = a.save();
  CHECK(state.tensors.contains("member.1.gru.weight_ih_l0"));
  REQUIRE(b.load(state));
  CHECK(b.forecast(4, levels)->mean == f->mean);
  CHECK(b.forecast(4, levels)->quantiles == f->quantiles);
  REQUIRE(b.fit(sines(300)));
  CHECK(b.forecast(4, levels)->mean == f->mean);
  // An LSTM's numbers are no GRU's.
  CHECK(Lstm(o).load(state).error().code == Errc::malformed);
  Registries r;
  register_core(r);
  CHECK(r.forecasters.build("gru", Value::object().set("target", "qos"))->kind() == "gru");
}

TEST_CASE("recurrent: a file of the first format still forecasts as it did") {
  Registries r;
  register_core(r);
  const auto loaded =
      load_model(support::source_dir() + "/tests/data/lstm_format_1.lpm", r.forecasters);
  REQUIRE(loaded);
  const double levels[] = {0.1, 0.9};
  const auto f = loaded->model->forecast(3, levels);
  REQUIRE(f);
  // As the version that wrote it said.
  const double mean[] = {3.4679029093860492, 3.0059973055050162, 2.7625725353011612};
  const double quantiles[] = {3.4107387248134464, 3.5431536252630145, 2.9251549404004424,
                              3.112417888476505,  2.6635612632481682, 2.8929105985059951};
  for (std::size_t i = 0; i < 3; ++i) CHECK(std::abs(f->mean[i] - mean[i]) < 1e-9);
  for (std::size_t i = 0; i < 6; ++i) CHECK(std::abs(f->quantiles[i] - quantiles[i]) < 1e-9);
}

TEST_CASE("recurrent: quantile heads find the quantiles and never cross") {
  for (const Cell cell : cells) {
    RecurrentOptions o = small();
    o.mode = LstmMode::direct;
    o.output = LstmOutput::level;
    o.training.levels = {0.1, 0.5, 0.9};
    auto model = make(cell, o);
    REQUIRE(model->fit(uniform(1500)));
    const double asked[] = {0.02, 0.1, 0.3, 0.5, 0.9, 0.98};
    const auto f = model->forecast(4, asked);
    REQUIRE(f);
    for (std::size_t s = 0; s < 4; ++s) {
      CHECK(std::abs(f->quantile(s, 1) - 0.1) < 0.08);
      CHECK(std::abs(f->quantile(s, 3) - 0.5) < 0.08);
      CHECK(std::abs(f->quantile(s, 4) - 0.9) < 0.08);
      CHECK(f->quantile(s, 2) == doctest::Approx((f->quantile(s, 1) + f->quantile(s, 3)) / 2));
      for (std::size_t l = 1; l < 6; ++l) CHECK(f->quantile(s, l - 1) <= f->quantile(s, l));
    }
    auto again = make(cell, o);
    REQUIRE(again->load(model->save()));
    CHECK(again->forecast(4, asked)->quantiles == f->quantiles);
    o.training.levels = {0.1, 0.9};
    CHECK(make(cell, o)->load(model->save()).error().message.find("'levels'") != std::string::npos);
  }
  RecurrentOptions o = small();
  o.training.levels = {0.9};
  CHECK_THROWS_WITH_AS(Lstm{o}, doctest::Contains("mode direct"), ConfigError);
  o.mode = LstmMode::direct;
  o.training.levels = {0.9, 0.5};
  CHECK_THROWS_WITH_AS(Gru{o}, doctest::Contains("increase"), ConfigError);
}

TEST_CASE("recurrent: a weight draws the forecast to the errors that count") {
  // The same windows are followed by 0 three times in four, else by 1: the mean is 1/4, the mean
  // with the high value ten times as heavy 10/13.
  std::vector<double> x, y;
  for (std::size_t i = 0; i < 200; ++i) {
    for (std::size_t t = 0; t < 12; ++t) x.push_back(t % 2 == 0 ? 1 : 0.5);
    y.push_back(i % 4 == 3 ? 1 : 0);
  }
  for (const Cell cell : cells) {
    for (const LossWeight weight : {LossWeight::none, LossWeight::value}) {
      RecurrentOptions o = small();
      o.weight = weight;
      o.output = LstmOutput::level;
      o.training.loss = Loss::mse;
      o.training.epochs = 60;
      auto model = make(cell, o);
      REQUIRE(model->fit_windows({x, 200, 6}, y));
      double out = 0;
      model->predict_windows({std::span(x).first(12), 1, 6}, {&out, 1});
      CHECK(std::abs(out - (weight == LossWeight::value ? 10.0 / 13 : 0.25)) < 0.06);
    }
  }
  RecurrentOptions o = small();
  o.weight = LossWeight::step;
  CHECK_THROWS_WITH_AS(Lstm{o}, doctest::Contains("closed_loop"), ConfigError);
}

TEST_CASE("recurrent: weights of near steps and of high values, of mean 1 where training was") {
  const double targets[] = {0, 5, 10, 0, 20, -3, 5, 5};  // 4 windows of 2 steps, 2 of them training
  CHECK(model::detail::loss_weights(LossWeight::none, targets, 2, 4).empty());
  const auto near = model::detail::loss_weights(LossWeight::step, targets, 2, 4);
  for (std::size_t i = 0; i < 8; ++i) {
    const double both = (1 + 1 / std::sqrt(2.0)) / 2;
    CHECK(near[i] == doctest::Approx((i % 2 == 0 ? 1 : 1 / std::sqrt(2.0)) / both));
  }
  const auto high = model::detail::loss_weights(LossWeight::value, targets, 2, 4);
  // 1, 5.5, 10, 1 by their place between 0 and 10; beyond it they stay at the ends.
  const double mean = 17.5 / 4, expected[] = {1, 5.5, 10, 1, 10, 1, 5.5, 5.5};
  for (std::size_t i = 0; i < 8; ++i) CHECK(high[i] == doctest::Approx(expected[i] / mean));
}

TEST_CASE("recurrent: gradients by the inputs agree with finite differences") {
  const Frame data = sines(200);
  const std::vector<double> window = window_of(data, 6);
  for (const Cell cell : cells) {
    for (const TargetForm form : {TargetForm::level, TargetForm::relative, TargetForm::both}) {
      for (const LstmMode mode : {LstmMode::closed_loop, LstmMode::direct}) {
        RecurrentOptions o = small();
        o.members = 2;
        o.target_form = form;
        o.mode = mode;
        // Clipping has no derivative where it begins; closed loops would stand on the edge.
        o.input_range = InputRange::free;
        auto model = make(cell, o);
        REQUIRE(model->fit(data));
        const std::size_t output = 2;
        // The model's own forecast of step 2 after a window: rows are replaced one by one.
        const auto forecast = [&](const std::vector<double>& w) {
          ModelState state = model->save();
          state.tensors.at("context").values = w;
          REQUIRE(model->load(state));
          return model->forecast(3)->mean[output];
        };
        const std::vector<double> gradient = model->input_gradient(window, output);
        REQUIRE(gradient.size() == window.size());
        double worst = 0;
        for (std::size_t i = 0; i < window.size(); ++i) {
          std::vector<double> up = window, down = window;
          up[i] += 1e-5;
          down[i] -= 1e-5;
          const double numeric = (forecast(up) - forecast(down)) / 2e-5;
          worst = std::max(worst, std::abs(numeric - gradient[i]) /
                                      std::max(std::abs(numeric) + std::abs(gradient[i]), 1e-3));
        }
        CHECK(worst < 1e-6);
      }
    }
  }
  Gru unfitted(small());
  CHECK_THROWS_AS(unfitted.input_gradient(window, 0), LogicError);
  RecurrentOptions o = small();
  o.mode = LstmMode::direct;
  Lstm direct(o);
  REQUIRE(direct.fit(data));
  CHECK_THROWS_AS(direct.input_gradient(window, 4), LogicError);
  CHECK_THROWS_AS(direct.input_gradient(std::span(window).first(5), 0), LogicError);
}

TEST_CASE("recurrent: an input beyond what training showed has no slope where inputs are clipped") {
  RecurrentOptions o = small();
  o.target_form = TargetForm::level;
  Gru model(o);
  const Frame data = sines(200);
  REQUIRE(model.fit(data));
  std::vector<double> window = window_of(data, 6);
  window[2] = 50;  // the other column, never above 1
  CHECK(model.input_gradient(window, 0)[2] == 0);
  window[2] = 0.1;
  CHECK(model.input_gradient(window, 0)[2] != 0);
}

TEST_CASE("recurrent: differences to the last value do not mind a shift of the level") {
  double error[2];
  for (const TargetForm form : {TargetForm::level, TargetForm::relative}) {
    RecurrentOptions o = small();
    o.inputs = {};
    o.target_form = form;
    o.training.epochs = 40;
    Lstm model(o);
    REQUIRE(model.fit(sines(400)));
    REQUIRE(model.update(sines(20, 400, 500)));
    double sum = 0;
    const auto f = model.forecast(4);
    for (std::size_t s = 0; s < 4; ++s)
      sum += std::abs(f->mean[s] - (500 + 2 * std::sin(0.4 * static_cast<double>(420 + s))));
    error[form == TargetForm::relative ? 1 : 0] = sum;
  }
  CHECK(error[1] < 0.3 * error[0]);
}

TEST_CASE("recurrent: errors are measured on a tail unseen, then the tail is learned too") {
  // The pattern of the last tenth occurs nowhere else.
  std::vector<double> target, other(400, 0.0);
  for (std::size_t i = 0; i < 400; ++i)
    target.push_back(i < 360 ? 5 + std::sin(0.4 * static_cast<double>(i))
                             : 5 + static_cast<double>(i % 2));
  RecurrentOptions o = small();
  o.inputs = {};
  o.training.epochs = 60;
  double loss[2], spread[2];
  const double levels[] = {0.1, 0.9};
  for (const bool refit : {false, true}) {
    o.refit = refit;
    Lstm model(o);
    const auto report = model.fit(frame(target, other));
    REQUIRE(report);
    loss[refit ? 1 : 0] = report->validation_loss;
    const auto f = model.forecast(1, levels);
    spread[refit ? 1 : 0] = f->quantile(0, 1) - f->quantile(0, 0);
    if (refit) CHECK(std::abs(f->mean[0] - 5) < 0.35);
  }
  // The judge is the same network in either case.
  CHECK(loss[0] == loss[1]);
  CHECK(spread[0] == doctest::Approx(spread[1]));
  CHECK(spread[1] > 0.5);
}

TEST_CASE("recurrent: a callback that throws leaves the model as it was") {
  RecurrentOptions o = small();
  bool stop = false;
  o.training.on_epoch = [&stop](int, EpochLosses) {
    if (stop) throw std::runtime_error("no more");
    return true;
  };
  Gru model(o);
  REQUIRE(model.fit(sines(200)));
  const double levels[] = {0.1, 0.9};
  const auto before = model.forecast(4, levels);
  stop = true;
  CHECK_THROWS_AS((void)model.fit(sines(300)), std::runtime_error);
  CHECK(model.forecast(4, levels)->mean == before->mean);
  CHECK(model.forecast(4, levels)->quantiles == before->quantiles);
}
