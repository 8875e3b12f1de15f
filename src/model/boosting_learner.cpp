#include "model/boosting_learner.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "learningplane/error.hpp"
#include "model/lstm_random.hpp"

namespace learningplane::model::detail {

BoostingLearner::BoostingLearner(Options options)
    : options_(std::move(options)), features_(options_.shape), row_(features_.width()) {}

Result<BoostingReport> BoostingLearner::fit(const Origins& origins) {
  const bool joint = options_.strategy == Strategy::joint;
  std::vector<BoostedTrees> fresh(joint ? 1 : options_.horizon, BoostedTrees(options_.trees));
  low_ = std::numeric_limits<double>::infinity();
  high_ = -low_;
  BoostingReport total;
  for (std::size_t s = 0; s < fresh.size(); ++s) {
    const auto report = fit_step(origins, joint ? 0 : s + 1, fresh[s]);
    if (!report) return report;
    total.trees += report->trees;
    total.train_loss += report->train_loss / static_cast<double>(fresh.size());
    total.validation_loss += report->validation_loss / static_cast<double>(fresh.size());
  }
  boosters_ = std::move(fresh);
  return total;
}

Result<BoostingReport> BoostingLearner::fit_step(const Origins& origins, std::size_t step,
                                                 BoostedTrees& trees) {
  // Many origins are thinned evenly; of few, several steps are learned from.
  const std::size_t most = options_.most_rows, horizon = options_.horizon;
  const std::size_t stride = std::max<std::size_t>(1, (origins.count + most - 1) / most);
  const std::size_t kept = (origins.count + stride - 1) / stride;
  const std::size_t each =
      step > 0 ? 1 : std::clamp<std::size_t>(most / std::max<std::size_t>(kept, 1), 1, horizon);
  const std::size_t width = features_.width(), origin_width = features_.origin_width();
  std::vector<double> rows, targets;
  rows.reserve(kept * each * width);
  targets.reserve(kept * each);
  LstmRandom random(options_.trees.seed);
  for (std::size_t i = (origins.count - 1) % stride; i < origins.count; i += stride) {
    const BoostingOrigin origin = origins.origin(i);
    const std::span<const double> truth = origins.targets(i);
    const double last =
        origin.history[origin.history.size() - options_.shape.columns + options_.shape.target];
    features_.write_origin(origin, row_.data());
    for (std::size_t k = 0; k < each; ++k) {
      // One step out of each of `each` equal parts of the horizon.
      const double part = (static_cast<double>(k) + random.uniform()) / static_cast<double>(each);
      const std::size_t s =
          step > 0 ? step : 1 + static_cast<std::size_t>(part * static_cast<double>(horizon));
      if (s > truth.size()) continue;
      features_.write_step(origin, s, row_.data() + origin_width);
      rows.insert(rows.end(), row_.begin(), row_.end());
      targets.push_back(truth[s - 1] - (options_.shape.relative ? last : 0));
      low_ = std::min(low_, truth[s - 1]);
      high_ = std::max(high_, truth[s - 1]);
    }
  }
  return trees.fit(rows, width, targets);
}

void BoostingLearner::predict(const BoostingOrigin& origin, std::span<double> out) const {
  features_.write_origin(origin, row_.data());
  const double last =
      origin.history[origin.history.size() - options_.shape.columns + options_.shape.target];
  const double zero = options_.shape.relative ? last : 0;
  // A change that was learned at one level may lead outside of all that was ever seen at another.
  const double low = std::min(low_, last), high = std::max(high_, last);
  for (std::size_t s = 0; s < out.size(); ++s) {
    features_.write_step(origin, s + 1, row_.data() + features_.origin_width());
    const BoostedTrees& trees = boosters_[boosters_.size() == 1 ? 0 : s];
    out[s] = std::clamp(zero + trees.predict(row_), low, high);
  }
}

Tensors BoostingLearner::save() const {
  Tensors out;
  for (std::size_t b = 0; b < boosters_.size(); ++b) {
    for (auto& [name, tensor] : boosters_[b].save())
      out[std::to_string(b) + "." + name] = std::move(tensor);
  }
  out["range"] = {{2}, {low_, high_}};
  return out;
}

void BoostingLearner::load(const Tensors& tensors) {
  std::vector<BoostedTrees> fresh(options_.strategy == Strategy::joint ? 1 : options_.horizon,
                                  BoostedTrees(options_.trees));
  for (std::size_t b = 0; b < fresh.size(); ++b) {
    const std::string prefix = std::to_string(b) + ".";
    Tensors own;
    for (const auto& [name, tensor] : tensors) {
      if (name.starts_with(prefix)) own[name.substr(prefix.size())] = tensor;
    }
    fresh[b].load(own, features_.width());
  }
  const auto range = tensors.find("range");
  if (range == tensors.end() || range->second.values.size() != 2 ||
      !(range->second.values[0] <= range->second.values[1]))
    throw FormatError("the tensor 'range' is absent or cannot be used");
  boosters_ = std::move(fresh);
  low_ = range->second.values[0];
  high_ = range->second.values[1];
}

}  // namespace learningplane::model::detail
