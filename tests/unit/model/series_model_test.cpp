#include "learningplane/model/series_model.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "learningplane/error.hpp"
#include "support/series.hpp"

using namespace learningplane;
using namespace learningplane::model;
using support::frame_of;
using telemetry::Frame;

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// Every step is the last value; keeps how many values it has seen. A stand-in to look at the base.
class Last final : public SeriesMethod {
 public:
  explicit Last(std::size_t needed) : needed_(needed) {}
  std::string_view name() const override { return "last"; }
  Result<void> fit(std::span<const double> y) override {
    if (y.size() < needed_) return fail(Errc::not_enough_data, "more are needed");
    last_ = y.back();
    seen_ = static_cast<double>(y.size());
    return {};
  }
  void append(double y) override {
    last_ = y;
    ++seen_;
  }
  void forecast(std::span<double> out) const override {
    for (double& v : out) v = last_;
  }
  std::unique_ptr<SeriesMethod> clone() const override { return std::make_unique<Last>(*this); }
  Tensors save() const override { return {{"last", {{2}, {last_, seen_}}}}; }
  void load(const Tensors& tensors) override {
    const auto found = tensors.find("last");
    if (found == tensors.end() || found->second.values.size() != 2)
      throw FormatError("the tensor 'last' cannot be used");
    last_ = found->second.values[0];
    seen_ = found->second.values[1];
  }
  std::string describe() const override { return "as it was"; }

 private:
  std::size_t needed_;
  double last_ = 0, seen_ = 0;
};

class LastModel final : public SeriesModel {
 public:
  explicit LastModel(SeriesOptions options, std::size_t needed = 1)
      : SeriesModel(std::move(options)), needed_(needed) {}
  std::string_view kind() const override { return "last"; }
  double seen() const { return method().save().at("last").values[1]; }

 protected:
  Result<std::unique_ptr<SeriesMethod>> make(std::int64_t step_ns) const override {
    if (step_ns < 1000) return fail(Errc::invalid_argument, "the step is too short");
    return std::make_unique<Last>(needed_);
  }
  Value options_value() const override { return to_value(base()); }

 private:
  std::size_t needed_;
};

std::vector<double> ramp(std::size_t n) {
  std::vector<double> out(n);
  for (std::size_t i = 0; i < n; ++i) out[i] = static_cast<double>(i);
  return out;
}

constexpr std::int64_t minute = 60'000'000'000;

}  // namespace

TEST_CASE("series_model: errors of the held-out part become quantiles, one row a step") {
  LastModel model({.target = "y", .horizon = 4});
  CHECK_FALSE(model.fitted());
  CHECK_THROWS_AS((void)model.forecast(1), LogicError);
  CHECK_THROWS_AS((void)model.save(), LogicError);
  CHECK_THROWS_AS((void)model.method(), LogicError);
  const auto report = model.fit(frame_of(ramp(50)));
  REQUIRE(report.has_value());
  CHECK(report->rows == 50);
  CHECK(report->note == "as it was");
  const std::vector<double> levels{0.1, 0.5, 0.9};
  const auto f = model.forecast(6, levels);
  REQUIRE(f.has_value());
  CHECK(f->model == "last");
  CHECK(f->target == "y");
  CHECK(f->mean == std::vector<double>(6, 49.0));
  CHECK(f->times_ns.front() == 50 * minute);
  CHECK(f->times_ns.back() == 55 * minute);
  // The ramp rises by one a step: the error of step h is h, beyond the horizon that of its end.
  for (std::size_t level = 0; level < 3; ++level) {
    CHECK(f->quantile(0, level) == doctest::Approx(50));
    CHECK(f->quantile(3, level) == doctest::Approx(53));
    CHECK(f->quantile(5, level) == doctest::Approx(53));
  }
  CHECK(model.forecast(0).error().code == Errc::invalid_argument);
  CHECK(model.forecast(1, std::vector<double>{0.5, 0.5}).error().code == Errc::invalid_argument);
  CHECK(model.forecast(1, std::vector<double>{0.0}).error().code == Errc::invalid_argument);
}

TEST_CASE("series_model: the held-out error is known by hand") {
  // Learns on 8 of 10; from there 8 is said of 9 and 10, then 9 of 10.
  LastModel model({.target = "y", .horizon = 2});
  const auto report = model.fit(frame_of({1, 2, 3, 4, 5, 6, 7, 8, 10, 13}));
  REQUIRE(report.has_value());
  CHECK(report->validation_loss == doctest::Approx((4.0 + 25 + 9) / 3));
  CHECK(model.seen() == 10);
}

TEST_CASE("series_model: short gaps are bridged, longer ones start anew") {
  LastModel model({.target = "y", .horizon = 2, .max_gap = 2});
  std::vector<double> y = ramp(20);
  y[5] = y[6] = unknown;
  auto report = model.fit(frame_of(y));
  REQUIRE(report.has_value());
  CHECK(report->rows == 20);
  CHECK(report->note == "as it was; 2 unknown steps bridged");
  CHECK(report->validation_loss == doctest::Approx(16.0 / 7));  // of 1, 4, 1, 4, 1, 4, 1
  CHECK(model.forecast(1)->imputed_share == doctest::Approx(0.1));

  y[7] = std::numeric_limits<double>::infinity();  // three in a row
  report = model.fit(frame_of(y));
  REQUIRE(report.has_value());
  CHECK(report->rows == 12);
  CHECK(model.forecast(1)->imputed_share == 0);

  // Absent rows are a gap like unknown ones.
  const std::vector<double> v{1, 2, 3, 4, 6, 7, 8};
  std::vector<std::int64_t> t;
  for (const double x : v) t.push_back(static_cast<std::int64_t>(x) * minute);
  const auto holed =
      value_or_throw(Frame::make(t, {telemetry::Column{.name = "y", .values = v, .flags = {}}}));
  report = model.fit(holed);
  REQUIRE(report.has_value());
  CHECK(report->rows == 8);
}

TEST_CASE("series_model: refuses what it cannot learn from, and stays as it was") {
  LastModel model({.target = "y", .horizon = 2, .max_gap = 2});
  CHECK(model.fit(frame_of({unknown, unknown, unknown})).error().code == Errc::unknown_data);
  CHECK(model.fit(frame_of({1})).error().code == Errc::not_enough_data);
  CHECK(model.fit(frame_of({1, 2})).error().code == Errc::not_enough_data);
  CHECK(model.fit(frame_of(ramp(9), 0, "other")).error().code == Errc::not_found);
  CHECK(model.fit(frame_of(ramp(9), 0, "y", 10)).error().code == Errc::invalid_argument);  // make()
  const auto uneven = value_or_throw(
      Frame::make(std::vector<std::int64_t>{0, minute, 2 * minute, 3 * minute, 3 * minute + 7},
                  {telemetry::Column{.name = "y", .values = ramp(5), .flags = {}}}));
  CHECK(model.fit(uneven).error().code == Errc::invalid_argument);
  CHECK(model.fit(uneven).error().message.find("resample") != std::string::npos);
  CHECK_FALSE(model.fitted());

  REQUIRE(model.fit(frame_of(ramp(9))).has_value());
  CHECK(model.fit(frame_of({unknown, unknown})).error().code == Errc::unknown_data);
  CHECK(model.forecast(1)->mean[0] == 8);
  // The end of the frame is not known: the model learns, and says nothing until it is.
  std::vector<double> y = ramp(9);
  y.back() = unknown;
  REQUIRE(model.fit(frame_of(y)).has_value());
  CHECK(model.forecast(1).error().code == Errc::unknown_data);
}

TEST_CASE("series_model: values beyond what a number can hold are refused") {
  constexpr double huge = 1.5e308;
  LastModel model({.target = "y", .horizon = 2});
  std::vector<double> y(20, huge);
  for (std::size_t i = 0; i < y.size(); i += 2) y[i] = -huge;
  CHECK(model.fit(frame_of(y)).error().code == Errc::unknown_data);
  // Bridges between such values stay finite.
  std::vector<double> steady(20, huge);
  steady[3] = unknown;
  steady[4] = -huge;
  REQUIRE(model.fit(frame_of(steady)).has_value());
}

TEST_CASE("series_model: update goes on, passes over old rows, bridges, and breaks at long gaps") {
  LastModel model({.target = "y", .horizon = 2, .max_gap = 2});
  CHECK_THROWS_AS((void)model.update(frame_of({1})), LogicError);
  REQUIRE(model.fit(frame_of(ramp(10))).has_value());
  REQUIRE(model.update(frame_of({99, 98, 10, 11}, 8)).has_value());  // two of them are not newer
  CHECK(model.seen() == 12);
  CHECK(model.forecast(1)->mean[0] == 11);
  CHECK(model.forecast(1)->times_ns[0] == 12 * minute);

  REQUIRE(model.update(frame_of({unknown}, 12)).has_value());
  CHECK(model.forecast(1).error().code == Errc::unknown_data);
  REQUIRE(model.update(frame_of({13}, 13)).has_value());
  CHECK(model.seen() == 14);
  CHECK(model.forecast(1)->mean[0] == 13);
  CHECK(model.forecast(1)->imputed_share == doctest::Approx(1.0 / 14));

  const auto off =
      value_or_throw(Frame::make(std::vector<std::int64_t>{14 * minute, 14 * minute + 5},
                                 {telemetry::Column{.name = "y", .values = ramp(2), .flags = {}}}));
  CHECK(model.update(off).error().code == Errc::invalid_argument);
  CHECK(model.seen() == 14);  // refused whole
  CHECK(model.update(frame_of({1}, 14, "other")).error().code == Errc::not_found);

  REQUIRE(model.update(frame_of({17}, 17)).has_value());  // three are absent
  CHECK(model.forecast(1).error().code == Errc::unknown_data);
  CHECK(model.forecast(1).error().message.find("fit again") != std::string::npos);
  REQUIRE(model.update(frame_of({18}, 18)).has_value());
  CHECK_FALSE(model.forecast(1).has_value());
  REQUIRE(model.fit(frame_of(ramp(10))).has_value());
  CHECK(model.forecast(1).has_value());
}

TEST_CASE("series_model: a method that needs every value gets the errors of the last value") {
  LastModel model({.target = "y", .horizon = 3}, 6);
  CHECK(model.fit(frame_of({1, 2, 3, 4, 5})).error().code == Errc::not_enough_data);
  const auto report = model.fit(frame_of({0, 2, 4, 6, 8, 10}));
  REQUIRE(report.has_value());
  CHECK(std::isnan(report->validation_loss));
  CHECK(report->note.find("too short to hold values back") != std::string::npos);
  const auto f = model.forecast(3, std::vector<double>{0.5});
  REQUIRE(f.has_value());
  CHECK(f->quantiles == std::vector<double>{12, 14, 16});
  // One more value, and one can be held back.
  CHECK_FALSE(std::isnan(model.fit(frame_of({0, 2, 4, 6, 8, 10, 12}))->validation_loss));
}

TEST_CASE("series_model: save and load, and what is refused") {
  const SeriesOptions options{.target = "y", .horizon = 3};
  LastModel model(options);
  std::vector<double> y = ramp(40);
  for (std::size_t i = 0; i < y.size(); i += 3) y[i] += 2;
  REQUIRE(model.fit(frame_of(y)).has_value());
  REQUIRE(model.update(frame_of({7}, 40)).has_value());
  const ModelState saved = model.save();
  const std::vector<double> levels{0.05, 0.95};
  const auto expected = model.forecast(5, levels);

  LastModel loaded(options);
  REQUIRE(loaded.load(saved).has_value());
  const auto found = loaded.forecast(5, levels);
  REQUIRE(found.has_value());
  CHECK(found->mean == expected->mean);
  CHECK(found->quantiles == expected->quantiles);
  CHECK(found->times_ns == expected->times_ns);
  REQUIRE(loaded.update(frame_of({8}, 41)).has_value());
  CHECK(loaded.seen() == 42);

  LastModel other({.target = "y", .horizon = 4});
  CHECK(other.load(saved).error().code == Errc::malformed);
  CHECK_FALSE(other.fitted());
  const auto refused = [&](auto damage) {
    ModelState state = saved;
    damage(state);
    LastModel fresh(options);
    const auto result = fresh.load(state);
    CHECK_FALSE(fresh.fitted());
    return !result.has_value() && result.error().code == Errc::malformed;
  };
  CHECK(refused([](ModelState& s) { s.tensors.erase("errors"); }));
  CHECK(refused([](ModelState& s) { s.tensors["errors"].values.pop_back(); }));
  CHECK(refused([](ModelState& s) { s.tensors["errors"].values.front() = 1e9; }));
  CHECK(refused([](ModelState& s) { s.tensors["errors"].values.front() = unknown; }));
  CHECK(refused([](ModelState& s) { s.tensors.erase("last"); }));
  CHECK(refused([](ModelState& s) { s.tensors["learned.last"].values[0] = unknown; }));
  CHECK(refused([](ModelState& s) { s.tensors.erase("learned.last"); }));
  CHECK(refused([](ModelState& s) { s.attributes.set("step_ns", 0); }));
  CHECK(refused([](ModelState& s) { s.attributes.set("taken", -1); }));
  CHECK(refused([](ModelState& s) { s.attributes.set("broken", "no"); }));
}

TEST_CASE("series_model: options are checked where the model is made") {
  CHECK_THROWS_AS(LastModel({.target = ""}), ConfigError);
  CHECK_THROWS_AS(LastModel({.target = "y", .horizon = 0}), ConfigError);
  CHECK_THROWS_AS(LastModel({.target = "y", .validation_share = 0}), ConfigError);
  CHECK_THROWS_AS(LastModel({.target = "y", .validation_share = 0.95}), ConfigError);
  CHECK_THROWS_AS(LastModel({.target = "y", .validation_share = unknown}), ConfigError);
}
