// A sensor of one's own: the free memory of this machine's swap and RAM would do as well; here it
// is a solar panel, computed, so that the example prints the same everywhere.
#include <cmath>
#include <cstdio>
#include <numbers>

#include "learningplane/registries.hpp"

namespace lp = learningplane;

/// Power of a panel in watts: a half sine from 6 to 18 h UTC, and nothing known between 12 and 13
/// h.
class SolarSensor final : public lp::telemetry::Sensor {
 public:
  explicit SolarSensor(double peak_watts) : peak_watts_(peak_watts) {}
  std::string describe() const override { return "solar panel"; }

 protected:
  lp::Result<lp::telemetry::Frame> do_read(const lp::telemetry::Window& window) override {
    using namespace std::chrono;
    const lp::Duration step = window.step > lp::Duration{0} ? window.step : lp::Duration{hours(1)};
    std::vector<std::int64_t> times;
    std::vector<double> watts;
    for (lp::TimePoint t = window.begin; t < window.end; t += step) {
      const double hour = duration<double, hours::period>(t - floor<days>(t)).count();
      const bool day = hour >= 6 && hour <= 18;
      const double power = day ? peak_watts_ * std::sin(std::numbers::pi * (hour - 6) / 12) : 0.0;
      times.push_back(lp::to_ns(t));
      watts.push_back(hour >= 12 && hour < 13 ? std::nan("")
                                              : power);  // unknown, which is not zero
    }
    return lp::telemetry::Frame::make(
        std::move(times),
        {lp::telemetry::Column{"power", {{"panel", "roof"}}, "watts", watts, {}}});
  }

 private:
  double peak_watts_;
};

int main() {
  lp::Registries registries;
  lp::register_core(registries);
  lp::Parameter peak{.name = "peak_watts",
                     .type = lp::ParameterType::number,
                     .summary = "power at noon, watts",
                     .fallback = 400.0,
                     .minimum = 0};
  registries.sensors.add({"solar", "Power of a solar panel", {peak}}, [](const lp::Value& options,
                                                                         const lp::BuildContext&) {
    return std::make_unique<SolarSensor>(options.find("peak_watts")->as_double());
  });

  // From here on it is built by name, as the built-in ones are: in an agent file, from Python, or
  // like this.
  const auto options = lp::Value::object().set("peak_watts", 350);
  const auto sensor = registries.sensors.build("solar", options, lp::BuildContext{});
  const auto begin = *lp::parse_iso8601("2026-06-21T10:00:00Z");
  const auto frame = lp::value_or_throw(sensor->read({begin, begin + std::chrono::hours(4)}));
  const auto& power = frame.column(0);
  for (std::size_t i = 0; i < frame.rows(); ++i) {
    if (power.known(i)) {
      std::printf("%s %s %.1f W\n", lp::to_iso8601(frame.time(i)).c_str(), power.id().c_str(),
                  power.values[i]);
    } else {
      std::printf("%s %s unknown (%s)\n", lp::to_iso8601(frame.time(i)).c_str(), power.id().c_str(),
                  std::string(to_string(power.flag(i))).c_str());
    }
  }
  try {
    registries.sensors.build("solar", lp::Value::object().set("peak_wats", 350),
                             lp::BuildContext{});
  } catch (const lp::ConfigError& e) {
    std::printf("refused: %s\n", e.what());
  }
}
