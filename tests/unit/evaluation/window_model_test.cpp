#include "learningplane/evaluation/window_model.hpp"

#include <doctest/doctest.h>

#include <cmath>

#include "learningplane/error.hpp"
#include "learningplane/model/lstm.hpp"
#include "learningplane/model/naive.hpp"
#include "learningplane/model/ridge.hpp"
#include "support/series.hpp"

using namespace learningplane;
using namespace learningplane::evaluation;
using telemetry::Frame;

namespace {

/// Knows nothing of windows but what the interface says; `memory` makes it remember more.
class Outsider final : public model::Forecaster {
 public:
  explicit Outsider(bool memory) : memory_(memory) {}
  std::string_view kind() const override { return "outsider"; }
  Result<model::FitReport> fit(const Frame& data) override {
    last_ns_ = data.times_ns()[data.rows() - 1];
    return model::FitReport{};
  }
  Result<void> update(const Frame& data) override {
    const auto y = (*data.require("y"))->values.span(), a = (*data.require("a"))->values.span();
    const std::size_t n = data.rows();
    if (data.times_ns()[0] <= last_ns_) return fail(Errc::invalid_argument, "old rows");
    last_ns_ = data.times_ns()[n - 1];
    said_ = y[n - 1] + 10 * a[n - 2] + (memory_ ? 0.5 * said_ : 0);
    return {};
  }
  bool fitted() const override { return true; }
  model::ModelState save() const override {
    model::ModelState out;
    out.attributes.set(
        "options",
        Value::object().set("target", "y").set("inputs", Value::array().push("a")).set("lags", 2));
    return out;
  }
  Result<void> load(const model::ModelState&) override { return {}; }
  Result<model::Forecast> forecast(std::size_t horizon, std::span<const double>) override {
    model::Forecast f;
    for (std::size_t s = 1; s <= horizon; ++s) {
      f.mean.push_back(said_ + static_cast<double>(s - 1));
      f.times_ns.push_back(last_ns_ + static_cast<std::int64_t>(s) * support::minute_ns);
    }
    return f;
  }

 private:
  bool memory_;
  double said_ = 0;
  std::int64_t last_ns_ = 0;
};

std::vector<double> forecasts(const WindowModel& m, const Frame& frame) {
  const auto windows = value_or_throw(windows_of(m, frame));
  std::vector<double> out(windows.size());
  m.predict(view_of(windows), out);
  return out;
}

}  // namespace

TEST_CASE("window model: what it says of a window is what forecast() says after its rows") {
  const Frame frame = support::waves(120);
  model::RidgeOptions ridge;
  ridge.window = {.target = "y", .inputs = {"a"}, .lags = 4, .horizon = 3};
  model::LstmOptions direct;
  direct.target = "y";
  direct.inputs = {"a"};
  direct.lags = 4;
  direct.horizon = 3;
  direct.layers = {3};
  direct.training.epochs = 2;
  direct.mode = model::LstmMode::direct;
  const std::vector<std::shared_ptr<model::Forecaster>> models{
      std::make_shared<model::Ridge>(ridge), std::make_shared<model::Lstm>(direct),
      std::make_shared<Outsider>(false)};
  for (const auto& m : models) {
    CAPTURE(std::string(m->kind()));
    REQUIRE(m->fit(frame.slice(0, 100)).has_value());
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}}) {
      const auto seen = window_model(m, step, support::minute);
      REQUIRE(seen.has_value());
      CHECK(seen->target == "y");
      CHECK(seen->columns == std::vector<std::string>{"a", "y"});
      const auto windows = value_or_throw(windows_of(*seen, frame));
      const std::vector<double> said = forecasts(*seen, frame);
      // The window that ends at row 99, forecasting row 100 and on.
      std::size_t i = 0;
      while (windows.rows[i] != 100) ++i;
      CHECK(truth_of(windows)[i] == frame.find("y")->values[100 + step - 1]);
      if (m->kind() == "outsider") {
        CHECK(said[i] == frame.find("y")->values[99] + 10 * frame.find("a")->values[98] +
                             static_cast<double>(step - 1));
      } else {
        CHECK(said[i] ==
              doctest::Approx(m->forecast(3)->mean[step - 1]).epsilon(1e-5));  // the LSTM's floats
      }
    }
  }
}

TEST_CASE("window model: naive is a function of one row") {
  auto naive = std::make_shared<model::Naive>(model::NaiveOptions{"y", 2});
  const Frame frame = support::waves(30);
  REQUIRE(naive->fit(frame).has_value());
  const auto seen = window_model(naive, 2);
  REQUIRE(seen.has_value());
  CHECK(seen->shape().cells() == 1);
  CHECK(forecasts(*seen, frame)[5] == frame.find("y")->values[5]);
}

TEST_CASE("window model: what cannot be asked is refused") {
  const Frame frame = support::waves(60);
  model::RidgeOptions o;
  o.window = {.target = "y", .lags = 4, .horizon = 3};
  auto ridge = std::make_shared<model::Ridge>(o);
  CHECK_THROWS_AS((void)window_model(ridge), LogicError);
  REQUIRE(ridge->fit(frame).has_value());
  CHECK(window_model(ridge, 0).error().code == Errc::invalid_argument);
  const auto far = window_model(ridge, 4);
  CHECK(far.error().code == Errc::unsupported);
  CHECK(far.error().message.find("3 at once") != std::string::npos);
  CHECK(windows_of(*window_model(ridge), frame.slice(0, 4)).error().code == Errc::not_enough_data);
  auto memory = std::make_shared<Outsider>(true);
  REQUIRE(memory->fit(frame).has_value());
  CHECK(window_model(memory, 1, support::minute).error().code == Errc::unsupported);
}
