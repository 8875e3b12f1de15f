#include "learningplane/evaluation/explanation.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <numeric>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/model/lstm.hpp"
#include "learningplane/model/ridge.hpp"
#include "support/series.hpp"

using namespace learningplane;
using namespace learningplane::evaluation;
using telemetry::Frame;

namespace {

/// A ridge on the spikes that requests announce three rows before.
WindowModel spike_ridge(const Frame& frame, std::size_t step = 1) {
  model::RidgeOptions o;
  o.window = {.target = "cpu", .inputs = {"requests", "other", "cpu"}, .lags = 5, .horizon = step};
  o.penalties = {1e-3};
  o.input_range = features::OutOfRange::keep;
  auto ridge = std::make_shared<model::Ridge>(o);
  value_or_throw(ridge->fit(frame));
  return value_or_throw(window_model(ridge, step));
}

constexpr ExplainMethod every_method[] = {ExplainMethod::permutation, ExplainMethod::occlusion,
                                          ExplainMethod::gradients, ExplainMethod::shapley,
                                          ExplainMethod::components};

}  // namespace

TEST_CASE("explain: every method names the block that announces the spikes") {
  const Frame frame = support::announced_spikes(600);
  for (const std::size_t step : {std::size_t{1}, std::size_t{2}}) {
    const WindowModel model = spike_ridge(frame, step);
    for (const auto method : every_method) {
      for (const bool spikes : {false, true}) {
        CAPTURE(std::string(to_string(method)));
        const auto why =
            explain(model, frame, {.method = method, .spikes = spikes, .windows = 40, .pairs = 32});
        REQUIRE(why.has_value());
        CHECK(why->effects.size() == 15);
        const Effect& first = why->effects[why->ranking()[0]];
        // requests three rows before the forecast one: lag 3 one step ahead, lag 2 two ahead.
        CHECK(first.name == (step == 1 ? "requests[3]" : "requests[2]"));
        CHECK(first.strength > 3 * why->effects[why->ranking()[1]].strength);
        if (spikes) CHECK(first.mean > 0);  // it raises the forecast
        CHECK(why->windows <= 40);
        CHECK(why->gap < 1e-3);
      }
    }
  }
}

TEST_CASE("explain: of a linear model gradients, shapley and components tell the same") {
  const Frame frame = support::announced_spikes(300);
  const WindowModel model = spike_ridge(frame);
  const auto run = [&](ExplainMethod method) {
    // As many background windows as there are: their mean is then the gradients' baseline.
    return value_or_throw(explain(
        model, frame,
        {.method = method, .grouping = Grouping::columns, .windows = 7, .background = 100000}));
  };
  const Explanation g = run(ExplainMethod::gradients), s = run(ExplainMethod::shapley),
                    c = run(ExplainMethod::components);
  double total = 0, constant = 0;
  for (std::size_t b = 0; b < 3; ++b) {
    CHECK(std::abs(g.effects[b].mean - s.effects[b].mean) < 1e-6);
    CHECK(s.effects[b].deviation == 0);
    total += c.effects[b].mean;
    constant += s.effects[b].mean;
  }
  CHECK(std::abs(total + c.reference - c.forecast) < 1e-9);
  CHECK(std::abs(constant + s.reference - s.forecast) < 1e-9);
  CHECK(std::abs(g.reference - s.reference) < 1e-9);
}

TEST_CASE("explain: windows before spikes forecast exactly the rows that are spikes") {
  std::vector<double> y(60, 1.0);
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += 0.01 * static_cast<double>(i % 2);
  y[20] = y[40] = 9;
  y[3] = 9;  // no five values before it
  const Frame frame = support::minutes_of({{"y", y}});
  for (const std::size_t step : {std::size_t{1}, std::size_t{4}}) {
    const auto windows = value_or_throw(features::make_windows(frame, {{"y"}, "y", 6, step}));
    const auto found = value_or_throw(windows_before_spikes(frame, "y", windows));
    REQUIRE(found.size() == 2);
    for (const std::size_t i : found) CHECK(truth_of(windows)[i] == 9);
  }
}

TEST_CASE("explain: same seed, same numbers; another seed, others") {
  const Frame frame = support::announced_spikes(200);
  const WindowModel model = spike_ridge(frame);
  for (const auto method : {ExplainMethod::permutation, ExplainMethod::shapley}) {
    const ExplainOptions o{.method = method, .windows = 5, .background = 6, .pairs = 6, .seed = 1};
    ExplainOptions other = o;
    other.seed = 2;
    const std::string a = dump_json(to_value(value_or_throw(explain(model, frame, o))));
    CHECK(a == dump_json(to_value(value_or_throw(explain(model, frame, o)))));
    CHECK(a != dump_json(to_value(value_or_throw(explain(model, frame, other)))));
  }
}

TEST_CASE("explain: an LSTM too, but it is no sum") {
  const Frame frame = support::announced_spikes(200);
  model::LstmOptions o;
  o.target = "cpu";
  o.inputs = {"requests"};
  o.lags = 4;
  o.layers = {4};
  o.training.epochs = 3;
  auto lstm = std::make_shared<model::Lstm>(o);
  REQUIRE(lstm->fit(frame).has_value());
  const WindowModel model = value_or_throw(window_model(lstm));
  for (const auto method : every_method) {
    const auto why = explain(model, frame, {.method = method, .windows = 5});
    if (method == ExplainMethod::components) {
      CHECK(why.error().code == Errc::unsupported);
      CHECK(why.error().message.find("gradients or shapley") != std::string::npos);
    } else {
      REQUIRE(why.has_value());
      CHECK(why->model == "lstm");
      CHECK(why->effects.size() == 8);
    }
  }
}

TEST_CASE("explain: options by name, and what is refused") {
  const ExplainOptions o = explain_options(Value::object()
                                               .set("method", "shapley")
                                               .set("grouping", "lags")
                                               .set("block_lags", 3)
                                               .set("spikes", true)
                                               .set("loss", "mse")
                                               .set("fill", "usual")
                                               .set("seed", 7));
  CHECK(o.method == ExplainMethod::shapley);
  CHECK(o.grouping == Grouping::lags);
  CHECK(o.block_lags == 3);
  CHECK(o.spikes);
  CHECK(o.loss == Loss::mse);
  CHECK(o.fill == Fill::usual);
  CHECK(o.seed == 7);
  CHECK(explain_options(Value::object()).windows == ExplainOptions{}.windows);
  CHECK_THROWS_AS((void)explain_options(Value::object().set("method", "magic")), ConfigError);
  CHECK_THROWS_AS((void)explain_options(Value::object().set("windows", 0)), ConfigError);
  CHECK_THROWS_AS((void)explain_options(Value::object().set("block_lag", 2)), ConfigError);

  const Frame flat = support::minutes_of({{"cpu", std::vector<double>(50, 1.0)}});
  model::RidgeOptions r;
  r.window = {.target = "cpu", .lags = 3, .horizon = 1};
  auto ridge = std::make_shared<model::Ridge>(r);
  REQUIRE(ridge->fit(flat).has_value());
  const WindowModel model = value_or_throw(window_model(ridge));
  const auto none = explain(model, flat, {.spikes = true});
  CHECK(none.error().code == Errc::not_enough_data);
  CHECK(none.error().message.find("no spike of 'cpu'") != std::string::npos);
  CHECK(explain(model, support::waves(30), {}).error().code == Errc::not_found);
}
