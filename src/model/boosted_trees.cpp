#include "learningplane/model/boosted_trees.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "learningplane/error.hpp"
#include "model/boosting_grower.hpp"
#include "model/boosting_loss.hpp"
#include "model/lstm_random.hpp"

namespace learningplane::model {

using detail::BoostingForest;

namespace {

/// Beyond this squares and sums would leave the range of numbers.
constexpr double largest = 1e150;

void check_options(const BoostedTreesOptions& o) {
  const auto want = [](bool good, const char* key, double value, const char* allowed) {
    if (!good) throw ConfigError("", key, std::to_string(value), allowed);
  };
  const auto number = [](std::size_t n) { return static_cast<double>(n); };
  const auto share = [](double s) { return s > 0 && s <= 1; };
  want(o.level > 0 && o.level < 1, "level", o.level, "between 0 and 1");
  want(o.huber_share > 0 && o.huber_share < 1, "huber_share", o.huber_share, "between 0 and 1");
  want(o.trees >= 1 && o.trees <= 100'000, "trees", number(o.trees), "1 to 100000");
  want(share(o.learning_rate), "learning_rate", o.learning_rate, "above 0, at most 1");
  want(o.leaves >= 2 && o.leaves <= 4096, "leaves", number(o.leaves), "2 to 4096");
  want(o.min_samples >= 1, "min_samples", number(o.min_samples), "1 or more");
  want(o.l2 >= 0 && std::isfinite(o.l2), "l2", o.l2, "0 or more");
  want(o.bins >= 2 && o.bins <= 255, "bins", number(o.bins), "2 to 255");
  want(share(o.row_share), "row_share", o.row_share, "above 0, at most 1");
  want(share(o.feature_share), "feature_share", o.feature_share, "above 0, at most 1");
  want(o.stop_share >= 0 && o.stop_share <= 0.9, "stop_share", o.stop_share, "0 to 0.9");
  want(o.patience >= 1, "patience", number(o.patience), "1 or more");
}

/// Draws a share of n things, at least one; what stays is in order.
class Draw {
 public:
  Draw(std::size_t n, double share)
      : n_(n),
        wanted_(share >= 1 ? n
                           : std::max<std::size_t>(1, static_cast<std::size_t>(std::llround(
                                                          share * static_cast<double>(n))))) {}
  bool all() const { return wanted_ == n_; }
  /// Calls take(i, whether it was drawn) for each of them.
  template <class Take>
  void operator()(detail::LstmRandom& random, Take take) const {
    std::size_t left = wanted_;
    for (std::size_t i = 0; i < n_; ++i) {
      const bool drawn = left > 0 && (all() || random.below(n_ - i) < left);
      if (drawn) --left;
      take(i, drawn);
    }
  }

 private:
  std::size_t n_, wanted_;
};

/// One fit: what a tree leaves behind for the next.
class Training {
 public:
  Training(const BoostedTreesOptions& options, std::span<const double> rows, std::size_t columns,
           std::span<const double> targets)
      : options_(options),
        columns_(columns),
        loss_(options),
        random_(options.seed),
        held_(options.stop_share > 0 && targets.size() > 1
                  ? std::max<std::size_t>(
                        1, static_cast<std::size_t>(options.stop_share *
                                                    static_cast<double>(targets.size())))
                  : 0),
        truth_(targets.first(targets.size() - held_)),
        held_truth_(targets.last(held_)),
        held_rows_(rows.last(held_ * columns)),
        bins_(
            detail::BoostingBins::from(rows.first(truth_.size() * columns), columns, options.bins)),
        grower_(bins_, options),
        rows_(truth_.size(), options.row_share),
        features_(bins_.features(), options.feature_share) {
    scratch_.assign(truth_.begin(), truth_.end());
    forest_.base = loss_.best_constant(scratch_);
    forecast_.assign(truth_.size(), forest_.base);
    held_forecast_.assign(held_, forest_.base);
    gradients_.resize(truth_.size());
    flags_.assign(bins_.features(), 1);
    chosen_.resize(truth_.size());
    std::iota(chosen_.begin(), chosen_.end(), 0U);
  }

  BoostingReport run() {
    // Gradients also set what counts as small in Huber's loss.
    loss_.gradients(truth_, forecast_, gradients_);
    double best = held_ > 0 ? loss_.mean(held_truth_, held_forecast_)
                            : std::numeric_limits<double>::quiet_NaN();
    std::size_t kept = held_ > 0 ? 0 : options_.trees;
    for (std::size_t t = 0; t < options_.trees; ++t) {
      grow();
      loss_.gradients(truth_, forecast_, gradients_);
      if (held_ == 0) continue;
      for (std::size_t i = 0; i < held_; ++i)
        held_forecast_[i] += forest_.predict_tree(t, held_rows_.data() + i * columns_);
      const double loss = loss_.mean(held_truth_, held_forecast_);
      if (loss < best) {
        best = loss;
        kept = t + 1;
      }
      if (t + 1 >= kept + options_.patience) break;
    }
    forest_.keep_first(kept);
    return {forest_.roots.size(), loss_.mean(truth_, forecast_), best};
  }

  BoostingForest forest_{};

 private:
  void grow() {
    if (!rows_.all()) {
      chosen_.clear();
      rows_(random_, [this](std::size_t i, bool drawn) {
        if (drawn) chosen_.push_back(static_cast<std::uint32_t>(i));
      });
    }
    if (!features_.all())
      features_(random_, [this](std::size_t i, bool drawn) { flags_[i] = drawn ? 1 : 0; });
    grower_.grow(gradients_, chosen_, flags_, forest_);
    const std::span<const std::uint32_t> order = grower_.rows();
    for (const auto& leaf : grower_.leaves()) {
      const auto members = order.subspan(leaf.begin, leaf.count);
      double& value = forest_.values[leaf.node];
      if (loss_.refines_leaves()) {
        scratch_.clear();
        for (const std::uint32_t r : members) scratch_.push_back(truth_[r] - forecast_[r]);
        value = options_.learning_rate * loss_.best_constant(scratch_);
      }
      for (const std::uint32_t r : members) forecast_[r] += value;
    }
    if (rows_.all()) return;
    auto next = chosen_.begin();
    for (std::uint32_t r = 0; r < truth_.size(); ++r) {
      if (next != chosen_.end() && *next == r) {
        ++next;
      } else {
        forecast_[r] += forest_.values[grower_.leaf_of(r, forest_)];
      }
    }
  }

  const BoostedTreesOptions& options_;
  std::size_t columns_;
  detail::BoostingLossFunction loss_;
  detail::LstmRandom random_;
  std::size_t held_;
  std::span<const double> truth_, held_truth_, held_rows_;
  detail::BoostingBins bins_;
  detail::BoostingGrower grower_;
  Draw rows_, features_;
  std::vector<double> forecast_{}, held_forecast_{}, gradients_{}, scratch_{};
  std::vector<std::uint32_t> chosen_{};
  std::vector<std::uint8_t> flags_{};
};

const std::vector<double>& numbers(const Tensors& saved, const char* name) {
  const auto found = saved.find(name);
  if (found == saved.end()) throw FormatError(std::string("the tensor '") + name + "' is absent");
  return found->second.values;
}

/// A whole number within [low, high]. @throws FormatError
std::size_t whole(double value, double low, double high, const char* name) {
  if (!(value >= low && value <= high) || value != std::floor(value))
    throw FormatError(std::string("the tensor '") + name + "' holds " + std::to_string(value));
  return static_cast<std::size_t>(value);
}

}  // namespace

struct BoostedTrees::Impl {
  BoostedTreesOptions options{};
  std::size_t columns = 0;
  BoostingForest forest{};
};

BoostedTrees::BoostedTrees(BoostedTreesOptions options) : impl_(std::make_unique<Impl>()) {
  check_options(options);
  impl_->options = options;
}
BoostedTrees::BoostedTrees(const BoostedTrees& other)
    : impl_(std::make_unique<Impl>(*other.impl_)) {}
BoostedTrees::BoostedTrees(BoostedTrees&& other) noexcept = default;
BoostedTrees& BoostedTrees::operator=(BoostedTrees other) noexcept {
  impl_ = std::move(other.impl_);
  return *this;
}
BoostedTrees::~BoostedTrees() = default;

const BoostedTreesOptions& BoostedTrees::options() const { return impl_->options; }
std::size_t BoostedTrees::columns() const { return impl_->columns; }
std::size_t BoostedTrees::trees() const { return impl_->forest.roots.size(); }

Result<BoostingReport> BoostedTrees::fit(std::span<const double> rows, std::size_t columns,
                                         std::span<const double> targets) {
  if (rows.size() != columns * targets.size())
    throw LogicError("boosted trees: rows, columns and targets do not fit together");
  if (columns == 0 || targets.empty())
    return fail(Errc::not_enough_data, "boosted trees: at least one row and one column are needed");
  if (columns > 65535 || targets.size() > (std::size_t{1} << 24U))
    return fail(Errc::invalid_argument,
                "boosted trees: at most 65535 columns and 16777216 rows can be learned from");
  for (const double v : rows) {
    if (std::isinf(v))
      return fail(Errc::unknown_data, "boosted trees: a row holds an infinite value");
  }
  for (const double v : targets) {
    if (!(std::abs(v) <= largest))
      return fail(Errc::unknown_data,
                  "boosted trees: a target is not known or beyond 1e150 in size");
  }
  Training training(impl_->options, rows, columns, targets);
  const BoostingReport report = training.run();
  impl_->forest = std::move(training.forest_);
  impl_->columns = columns;
  return report;
}

void BoostedTrees::predict(std::span<const double> rows, std::span<double> out) const {
  if (!fitted()) throw LogicError("boosted trees: fit them before they predict");
  if (rows.size() != out.size() * impl_->columns)
    throw LogicError("boosted trees: rows and outputs do not fit the trees");
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = impl_->forest.predict(rows.data() + i * impl_->columns);
}

double BoostedTrees::predict(std::span<const double> row) const {
  double out = 0;
  predict(row, {&out, 1});
  return out;
}

Tensors BoostedTrees::save() const {
  if (!fitted()) throw LogicError("boosted trees: fit them before they are saved");
  const BoostingForest& f = impl_->forest;
  Tensors out;
  const auto add = [&out](const char* name, std::size_t n) -> std::vector<double>& {
    out[name] = {{n}, std::vector<double>(n)};
    return out[name].values;
  };
  const std::size_t n = f.nodes.size();
  auto& sizes = add("tree_nodes", f.roots.size());
  for (std::size_t t = 0; t < f.roots.size(); ++t)
    sizes[t] = static_cast<double>((t + 1 < f.roots.size() ? f.roots[t + 1] : n) - f.roots[t]);
  auto &feature = add("feature", n), &threshold = add("threshold", n), &child = add("child", n),
       &unknown = add("unknown", n), &value = add("value", n);
  for (std::size_t t = 0, i = 0; t < f.roots.size(); ++t) {
    for (std::size_t k = 0; k < static_cast<std::size_t>(sizes[t]); ++k, ++i) {
      const auto& node = f.nodes[i];
      const bool leaf = node.leaf(static_cast<std::uint32_t>(i));
      feature[i] = leaf ? -1 : node.feature;
      threshold[i] = leaf ? 0 : node.threshold;
      child[i] = leaf ? 0 : node.child - f.roots[t];
      unknown[i] = leaf ? 0 : node.unknown_left;
      value[i] = f.values[i];
    }
  }
  add("base", 1)[0] = f.base;
  return out;
}

void BoostedTrees::load(const Tensors& saved, std::size_t columns) {
  if (columns == 0) throw LogicError("boosted trees: rows have at least one column");
  const auto &sizes = numbers(saved, "tree_nodes"), &feature = numbers(saved, "feature"),
             &threshold = numbers(saved, "threshold"), &child = numbers(saved, "child"),
             &unknown = numbers(saved, "unknown"), &value = numbers(saved, "value"),
             &base = numbers(saved, "base");
  const std::size_t n = feature.size();
  if (threshold.size() != n || child.size() != n || unknown.size() != n || value.size() != n ||
      base.size() != 1 || n > std::numeric_limits<std::uint32_t>::max())
    throw FormatError("the tensors of the trees' nodes do not have one size");
  for (const auto* list : {&threshold, &value, &base}) {
    for (const double v : *list) {
      if (!std::isfinite(v)) throw FormatError("the trees hold a number that is not finite");
    }
  }
  BoostingForest fresh;
  fresh.base = base[0];
  std::size_t i = 0;
  std::vector<std::uint32_t> depth;
  for (const double wanted : sizes) {
    const auto size = static_cast<double>(n - i);
    const std::size_t nodes = whole(wanted, 1, size, "tree_nodes"), root = i;
    fresh.roots.push_back(static_cast<std::uint32_t>(root));
    fresh.depths.push_back(0);
    depth.assign(nodes, 0);
    for (std::size_t k = 0; k < nodes; ++k, ++i) {
      fresh.add_leaf(value[i]);
      if (feature[i] == -1) continue;
      // Children come after their parent: no walk can go round in a circle.
      const std::size_t to =
          whole(child[i], static_cast<double>(k) + 1, static_cast<double>(nodes) - 2, "child");
      fresh.nodes[i] = {
          .threshold = threshold[i],
          .child = static_cast<std::uint32_t>(root + to),
          .feature = static_cast<std::uint16_t>(
              whole(feature[i], 0, static_cast<double>(std::min<std::size_t>(columns, 65536)) - 1,
                    "feature")),
          .unknown_left = static_cast<std::uint16_t>(whole(unknown[i], 0, 1, "unknown"))};
      depth[to] = std::max(depth[to], depth[k] + 1);
      depth[to + 1] = std::max(depth[to + 1], depth[k] + 1);
      fresh.depths.back() = std::max(fresh.depths.back(), depth[k] + 1);
    }
  }
  if (i != n) throw FormatError("the trees have other nodes than 'tree_nodes' says");
  impl_->forest = std::move(fresh);
  impl_->columns = columns;
}

}  // namespace learningplane::model
