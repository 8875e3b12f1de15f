#include "learningplane/evaluation/shapley.hpp"

#include <algorithm>
#include <cmath>

#include "evaluation/explain_support.hpp"
#include "learningplane/error.hpp"

namespace learningplane::evaluation {

namespace {

constexpr const char* what = "shapley";

struct Game {
  const Predictor& predict;
  std::span<const double> window;
  const model::WindowView& background;
  std::vector<std::vector<std::size_t>> groups;

  std::span<const double> row(std::size_t b) const {
    return background.values.subspan(b * window.size(), window.size());
  }
};

/// Mean forecast with the groups of the mask taken from the window, the others from each background
/// window in turn.
Result<double> worth(const Game& game, std::size_t mask, std::vector<double>& mixed) {
  std::copy(game.background.values.begin(), game.background.values.end(), mixed.begin());
  for (std::size_t g = 0; g < game.groups.size(); ++g) {
    if ((mask >> g & 1U) == 0) continue;
    for (std::size_t b = 0; b < game.background.count; ++b) {
      for (const std::size_t c : game.groups[g]) mixed[b * game.window.size() + c] = game.window[c];
    }
  }
  const auto said = detail::predictions(
      game.predict, {mixed, game.background.count, game.background.steps}, what);
  if (!said) return tl::unexpected(said.error());
  return detail::mean_of(*said);
}

Result<void> count_all(const Game& game, Shapley& out) {
  const std::size_t n = game.groups.size();
  std::vector<double> mixed(game.background.values.size()), worths;
  for (std::size_t mask = 0; mask < std::size_t{1} << n; ++mask) {
    const auto value = worth(game, mask, mixed);
    if (!value) return tl::unexpected(value.error());
    worths.push_back(*value);
  }
  // weight[s] = s! (n - 1 - s)! / n!, for a coalition of s others.
  std::vector<double> weight(n);
  for (std::size_t s = 0; s < n; ++s) {
    double w = 1.0 / static_cast<double>(n);
    for (std::size_t k = 1; k <= s; ++k) w *= static_cast<double>(k) / static_cast<double>(n - k);
    weight[s] = w;
  }
  for (std::size_t mask = 0; mask < worths.size(); ++mask) {
    const auto size = static_cast<std::size_t>(__builtin_popcountll(mask));
    for (std::size_t g = 0; g < n; ++g) {
      if ((mask >> g & 1U) != 0) continue;
      out.values[g] += weight[size] * (worths[mask | std::size_t{1} << g] - worths[mask]);
    }
  }
  return {};
}

/// Gains of each group on the way from the background window to the window, in that order.
Result<void> walk(const Game& game, std::size_t background, std::span<const std::size_t> order,
                  double share, std::vector<double>& gains) {
  const std::size_t n = order.size(), width = game.window.size();
  std::vector<double> path((n + 1) * width);
  const auto start = game.row(background);
  std::copy(start.begin(), start.end(), path.begin());
  for (std::size_t k = 0; k < n; ++k) {
    const auto from = path.begin() + static_cast<std::ptrdiff_t>(k * width);
    std::copy(from, from + static_cast<std::ptrdiff_t>(width),
              from + static_cast<std::ptrdiff_t>(width));
    for (const std::size_t c : game.groups[order[k]]) path[(k + 1) * width + c] = game.window[c];
  }
  const auto said = detail::predictions(game.predict, {path, n + 1, game.background.steps}, what);
  if (!said) return tl::unexpected(said.error());
  for (std::size_t k = 0; k < n; ++k) gains[order[k]] += share * ((*said)[k + 1] - (*said)[k]);
  return {};
}

Result<void> sample(const Game& game, const ShapleyOptions& options, Shapley& out) {
  const std::size_t n = game.groups.size(), rows = game.background.count;
  const std::size_t pairs = std::max<std::size_t>((options.pairs + rows - 1) / rows * rows, 2);
  std::vector<std::vector<double>> gains(n);
  for (std::size_t p = 0; p < pairs; ++p) {
    auto random = detail::random_of(options.seed, p);
    std::vector<std::size_t> order = detail::shuffled(n, random);
    std::vector<double> pair(n, 0.0);
    for (int way = 0; way < 2; ++way) {
      if (auto walked = walk(game, p % rows, order, 0.5, pair); !walked) return walked;
      std::reverse(order.begin(), order.end());
    }
    for (std::size_t g = 0; g < n; ++g) gains[g].push_back(pair[g]);
  }
  for (std::size_t g = 0; g < n; ++g) {
    out.values[g] = detail::mean_of(gains[g]);
    out.errors[g] = detail::deviation_of(gains[g]) / std::sqrt(static_cast<double>(pairs));
  }
  return {};
}

}  // namespace

Result<Shapley> shapley(const Predictor& predict, std::span<const double> window,
                        const model::WindowView& background, std::span<const Block> groups,
                        const ShapleyOptions& options) {
  if (background.count == 0)
    return fail(Errc::not_enough_data, std::string(what) + ": no background window");
  const WindowShape shape = detail::shape_of(background, what);
  if (window.size() != shape.cells())
    throw LogicError("shapley: the window and the background differ in shape");
  if (options.exact_groups > 20 || options.pairs == 0)
    throw LogicError("shapley: exact_groups is at most 20, pairs at least 1");
  const Game game{predict, window, background, detail::partition(groups, shape, what)};
  Shapley out;
  out.values.assign(groups.size(), 0.0);
  out.errors.assign(groups.size(), 0.0);
  out.exact = groups.size() <= options.exact_groups;
  const auto here = detail::predictions(predict, {window, 1, shape.lags}, what);
  if (!here) return tl::unexpected(here.error());
  const auto usual = detail::predictions(predict, background, what);
  if (!usual) return tl::unexpected(usual.error());
  out.forecast = here->front();
  out.expected = detail::mean_of(*usual);
  const auto done = out.exact ? count_all(game, out) : sample(game, options, out);
  if (!done) return tl::unexpected(done.error());
  return out;
}

}  // namespace learningplane::evaluation
