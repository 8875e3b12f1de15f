#include "zone_rule.hpp"

#include <date/date.h>

namespace learningplane::detail {

namespace {

constexpr std::int64_t day_seconds = 86400;

/// Takes the text apart from the front; each function is false where what it wants is not there.
struct Reader {
  std::string_view text;

  bool take(char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
  }
  bool number(int& out, int first, int last) {
    std::size_t digits = 0;
    out = 0;
    while (digits < text.size() && digits < 4 && text[digits] >= '0' && text[digits] <= '9')
      out = out * 10 + (text[digits++] - '0');
    text.remove_prefix(digits);
    return digits > 0 && out >= first && out <= last;
  }
  /// "EST", or "<+03>" where there are signs or digits.
  bool abbreviation() {
    const bool quoted = take('<');
    std::size_t n = 0;
    auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    auto other = [](char c) { return (c >= '0' && c <= '9') || c == '+' || c == '-'; };
    while (n < text.size() && (letter(text[n]) || (quoted && other(text[n])))) ++n;
    text.remove_prefix(n);
    return n >= 3 && (!quoted || take('>'));
  }
  /// "2", "-1:30", "167:00:00".
  bool time(std::int32_t& out, int hours) {
    const int sign = take('-') ? -1 : (take('+'), 1);
    int h = 0, m = 0, s = 0;
    if (!number(h, 0, hours)) return false;
    if (take(':') && (!number(m, 0, 59) || (take(':') && !number(s, 0, 59)))) return false;
    out = sign * (h * 3600 + m * 60 + s);
    return true;
  }
  bool day(RuleDay& out) {
    bool good = false;
    if (take('M')) {
      out.form = RuleDay::Form::month_week_day;
      good = number(out.month, 1, 12) && take('.') && number(out.week, 1, 5) && take('.') &&
             number(out.weekday, 0, 6);
    } else if (take('J')) {
      out.form = RuleDay::Form::day_without_leap;
      good = number(out.day, 1, 365);
    } else {
      out.form = RuleDay::Form::day_with_leap;
      good = number(out.day, 0, 365);
    }
    return good && (!take('/') || time(out.time, 167));
  }
};

}  // namespace

std::int64_t RuleDay::in_year(int year) const {
  const date::year y{year};
  date::sys_days found;
  switch (form) {
    case Form::month_week_day: {
      const date::month m{static_cast<unsigned>(month)};
      const date::weekday wd{static_cast<unsigned>(weekday)};
      // The fifth stands for the last.
      found = week == 5 ? date::sys_days(y / m / wd[date::last])
                        : date::sys_days(y / m / wd[static_cast<unsigned>(week)]);
      break;
    }
    case Form::day_without_leap:
      found = date::sys_days(y / date::January / 1) + date::days(day - 1);
      if (y.is_leap() && day >= 60) found += date::days(1);
      break;
    case Form::day_with_leap:
      found = date::sys_days(y / date::January / 1) + date::days(day);
      break;
  }
  return found.time_since_epoch().count() * day_seconds + time;
}

std::optional<ZoneRule> ZoneRule::parse(std::string_view text) {
  Reader in{text};
  ZoneRule rule;
  if (!in.abbreviation() || !in.time(rule.standard, 24)) return std::nullopt;
  rule.standard = -rule.standard;
  if (in.text.empty()) return rule;
  Daylight summer;
  if (!in.abbreviation()) return std::nullopt;
  summer.offset = rule.standard + 3600;
  if (!in.text.empty() && in.text.front() != ',') {
    if (!in.time(summer.offset, 24)) return std::nullopt;
    summer.offset = -summer.offset;
  }
  if (!in.take(',') || !in.day(summer.start) || !in.take(',') || !in.day(summer.end) ||
      !in.text.empty())
    return std::nullopt;
  rule.daylight = summer;
  return rule;
}

}  // namespace learningplane::detail
