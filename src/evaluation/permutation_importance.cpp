#include "learningplane/evaluation/permutation_importance.hpp"

#include <numeric>

#include "evaluation/explain_support.hpp"
#include "learningplane/error.hpp"
#include "learningplane/evaluation/score.hpp"

namespace learningplane::evaluation {

namespace {

constexpr const char* what = "permutation importance";

Result<double> loss_of(const Predictor& predict, const model::WindowView& windows,
                       std::span<const double> truth, Loss loss) {
  const auto said = detail::predictions(predict, windows, what);
  if (!said) return tl::unexpected(said.error());
  const Score s = score(*said, truth);
  if (s.n != truth.size())
    return fail(Errc::unknown_data, std::string(what) + ": a true value is not finite");
  return loss == Loss::mae ? s.mae : s.mse;
}

}  // namespace

Result<PermutationImportance> permutation_importance(const Predictor& predict,
                                                     const model::WindowView& windows,
                                                     std::span<const double> truth,
                                                     std::span<const Block> blocks,
                                                     const PermutationOptions& options,
                                                     std::span<const std::size_t> scored) {
  if (windows.count == 0) return fail(Errc::not_enough_data, std::string(what) + ": no window");
  const WindowShape shape = detail::shape_of(windows, what);
  if (truth.size() != windows.count)
    throw LogicError(std::string(what) + ": one true value for each window is needed");
  if (options.repeats == 0) throw LogicError(std::string(what) + ": 1 repeat or more");
  std::vector<std::size_t> which(scored.begin(), scored.end());
  if (which.empty()) which = evenly(windows.count, windows.count);
  std::vector<double> values = pick(windows, which), wanted;
  for (const std::size_t i : which) wanted.push_back(truth[i]);
  const model::WindowView view{values, which.size(), shape.lags};
  const std::size_t width = shape.cells();

  PermutationImportance out;
  const auto plain = loss_of(predict, view, wanted, options.loss);
  if (!plain) return tl::unexpected(plain.error());
  out.loss = *plain;
  out.blocks.resize(blocks.size());
  for (std::size_t repeat = 0; repeat < options.repeats; ++repeat) {
    auto random = detail::random_of(options.seed, repeat);
    const std::vector<std::size_t> from = detail::shuffled(windows.count, random);
    for (std::size_t b = 0; b < blocks.size(); ++b) {
      const std::vector<std::size_t> cells = cells_of(blocks[b], shape);
      for (std::size_t i = 0; i < which.size(); ++i) {
        for (const std::size_t c : cells)
          values[i * width + c] = windows.values[from[which[i]] * width + c];
      }
      const auto worse = loss_of(predict, view, wanted, options.loss);
      if (!worse) return tl::unexpected(worse.error());
      out.blocks[b].each.push_back(*worse - out.loss);
      for (std::size_t i = 0; i < which.size(); ++i) {
        for (const std::size_t c : cells)
          values[i * width + c] = windows.values[which[i] * width + c];
      }
    }
  }
  for (BlockImportance& b : out.blocks) {
    b.mean = detail::mean_of(b.each);
    b.deviation = detail::deviation_of(b.each);
  }
  return out;
}

}  // namespace learningplane::evaluation
