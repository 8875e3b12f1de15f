#include "learningplane/evaluation/walk_forward.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"
#include "learningplane/features/cleaning.hpp"
#include "learningplane/model/naive.hpp"
#include "learningplane/model/ridge.hpp"
#include "learningplane/telemetry/csv.hpp"
#include "support/skip.hpp"

using namespace learningplane;
using namespace learningplane::evaluation;
using telemetry::Frame;

namespace {

constexpr std::int64_t minute = 60'000'000'000;

Frame frame_of(const std::vector<std::int64_t>& minutes, const std::vector<double>& values) {
  std::vector<std::int64_t> times;
  for (const std::int64_t m : minutes) times.push_back(m * minute);
  return value_or_throw(
      Frame::make(times, {telemetry::Column{.name = "y", .values = values, .flags = {}}}));
}

/// Says when it was fitted and on how much, and forecasts the last value that it saw.
class Witness final : public model::Forecaster {
 public:
  explicit Witness(std::vector<std::size_t>& fits) : fits_(fits) {}
  std::string_view kind() const override { return "witness"; }
  Result<model::FitReport> fit(const Frame& data) override {
    fits_.push_back(data.rows());
    last_ = data.column(0).values[data.rows() - 1];
    return model::FitReport{};
  }
  Result<void> update(const Frame& data) override {
    last_ = data.column(0).values[data.rows() - 1];
    return {};
  }
  bool fitted() const override { return true; }
  model::ModelState save() const override { return {}; }
  Result<void> load(const model::ModelState&) override { return {}; }
  Result<model::Forecast> forecast(std::size_t, std::span<const double>) override {
    model::Forecast f;
    f.mean = {last_};
    return f;
  }

 private:
  std::vector<std::size_t>& fits_;
  double last_ = 0;
};

}  // namespace

TEST_CASE("score: errors in the target's unit, unknown pairs passed over") {
  const std::vector<double> truth{1, 2, 3, std::nan("")}, said{1, 3, 5, 9};
  const Score s = score(said, truth);
  CHECK(s.n == 3);
  CHECK(s.mae == doctest::Approx(1.0));
  CHECK(s.mse == doctest::Approx(5.0 / 3));
  CHECK(s.rmse == doctest::Approx(std::sqrt(5.0 / 3)));
  CHECK(s.r2 == doctest::Approx(1 - 5.0 / 2));
  CHECK_THROWS_AS((void)score(said, std::vector<double>{1}), LogicError);
  CHECK(std::isnan(score(std::vector<double>{1, 2}, std::vector<double>{3, 3}).r2));
}

TEST_CASE("walk-forward: refits on the clock, never sees the row it forecasts, leaves gaps out") {
  std::vector<std::int64_t> minutes;
  std::vector<double> values;
  for (std::int64_t m = 0; m < 240; ++m) {
    if (m == 200) continue;  // a gap
    minutes.push_back(m);
    values.push_back(static_cast<double>(m));
  }
  WalkForwardOptions o{.target = "y", .lags = 2};
  o.first = std::chrono::hours(2);
  o.last = std::chrono::hours(24);
  std::vector<std::size_t> fits;
  const auto w = walk_forward(
      frame_of(minutes, values), [&fits] { return std::make_unique<Witness>(fits); }, o);
  REQUIRE(w.has_value());
  // The first row with two before it is minute 2: refits at minutes 122 and 182, on the rows
  // before.
  CHECK(fits == std::vector<std::size_t>{122, 182});
  CHECK(w->refits == 2);
  // 118 minutes from 122 on; without 200, and 201 and 202 whose windows span the gap.
  CHECK(w->score.n == 115);
  for (std::size_t i = 0; i < w->truth.size(); ++i) CHECK(w->truth[i] - w->forecast[i] == 1.0);
  o.first = std::chrono::hours(9);
  CHECK(walk_forward(
            frame_of(minutes, values), [&fits] { return std::make_unique<Witness>(fits); }, o)
            .error()
            .code == Errc::not_enough_data);
}

TEST_CASE("walk-forward: the published figures of naive and ridge on the video telemetry") {
  const auto dir = support::data_dir("video-qos");
  LEARNINGPLANE_NEED(!dir.empty(), "no video-qos under LEARNINGPLANE_DATA");
  telemetry::CsvOptions csv;
  csv.paths = {dir.string()};
  csv.separator = ';';
  csv.time_column = "timestamp";
  csv.label_columns = {"cluster"};
  csv.ignore_columns = {"pipeline_id"};
  const std::vector<std::string> inputs{"node_cpu_usage",
                                        "node_mem_usage",
                                        "pipelines_server_cpu_usage",
                                        "pipelines_server_mem_usage",
                                        "pipelines_status_realtime_pipeline_latency",
                                        "pipelines_status_idelta_fps"};
  features::CleaningOptions cleaning;
  cleaning.group = "cluster";
  cleaning.columns = inputs;
  cleaning.qos = features::QosOptions{};
  const Frame all =
      value_or_throw(features::Cleaning(cleaning).apply(value_or_throw(telemetry::read_csv(csv))));
  const auto clusters = all.label_values("cluster");
  REQUIRE(clusters.size() == 2);
  const double naive[] = {0.00177, 0.00105}, ridge[] = {0.00363, 0.00073};
  for (std::size_t c = 0; c < 2; ++c) {
    const Frame site = all.where(Labels{{"cluster", clusters[c]}});
    WalkForwardOptions o{.target = "qos", .inputs = inputs};
    const auto n = walk_forward(
        site, [] { return std::make_unique<model::Naive>(model::NaiveOptions{"qos", 1}); }, o);
    const auto r = walk_forward(
        site,
        [&inputs] {
          model::RidgeOptions options;
          options.window = {.target = "qos", .inputs = inputs, .lags = 10, .horizon = 1};
          options.penalties = {100};
          return std::make_unique<model::Ridge>(options);
        },
        o);
    REQUIRE(n.has_value());
    REQUIRE(r.has_value());
    CHECK(std::abs(n->score.mse - naive[c]) < 0.5e-5);
    CHECK(std::abs(r->score.mse - ridge[c]) < 0.5e-5);
    CHECK(r->refits == 16);
  }
}
