#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "learningplane/result.hpp"

namespace learningplane {

using Duration = std::chrono::nanoseconds;
/// UTC, nanoseconds since 1970; reaches from 1678 to 2262.
using TimePoint = std::chrono::sys_time<std::chrono::nanoseconds>;

/// Nanoseconds since 1970-01-01T00:00:00Z, as frames store them.
inline std::int64_t to_ns(TimePoint t) { return t.time_since_epoch().count(); }
inline TimePoint from_ns(std::int64_t ns) { return TimePoint(Duration(ns)); }
/// Seconds since 1970 as Prometheus and JSON carry them. Exact to about 0.1 us in this century.
double to_seconds(TimePoint t);
TimePoint from_seconds(double seconds);

/// "2024-05-15T08:45:00Z"; a fraction is written only where there is one.
std::string to_iso8601(TimePoint t);
/// Reads RFC 3339 and the usual ISO 8601 shapes ("2024-05-15", "2024-05-15 08:45:00.5", "…+02:00").
/// A time without zone is taken as UTC.
Result<TimePoint> parse_iso8601(std::string_view text);

/// Reads "90s", "5m", "1h30m", "250ms", "1d", "2w", Prometheus style, or ISO 8601 "PT5M".
Result<Duration> parse_duration(std::string_view text);
/// The shortest Prometheus-style form: "5m", "1h30m", "0s".
std::string format_duration(Duration d);

/// Where the present comes from. Injected everywhere; nothing of ours asks the system directly.
/// Thread safe: now() may be called from any thread.
class Clock {
 public:
  Clock() = default;
  Clock(const Clock&) = delete;
  Clock& operator=(const Clock&) = delete;
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  TimePoint now() const override;
};

/// A clock that stands still until told: for tests, replay and the simulator.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(TimePoint start = TimePoint{}) : ns_(to_ns(start)) {}
  TimePoint now() const override { return from_ns(ns_.load()); }
  void set(TimePoint t) { ns_.store(to_ns(t)); }
  void advance(Duration d) { ns_.fetch_add(d.count()); }

 private:
  std::atomic<std::int64_t> ns_;
};

}  // namespace learningplane
