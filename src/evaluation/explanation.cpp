#include "learningplane/evaluation/explanation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <unordered_set>

#include "evaluation/explain_support.hpp"
#include "learningplane/error.hpp"
#include "learningplane/evaluation/additive_components.hpp"
#include "learningplane/evaluation/integrated_gradients.hpp"
#include "learningplane/evaluation/shapley.hpp"
#include "learningplane/evaluation/spikes.hpp"

namespace learningplane::evaluation {

namespace {

/// What all methods look at.
struct Scene {
  const WindowModel& model;
  const ExplainOptions& options;
  features::Windows windows;
  std::vector<std::size_t> chosen;
  std::vector<Block> blocks;
  std::vector<double> picked;

  model::WindowView all() const { return view_of(windows); }
  model::WindowView view() const { return {picked, chosen.size(), windows.lags}; }
};

/// Sets the effects from each block's values over the windows.
void summarise(const std::vector<std::vector<double>>& by_block, Explanation& out) {
  for (std::size_t b = 0; b < by_block.size(); ++b) {
    Effect& e = out.effects[b];
    e.mean = detail::mean_of(by_block[b]);
    e.deviation = detail::deviation_of(by_block[b]);
    for (const double v : by_block[b])
      e.strength += std::abs(v) / static_cast<double>(by_block[b].size());
  }
}

Result<void> permute(const Scene& s, Explanation& out) {
  const auto found = permutation_importance(
      s.model.predict, s.all(), truth_of(s.windows), s.blocks,
      {.loss = s.options.loss, .repeats = s.options.repeats, .seed = s.options.seed}, s.chosen);
  if (!found) return tl::unexpected(found.error());
  out.reference = found->loss;
  for (std::size_t b = 0; b < s.blocks.size(); ++b) {
    out.effects[b].mean = out.effects[b].strength = found->blocks[b].mean;
    out.effects[b].deviation = found->blocks[b].deviation;
  }
  return {};
}

Result<void> occlude(const Scene& s, Explanation& out) {
  const auto found = occlusion(s.model.predict, s.all(), s.blocks, s.options.fill, s.chosen);
  if (!found) return tl::unexpected(found.error());
  out.reference = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::vector<double>> by_block;
  for (const BlockOcclusion& o : *found) by_block.push_back(o.each);
  summarise(by_block, out);
  return {};
}

Result<void> integrate(const Scene& s, Explanation& out) {
  const WindowShape shape = s.model.shape();
  const std::vector<double> baseline =
      s.options.zero_baseline ? std::vector<double>(shape.cells(), 0.0) : mean_window(s.all());
  const Gradient gradient = s.model.gradient
                                ? s.model.gradient
                                : central_differences(s.model.predict, difference_steps(s.all()));
  const auto found = integrated_gradients(s.model.predict, gradient, s.view(), baseline);
  if (!found) return tl::unexpected(found.error());
  out.reference = found->front().baseline;
  std::vector<std::vector<double>> by_block(s.blocks.size());
  for (const IntegratedGradients& one : *found) {
    out.gap = std::max(out.gap, std::abs(one.gap));
    for (std::size_t b = 0; b < s.blocks.size(); ++b) {
      double sum = 0;
      for (const std::size_t c : cells_of(s.blocks[b], shape)) sum += one.values[c];
      by_block[b].push_back(sum);
    }
  }
  summarise(by_block, out);
  return {};
}

Result<void> share_out(const Scene& s, Explanation& out) {
  const std::vector<std::size_t> rows = evenly(s.windows.size(), s.options.background);
  const std::vector<double> values = pick(s.all(), rows);
  const std::size_t width = s.model.shape().cells();
  std::vector<std::vector<double>> by_block(s.blocks.size());
  std::vector<double> squares(s.blocks.size(), 0.0);
  for (std::size_t i = 0; i < s.chosen.size(); ++i) {
    // Windows must not share the luck of their draws, or their mean would not average it out.
    std::uint64_t seed = detail::random_of(s.options.seed, s.chosen[i]).next();
    const auto found = shapley(s.model.predict, std::span(s.picked).subspan(i * width, width),
                               {values, rows.size(), s.windows.lags}, s.blocks,
                               {.pairs = s.options.pairs, .seed = seed});
    if (!found) return tl::unexpected(found.error());
    out.reference = found->expected;
    for (std::size_t b = 0; b < s.blocks.size(); ++b) {
      by_block[b].push_back(found->values[b]);
      squares[b] += found->errors[b] * found->errors[b];
    }
  }
  summarise(by_block, out);
  for (std::size_t b = 0; b < s.blocks.size(); ++b)
    out.effects[b].deviation = std::sqrt(squares[b]) / static_cast<double>(s.chosen.size());
  return {};
}

Result<void> take_apart(const Scene& s, Explanation& out) {
  Result<std::vector<Components>> found;
  if (const auto* ridge = dynamic_cast<const model::Ridge*>(s.model.model.get()))
    found = ridge_components(*ridge, s.view(), s.model.step, s.blocks);
  else
    found = additive_components(s.model.predict, s.view(), mean_window(s.all()), s.blocks);
  if (!found) return tl::unexpected(found.error());
  out.reference = found->front().constant;
  std::vector<std::vector<double>> by_block(s.blocks.size());
  for (const Components& one : *found) {
    for (std::size_t b = 0; b < s.blocks.size(); ++b) by_block[b].push_back(one.values[b]);
  }
  summarise(by_block, out);
  return {};
}

Result<void> run(const Scene& scene, Explanation& out) {
  switch (scene.options.method) {
    case ExplainMethod::occlusion: return occlude(scene, out);
    case ExplainMethod::gradients: return integrate(scene, out);
    case ExplainMethod::shapley: return share_out(scene, out);
    case ExplainMethod::components: return take_apart(scene, out);
    case ExplainMethod::permutation: break;
  }
  return permute(scene, out);
}

}  // namespace

std::string_view to_string(ExplainMethod method) {
  switch (method) {
    case ExplainMethod::occlusion: return "occlusion";
    case ExplainMethod::gradients: return "gradients";
    case ExplainMethod::shapley: return "shapley";
    case ExplainMethod::components: return "components";
    case ExplainMethod::permutation: break;
  }
  return "permutation";
}

std::vector<std::size_t> Explanation::ranking() const {
  std::vector<std::size_t> out(effects.size());
  std::iota(out.begin(), out.end(), std::size_t{0});
  std::stable_sort(out.begin(), out.end(), [this](std::size_t a, std::size_t b) {
    return effects[a].strength > effects[b].strength;
  });
  return out;
}

Value to_value(const Explanation& e) {
  Value columns = Value::array(), effects = Value::array();
  for (const std::string& name : e.columns) columns.push(name);
  for (const Effect& effect : e.effects) {
    const bool all = effect.block.column == Block::all;
    effects.push(Value::object()
                     .set("block", effect.name)
                     .set("column", all ? Value() : Value(e.columns[effect.block.column]))
                     .set("first_lag", effect.block.first_lag)
                     .set("last_lag", effect.block.last_lag)
                     .set("mean", effect.mean)
                     .set("strength", effect.strength)
                     .set("deviation", effect.deviation));
  }
  return Value::object()
      .set("method", to_string(e.method))
      .set("model", e.model)
      .set("target", e.target)
      .set("columns", columns)
      .set("lags", e.lags)
      .set("step", e.step)
      .set("windows", e.windows)
      .set("spikes", e.spikes)
      .set("reference", e.reference)
      .set("forecast", e.forecast)
      .set("gap", e.gap)
      .set("effects", effects);
}

Result<std::vector<std::size_t>> windows_before_spikes(const telemetry::Frame& frame,
                                                       const std::string& target,
                                                       const features::Windows& windows) {
  const auto column = frame.require(target);
  if (!column) return fail_within("spikes", column.error());
  const auto trace = (*column)->values.span();
  const auto found = find_spikes(trace, trace, trace_scale(trace));
  const std::unordered_set<std::size_t> rows(found.begin(), found.end());
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < windows.size(); ++i) {
    if (rows.count(windows.rows[i] + windows.horizon - 1) > 0) out.push_back(i);
  }
  return out;
}

Result<Explanation> explain(const WindowModel& model, const telemetry::Frame& frame,
                            const ExplainOptions& options) {
  auto windows = windows_of(model, frame);
  if (!windows) return tl::unexpected(windows.error());
  Scene scene{model, options, std::move(*windows), {}, {}, {}};
  if (options.spikes) {
    auto before = windows_before_spikes(frame, model.target, scene.windows);
    if (!before) return tl::unexpected(before.error());
    for (const std::size_t i : evenly(before->size(), options.windows))
      scene.chosen.push_back((*before)[i]);
    if (scene.chosen.empty())
      return fail(Errc::not_enough_data, "explain: no spike of '" + model.target +
                                             "' follows a whole window of " +
                                             std::to_string(model.lags) + " rows");
  } else {
    scene.chosen = evenly(scene.windows.size(), options.windows);
  }
  scene.blocks = make_blocks(model.shape(), options.grouping, options.block_lags);
  scene.picked = pick(scene.all(), scene.chosen);
  Explanation out{.method = options.method, .model = std::string(model.model->kind())};
  out.target = model.target;
  out.columns = model.columns;
  out.lags = model.lags;
  out.step = model.step;
  out.windows = scene.chosen.size();
  out.spikes = options.spikes;
  for (const Block& block : scene.blocks)
    out.effects.push_back({.name = name_of(block, model.columns), .block = block});
  const auto said = detail::predictions(model.predict, scene.view(), "explain");
  if (!said) return tl::unexpected(said.error());
  out.forecast = detail::mean_of(*said);
  if (auto done = run(scene, out); !done) return tl::unexpected(done.error());
  return out;
}

}  // namespace learningplane::evaluation
