#include "trigger/text.hpp"

#include <date/date.h>
#include <fmt/format.h>

namespace learningplane::trigger::detail {

namespace {
constexpr std::int64_t second_ns = 1'000'000'000;

std::string fraction(std::int64_t ns) {
  return ns < 1000 ? std::string() : fmt::format(".{:06}", ns / 1000);
}

/// "2024-04-12 10:44:31" and the nanoseconds that are left.
std::string seconds_text(TimePoint t, std::int64_t& rest) {
  const auto day = date::floor<date::days>(t);
  const date::year_month_day ymd{day};
  const std::int64_t ns = (t - day).count();
  rest = ns % second_ns;
  const std::int64_t s = ns / second_ns;
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(ymd.year()),
                     static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()), s / 3600,
                     s / 60 % 60, s % 60);
}
}  // namespace

std::string utc_text(TimePoint t) {
  std::int64_t rest = 0;
  return seconds_text(t, rest) + " UTC";
}

std::string python_text(TimePoint t) {
  std::int64_t rest = 0;
  std::string out = seconds_text(t, rest);
  return out + fraction(rest) + "+00:00";
}

std::string python_text(Duration d) {
  const std::int64_t ns = d.count();
  const std::int64_t s = ns / second_ns;
  std::string out;
  if (const std::int64_t days = s / 86400; days != 0)
    out = fmt::format("{} day{}, ", days, days == 1 ? "" : "s");
  return out + fmt::format("{}:{:02}:{:02}", s / 3600 % 24, s / 60 % 60, s % 60) +
         fraction(ns % second_ns);
}

}  // namespace learningplane::trigger::detail
