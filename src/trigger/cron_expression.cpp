#include "learningplane/trigger/cron_expression.hpp"

#include <date/date.h>
#include <fmt/format.h>

#include <bit>
#include <vector>

namespace learningplane::trigger {

namespace {

constexpr std::int64_t day_seconds = 86400;
constexpr std::size_t max_length = 256;

struct Field {
  std::string_view name;
  unsigned first;
  unsigned last;
  std::string_view allowed;
};
enum : std::size_t { second, minute, hour, day, month, weekday };
constexpr std::array<Field, 6> fields{{
    {"second", 0, 59, "0-59"},
    {"minute", 0, 59, "0-59"},
    {"hour", 0, 23, "0-23"},
    {"day of month", 1, 31, "1-31, L (the last day) or LW (the last weekday)"},
    {"month", 1, 12, "1-12 or JAN-DEC"},
    {"day of week", 0, 7,
     "0-7 (0 and 7 are Sunday), SUN-SAT, 5L (the last Friday) or 5#2 (the second Friday)"},
}};
constexpr std::array<std::string_view, 7> weekday_names{"SUN", "MON", "TUE", "WED",
                                                        "THU", "FRI", "SAT"};
constexpr std::array<std::string_view, 12> month_names{"JAN", "FEB", "MAR", "APR", "MAY", "JUN",
                                                       "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
struct Alias {
  std::string_view name;
  std::string_view meaning;
};
constexpr std::array<Alias, 7> aliases{{{"@YEARLY", "0 0 1 1 *"},
                                        {"@ANNUALLY", "0 0 1 1 *"},
                                        {"@MONTHLY", "0 0 1 * *"},
                                        {"@WEEKLY", "0 0 * * 0"},
                                        {"@DAILY", "0 0 * * *"},
                                        {"@MIDNIGHT", "0 0 * * *"},
                                        {"@HOURLY", "0 * * * *"}}};

/// What one field asks for.
struct Set {
  std::uint64_t bits = 0;
  std::array<std::uint8_t, 6> nth{};
  bool last = false;
  bool last_working = false;
};

std::uint64_t bit(unsigned n) { return std::uint64_t{1} << n; }
std::uint64_t range(unsigned first, unsigned last, unsigned step = 1) {
  std::uint64_t bits = 0;
  for (std::uint64_t n = first; n <= last; n += step) bits |= bit(static_cast<unsigned>(n));
  return bits;
}

/// Reads one field. The grammar is cronsim's: lists of terms, a term with an optional step.
class FieldReader {
 public:
  FieldReader(std::size_t field, std::string_view text) : field_(field), text_(text) {}

  Result<Set> read() const {
    Set all;
    std::size_t from = 0;
    for (;;) {
      const std::size_t comma = text_.find(',', from);
      const auto term = text_.substr(from, comma == text_.npos ? text_.npos : comma - from);
      auto one = read_term(term);
      if (!one) return one;
      all.bits |= one->bits;
      all.last |= one->last;
      all.last_working |= one->last_working;
      for (std::size_t n = 0; n < all.nth.size(); ++n) all.nth[n] |= one->nth[n];
      if (comma == text_.npos) return all;
      from = comma + 1;
    }
  }

 private:
  tl::unexpected<Failure> bad(std::string_view term) const {
    return fail(
        Errc::malformed,
        fmt::format("{} '{}': '{}' is none of {}; ranges 1-5, lists 1,3 and steps */5 of these",
                    fields[field_].name, text_, term, fields[field_].allowed));
  }

  static std::optional<unsigned> number(std::string_view text) {
    if (text.empty()) return std::nullopt;
    unsigned value = 0;
    for (const char c : text) {
      if (c < '0' || c > '9') return std::nullopt;
      if (value < 1'000'000) value = value * 10 + static_cast<unsigned>(c - '0');
    }
    return value;
  }

  std::optional<unsigned> value(std::string_view text) const {
    for (unsigned n = 0; field_ == month && n < month_names.size(); ++n)
      if (text == month_names[n]) return n + 1;
    for (unsigned n = 0; field_ == weekday && n < weekday_names.size(); ++n)
      if (text == weekday_names[n]) return n;
    const auto n = number(text);
    if (!n || *n < fields[field_].first || *n > fields[field_].last) return std::nullopt;
    return n;
  }

  Result<Set> read_term(std::string_view term) const {
    if (field_ == weekday && term.find_first_of("L#") != term.npos) return read_nth(term);
    const std::size_t slash = term.find('/');
    auto set = read_range(term.substr(0, slash));
    if (!set || slash == term.npos) return set;
    const auto step = number(term.substr(slash + 1));
    if (!step || *step == 0)
      return fail(Errc::malformed, fmt::format("{} '{}': the step '{}' is no number from 1 on",
                                               fields[field_].name, text_, term.substr(slash + 1)));
    if (set->bits == 0) return set;
    const auto first = static_cast<unsigned>(std::countr_zero(set->bits));
    const auto last = std::has_single_bit(set->bits)
                          ? fields[field_].last
                          : static_cast<unsigned>(63 - std::countl_zero(set->bits));
    set->bits = range(first, last, *step);
    return set;
  }

  Result<Set> read_range(std::string_view text) const {
    Set set;
    if (text == "*") {
      set.bits = range(fields[field_].first, fields[field_].last);
    } else if (const std::size_t dash = text.find('-'); dash != text.npos) {
      const auto first = value(text.substr(0, dash));
      const auto last = value(text.substr(dash + 1));
      if (!first || !last) return bad(text);
      if (*last < *first)
        return fail(Errc::malformed, fmt::format("{} '{}': the range '{}' ends before it starts",
                                                 fields[field_].name, text_, text));
      set.bits = range(*first, *last);
    } else if (field_ == day && text == "L") {
      set.last = true;
    } else if (field_ == day && text == "LW") {
      set.last_working = true;
    } else if (const auto n = value(text)) {
      set.bits = bit(*n);
    } else {
      return bad(text);
    }
    return set;
  }

  /// "5L" or "5#2".
  Result<Set> read_nth(std::string_view term) const {
    const std::size_t mark = term.find('#');
    std::optional<unsigned> which, nth;
    if (mark != term.npos && term.find('L') == term.npos) {
      which = value(term.substr(0, mark));
      nth = number(term.substr(mark + 1));
      if (nth && (*nth < 1 || *nth > 5)) nth.reset();
    } else if (term.ends_with('L') && number(term.substr(0, term.size() - 1))) {
      which = value(term.substr(0, term.size() - 1));
      nth = 0;
    }
    if (!which || !nth) return bad(term);
    Set set;
    set.nth[*nth] = static_cast<std::uint8_t>(bit(*which % 7));
    return set;
  }

  std::size_t field_;
  std::string_view text_;
};

std::vector<std::string_view> words(std::string_view text) {
  std::vector<std::string_view> out;
  constexpr std::string_view blank = " \t\n\r\f\v";
  for (std::size_t from = text.find_first_not_of(blank); from != text.npos;) {
    const std::size_t end = std::min(text.find_first_of(blank, from), text.size());
    out.push_back(text.substr(from, end - from));
    from = text.find_first_not_of(blank, end);
  }
  return out;
}

/// The smallest n >= from that is in the set; 64 where there is none.
unsigned next_bit(std::uint64_t bits, unsigned from) {
  return from >= 64 ? 64U : static_cast<unsigned>(std::countr_zero(bits >> from << from));
}

unsigned month_length(int year, unsigned m) {
  constexpr std::array<std::uint8_t, 12> lengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (m == 2 && date::year(year).is_leap()) return 29;
  return lengths[m - 1];
}

}  // namespace

Result<CronExpression> CronExpression::parse(std::string_view text) {
  if (text.size() > max_length)
    return fail(Errc::too_large,
                fmt::format("the cron expression has {} characters; at most {} are read",
                            text.size(), max_length));
  std::string upper(text);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  auto parts = words(upper);
  if (parts.size() == 1 && parts[0].starts_with('@')) {
    const Alias* found = nullptr;
    for (const Alias& a : aliases)
      if (parts[0] == a.name) found = &a;
    if (found == nullptr)
      return fail(Errc::malformed,
                  fmt::format("'{}' is none of @yearly, @annually, @monthly, @weekly, "
                              "@daily, @midnight, @hourly",
                              text));
    parts = words(found->meaning);
  }
  const bool with_seconds = parts.size() == 6;
  if (parts.size() == 5) parts.insert(parts.begin(), "0");
  if (parts.size() != 6)
    return fail(
        Errc::malformed,
        fmt::format("there are {} fields; 5 are expected (minute, hour, day of month, month, day "
                    "of week), or 6 with seconds first",
                    parts.size()));
  std::array<Set, 6> sets;
  for (std::size_t f = 0; f < sets.size(); ++f) {
    auto set = FieldReader(f, parts[f]).read();
    if (!set) return tl::unexpected(set.error());
    sets[f] = *set;
  }
  CronExpression out;
  out.seconds_ = sets[second].bits;
  out.minutes_ = sets[minute].bits;
  out.hours_ = static_cast<std::uint32_t>(sets[hour].bits);
  out.days_ = static_cast<std::uint32_t>(sets[day].bits);
  out.months_ = static_cast<std::uint32_t>(sets[month].bits);
  out.weekdays_ = static_cast<std::uint32_t>((sets[weekday].bits | sets[weekday].bits >> 7) & 0x7F);
  out.nth_weekdays_ = sets[weekday].nth;
  out.last_day_ = sets[day].last;
  out.last_working_day_ = sets[day].last_working;
  out.both_days_ = parts[day].starts_with('*') || parts[weekday].starts_with('*');
  out.fixed_time_ = !(with_seconds && parts[second].starts_with('*')) &&
                    !parts[minute].starts_with('*') && !parts[hour].starts_with('*');
  if (out.both_days_ && !out.last_day_ && !out.last_working_day_) {
    unsigned longest = 0;
    for (unsigned m = 1; m <= 12; ++m)
      if (out.months_ >> m & 1) longest = std::max(longest, month_length(2000, m));
    if (next_bit(out.days_, 1) > longest)
      return fail(Errc::malformed, fmt::format("day of month '{}': month '{}' has no such day",
                                               parts[day], parts[month]));
  }
  return out;
}

bool CronExpression::day_matches(int year, unsigned m, unsigned d, unsigned wd) const {
  const unsigned length = month_length(year, m);
  bool by_day = (days_ >> d & 1) != 0 || (last_day_ && d == length);
  if (last_working_day_ && !by_day) {
    // A last weekday is the last day, or the Friday before a weekend at the end.
    const bool working = wd >= 1 && wd <= 5;
    by_day = working && (d == length || (wd == 5 && d + 2 >= length));
  }
  if (both_days_ != by_day) return by_day;
  const auto nth = static_cast<std::size_t>((d + 6) / 7);
  const bool by_weekday = (weekdays_ >> wd & 1) != 0 || (nth_weekdays_[nth] >> wd & 1) != 0 ||
                          ((nth_weekdays_[0] >> wd & 1) != 0 && d + 7 > length);
  return by_weekday;
}

bool CronExpression::matches(std::int64_t local) const {
  return next(local, local + 1).has_value();
}

std::optional<std::int64_t> CronExpression::next(std::int64_t from, std::int64_t until) const {
  const auto start = date::floor<date::days>(date::sys_seconds(std::chrono::seconds(from)));
  const date::year_month_day ymd{start};
  std::int64_t today = start.time_since_epoch().count();
  int y = static_cast<int>(ymd.year());
  auto m = static_cast<unsigned>(ymd.month());
  auto d = static_cast<unsigned>(ymd.day());
  auto wd = date::weekday(start).c_encoding();
  auto skip_days = [&](unsigned count) {
    today += count;
    d += count;
    wd = (wd + count) % 7;
    if (d > month_length(y, m)) {
      d = 1;
      m = m % 12 + 1;
      if (m == 1) ++y;
    }
  };
  auto s = static_cast<unsigned>(from - today * day_seconds);
  for (; today * day_seconds < until; s = 0) {
    if ((months_ >> m & 1) == 0) {
      skip_days(month_length(y, m) - d + 1);
      continue;
    }
    if (day_matches(y, m, d, wd)) {
      // The smallest time of day at or after s: keep the hour and the minute where they still fit.
      unsigned h = next_bit(hours_, s / 3600);
      bool later = h != s / 3600;
      unsigned min = next_bit(minutes_, later ? 0 : s / 60 % 60);
      later = later || min != s / 60 % 60;
      unsigned sec = next_bit(seconds_, later ? 0 : s % 60);
      if (sec > 59) {
        sec = next_bit(seconds_, 0);
        min = next_bit(minutes_, min + 1);
      }
      if (min > 59) {
        sec = next_bit(seconds_, 0);
        min = next_bit(minutes_, 0);
        h = next_bit(hours_, h + 1);
      }
      if (h <= 23) {
        const std::int64_t found = today * day_seconds + h * 3600 + min * 60 + sec;
        return found < until ? std::optional(found) : std::nullopt;
      }
    }
    skip_days(1);
  }
  return std::nullopt;
}

}  // namespace learningplane::trigger
