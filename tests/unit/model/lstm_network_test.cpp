#include "learningplane/model/lstm_network.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstdlib>
#include <fstream>
#include <new>
#include <sstream>

#include "learningplane/json.hpp"
#include "model/lstm_random.hpp"
#include "model/lstm_trainer.hpp"
#include "support/source_dir.hpp"

using namespace learningplane;
using namespace learningplane::model;

namespace {

Value fixture(const std::string& name) {
  std::ifstream file(support::source_dir() + "/tests/data/" + name + ".json");
  std::stringstream text;
  text << file.rdbuf();
  return value_or_throw(parse_json(text.str()));
}

Tensor tensor(const Value& v) {
  Tensor t;
  for (const Value& s : v.find("shape")->as_array())
    t.shape.push_back(static_cast<std::size_t>(s.as_int()));
  for (const Value& x : v.find("values")->as_array()) t.values.push_back(x.as_double());
  return t;
}
std::map<std::string, Tensor> tensors(const Value& v) {
  std::map<std::string, Tensor> out;
  for (const auto& [name, value] : v.as_object()) out.emplace(name, tensor(value));
  return out;
}
std::vector<std::size_t> sizes(const Value& v) {
  std::vector<std::size_t> out;
  for (const Value& s : v.as_array()) out.push_back(static_cast<std::size_t>(s.as_int()));
  return out;
}
/// Both cells, each in two shapes.
constexpr const char* fixtures[] = {"lstm_torch_stacked", "lstm_torch_seed_head",
                                    "gru_torch_stacked", "gru_torch_seed_head"};

LstmShape shape_of(const std::string& name, const Value& v) {
  LstmShape s;
  s.cell = name.starts_with("gru") ? Cell::gru : Cell::lstm;
  s.inputs = static_cast<std::size_t>(v.find("inputs")->as_int());
  s.layers = sizes(*v.find("layers"));
  s.dense = sizes(*v.find("dense"));
  s.outputs = static_cast<std::size_t>(v.find("outputs")->as_int());
  s.head = v.find("relu_head")->as_bool() ? HeadActivation::relu : HeadActivation::none;
  return s;
}

double worst(const std::vector<double>& a, const std::vector<double>& b) {
  REQUIRE(a.size() == b.size());
  double out = 0;
  for (std::size_t i = 0; i < a.size(); ++i) out = std::max(out, std::abs(a[i] - b[i]));
  return out;
}

std::vector<CpuTier> tiers() {
  std::vector<CpuTier> out;
  for (const CpuTier t : {CpuTier::baseline, CpuTier::avx2, CpuTier::avx512})
    if (cpu_supports(t)) out.push_back(t);
  return out;
}

std::vector<double> noise(std::size_t n, std::uint64_t seed) {
  detail::LstmRandom random(seed);
  std::vector<double> out(n);
  for (double& v : out) v = 2 * random.uniform() - 1;
  return out;
}

LstmShape odd_shape(Cell cell = Cell::lstm) {
  return {5, {19, 33}, {11}, 3, HeadActivation::relu, cell};
}

}  // namespace

TEST_CASE("lstm network: outputs equal PyTorch's for the same weights, batch and streaming") {
  for (const std::string name : fixtures) {
    const Value v = fixture(name);
    const Tensor x = tensor(*v.find("x")), predicted = tensor(*v.find("predicted"));
    const std::size_t count = x.shape[0], steps = x.shape[1], inputs = x.shape[2];
    for (const CpuTier tier : tiers()) {
      for (const Dtype dtype : {Dtype::f32, Dtype::f64}) {
        CAPTURE(name);
        CAPTURE(to_string(tier));
        const double limit = dtype == Dtype::f32 ? 1e-6 : 1e-14;
        LstmNetwork network(shape_of(name, v), dtype, 0, tier);
        network.set_weights(tensors(*v.find("weights")));
        std::vector<double> out(predicted.values.size());
        network.predict({x.values, count, steps}, out);
        CHECK(worst(out, predicted.values) < limit);

        const std::size_t outputs = network.shape().outputs;
        for (std::size_t w = 0; w < count; ++w) {
          network.reset_state();
          for (std::size_t t = 0; t < steps; ++t)
            network.step(std::span(x.values).subspan((w * steps + t) * inputs, inputs),
                         std::span(out).subspan(w * outputs, outputs));
        }
        CHECK(worst(out, predicted.values) < limit);
      }
    }
  }
}

TEST_CASE("lstm network: gradients equal PyTorch's") {
  for (const std::string name : fixtures) {
    const Value v = fixture(name);
    const Tensor x = tensor(*v.find("x")), y = tensor(*v.find("y"));
    const std::size_t rows = x.shape[0], steps = x.shape[1], inputs = x.shape[2];
    for (const CpuTier tier : tiers()) {
      detail::LstmEngine<double> engine(shape_of(name, v), 0, tier);
      engine.set_weights(tensors(*v.find("weights")));
      detail::LstmTrainer<double> trainer(engine, {});
      detail::Array<double> time_major(x.values.size()), targets(y.values.begin(), y.values.end());
      for (std::size_t i = 0; i < x.values.size(); ++i) {
        const std::size_t w = i / (steps * inputs), t = i / inputs % steps;
        time_major[(t * rows + w) * inputs + i % inputs] = x.values[i];
      }
      const double loss =
          trainer.backward({rows, steps, time_major.data(), targets.data(), nullptr, 0});
      CHECK(loss == doctest::Approx(v.find("loss")->as_double()).epsilon(1e-12));
      const auto mine = engine.unpack(trainer.gradients());
      for (const auto& [key, expected] : tensors(*v.find("gradients"))) {
        CAPTURE(key);
        CHECK(worst(mine.at(key).values, expected.values) < 1e-13);
      }
    }
  }
}

TEST_CASE("lstm network: tiers agree, and one tier repeats itself bit for bit") {
  const std::vector<double> x = noise(37 * 12 * 5, 3), y = noise(37 * 3, 4);
  LstmTraining training;
  training.epochs = 3;
  training.dropout = 0.2;
  for (const auto& [dtype, cell] : {std::pair{Dtype::f32, Cell::lstm},
                                    {Dtype::f64, Cell::lstm},
                                    {Dtype::f32, Cell::gru},
                                    {Dtype::f64, Cell::gru}}) {
    std::vector<double> first_tier;
    for (const CpuTier tier : tiers()) {
      std::vector<double> once(37 * 3), again(37 * 3);
      for (std::vector<double>* out : {&once, &again}) {
        LstmNetwork network(odd_shape(cell), dtype, 9, tier);
        network.train({x, 37, 12}, y, training);
        network.predict({x, 37, 12}, *out);
      }
      CHECK(once == again);
      if (first_tier.empty()) first_tier = once;
      CAPTURE(to_string(tier));
      CHECK(worst(once, first_tier) < (dtype == Dtype::f32 ? 1e-5 : 1e-12));
    }
  }
}

TEST_CASE("lstm network: a batch of any size gives what its windows give alone") {
  for (const Cell cell : {Cell::lstm, Cell::gru}) {
    const LstmNetwork network(odd_shape(cell), Dtype::f64, 1);
    const std::vector<double> x = noise(101 * 7 * 5, 8);
    std::vector<double> all(101 * 3), one(3);
    network.predict({x, 101, 7}, all);
    for (std::size_t w = 0; w < 101; ++w) {
      network.predict({std::span(x).subspan(w * 35, 35), 1, 7}, one);
      for (std::size_t o = 0; o < 3; ++o)
        CHECK(one[o] == doctest::Approx(all[w * 3 + o]).epsilon(1e-12));
    }
  }
}

TEST_CASE("lstm network: weights go out and in unchanged; wrong ones are refused") {
  LstmNetwork a(odd_shape(), Dtype::f32, 1), b(odd_shape(), Dtype::f32, 2);
  auto weights = a.weights();
  CHECK(weights.at("lstm.weight_ih_l1").shape == std::vector<std::size_t>{4 * 33, 19});
  b.set_weights(weights);
  CHECK(b.weights().at("dense.1.weight").values == weights.at("dense.1.weight").values);
  CHECK(a.parameters() == 4 * 19 * (5 + 19 + 2) + 4 * 33 * (19 + 33 + 2) + 11 * 34 + 3 * 12);
  const LstmNetwork gru(odd_shape(Cell::gru), Dtype::f32, 1);
  CHECK(gru.weights().at("gru.weight_hh_l1").shape == std::vector<std::size_t>{3 * 33, 33});
  CHECK(gru.parameters() == 3 * 19 * (5 + 19 + 2) + 3 * 33 * (19 + 33 + 2) + 11 * 34 + 3 * 12);
  weights.at("dense.0.bias").values[3] = std::nan("");
  CHECK_THROWS_WITH_AS(b.set_weights(weights), doctest::Contains("dense.0.bias"), FormatError);
  weights.erase("dense.0.bias");
  CHECK_THROWS_WITH_AS(b.set_weights(weights), doctest::Contains("dense.0.bias"), FormatError);
  CHECK_THROWS_AS(LstmNetwork({1, {}, {}, 1, HeadActivation::none, Cell::lstm}, Dtype::f32, 0),
                  ConfigError);
  std::vector<double> x(10), out(1);
  CHECK_THROWS_AS(a.predict({x, 1, 2}, out), LogicError);
}

TEST_CASE("lstm network: early stopping keeps the best epoch's weights") {
  // Targets are noise: the validation loss soon rises while the training loss falls.
  const std::vector<double> x = noise(80 * 4, 1), y = noise(80, 2);
  LstmNetwork network({1, {16}, {}, 1, HeadActivation::none, Cell::lstm}, Dtype::f64, 1);
  LstmTraining training;
  training.epochs = 200;
  training.learning_rate = 0.02;
  training.validation_share = 0.25;
  double best = 1e9;
  training.on_epoch = [&best](int, EpochLosses l) {
    best = std::min(best, l.validation);
    return true;
  };
  const TrainingResult r = network.train({x, 80, 4}, y, training);
  CHECK(r.stopped == "no improvement");
  CHECK(r.epochs == r.best_epoch + training.patience);
  CHECK(r.losses.validation == best);
  std::vector<double> out(20);
  network.predict({std::span(x).subspan(240), 20, 4}, out);
  double mse = 0;
  for (std::size_t i = 0; i < 20; ++i) mse += (out[i] - y[60 + i]) * (out[i] - y[60 + i]) / 20;
  CHECK(mse == doctest::Approx(best));
}

TEST_CASE("lstm network: gradients by the inputs equal PyTorch's") {
  for (const std::string name : fixtures) {
    CAPTURE(name);
    const Value v = fixture(name);
    const Tensor x = tensor(*v.find("x")), y = tensor(*v.find("y"));
    const std::size_t count = x.shape[0], steps = x.shape[1];
    LstmNetwork network(shape_of(name, v), Dtype::f64, 0);
    network.set_weights(tensors(*v.find("weights")));
    const std::size_t outputs = network.shape().outputs;
    std::vector<double> predicted(count * outputs), one(x.values.size()), sum(x.values.size(), 0);
    network.predict({x.values, count, steps}, predicted);
    // The fixture holds the gradient of the mean squared error: the outputs' with their slopes.
    for (std::size_t o = 0; o < outputs; ++o) {
      network.input_gradients({x.values, count, steps}, o, one);
      for (std::size_t i = 0; i < sum.size(); ++i) {
        const std::size_t at = i / (sum.size() / count) * outputs + o;
        sum[i] +=
            one[i] * 2 * (predicted[at] - y.values[at]) / static_cast<double>(predicted.size());
      }
    }
    CHECK(worst(sum, tensor(*v.find("x_gradient")).values) < 1e-13);
    CHECK_THROWS_AS(network.input_gradients({x.values, count, steps}, outputs, one), LogicError);
  }
}

TEST_CASE("lstm network: what does not belong to its training is refused") {
  LstmNetwork network({1, {4}, {}, 4, HeadActivation::none, Cell::gru}, Dtype::f64, 1);
  const std::vector<double> x = noise(10 * 3, 1), y = noise(20, 2);
  LstmTraining training;
  training.validation_share = 0;
  training.levels = {0.9};
  CHECK_NOTHROW(network.train({x, 10, 3}, y, training));
  training.levels = {0.9, 0.1};
  CHECK_THROWS_AS(network.train({x, 10, 3}, y, training), ConfigError);
  training.levels = {0.1, 0.9};  // 4 outputs are not targets x 3
  CHECK_THROWS_AS(network.train({x, 10, 3}, y, training), LogicError);
  training.levels = {0.9};
  training.weights = {1, 2};
  CHECK_THROWS_WITH_AS(network.train({x, 10, 3}, y, training), doctest::Contains("weights"),
                       LogicError);
}
