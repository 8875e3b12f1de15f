#include "learningplane/features/calendar.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>

#include "learningplane/error.hpp"

namespace learningplane::features {

namespace {

constexpr std::int64_t day_s = 86'400, week_s = 7 * day_s;
// 1970-01-01 was a Thursday: the Monday before lies three days earlier.
constexpr std::int64_t since_monday_s = 3 * day_s;
constexpr const char* allowed = "day, day:N, week, week:N (N from 1 to 24) or weekend, each once";

std::int64_t floor_mod(std::int64_t a, std::int64_t b) {
  const std::int64_t r = a % b;
  return r < 0 ? r + b : r;
}

}  // namespace

Calendar::Calendar(const std::vector<std::string>& features, const std::string& zone)
    : zone_(Zone::utc()) {
  for (const std::string& text : features) {
    const std::size_t colon = text.find(':');
    const std::string name = text.substr(0, colon);
    int harmonics = 1;
    if (colon != std::string::npos) {
      const char* end = text.data() + text.size();
      const auto [stop, code] = std::from_chars(text.data() + colon + 1, end, harmonics);
      if (code != std::errc{} || stop != end) harmonics = 0;
    }
    const bool wave = name == "day" || name == "week";
    if ((!wave && text != "weekend") || harmonics < 1 || harmonics > 24)
      throw ConfigError("", "calendar", text, allowed);
    const double period = name == "day" ? double{day_s} : (name == "week" ? double{week_s} : 0.0);
    if (std::any_of(waves_.begin(), waves_.end(),
                    [period](const Wave& w) { return w.period_s == period; }))
      throw ConfigError("", "calendar", text, allowed);
    waves_.push_back({period, harmonics});
    if (!wave) names_.push_back(name);
    for (int k = 1; wave && k <= harmonics; ++k) {
      names_.push_back(name + "_sin" + std::to_string(k));
      names_.push_back(name + "_cos" + std::to_string(k));
    }
  }
  if (zone == "UTC") return;
  auto loaded = Zone::load(zone);
  if (!loaded) throw ConfigError("", "zone", zone, "a time zone (" + loaded.error().message + ")");
  zone_ = std::move(*loaded);
}

void Calendar::at(std::int64_t time_ns, std::span<double> out) const {
  if (out.size() != width()) throw LogicError("calendar: the numbers do not fit its width");
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t part_ns = floor_mod(time_ns, second);
  const std::int64_t local = zone_->to_local((time_ns - part_ns) / second);
  const std::int64_t in_week = floor_mod(local + since_monday_s, week_s);
  const double moment = static_cast<double>(in_week) + static_cast<double>(part_ns) * 1e-9;
  std::size_t at = 0;
  for (const Wave& wave : waves_) {
    if (wave.period_s == 0) {
      out[at++] = in_week >= 5 * day_s ? 1 : 0;
      continue;
    }
    for (int k = 1; k <= wave.harmonics; ++k) {
      const double angle = 2 * std::numbers::pi * k * moment / wave.period_s;
      out[at++] = std::sin(angle);
      out[at++] = std::cos(angle);
    }
  }
}

}  // namespace learningplane::features
