#include "learningplane/model/boosting.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "learningplane/error.hpp"
#include "model/boosting_learner.hpp"

namespace learningplane::model {

using detail::BoostingLearner;
using detail::BoostingOrigin;

namespace {

/// A number that two sets of tensors have in common only if they are the same (as good as).
double digest(const Tensors& tensors) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const auto& [name, tensor] : tensors) {
    if (name == "digest") continue;
    for (const double v : tensor.values)
      hash = (hash ^ std::bit_cast<std::uint64_t>(v)) * 0x100000001b3ULL + (hash >> 47U);
  }
  return static_cast<double>(hash >> 11U);  // 53 bits: a whole number that a double holds
}

}  // namespace

/// The trees that the tensors stand for.
struct Boosting::Ensemble {
  std::vector<BoostingLearner> learners{};  // one, or one for each column (recursive)
  std::vector<BoostingLearner> heads{};     // one for each level
  double digest = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> history{};  // of a recursive forecast

  Ensemble(const BoostingOptions& o, std::size_t columns, std::size_t target,
           const BoostedTreesOptions& trees) {
    BoostingLearner::Options options;
    options.shape = {.columns = columns,
                     .target = target,
                     .lags = o.window.lags,
                     .seasons = o.seasons,
                     .past_seasons = 1,
                     .relative = o.output == BoostingOutput::residual,
                     .with_step = o.strategy == BoostingStrategy::joint};
    options.strategy = o.strategy == BoostingStrategy::joint ? BoostingLearner::Strategy::joint
                                                             : BoostingLearner::Strategy::direct;
    options.horizon = o.window.horizon;
    options.most_rows = o.most_rows;
    options.trees = trees;
    if (o.strategy == BoostingStrategy::recursive) {
      options.horizon = 1;
      for (std::size_t c = 0; c < columns; ++c) {
        options.shape.target = c;
        learners.emplace_back(options);
      }
      return;
    }
    learners.emplace_back(options);
    for (const double level : o.levels) {
      options.trees.loss = BoostingLoss::pinball;
      options.trees.level = level;
      heads.emplace_back(options);
    }
  }

  template <class Each>
  void each(Each use) {
    for (std::size_t i = 0; i < learners.size(); ++i)
      use("mean" + std::to_string(i) + ".", learners[i]);
    for (std::size_t i = 0; i < heads.size(); ++i) use("level" + std::to_string(i) + ".", heads[i]);
  }
};

Boosting::Boosting(BoostingOptions options)
    : Windowed(options.window), options_(std::move(options)) {
  (void)BoostedTrees(options_.trees);  // refuses its options by name
  const auto number = [](double v) { return std::to_string(v); };
  for (std::size_t i = 0; i < options_.seasons.size(); ++i) {
    if (options_.seasons[i] < 2 || (i > 0 && options_.seasons[i] <= options_.seasons[i - 1]))
      throw ConfigError("", "seasons", std::to_string(options_.seasons[i]),
                        "2 or more steps, increasing");
  }
  for (std::size_t i = 0; i < options_.levels.size(); ++i) {
    const double l = options_.levels[i];
    if (!(l > 0 && l < 1) || (i > 0 && !(l > options_.levels[i - 1])))
      throw ConfigError("", "levels", number(l), "between 0 and 1, increasing");
  }
  if (options_.most_rows < 2)
    throw ConfigError("", "most_rows", std::to_string(options_.most_rows), "2 or more");
  if (options_.strategy == BoostingStrategy::recursive && !options_.levels.empty())
    throw ConfigError("", "levels", number(options_.levels[0]),
                      "nothing where the strategy is recursive");
}

Boosting::~Boosting() = default;

Result<std::size_t> Boosting::lags(std::int64_t) const {
  const Ensemble shape(options_, columns().size(), target_column(), options_.trees);
  return shape.learners[0].features().reach(shape.learners[0].options().horizon);
}

std::size_t Boosting::longest() const {
  return options_.strategy == BoostingStrategy::recursive ? 10'000 : base().horizon;
}

Result<Tensors> Boosting::grow(const Examples& train, const BoostedTreesOptions& trees,
                               FitReport& report) const {
  const std::size_t n = columns().size();
  Ensemble fresh(options_, n, target_column(), trees);
  const bool recursive = options_.strategy == BoostingStrategy::recursive;
  for (std::size_t i = 0; i < train.count() && recursive && n > 1; ++i) {
    // Windows of a frame are followed by the next row; ready ones need not be.
    const std::size_t after = train.starts[i] + train.width;
    if (after + n > train.values.size() ||
        train.values[after + target_column()] != train.target(i)[0])
      return fail(Errc::invalid_argument,
                  "with strategy recursive and other columns ready windows cannot be learned from: "
                  "what follows them is not known");
  }
  Tensors out;
  std::size_t boosters = 0, total = 0;
  Result<void> result;
  fresh.each([&](const std::string& prefix, BoostingLearner& learner) {
    if (!result) return;
    const std::size_t column = learner.options().shape.target;
    BoostingLearner::Origins origins;
    origins.count = train.count();
    origins.origin = [&](std::size_t i) { return BoostingOrigin{.history = train.window(i)}; };
    std::vector<double> next;  // of this column
    if (recursive) {
      for (std::size_t i = 0; i < train.count(); ++i)
        next.push_back(column == target_column()
                           ? train.target(i)[0]
                           : train.values[train.starts[i] + train.width + column]);
    }
    origins.targets = [&](std::size_t i) {
      return recursive ? std::span<const double>(next).subspan(i, 1) : train.target(i);
    };
    const auto fitted = learner.fit(origins);
    if (!fitted) {
      result = tl::unexpected(fitted.error());
      return;
    }
    if (prefix.starts_with("mean")) {
      total += fitted->trees;
      boosters += learner.options().strategy == BoostingLearner::Strategy::joint
                      ? 1
                      : learner.options().horizon;
      if (column == target_column()) report.train_loss = fitted->train_loss;
    }
    for (auto& [name, tensor] : learner.save()) out[prefix + name] = std::move(tensor);
  });
  if (!result) return tl::unexpected(result.error());
  report.note = std::to_string(total) + " trees in " + std::to_string(boosters) + " boosters";
  out["trees"] = {{1}, {std::round(static_cast<double>(total) / static_cast<double>(boosters))}};
  out["digest"] = {{1}, {digest(out)}};
  return out;
}

Result<Tensors> Boosting::learn(const Examples& train, const Examples&, FitReport& report) const {
  return grow(train, options_.trees, report);
}

Result<Tensors> Boosting::learn_all(const Examples& all, const Tensors& first,
                                    FitReport& report) const {
  BoostedTreesOptions trees = options_.trees;
  if (trees.stop_share > 0) {
    trees.stop_share = 0;
    trees.trees = static_cast<std::size_t>(std::max(1.0, first.at("trees").values[0]));
  }
  return grow(all, trees, report);
}

const Boosting::Ensemble& Boosting::ensemble(const Tensors& learned) const {
  const double wanted = learned.at("digest").values[0];
  if (ensemble_ == nullptr || ensemble_->digest != wanted) {
    auto fresh =
        std::make_unique<Ensemble>(options_, columns().size(), target_column(), options_.trees);
    fresh->each([&learned](const std::string& prefix, BoostingLearner& learner) {
      Tensors own;
      for (auto at = learned.lower_bound(prefix);
           at != learned.end() && at->first.starts_with(prefix); ++at)
        own[at->first.substr(prefix.size())] = at->second;
      learner.load(own);
    });
    fresh->digest = wanted;
    ensemble_ = std::move(fresh);
  }
  return *ensemble_;
}

void Boosting::predict(const Tensors& learned, std::span<const double> window,
                       std::span<double> out) const {
  const Ensemble& e = ensemble(learned);
  if (options_.strategy != BoostingStrategy::recursive) {
    e.learners[0].predict({.history = window}, out);
    return;
  }
  const std::size_t n = columns().size();
  std::vector<double>& history = ensemble_->history;
  history.assign(window.begin(), window.end());
  history.reserve(window.size() + out.size() * n);
  for (double& said : out) {
    const std::span<const double> seen = std::span<const double>(history).last(window.size());
    std::vector<double> row(n);
    for (std::size_t c = 0; c < n; ++c)
      e.learners[c].predict({.history = seen}, std::span(row).subspan(c, 1));
    said = row[target_column()];
    history.insert(history.end(), row.begin(), row.end());
  }
}

bool Boosting::quantiles(const Tensors& learned, std::span<const double> window,
                         std::span<const double> levels, std::span<double> out) const {
  const auto head_of = [this](double level) {
    return static_cast<std::size_t>(
        std::find(options_.levels.begin(), options_.levels.end(), level) - options_.levels.begin());
  };
  for (const double level : levels) {
    if (head_of(level) == options_.levels.size()) return false;
  }
  const Ensemble& e = ensemble(learned);
  const std::size_t steps = out.size() / levels.size();
  std::vector<double> one(steps);
  for (std::size_t l = 0; l < levels.size(); ++l) {
    e.heads[head_of(levels[l])].predict({.history = window}, one);
    for (std::size_t s = 0; s < steps; ++s) out[s * levels.size() + l] = one[s];
  }
  // Learned apart, they may cross where little is known.
  for (std::size_t s = 0; s < steps; ++s) {
    const auto row = out.subspan(s * levels.size(), levels.size());
    std::sort(row.begin(), row.end());
  }
  return true;
}

void Boosting::check(const Tensors& learned, std::size_t) const {
  const auto found = learned.find("digest");
  if (found == learned.end() || found->second.values.size() != 1 ||
      found->second.values[0] != digest(learned))
    throw FormatError("the tensor 'learned.digest' is absent or differs from what the others give");
  (void)ensemble(learned);
}

}  // namespace learningplane::model
