#include "learningplane/evaluation/occlusion.hpp"

#include <cmath>

#include "evaluation/explain_support.hpp"

namespace learningplane::evaluation {

namespace {

constexpr const char* what = "occlusion";

/// What each cell of each window is replaced by.
std::vector<double> fillings(const model::WindowView& all, const model::WindowView& chosen,
                             const WindowShape& shape, Fill fill) {
  std::vector<double> out(chosen.values.size());
  const std::size_t width = shape.cells();
  if (fill == Fill::usual) {
    const std::vector<double> usual = mean_window(all);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = usual[i % width];
    return out;
  }
  for (std::size_t i = 0; i < chosen.count; ++i) {
    for (std::size_t c = 0; c < shape.columns; ++c) {
      double sum = 0;
      for (std::size_t r = 0; r < shape.lags; ++r)
        sum += chosen.values[i * width + r * shape.columns + c];
      for (std::size_t r = 0; r < shape.lags; ++r)
        out[i * width + r * shape.columns + c] = sum / static_cast<double>(shape.lags);
    }
  }
  return out;
}

}  // namespace

Result<std::vector<BlockOcclusion>> occlusion(const Predictor& predict,
                                              const model::WindowView& windows,
                                              std::span<const Block> blocks, Fill fill,
                                              std::span<const std::size_t> looked_at) {
  if (windows.count == 0) return fail(Errc::not_enough_data, std::string(what) + ": no window");
  const WindowShape shape = detail::shape_of(windows, what);
  std::vector<std::size_t> which(looked_at.begin(), looked_at.end());
  if (which.empty()) which = evenly(windows.count, windows.count);
  const std::vector<double> kept = pick(windows, which);
  std::vector<double> values = kept;
  const model::WindowView view{values, which.size(), shape.lags};
  const std::vector<double> hidden = fillings(windows, view, shape, fill);
  const auto plain = detail::predictions(predict, view, what);
  if (!plain) return tl::unexpected(plain.error());

  std::vector<BlockOcclusion> out;
  for (const Block& block : blocks) {
    const std::vector<std::size_t> cells = cells_of(block, shape);
    const auto copy = [&](const std::vector<double>& from) {
      for (std::size_t i = 0; i < which.size(); ++i) {
        for (const std::size_t c : cells)
          values[i * shape.cells() + c] = from[i * shape.cells() + c];
      }
    };
    copy(hidden);
    const auto without = detail::predictions(predict, view, what);
    if (!without) return tl::unexpected(without.error());
    copy(kept);
    BlockOcclusion o;
    for (std::size_t i = 0; i < which.size(); ++i) {
      o.each.push_back((*plain)[i] - (*without)[i]);
      o.absolute += std::abs(o.each.back());
    }
    o.absolute /= static_cast<double>(which.size());
    o.mean = detail::mean_of(o.each);
    o.deviation = detail::deviation_of(o.each);
    out.push_back(std::move(o));
  }
  return out;
}

}  // namespace learningplane::evaluation
