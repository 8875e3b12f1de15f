#include <doctest/doctest.h>

#include <fstream>
#include <memory>
#include <sstream>

#include "learningplane/json.hpp"
#include "model/nn/activation.hpp"
#include "model/nn/attention.hpp"
#include "model/nn/convolution.hpp"
#include "model/nn/informer.hpp"
#include "model/nn/normalisation.hpp"
#include "support/source_dir.hpp"

using namespace learningplane;
using namespace learningplane::model;
using namespace learningplane::model::nn;

namespace {

/// What PyTorch found; tools/fixtures/make_attention_fixture.py made it.
const Value& reference() {
  static const Value value = [] {
    std::ostringstream text;
    text << std::ifstream(support::source_dir() + "/tests/data/attention_torch.json").rdbuf();
    return value_or_throw(parse_json(text.str()));
  }();
  return value;
}

std::vector<double> numbers(const Value& tensor) {
  std::vector<double> out;
  for (const Value& v : tensor.find("values")->as_array()) out.push_back(v.as_double());
  return out;
}

template <class T>
Matrix<T> matrix(const Value& tensor) {
  const auto& shape = tensor.find("shape")->as_array();
  Matrix<T> out(static_cast<std::size_t>(shape[0].as_int()),
                static_cast<std::size_t>(shape[1].as_int()));
  const std::vector<double> values = numbers(tensor);
  REQUIRE(values.size() == out.rows * out.columns);
  for (std::size_t i = 0; i < values.size(); ++i)
    out(i / out.columns, i % out.columns) = static_cast<T>(values[i]);
  return out;
}

template <class T>
void same(const Matrix<T>& ours, const Value& theirs, const std::string& what) {
  INFO(what);
  const std::vector<double> expected = numbers(theirs);
  REQUIRE(ours.rows * ours.columns == expected.size());
  double scale = 1, worst = 0;
  for (const double e : expected) scale = std::max(scale, std::abs(e));
  for (std::size_t i = 0; i < expected.size(); ++i)
    worst = std::max(worst, std::abs(static_cast<double>(ours(i / ours.columns, i % ours.columns)) -
                                     expected[i]));
  CHECK(worst / scale < (sizeof(T) == 8 ? 1e-9 : 1e-6));
}

template <class T>
void take_weights(Context<T>& context, const Value& weights) {
  std::size_t taken = 0;
  for (Parameter<T>* p : context.parameters) {
    if (!p->learned) continue;
    const Value* found = weights.find(p->name);
    REQUIRE_MESSAGE(found != nullptr, p->name);
    const Matrix<T> value = matrix<T>(*found);
    REQUIRE_MESSAGE(value.values.size() == p->value.values.size(), p->name);
    p->value = value;
    ++taken;
  }
  CHECK(taken == weights.size());
}

template <class T>
void same_gradients(const Context<T>& context, const Value& gradients) {
  for (const Parameter<T>* p : context.parameters)
    if (p->learned) same(p->gradient, *gradients.find(p->name), "gradient of " + p->name);
}

const Value& layer_case(const std::string& name) {
  for (const Value& c : reference().find("layers")->as_array())
    if (c.find("name")->as_string() == name) return c;
  FAIL("the fixture lacks " << name);
  return reference();
}

/// One layer with one input in one precision on one tier.
template <class T, class Make>
void check(const Value& expected, CpuTier tier, const Make& make) {
  Context<T> context(tier, 1);
  context.mode = Mode::training;
  context.batch = static_cast<std::size_t>(expected.find("batch")->as_int());
  auto layer = make(context);
  take_weights(context, *expected.find("weights"));
  const Matrix<T> x = matrix<T>(expected.find("inputs")->as_array()[0]);
  same(layer->forward(x), *expected.find("output"), "output");
  context.zero_gradients();
  const Matrix<T> dy = matrix<T>(*expected.find("direction"));
  same(layer->backward(dy), expected.find("input_gradients")->as_array()[0], "input");
  same_gradients(context, *expected.find("weight_gradients"));
}
template <class Make>
void check_layer(const std::string& name, const Make& make) {
  for (const CpuTier tier : {CpuTier::baseline, CpuTier::avx2, CpuTier::avx512}) {
    if (!cpu_supports(tier)) continue;
    CAPTURE(name);
    CAPTURE(to_string(tier));
    check<double>(layer_case(name), tier, make);
    check<float>(layer_case(name), tier, make);
  }
}

template <class T>
T context_type(const Context<T>&);
template <class C>
using TypeOf = decltype(context_type(std::declval<C&>()));

}  // namespace

TEST_CASE("nn layers: outputs and gradients are PyTorch's") {
  check_layer("linear",
              [](auto& c) { return std::make_unique<Linear<TypeOf<decltype(c)>>>(c, "l", 5, 7); });
  struct Convolution {
    const char* name;
    std::size_t padding;
    Edge edge;
  };
  for (const Convolution& k : {Convolution{"conv_circular", 1, Edge::circular},
                               Convolution{"conv_circular_2", 2, Edge::circular},
                               Convolution{"conv_zeros", 1, Edge::zeros}})
    check_layer(k.name, [&k](auto& c) {
      using L = Conv1d<TypeOf<decltype(c)>>;
      return std::make_unique<L>(c, "l", typename L::Shape{3, 6, 3, k.padding, k.edge});
    });
  check_layer("conv_transposed", [](auto& c) {
    using L = TransposedConv1d<TypeOf<decltype(c)>>;
    return std::make_unique<L>(c, "l", typename L::Shape{4, 5, 3, 3, 2});
  });
  check_layer("layer_norm",
              [](auto& c) { return std::make_unique<LayerNorm<TypeOf<decltype(c)>>>(c, "l", 6); });
  check_layer("batch_norm",
              [](auto& c) { return std::make_unique<BatchNorm<TypeOf<decltype(c)>>>(c, "l", 5); });
  check_layer("gelu", [](auto& c) { return std::make_unique<Gelu<TypeOf<decltype(c)>>>(c); });
  check_layer("elu", [](auto& c) { return std::make_unique<Elu<TypeOf<decltype(c)>>>(c); });
  check_layer("max_pool",
              [](auto& c) { return std::make_unique<MaxPool<TypeOf<decltype(c)>>>(c); });
}

TEST_CASE_TEMPLATE("attention: multi-head attention is PyTorch's", T, float, double) {
  for (const bool masked : {false, true}) {
    const Value& expected = layer_case(masked ? "attention_masked" : "attention");
    Context<T> context(cpu_tier(), 1);
    context.batch = 2;
    MultiHead<T> layer(context, "l", {8, 2, 0, masked ? Sight::masked : Sight::all});
    take_weights(context, *expected.find("weights"));
    const auto& inputs = expected.find("inputs")->as_array();
    const auto& gradients = expected.find("input_gradients")->as_array();
    const Matrix<T> x = matrix<T>(inputs[0]), memory = matrix<T>(inputs.back());
    same(layer.forward(x, masked ? x : memory), *expected.find("output"), "output");
    context.zero_gradients();
    layer.backward(matrix<T>(*expected.find("direction")));
    Matrix<T> dx = layer.dx();
    if (masked) add(dx, layer.dmemory());
    same(dx, gradients[0], "x");
    if (!masked) same(layer.dmemory(), gradients[1], "memory");
    same_gradients(context, *expected.find("weight_gradients"));
  }
}

TEST_CASE_TEMPLATE("informer: a small encoder and decoder are PyTorch's", T, float, double) {
  const Value& expected = *reference().find("informer");
  const auto size = [&](const char* key) {
    return static_cast<std::size_t>(expected.find("shape")->find(key)->as_int());
  };
  NetworkShape shape;
  shape.inputs = size("inputs");
  shape.outputs = size("outputs");
  shape.lags = size("lags");
  shape.label = size("label");
  shape.horizon = size("horizon");
  shape.width = size("width");
  shape.heads = size("heads");
  shape.inner = size("inner");
  shape.factor = 0;
  shape.dropout = 0;
  nn::Informer<T> network(shape, cpu_tier(), 1);
  Context<T>& context = network.context();
  context.mode = Mode::training;
  take_weights(context, *expected.find("weights"));
  const auto& inputs = expected.find("inputs")->as_array();
  NetworkInput<T> in;
  in.sequences = 2;
  in.past = matrix<T>(inputs[0]);
  in.past_marks = matrix<T>(inputs[1]);
  in.future = matrix<T>(inputs[2]);
  in.future_marks = matrix<T>(inputs[3]);
  same(network.forward(in), *expected.find("output"), "output");
  context.zero_gradients();
  network.backward(matrix<T>(*expected.find("direction")), nullptr);
  // In single precision the gradients pass through a dozen layers: their own tolerance.
  if (sizeof(T) == 8) same_gradients(context, *expected.find("weight_gradients"));
}
