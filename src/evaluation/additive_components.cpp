#include "learningplane/evaluation/additive_components.hpp"

#include <algorithm>
#include <cmath>

#include "evaluation/explain_support.hpp"
#include "learningplane/error.hpp"

namespace learningplane::evaluation {

namespace {

constexpr const char* what = "components";

}  // namespace

std::vector<Components> ridge_components(const model::Ridge& model,
                                         const model::WindowView& windows, std::size_t step,
                                         std::span<const Block> blocks) {
  const WindowShape shape = detail::shape_of(windows, what);
  const std::size_t width = shape.cells();
  const auto groups = detail::partition(blocks, shape, what);
  const model::Tensors& t = model.learned();
  const auto tensor = [&t](const char* name) -> const std::vector<double>& {
    return t.at(name).values;
  };
  if (tensor("offset").size() != width || step == 0 || step > tensor("intercept").size())
    throw LogicError("components: windows or step do not fit the model");
  const bool clip = model.save().attributes.find("options")->find("clip_inputs")->as_bool();
  std::vector<Components> out(windows.count);
  for (std::size_t i = 0; i < windows.count; ++i) {
    Components& one = out[i];
    one.constant = one.forecast = tensor("intercept")[step - 1];
    for (const std::vector<std::size_t>& cells : groups) {
      double sum = 0;
      for (const std::size_t c : cells) {
        double raw = windows.values[i * width + c];
        if (clip) raw = std::clamp(raw, tensor("low")[c], tensor("high")[c]);
        sum += tensor("weights")[(step - 1) * width + c] * (raw - tensor("offset")[c]) /
               tensor("scale")[c];
      }
      one.values.push_back(sum);
      one.forecast += sum;
    }
  }
  return out;
}

Result<std::vector<Components>> additive_components(const Predictor& predict,
                                                    const model::WindowView& windows,
                                                    std::span<const double> baseline,
                                                    std::span<const Block> blocks) {
  const WindowShape shape = detail::shape_of(windows, what);
  const std::size_t width = shape.cells(), n = blocks.size();
  const auto groups = detail::partition(blocks, shape, what);
  if (baseline.size() != width) throw LogicError("components: the baseline is one window");
  std::vector<Components> out;
  for (std::size_t i = 0; i < windows.count; ++i) {
    const auto window = windows.values.subspan(i * width, width);
    std::vector<double> asked;  // the baseline, each block alone, the window
    for (std::size_t k = 0; k <= n; ++k) {
      asked.insert(asked.end(), baseline.begin(), baseline.end());
      if (k == 0) continue;
      for (const std::size_t c : groups[k - 1]) asked[k * width + c] = window[c];
    }
    asked.insert(asked.end(), window.begin(), window.end());
    const auto said = detail::predictions(predict, {asked, n + 2, shape.lags}, what);
    if (!said) return tl::unexpected(said.error());
    Components one{.constant = said->front(), .forecast = said->back()};
    double sum = one.constant, size = std::abs(one.constant) + std::abs(one.forecast);
    for (std::size_t k = 1; k <= n; ++k) {
      one.values.push_back((*said)[k] - one.constant);
      sum += one.values.back();
      size += std::abs(one.values.back());
    }
    if (std::abs(sum - one.forecast) > 1e-6 * size)
      return fail(Errc::unsupported,
                  "components: the model is no sum over these blocks; gradients or shapley share "
                  "out what they do together");
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace learningplane::evaluation
