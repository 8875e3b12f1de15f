#include "learningplane/pipeline/training.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"
#include "learningplane/model/naive.hpp"
#include "learningplane/model/ridge.hpp"
#include "learningplane/pipeline/inference.hpp"
#include "learningplane/pipeline/runner.hpp"

using namespace learningplane;
using namespace learningplane::pipeline;
using telemetry::Frame;

namespace {

/// A wave that a ridge over its lags follows and a naive model does not.
Frame wave(std::size_t rows = 400) {
  std::vector<std::int64_t> times;
  std::vector<double> values;
  for (std::size_t i = 0; i < rows; ++i) {
    times.push_back(static_cast<std::int64_t>(i) * 15'000'000'000);
    values.push_back(0.5 + 0.3 * std::sin(static_cast<double>(i) * 0.4));
  }
  return value_or_throw(Frame::make(std::move(times), {{"qos", {}, "", std::move(values), {}}}));
}

std::unique_ptr<model::Forecaster> naive() {
  return std::make_unique<model::Naive>(model::NaiveOptions{"qos", 5});
}
std::unique_ptr<model::Forecaster> ridge() {
  model::RidgeOptions o;
  o.window.target = "qos";
  o.window.horizon = 5;
  return std::make_unique<model::Ridge>(o);
}

/// Naive, but off by one: always worse.
class Worse final : public model::Forecaster {
 public:
  std::string_view kind() const override { return "worse"; }
  Result<model::FitReport> fit(const Frame& f) override { return inner_->fit(f); }
  Result<void> update(const Frame& f) override { return inner_->update(f); }
  bool fitted() const override { return inner_->fitted(); }
  model::ModelState save() const override { return inner_->save(); }
  Result<void> load(const model::ModelState& s) override { return inner_->load(s); }
  Result<model::Forecast> forecast(std::size_t n, std::span<const double> q) override {
    auto f = inner_->forecast(n, q);
    if (f)
      for (double& v : f->mean) v += 1;
    return f;
  }

 private:
  std::unique_ptr<model::Forecaster> inner_ = naive();
};

TrainingOptions options(int& published) {
  TrainingOptions o;
  o.collect = [] { return Result<Frame>(wave()); };
  o.make_model = ridge;
  o.make_baseline = naive;
  o.publish = [&published](const model::Forecaster&, const model::ModelCard&) {
    return Result<std::string>("v" + std::to_string(++published));
  };
  o.target = "qos";
  o.horizon = 5;
  return o;
}

}  // namespace

TEST_CASE("training: a model that beats the baseline is published with its scores") {
  int published = 0;
  Context context;
  const RunReport report = Runner().run(training_pipeline(options(published)), context);
  REQUIRE(report.ok());
  CHECK(published == 1);
  CHECK(*value_or_throw(context.get<std::string>("version")) == "v1");
  const auto card = value_or_throw(context.get<model::ModelCard>("card"));
  CHECK(card->rows == 400);
  CHECK(card->scores.find("mse")->as_double() < card->scores.find("baseline_mse")->as_double());
  CHECK(card->notes.find("structure")->find("step")->as_string() == "15s");
  CHECK(card->notes.find("structure")->find("columns")->size() == 1);
  CHECK((*value_or_throw(context.get<std::shared_ptr<model::Forecaster>>("model")))->fitted());
}

TEST_CASE("training: a worse model is refused, and nothing is published") {
  int published = 0;
  TrainingOptions o = options(published);
  o.make_model = [] { return std::make_unique<Worse>(); };
  Context context;
  const RunReport report = Runner().run(training_pipeline(o), context);
  REQUIRE_FALSE(report.ok());
  CHECK(report.failure().code == Errc::refused);
  CHECK(report.failure().message.find("worse than naive") != std::string::npos);
  CHECK(published == 0);
  CHECK_FALSE(context.contains("version"));
}

TEST_CASE("training: data without the target, or without rows, stop before training") {
  int published = 0;
  TrainingOptions o = options(published);
  SUBCASE("another column") { o.target = "latency"; }
  SUBCASE("one row") {
    o.preprocess = [](const Frame& f) { return Result<Frame>(f.slice(0, 1)); };
  }
  Context context;
  const RunReport report = Runner().run(training_pipeline(o), context);
  REQUIRE_FALSE(report.ok());
  CHECK(report.stages.at(1).status == StageStatus::failed);
  CHECK_FALSE(context.contains("model"));
  CHECK(published == 0);
}

TEST_CASE("training: too young to be judged is published, and the card says so") {
  int published = 0;
  TrainingOptions o = options(published);
  o.make_model = naive;
  o.collect = [] { return Result<Frame>(wave(8)); };
  Context context;
  const RunReport report = Runner().run(training_pipeline(o), context);
  REQUIRE(report.ok());
  CHECK(published == 1);
  const auto card = value_or_throw(context.get<model::ModelCard>("card"));
  CHECK(card->notes.find("validation") != nullptr);
}

TEST_CASE("training: what is missing is refused at once") {
  int published = 0;
  TrainingOptions o = options(published);
  o.make_model = nullptr;
  CHECK_THROWS_AS(training_pipeline(o), ConfigError);
}

TEST_CASE("inference: the best site, and a site without a model is unknown") {
  InferenceOptions o;
  o.sites = {"a", "b", "c"};
  o.horizon = 5;
  o.download = [](const std::string& site) -> Result<std::shared_ptr<model::Forecaster>> {
    if (site == "b") return fail(Errc::not_found, "no version of b");
    std::shared_ptr<model::Forecaster> m = naive();
    value_or_throw(m->fit(wave()));
    return m;
  };
  o.collect = [](const std::string& site) -> Result<Frame> {
    // The last value of c is the higher one.
    return wave(site == "c" ? 414 : 410);
  };
  Context context;
  const RunReport report = Runner().run(inference_pipeline(o), context);
  REQUIRE(report.ok());
  CHECK(report.stages.size() == 4);
  const auto i = value_or_throw(context.get<Inference>("inference"));
  const double a = 0.5 + 0.3 * std::sin(409 * 0.4);
  const double c = 0.5 + 0.3 * std::sin(413 * 0.4);
  REQUIRE(c > a);
  CHECK(i->qos.at(0) == doctest::Approx(a));
  CHECK(i->qos.at(2) == doctest::Approx(c));
  CHECK(std::isnan(i->qos.at(1)));
  CHECK(i->why.at(1).find("no version of b") != std::string::npos);
  CHECK(i->max_qos_index == 2);
  CHECK(i->max_qos == doctest::Approx(c));
}

TEST_CASE("inference: where no site has a model the pipeline fails and says why") {
  InferenceOptions o;
  o.sites = {"a"};
  o.download = [](const std::string&) -> Result<std::shared_ptr<model::Forecaster>> {
    return fail(Errc::not_found, "no version");
  };
  o.collect = [](const std::string&) { return Result<Frame>(wave()); };
  Context context;
  const RunReport report = Runner().run(inference_pipeline(o), context);
  REQUIRE_FALSE(report.ok());
  CHECK(report.failure().message.find("no version") != std::string::npos);
  CHECK_FALSE(context.contains("inference"));
}
