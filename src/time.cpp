#include "learningplane/time.hpp"

#include <date/date.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace learningplane {

namespace {

/// Reads exactly `digits` digits and moves past them; -1 where they are not there.
int take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

/// The fraction after the point as nanoseconds; digits beyond the ninth are dropped.
std::int64_t take_fraction(std::string_view& text) {
  std::int64_t ns = 0;
  int digits = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    if (digits < 9) {
      ns = ns * 10 + (text.front() - '0');
      ++digits;
    }
    text.remove_prefix(1);
  }
  if (digits == 0) return -1;
  for (; digits < 9; ++digits) ns *= 10;
  return ns;
}

}  // namespace

double to_seconds(TimePoint t) { return static_cast<double>(to_ns(t)) * 1e-9; }

TimePoint from_seconds(double seconds) {
  // Split, so that whole seconds stay exact.
  const double whole = std::floor(seconds);
  return from_ns(static_cast<std::int64_t>(whole) * 1'000'000'000 +
                 std::llround((seconds - whole) * 1e9));
}

std::string to_iso8601(TimePoint t) {
  const auto day = date::floor<date::days>(t);
  const date::year_month_day ymd{day};
  const auto since = t - day;
  const auto s = std::chrono::duration_cast<std::chrono::seconds>(since);
  const auto ns = (since - s).count();
  std::string out =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(ymd.year()),
                  static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()),
                  s.count() / 3600, s.count() / 60 % 60, s.count() % 60);
  if (ns != 0) {
    std::string fraction = fmt::format("{:09}", ns);
    while (fraction.size() > 3 && fraction.ends_with("000")) fraction.resize(fraction.size() - 3);
    out += '.' + fraction;
  }
  return out + 'Z';
}

Result<TimePoint> parse_iso8601(std::string_view text) {
  const std::string_view whole = text;
  auto bad = [&](std::string_view why) {
    return fail(Errc::malformed,
                fmt::format("'{}' is no ISO 8601 time: {}; write it like 2024-05-15T08:45:00Z",
                            whole.substr(0, 64), why));
  };
  const int year = take_digits(text, 4);
  if (year < 0 || !take(text, '-')) return bad("the year is missing");
  const int month = take_digits(text, 2);
  if (month < 0 || !take(text, '-')) return bad("the month is missing");
  const int day = take_digits(text, 2);
  if (day < 0) return bad("the day is missing");
  const date::year_month_day ymd{date::year(year), date::month(static_cast<unsigned>(month)),
                                 date::day(static_cast<unsigned>(day))};
  if (!ymd.ok()) return bad("there is no such day");
  if (year < 1678 || year > 2261) return bad("the year is outside 1678 to 2261");
  std::int64_t hour = 0, minute = 0, second = 0, ns = 0, offset = 0;
  if (!text.empty()) {
    if (!take(text, 'T') && !take(text, 't') && !take(text, ' '))
      return bad("a T or a space is expected after the day");
    hour = take_digits(text, 2);
    if (hour < 0 || hour > 23 || !take(text, ':')) return bad("hours go from 00 to 23");
    minute = take_digits(text, 2);
    if (minute < 0 || minute > 59) return bad("minutes go from 00 to 59");
    if (take(text, ':')) {
      second = take_digits(text, 2);
      if (second < 0 || second > 60) return bad("seconds go from 00 to 59");
      if (take(text, '.') || take(text, ',')) {
        ns = take_fraction(text);
        if (ns < 0) return bad("digits are expected after the decimal point");
      }
    }
    if (take(text, ' ')) {
    }
    if (take(text, 'Z') || take(text, 'z')) {
      offset = 0;
    } else if (!text.empty() && (text.front() == '+' || text.front() == '-')) {
      const int sign = text.front() == '-' ? -1 : 1;
      text.remove_prefix(1);
      const int h = take_digits(text, 2);
      take(text, ':');
      const int m = text.empty() ? 0 : take_digits(text, 2);
      if (h < 0 || m < 0 || h > 23 || m > 59) return bad("the offset is written like +02:00");
      offset = sign * (h * 3600 + m * 60);
    }
    if (!text.empty()) return bad("something follows it");
  }
  const std::int64_t days = date::sys_days(ymd).time_since_epoch().count();
  return from_ns((days * 86400 + hour * 3600 + minute * 60 + second - offset) * 1'000'000'000 + ns);
}

namespace {
struct Unit {
  std::string_view name;
  std::int64_t ns;
};
constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::array<Unit, 9> units{{{"w", 604800 * second_ns},
                                     {"d", 86400 * second_ns},
                                     {"h", 3600 * second_ns},
                                     {"ms", 1'000'000},
                                     {"us", 1'000},
                                     {"ns", 1},
                                     {"m", 60 * second_ns},
                                     {"s", second_ns},
                                     {"y", 365 * 86400 * second_ns}}};
}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const std::string_view whole = text;
  auto bad = [&](std::string_view why) {
    return fail(Errc::malformed,
                fmt::format("'{}' is no duration: {}; write it like 90s, 5m, 1h30m or PT5M",
                            whole.substr(0, 64), why));
  };
  if (text.empty()) return bad("it is empty");
  const bool negative = take(text, '-');
  bool iso = false, time_part = false;
  if (take(text, 'P') || take(text, 'p')) iso = true;
  if (text == "0" && !iso) return Duration{0};
  if (text.empty()) return bad("a number is missing");
  long double total = 0;
  while (!text.empty()) {
    if (iso && (take(text, 'T') || take(text, 't'))) {
      time_part = true;
      if (text.empty()) return bad("a number is missing after T");
      continue;
    }
    double number = 0;
    const auto [end, error] =
        std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
    if (error != std::errc{} || number < 0) return bad("a number is expected");
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (iso) {
      if (text.empty()) return bad("a unit is missing");
      const char unit = static_cast<char>(text.front() | 0x20);
      text.remove_prefix(1);
      std::int64_t ns = 0;
      if (unit == 'w' && !time_part) ns = 604800 * second_ns;
      if (unit == 'd' && !time_part) ns = 86400 * second_ns;
      if (unit == 'h' && time_part) ns = 3600 * second_ns;
      if (unit == 'm' && time_part) ns = 60 * second_ns;
      if (unit == 's' && time_part) ns = second_ns;
      if (ns == 0) return bad("ISO 8601 durations here have W, D, H, M and S");
      total += static_cast<long double>(number) * static_cast<long double>(ns);
    } else {
      const Unit* found = nullptr;
      for (const Unit& u : units) {
        if (text.starts_with(u.name) && (found == nullptr || u.name.size() > found->name.size()))
          found = &u;
      }
      if (found == nullptr) return bad("the units are ns, us, ms, s, m, h, d, w and y");
      text.remove_prefix(found->name.size());
      total += static_cast<long double>(number) * static_cast<long double>(found->ns);
    }
    if (total > 9.2e18L) return bad("it is longer than 292 years");
  }
  const auto ns = static_cast<std::int64_t>(std::llroundl(total));
  return Duration{negative ? -ns : ns};
}

std::string format_duration(Duration d) {
  std::int64_t ns = d.count();
  if (ns == 0) return "0s";
  std::string out = ns < 0 ? "-" : "";
  // The magnitude as unsigned, so that the smallest value has one too.
  std::uint64_t rest =
      ns < 0 ? ~static_cast<std::uint64_t>(ns) + 1 : static_cast<std::uint64_t>(ns);
  constexpr std::array<Unit, 7> order{{{"d", 86400 * second_ns},
                                       {"h", 3600 * second_ns},
                                       {"m", 60 * second_ns},
                                       {"s", second_ns},
                                       {"ms", 1'000'000},
                                       {"us", 1'000},
                                       {"ns", 1}}};
  for (const Unit& u : order) {
    const auto size = static_cast<std::uint64_t>(u.ns);
    if (rest >= size) {
      out += fmt::format("{}{}", rest / size, u.name);
      rest %= size;
    }
  }
  return out;
}

TimePoint SystemClock::now() const {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

}  // namespace learningplane
