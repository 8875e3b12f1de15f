#include "model/boosting_bins.hpp"

#include <algorithm>
#include <cmath>

namespace learningplane::model::detail {

namespace {

/// Rows from which thresholds are taken at most: more of them move a quantile by less than a bin.
constexpr std::size_t sample_rows = 20'000;

/// Cuts between values: midpoints of neighbours where there are few, else quantiles.
std::vector<double> cuts(const std::vector<double>& sorted, std::size_t most) {
  std::vector<double> distinct = sorted;
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  std::vector<double> out;
  if (distinct.size() <= most) {
    for (std::size_t i = 1; i < distinct.size(); ++i)
      out.push_back(distinct[i - 1] + (distinct[i] - distinct[i - 1]) / 2);
    return out;
  }
  const std::size_t n = sorted.size();
  for (std::size_t i = 1; i < most; ++i) {
    // The inverse of the empirical distribution, the mean of two values where it has a step.
    const std::size_t at = n * i / most;
    out.push_back(n * i % most == 0 ? sorted[at - 1] + (sorted[at] - sorted[at - 1]) / 2
                                    : sorted[at]);
  }
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

/// Finds bins by a table over the range first: a binary search of eight steps costs more than the
/// one or two comparisons that are then left.
class Finder {
 public:
  explicit Finder(const std::vector<double>& cuts) : cuts_(cuts) {
    const double range = cuts.back() - cuts.front();
    scale_ = range > 0 && std::isfinite(cells / range) ? cells / range : 0;
    std::size_t bin = 0;
    for (std::size_t cell = 0; cell <= cells; ++cell) {
      // The first cut that a value of this cell may lie under; the cell's edge is widened by
      // what rounding can do.
      const double edge = (static_cast<double>(cell) - 1e-6) / cells * range + cuts.front();
      while (bin + 1 < cuts.size() && cuts[bin] < edge) ++bin;
      first_[cell] = static_cast<std::uint8_t>(scale_ > 0 ? bin : 0);
    }
  }
  std::uint8_t operator()(double value) const {
    if (value > cuts_.back()) return static_cast<std::uint8_t>(cuts_.size());
    const double cell = (value - cuts_.front()) * scale_;
    std::size_t bin =
        first_[cell > 0 ? static_cast<std::size_t>(std::min(cell, double{cells})) : 0];
    while (cuts_[bin] < value) ++bin;
    return static_cast<std::uint8_t>(bin);
  }

 private:
  static constexpr int cells = 1024;
  const std::vector<double>& cuts_;
  double scale_ = 0;
  std::uint8_t first_[cells + 1]{};
};

}  // namespace

BoostingBins BoostingBins::from(std::span<const double> rows, std::size_t columns,
                                std::size_t most) {
  BoostingBins out;
  out.rows = rows.size() / columns;
  const std::size_t step = (out.rows + sample_rows - 1) / sample_rows;
  std::vector<double> values;
  for (std::size_t c = 0; c < columns; ++c) {
    values.clear();
    for (std::size_t r = 0; r < out.rows; r += step) {
      const double v = rows[r * columns + c];
      if (!std::isnan(v)) values.push_back(v);
    }
    bool unknown = false;
    for (std::size_t r = 0; r < out.rows && !unknown; ++r)
      unknown = std::isnan(rows[r * columns + c]);
    std::sort(values.begin(), values.end());
    std::vector<double> found = cuts(values, most);
    // A single value says nothing, but whether it is known may.
    if (found.empty() && (!unknown || values.empty())) continue;
    if (found.empty()) found.push_back(values.back());
    out.columns.push_back(static_cast<std::uint32_t>(c));
    out.thresholds.push_back(std::move(found));
    out.has_unknown.push_back(unknown ? 1 : 0);
    out.stride = std::max(out.stride, out.thresholds.back().size() + 2);
  }
  out.blocks.resize(out.groups() * out.rows * lanes);
  for (std::size_t f = 0; f < out.features(); ++f) {
    const Finder find(out.thresholds[f]);
    const auto unknown = static_cast<std::uint8_t>(out.unknown_bin(f));
    std::uint8_t* to = out.blocks.data() + (f / lanes) * out.rows * lanes + f % lanes;
    const double* from = rows.data() + out.columns[f];
    for (std::size_t r = 0; r < out.rows; ++r, to += lanes, from += columns)
      *to = std::isnan(*from) ? unknown : find(*from);
  }
  return out;
}

}  // namespace learningplane::model::detail
