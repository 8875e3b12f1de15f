#include "learningplane/model/lstm_network.hpp"

#include <string>

#include "learningplane/error.hpp"
#include "model/lstm_engine.hpp"
#include "model/lstm_shape.hpp"

namespace learningplane::model {

namespace {

constexpr std::size_t max_units = 65536;

void check_units(std::string_view key, std::size_t units) {
  if (units == 0 || units > max_units)
    throw ConfigError("", key, std::to_string(units), "1 to " + std::to_string(max_units));
}

/// `each` numbers are expected for every window.
void check_sizes(const LstmShape& shape, const WindowView& windows, std::size_t targets,
                 std::size_t each) {
  if (windows.steps == 0) throw LogicError("windows need at least one step");
  if (windows.values.size() != windows.count * windows.steps * shape.inputs)
    throw LogicError("windows hold " + std::to_string(windows.values.size()) + " numbers, not " +
                     std::to_string(windows.count) + " x " + std::to_string(windows.steps) + " x " +
                     std::to_string(shape.inputs));
  if (targets != windows.count * each)
    throw LogicError("there are " + std::to_string(targets) + " targets for " +
                     std::to_string(windows.count) + " windows of " + std::to_string(each));
}

/// How many targets a window has. @throws ConfigError, LogicError
std::size_t targets_of(const LstmShape& shape, const LstmTraining& training) {
  if (training.batch == 0) throw ConfigError("", "batch", "0", "at least 1");
  for (std::size_t l = 0; l < training.levels.size(); ++l) {
    const double level = training.levels[l];
    if (!(level > 0 && level < 1) || (l > 0 && level <= training.levels[l - 1]))
      throw ConfigError("", "levels", std::to_string(level), "levels that increase within (0, 1)");
  }
  const std::size_t each = 1 + training.levels.size();
  if (shape.outputs % each != 0) throw LogicError("outputs must be targets x (1 + levels)");
  return shape.outputs / each;
}

}  // namespace

double detail::weights_of(const LstmShape& shape) {
  double out = 0, inputs = static_cast<double>(shape.inputs);
  const auto gates = static_cast<double>(gates_of(shape.cell));
  for (const std::size_t units : shape.layers) {
    const auto h = static_cast<double>(units);
    out += gates * h * (inputs + h + 2);
    inputs = h;
  }
  for (const std::size_t units : shape.dense) {
    out += static_cast<double>(units) * (inputs + 1);
    inputs = static_cast<double>(units);
  }
  return out + static_cast<double>(shape.outputs) * (inputs + 1);
}

void detail::check_shape(const LstmShape& shape) {
  constexpr double max_weights = 5e8;
  if (shape.layers.empty())
    throw ConfigError("", "layers", "[]", "at least one hidden size, such as [32]");
  check_units("inputs", shape.inputs);
  check_units("outputs", shape.outputs);
  for (const std::size_t units : shape.layers) check_units("layers", units);
  for (const std::size_t units : shape.dense) check_units("dense", units);
  if (weights_of(shape) > max_weights)
    throw ConfigError("", "layers", std::to_string(weights_of(shape)) + " weights",
                      "layers with at most 5e8 weights together");
}

LstmNetwork::LstmNetwork(const LstmShape& shape, Dtype dtype, std::uint64_t seed, CpuTier tier) {
  detail::check_shape(shape);
  if (!cpu_supports(tier))
    throw ConfigError("", "cpu tier", to_string(tier), "a tier that this machine has");
  if (dtype == Dtype::f32) {
    engine_ = std::make_unique<detail::LstmEngine<float>>(shape, seed, tier);
  } else {
    engine_ = std::make_unique<detail::LstmEngine<double>>(shape, seed, tier);
  }
}
LstmNetwork::~LstmNetwork() = default;
LstmNetwork::LstmNetwork(LstmNetwork&&) noexcept = default;
LstmNetwork& LstmNetwork::operator=(LstmNetwork&&) noexcept = default;

const LstmShape& LstmNetwork::shape() const { return engine_->shape(); }
Dtype LstmNetwork::dtype() const { return engine_->dtype(); }
CpuTier LstmNetwork::tier() const { return engine_->tier(); }

std::size_t LstmNetwork::parameters() const {
  std::size_t n = 0;
  for (const auto& [name, tensor] : weights()) n += tensor.values.size();
  return n;
}

void LstmNetwork::predict(const WindowView& windows, std::span<double> out) const {
  check_sizes(shape(), windows, out.size(), shape().outputs);
  engine_->predict(windows, out);
}

void LstmNetwork::input_gradients(const WindowView& windows, std::size_t output,
                                  std::span<double> out) {
  check_sizes(shape(), windows, out.size(), windows.steps * shape().inputs);
  if (output >= shape().outputs)
    throw LogicError("output " + std::to_string(output) + " of " + std::to_string(shape().outputs));
  engine_->input_gradients(windows, output, out);
}

void LstmNetwork::step(std::span<const double> in, std::span<double> out) noexcept {
  engine_->step(in, out);
}

void LstmNetwork::reset_state() noexcept { engine_->reset_state(); }

TrainingResult LstmNetwork::train(const WindowView& windows, std::span<const double> targets,
                                  const LstmTraining& training) {
  check_sizes(shape(), windows, targets.size(), targets_of(shape(), training));
  if (!training.weights.empty() && training.weights.size() != targets.size())
    throw LogicError("there are " + std::to_string(training.weights.size()) + " weights for " +
                     std::to_string(targets.size()) + " targets");
  return engine_->train(windows, targets, training);
}

std::map<std::string, Tensor> LstmNetwork::weights() const { return engine_->weights(); }

void LstmNetwork::set_weights(const std::map<std::string, Tensor>& weights) {
  engine_->set_weights(weights);
}

}  // namespace learningplane::model
