// A model of one's own: the mean of each hour of the day, saved and loaded like the built-in ones.
#include <array>
#include <cmath>
#include <cstdio>

#include "learningplane/registries.hpp"

namespace lp = learningplane;
using std::chrono::hours;

class HourlyMean final : public lp::model::Forecaster {
 public:
  explicit HourlyMean(std::string target) : target_(std::move(target)) {}
  std::string_view kind() const override { return "hourly_mean"; }
  bool fitted() const override { return last_ != lp::TimePoint{}; }

  lp::Result<lp::model::FitReport> fit(const lp::telemetry::Frame& data) override {
    auto column = data.require(target_);
    if (!column) return tl::unexpected(column.error());
    std::array<double, 24> sum{}, count{};
    for (std::size_t i = 0; i < data.rows(); ++i) {
      if (!(*column)->known(i)) continue;
      sum[hour(data.time(i))] += (*column)->values[i];
      count[hour(data.time(i))] += 1;
    }
    for (double n : count) {
      if (n == 0)
        return lp::fail(lp::Errc::not_enough_data,
                        "hourly_mean: an hour of the day was never seen");
    }
    for (std::size_t h = 0; h < 24; ++h) mean_[h] = sum[h] / count[h];
    last_ = data.time(data.rows() - 1);
    return lp::model::FitReport{.rows = data.rows(), .note = "one mean for each hour of the day"};
  }
  lp::Result<void> update(const lp::telemetry::Frame& data) override {
    if (data.rows() > 0) last_ = std::max(last_, data.time(data.rows() - 1));
    return {};
  }
  lp::Result<lp::model::Forecast> forecast(std::size_t horizon, std::span<const double>) override {
    if (!fitted()) throw lp::LogicError("hourly_mean: fit it first");
    lp::model::Forecast out{.target = target_, .model = "hourly_mean"};
    for (std::size_t i = 1; i <= horizon; ++i) {
      const lp::TimePoint t = last_ + hours(i);
      out.times_ns.push_back(lp::to_ns(t));
      out.mean.push_back(mean_[hour(t)]);
    }
    return out;
  }
  lp::model::ModelState save() const override {
    lp::model::ModelState state;
    state.attributes.set("last_ns", lp::to_ns(last_));
    state.tensors["mean"] = {{24}, {mean_.begin(), mean_.end()}};
    return state;
  }
  lp::Result<void> load(const lp::model::ModelState& state) override {
    const auto found = state.tensors.find("mean");
    if (found == state.tensors.end() || found->second.values.size() != 24) {
      return lp::fail(lp::Errc::malformed, "hourly_mean: the tensor 'mean' has 24 values");
    }
    std::copy(found->second.values.begin(), found->second.values.end(), mean_.begin());
    last_ = lp::from_ns(state.attributes.get("last_ns", std::int64_t{0}));
    return {};
  }

 private:
  static std::size_t hour(lp::TimePoint t) {
    return static_cast<std::size_t>(
        std::chrono::floor<hours>(t - std::chrono::floor<std::chrono::days>(t)).count());
  }
  std::string target_;
  std::array<double, 24> mean_{};
  lp::TimePoint last_{};
};

int main() {
  std::vector<std::int64_t> times;
  std::vector<double> load;
  for (int h = 0; h < 72; ++h) {
    times.push_back(lp::to_ns(*lp::parse_iso8601("2026-01-05") + hours(h)));
    load.push_back(50 + 40 * std::sin(h % 24 / 24.0 * 6.2831853) + h / 24);
  }
  const auto frame =
      *lp::telemetry::Frame::make(times, {lp::telemetry::Column{"load", {}, "", load, {}}});
  HourlyMean model("load"), copy("load");
  std::printf("%s\n", lp::value_or_throw(model.fit(frame)).note.c_str());
  lp::value_or_throw(copy.load(model.save()));
  const auto forecast = lp::value_or_throw(copy.forecast(3, {}));
  for (std::size_t i = 0; i < forecast.steps(); ++i) {
    std::printf("%s %.2f\n", lp::to_iso8601(forecast.time(i)).c_str(), forecast.mean[i]);
  }
}
