#include "selection/contest.hpp"

#include <algorithm>
#include <cmath>

namespace learningplane::selection::detail {

namespace {

constexpr double hopeless = 3;              // times the least error
constexpr std::size_t enough_origins = 20;  // below, a single winner is luck

}  // namespace

double penalty(Criterion criterion, double level, double said, double truth) {
  const double e = truth - said;
  switch (criterion) {
    case Criterion::rmse: return e * e;
    case Criterion::smape: {
      const double size = std::abs(truth) + std::abs(said);
      return size > 0 ? 2 * std::abs(e) / size : 0;
    }
    case Criterion::pinball: return e >= 0 ? level * e : (level - 1) * e;
    default: return std::abs(e);
  }
}

double criterion_value(Criterion criterion, double mean_penalty) {
  return criterion == Criterion::rmse ? std::sqrt(mean_penalty) : mean_penalty;
}

std::vector<double> shares(Combine combine, std::span<const double> errors, std::size_t origins) {
  std::vector<double> out(errors.size(), 0);
  if (errors.empty()) return out;
  const auto least = std::min_element(errors.begin(), errors.end());
  if (combine == Combine::best && origins >= enough_origins) {
    out[static_cast<std::size_t>(least - errors.begin())] = 1;
    return out;
  }
  double sum = 0;
  for (std::size_t i = 0; i < errors.size(); ++i) {
    if (errors[i] > hopeless * *least) continue;
    const double ratio = errors[i] > 0 ? *least / errors[i] : 1;
    out[i] = combine == Combine::weighted ? ratio * ratio : 1;
    sum += out[i];
  }
  for (double& w : out) w /= sum;
  return out;
}

double combine_step(Combine combine, std::span<const double> said, std::span<const double> weights,
                    std::vector<double>& scratch) {
  if (combine == Combine::weighted) {
    double sum = 0;
    for (std::size_t i = 0; i < said.size(); ++i) {
      if (weights[i] > 0) sum += weights[i] * said[i];
    }
    return sum;
  }
  scratch.clear();
  for (std::size_t i = 0; i < said.size(); ++i) {
    if (weights[i] > 0) scratch.push_back(said[i]);
  }
  std::sort(scratch.begin(), scratch.end());
  const std::size_t n = scratch.size();
  return n % 2 == 1 ? scratch[n / 2] : (scratch[n / 2 - 1] + scratch[n / 2]) / 2;
}

void Contest::pose(std::vector<double> said, std::vector<double> combined) {
  open_.push_back(
      {std::move(said), std::move(combined), std::vector<double>(settings_.members + 1, 0), 0});
  since_ = std::max<std::size_t>(1, settings_.horizon / 4);
}

bool Contest::answer(double truth) {
  if (since_ > 0) --since_;
  const std::size_t h = settings_.horizon;
  for (Question& q : open_) {
    for (std::size_t m = 0; m < settings_.members; ++m)
      q.sums[m] += penalty(settings_.criterion, settings_.level, q.said[m * h + q.age], truth);
    q.sums[settings_.members] +=
        penalty(settings_.criterion, settings_.level, q.combined[q.age], truth);
    ++q.age;
  }
  if (open_.empty() || open_.front().age < h) return false;
  last_ = std::move(open_.front().sums);
  for (double& sum : last_) sum /= static_cast<double>(h);
  open_.pop_front();
  return true;
}

}  // namespace learningplane::selection::detail
