#include "learningplane/evaluation/reduced_detector.hpp"

#include <doctest/doctest.h>

#include <cstdio>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/model/ridge.hpp"
#include "support/series.hpp"
#include "support/skip.hpp"

using namespace learningplane;
using namespace learningplane::evaluation;
using telemetry::Frame;

namespace {

DetectorMaker ridge_maker(const std::string& target, std::size_t step) {
  return [target, step](const std::vector<std::string>& inputs, std::size_t lags) {
    model::RidgeOptions o;
    o.window = {.target = target, .inputs = inputs, .lags = lags, .horizon = step};
    return std::make_unique<model::Ridge>(o);
  };
}

ReducedDetectorOptions options() {
  ReducedDetectorOptions o{.target = "cpu", .inputs = {"requests", "other"}};
  o.lags = 6;
  o.block_lags = 1;
  o.keep = 1;
  return o;
}

/// A file without times, rows 300 s apart.
Frame rows_apart(const std::filesystem::path& file) {
  std::FILE* in = std::fopen(file.c_str(), "r");
  REQUIRE(in != nullptr);
  char line[512];
  REQUIRE(std::fgets(line, sizeof line, in) != nullptr);
  std::vector<std::pair<std::string, std::vector<double>>> columns{
      {"cpu", {}}, {"mem", {}}, {"net_in", {}}, {"net_out", {}}, {"disk", {}}};
  double v[5];
  while (std::fscanf(in, "%lf,%lf,%lf,%lf,%lf", v, v + 1, v + 2, v + 3, v + 4) == 5) {
    for (std::size_t c = 0; c < 5; ++c) columns[c].second.push_back(v[c]);
  }
  std::fclose(in);
  return support::minutes_of(std::move(columns));
}

}  // namespace

TEST_CASE("reduced detector: keeps the cell that announces the spikes and loses nothing") {
  const Frame frame = support::announced_spikes(900);
  const auto found = reduce_detector(frame, ridge_maker("cpu", 1), options());
  REQUIRE(found.has_value());
  CHECK(found->ranking.front().name == "requests[3]");
  CHECK(found->kept == std::vector<std::string>{"requests[3]", "cpu[1]"});
  CHECK(found->full.cells == 18);
  CHECK(found->reduced.cells == 2);
  CHECK(found->spikes > 10);
  CHECK(found->full.provision.spikes.real > 5);
  CHECK(found->full.provision.spikes.recall() == 1);
  CHECK(found->reduced.provision.spikes.recall() == 1);
  CHECK(found->reduced.provision.spikes.precision() == 1);
  CHECK(found->naive.provision.spikes.recall() < 0.2);
  CHECK(found->reduced.mae < 0.05);
  CHECK(found->naive.mae > 0.2);
  const Value json = to_value(*found);
  CHECK(json.find("kept")->size() == 2);
  CHECK(json.find("full")->find("provision")->find("covered_recall") != nullptr);
}

TEST_CASE("reduced detector: a margin buys coverage with over-provision, in all alike") {
  const Frame frame = support::announced_spikes(900);
  ReducedDetectorOptions o = options();
  const auto plain = reduce_detector(frame, ridge_maker("cpu", 1), o);
  o.margin = 0.95;
  const auto safe = reduce_detector(frame, ridge_maker("cpu", 1), o);
  REQUIRE(plain.has_value());
  REQUIRE(safe.has_value());
  for (const auto which :
       {&ReducedDetector::full, &ReducedDetector::reduced, &ReducedDetector::naive}) {
    CHECK((*safe.*which).provision.over > (*plain.*which).provision.over);
    CHECK((*safe.*which).provision.under < (*plain.*which).provision.under);
    CHECK((*safe.*which).provision.spikes.covered_recall() >=
          (*plain.*which).provision.spikes.covered_recall());
  }
}

TEST_CASE("reduced detector: gaps leave rows out for all three; several steps ahead") {
  const Frame whole = support::announced_spikes(900);
  Frame cut = value_or_throw(telemetry::concat({whole.slice(0, 700), whole.slice(703, 197)}));
  ReducedDetectorOptions o = options();
  o.step = 2;
  o.keep = 3;
  const auto found = reduce_detector(cut, ridge_maker("cpu", 2), o);
  REQUIRE(found.has_value());
  CHECK(found->ranking.front().name == "requests[2]");
  CHECK(found->full.provision.n == found->naive.provision.n);
  CHECK(found->full.provision.n == found->reduced.provision.n);
  // 897 rows, 270 of them scored; without those whose window or horizon spans the gap.
  CHECK(found->full.provision.n == 270 - (6 + 2 - 1));
  CHECK(found->full.provision.passed_over == 7);
}

TEST_CASE("reduced detector: learns a filtered target from windows of the target as it is") {
  const Frame frame = support::announced_spikes(900);
  ReducedDetectorOptions o = options();
  const auto plain = reduce_detector(frame, ridge_maker("cpu", 1), o);
  o.filter = features::TargetFilter::past_max_future_mean;
  o.filter_window = 3;
  const auto early = reduce_detector(frame, ridge_maker("cpu", 1), o);
  REQUIRE(plain.has_value());
  REQUIRE(early.has_value());
  // The mean of the coming three steps rises as soon as the burst is two rows old or less.
  CHECK((early->ranking[0].name == "requests[1]" || early->ranking[0].name == "requests[2]" ||
         early->ranking[0].name == "requests[3]"));
  CHECK(early->full.provision.over > plain->full.provision.over);
  CHECK(early->naive.provision.over == plain->naive.provision.over);
  o.filter_window = 800;
  CHECK(reduce_detector(frame, ridge_maker("cpu", 1), o).error().code == Errc::not_enough_data);
}

TEST_CASE("reduced detector: what is refused") {
  const Frame frame = support::announced_spikes(200);
  const auto with = [&](auto change) {
    ReducedDetectorOptions o = options();
    change(o);
    return reduce_detector(frame, ridge_maker("cpu", 1), o).error().code;
  };
  CHECK(with([](auto& o) { o.keep = 0; }) == Errc::invalid_argument);
  CHECK(with([](auto& o) { o.train_share = 1; }) == Errc::invalid_argument);
  CHECK(with([](auto& o) { o.margin = 1; }) == Errc::invalid_argument);
  CHECK(with([](auto& o) { o.target = "absent"; }) == Errc::not_found);
  CHECK(with([](auto& o) { o.inputs = {"absent"}; }) == Errc::not_found);
  CHECK(with([](auto& o) { o.lags = 150; }) == Errc::not_enough_data);
}

TEST_CASE("reduced detector: on the data centre's trace it is measured, not assumed") {
  const auto dir = support::data_dir("datacenter");
  LEARNINGPLANE_NEED(!dir.empty(), "no datacenter under LEARNINGPLANE_DATA");
  const Frame frame =
      rows_apart(dir / "alibaba2018_machine_usage_days_1_to_8_grouped_300_seconds.csv");
  REQUIRE(frame.rows() == 2243);
  ReducedDetectorOptions o{.target = "cpu", .inputs = {"mem", "net_in", "net_out", "disk"}};
  using features::TargetFilter;
  const std::pair<TargetFilter, double> ways[] = {{TargetFilter::none, 0},
                                                  {TargetFilter::past_max, 0},
                                                  {TargetFilter::past_max_future_mean, 0},
                                                  {TargetFilter::past_max_future_mean, 0.95},
                                                  {TargetFilter::none, 0.99}};
  std::vector<ReducedDetector> found;
  for (const auto& [filter, margin] : ways) {
    o.filter = filter;
    o.margin = margin;
    found.push_back(value_or_throw(reduce_detector(frame, ridge_maker("cpu", 1), o)));
    if (std::getenv("LEARNINGPLANE_SHOW") != nullptr)
      std::printf("%s\n", dump_json(to_value(found.back()), JsonStyle::pretty).c_str());
    CHECK(found.back().full.cells == 60);
    CHECK(found.back().reduced.cells <= 13);
    CHECK(found.back().full.provision.spikes.real == 34);
    // A fifth of the numbers costs at most a seventh of the accuracy.
    CHECK(found.back().reduced.mae < 1.15 * found.back().full.mae);
  }
  // Unfiltered, a mean of squares foresees none of these spikes; filtered, both find some.
  CHECK(found[0].full.provision.spikes.recall() == 0);
  for (const std::size_t filtered : {1, 2}) {
    CHECK(found[filtered].full.provision.spikes.recall() > 0.15);
    CHECK(found[filtered].reduced.provision.spikes.recall() > 0.15);
  }
}
