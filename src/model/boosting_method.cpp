#include "learningplane/model/boosting_method.hpp"

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"
#include "model/boosting_learner.hpp"

namespace learningplane::model {

using detail::BoostingLearner;
using detail::BoostingOrigin;

struct BoostingMethod::Impl {
  BoostingMethodOptions options{};
  BoostingLearner learner;
  std::vector<std::size_t> seasons{};  // used
  std::vector<double> past{};          // what the features reach, and then some
  std::size_t first = 0;               // index of past[0] in the series

  explicit Impl(BoostingMethodOptions o) : options(std::move(o)), learner(make({})) {}
  BoostingLearner::Options make(std::vector<std::size_t> used) const {
    BoostingLearner::Options o;
    o.shape.lags = options.lags;
    o.shape.seasons = std::move(used);
    o.horizon = options.horizon;
    o.most_rows = options.most_rows;
    o.trees = options.trees;
    return o;
  }
  void use(std::vector<std::size_t> used) {
    learner = BoostingLearner(make(used));
    seasons = std::move(used);
  }
};

BoostingMethod::BoostingMethod(BoostingMethodOptions options) {
  const auto want = [](std::size_t n, const char* key) {
    if (n == 0) throw ConfigError("", key, "0", "1 or more");
  };
  want(options.horizon, "horizon");
  want(options.lags, "lags");
  want(options.most_rows, "most_rows");
  for (std::size_t i = 0; i < options.seasons.size(); ++i) {
    if (options.seasons[i] < 2 || (i > 0 && options.seasons[i] <= options.seasons[i - 1]))
      throw ConfigError("", "seasons", std::to_string(options.seasons[i]), "2 or more, increasing");
  }
  (void)BoostedTrees(options.trees);  // refuses its options by name
  impl_ = std::make_unique<Impl>(std::move(options));
}
BoostingMethod::BoostingMethod(const BoostingMethod& other)
    : SeriesMethod(other), impl_(std::make_unique<Impl>(*other.impl_)) {}
BoostingMethod::~BoostingMethod() = default;

Result<void> BoostingMethod::fit(std::span<const double> y) {
  Impl& s = *impl_;
  constexpr std::size_t least = 30;
  if (y.size() < least)
    return fail(Errc::not_enough_data, "boosting: " + std::to_string(y.size()) +
                                           " values; at least " + std::to_string(least) +
                                           " are needed");
  std::vector<std::size_t> used;
  for (const std::size_t m : s.options.seasons) {
    if (y.size() > 2 * m) used.push_back(m);
  }
  s.use(std::move(used));
  // Where the near past is not whole yet trees would learn what never comes again.
  const std::size_t first = std::min(s.options.lags, y.size() / 2) - 1;
  BoostingLearner::Origins origins;
  origins.count = y.size() - 1 - first;
  origins.origin = [&](std::size_t i) {
    return BoostingOrigin{y.first(first + i + 1), static_cast<double>(first + i)};
  };
  origins.targets = [&](std::size_t i) {
    const auto rest = y.subspan(first + i + 1);
    return rest.first(std::min(rest.size(), s.options.horizon));
  };
  const auto report = s.learner.fit(origins);
  if (!report) return tl::unexpected(report.error());
  const std::size_t keep = std::min(y.size(), s.learner.features().reach(s.options.horizon) + 1);
  s.past.assign(y.end() - static_cast<std::ptrdiff_t>(keep), y.end());
  s.first = y.size() - keep;
  return {};
}

void BoostingMethod::append(double y) {
  Impl& s = *impl_;
  s.past.push_back(y);
  // Dropped in batches: one shift for many values.
  const std::size_t keep = s.learner.features().reach(s.options.horizon) + 1;
  if (s.past.size() < 2 * keep + 64) return;
  const std::size_t drop = s.past.size() - keep;
  s.past.erase(s.past.begin(), s.past.begin() + static_cast<std::ptrdiff_t>(drop));
  s.first += drop;
}

void BoostingMethod::forecast(std::span<double> out) const {
  const Impl& s = *impl_;
  const auto index = [&s](std::size_t rows) { return static_cast<double>(s.first + rows - 1); };
  const std::size_t direct = std::min(out.size(), s.options.horizon);
  s.learner.predict({s.past, index(s.past.size())}, out.first(direct));
  if (direct == out.size()) return;
  std::vector<double> past = s.past;
  for (std::size_t done = direct, last = 0; done < out.size();) {
    past.insert(past.end(), out.begin() + static_cast<std::ptrdiff_t>(last),
                out.begin() + static_cast<std::ptrdiff_t>(done));
    const std::size_t n = std::min(out.size() - done, s.options.horizon);
    s.learner.predict({past, index(past.size())}, out.subspan(done, n));
    last = done;
    done += n;
  }
}

std::unique_ptr<SeriesMethod> BoostingMethod::clone() const {
  return std::make_unique<BoostingMethod>(*this);
}

Tensors BoostingMethod::save() const {
  const Impl& s = *impl_;
  Tensors out = s.learner.save();
  out["past"] = {{s.past.size()}, s.past};
  out["first"] = {{1}, {static_cast<double>(s.first)}};
  std::vector<double> used(s.seasons.begin(), s.seasons.end());
  out["seasons"] = {{used.size()}, used};
  return out;
}

void BoostingMethod::load(const Tensors& tensors) {
  const auto numbers = [&tensors](const char* name) -> const std::vector<double>& {
    const auto found = tensors.find(name);
    if (found == tensors.end())
      throw FormatError(std::string("the tensor '") + name + "' is absent");
    for (const double v : found->second.values) {
      if (!std::isfinite(v))
        throw FormatError(std::string("the tensor '") + name + "' is not finite");
    }
    return found->second.values;
  };
  std::vector<std::size_t> used;
  for (const double m : numbers("seasons")) {
    const auto& allowed = impl_->options.seasons;
    const auto found = std::find_if(allowed.begin(), allowed.end(),
                                    [m](std::size_t n) { return static_cast<double>(n) == m; });
    if (found == allowed.end() || (!used.empty() && *found <= used.back()))
      throw FormatError("the tensor 'seasons' holds one that the options do not");
    used.push_back(*found);
  }
  const std::vector<double>&past = numbers("past"), &first = numbers("first");
  if (past.empty() || first.size() != 1 || !(first[0] >= 0 && first[0] < 1e15) ||
      first[0] != std::floor(first[0]))
    throw FormatError("the tensors 'past' and 'first' cannot be used");
  auto fresh = std::make_unique<Impl>(impl_->options);
  fresh->use(std::move(used));
  fresh->learner.load(tensors);
  fresh->past = past;
  fresh->first = static_cast<std::size_t>(first[0]);
  impl_ = std::move(fresh);
}

std::string BoostingMethod::describe() const {
  std::string out = "trees on " + std::to_string(impl_->learner.features().width()) + " features";
  for (std::size_t i = 0; i < impl_->seasons.size(); ++i)
    out += (i == 0 ? ", seasons " : " and ") + std::to_string(impl_->seasons[i]);
  return out;
}

}  // namespace learningplane::model
