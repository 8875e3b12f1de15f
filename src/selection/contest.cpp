#include "selection/contest.hpp"

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"

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
  if (!(*least < no_number)) {  // nobody can be told from the others
    std::fill(out.begin(), out.end(), 1 / static_cast<double>(out.size()));
    return out;
  }
  if (combine == Combine::best && origins >= enough_origins) {
    out[static_cast<std::size_t>(least - errors.begin())] = 1;
    return out;
  }
  double sum = 0;
  for (std::size_t i = 0; i < errors.size(); ++i) {
    if (!(errors[i] <= hopeless * *least && errors[i] < no_number)) continue;
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
  for (double& sum : last_) sum = std::isfinite(sum) ? sum / static_cast<double>(h) : no_number;
  open_.pop_front();
  return true;
}

std::vector<double> Contest::save() const {
  std::vector<double> out{static_cast<double>(since_)};
  for (const Question& q : open_) {
    out.push_back(static_cast<double>(q.age));
    // What is no number is saved as the largest one: its penalty is hopeless either way.
    for (const auto* part : {&q.said, &q.combined, &q.sums}) {
      for (const double v : *part) out.push_back(std::isfinite(v) ? v : no_number);
    }
  }
  return out;
}

void Contest::load(std::span<const double> saved) {
  const std::size_t h = settings_.horizon, members = settings_.members;
  const std::size_t each = 1 + members * h + h + members + 1;
  const auto whole = [](double v, std::size_t most) {
    return v >= 0 && v <= static_cast<double>(most) && v == std::floor(v);
  };
  if (saved.empty() || (saved.size() - 1) % each != 0 || !whole(saved[0], h))
    throw FormatError("the open questions of the contest cannot be used");
  std::deque<Question> open;
  for (std::size_t at = 1; at < saved.size(); at += each) {
    if (!whole(saved[at], h - 1) ||
        (!open.empty() && saved[at] >= static_cast<double>(open.back().age)))
      throw FormatError("the open questions of the contest cannot be used");
    auto next = saved.begin() + static_cast<std::ptrdiff_t>(at) + 1;
    const auto take = [&next](std::size_t count) {
      const auto first = next;
      next += static_cast<std::ptrdiff_t>(count);
      return std::vector<double>(first, next);
    };
    Question& q = open.emplace_back();
    q.age = static_cast<std::size_t>(saved[at]);
    q.said = take(members * h);
    q.combined = take(h);
    q.sums = take(members + 1);
  }
  open_ = std::move(open);
  since_ = static_cast<std::size_t>(saved[0]);
}

}  // namespace learningplane::selection::detail
