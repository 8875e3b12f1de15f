#include "learningplane/log.hpp"

#include <date/date.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ostream>

#include "learningplane/json.hpp"

namespace learningplane {

std::string_view to_string(LogLevel level) {
  static constexpr std::string_view names[] = {"DEBUG", "INFO", "WARNING", "ERROR"};
  return names[static_cast<std::size_t>(level)];
}

namespace {

/// %d-%b-%y %H:%M:%S with English months, whatever the locale.
std::string reference_time(TimePoint t) {
  static constexpr std::array<std::string_view, 12> months{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = date::floor<date::days>(t);
  const date::year_month_day ymd{day};
  const auto s = std::chrono::duration_cast<std::chrono::seconds>(t - day).count();
  return fmt::format("{:02}-{}-{:02} {:02}:{:02}:{:02}", static_cast<unsigned>(ymd.day()),
                     months[static_cast<unsigned>(ymd.month()) - 1],
                     static_cast<int>(ymd.year()) % 100, s / 3600, s / 60 % 60, s % 60);
}

}  // namespace

void StreamLogger::log(LogLevel level, std::string_view message) {
  const TimePoint now = clock_.now();
  std::string line;
  if (format_ == LogFormat::json) {
    std::string name(to_string(level));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return static_cast<char>(c | 0x20); });
    line = dump_json(
        Value::object().set("time", to_iso8601(now)).set("level", name).set("message", message));
  } else {
    line = fmt::format("{} -  {} - {}", reference_time(now), to_string(level), message);
    std::replace_if(line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  }
  const std::lock_guard lock(mutex_);
  out_ << line << std::endl;
}

}  // namespace learningplane
