#include "telemetry/csv_time.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace learningplane::telemetry::detail {

namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::int64_t unit_ns(CsvTimeFormat format) {
  switch (format) {
    case CsvTimeFormat::milliseconds: return 1'000'000;
    case CsvTimeFormat::microseconds: return 1'000;
    case CsvTimeFormat::nanoseconds: return 1;
    default: return second_ns;
  }
}

/// Two digits at `at`, or -1.
int two_digits(std::string_view text, std::size_t at) {
  if (!is_digit(text[at]) || !is_digit(text[at + 1])) return -1;
  return (text[at] - '0') * 10 + (text[at + 1] - '0');
}

bool has_offset(std::string_view text) {
  if (text.size() <= 10) return false;
  return text.substr(10).find_first_of("Zz+-") != std::string_view::npos;
}

}  // namespace

CsvTime::CsvTime(CsvTimeFormat format, const std::string& zone)
    : format_(format), zone_name_(zone) {
  if (zone == "refuse" || zone == "UTC") return;
  auto loaded = Zone::load(zone);
  if (!loaded) throw ConfigError("", "zone", zone, loaded.error().message + "; or write refuse");
  zone_ = *loaded;
}

void CsvTime::decide(std::string_view first) {
  // A number has no further '-' after its sign and no ':'; a date has.
  const bool number = first.find_first_not_of("0123456789.eE+-") == std::string_view::npos &&
                      (first.size() < 5 || first.find('-', 1) == std::string_view::npos ||
                       first.find_first_of("eE") != std::string_view::npos);
  if (!number) {
    format_ = CsvTimeFormat::iso8601;
    return;
  }
  double magnitude = 0;
  std::from_chars(first.data(), first.data() + first.size(), magnitude);
  magnitude = std::abs(magnitude);
  format_ = magnitude < 1e11   ? CsvTimeFormat::seconds
            : magnitude < 1e14 ? CsvTimeFormat::milliseconds
            : magnitude < 1e17 ? CsvTimeFormat::microseconds
                               : CsvTimeFormat::nanoseconds;
}

Result<std::int64_t> CsvTime::parse(std::string_view text) {
  if (text.empty()) return fail(Errc::malformed, "the time is missing");
  if (format_ == CsvTimeFormat::automatic) decide(text);
  return format_ == CsvTimeFormat::iso8601 ? parse_iso(text) : parse_epoch(text);
}

Result<std::int64_t> CsvTime::parse_epoch(std::string_view text) const {
  const auto bad = [&](std::string_view why) {
    return fail(Errc::malformed, fmt::format("'{}' is no epoch time{}", text.substr(0, 64), why));
  };
  const bool negative = text.front() == '-';
  std::string_view rest = text.substr(negative || text.front() == '+' ? 1 : 0);
  std::int64_t whole = 0;
  std::size_t digits = 0;
  while (digits < rest.size() && is_digit(rest[digits])) {
    if (whole > (INT64_MAX - 9) / 10) return bad(": it is outside 1678 to 2262");
    whole = whole * 10 + (rest[digits++] - '0');
  }
  std::int64_t scale = unit_ns(format_);
  std::int64_t ns = 0;
  if (__builtin_mul_overflow(whole, scale, &ns)) return bad(": it is outside 1678 to 2262");
  std::size_t at = digits;
  if (at < rest.size() && rest[at] == '.') {
    // The digits themselves and not a double: epoch seconds with nine decimals have 19 of them.
    for (++at; at < rest.size() && is_digit(rest[at]); ++at, ++digits) {
      scale /= 10;
      if (__builtin_add_overflow(ns, scale * (rest[at] - '0'), &ns)) return bad("");
    }
  }
  if (digits == 0) return bad("");
  if (at == rest.size()) return negative ? -ns : ns;
  double value = 0;  // an exponent
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
  value *= static_cast<double>(unit_ns(format_));
  if (error != std::errc{} || end != rest.data() + rest.size() || !(value < 9.2e18)) return bad("");
  return negative ? -std::llround(value) : std::llround(value);
}

Result<std::int64_t> CsvTime::parse_iso(std::string_view text) {
  const bool offset = has_offset(text);
  if (!offset && zone_name_ == "refuse") {
    return fail(Errc::malformed, fmt::format("'{}' has no zone; write an offset, or set `zone`",
                                             text.substr(0, 64)));
  }
  // "2024-05-15 08:45:00", with Z or without: only the time of day is read where the day is known.
  const bool short_form = text.size() == 19 || (text.size() == 20 && (text[19] | 0x20) == 'z');
  if (short_form && !day_.empty() && text.substr(0, 10) == day_ && text[13] == ':' &&
      text[16] == ':' && (text[10] == ' ' || text[10] == 'T') && (zone_ == nullptr || offset)) {
    const int h = two_digits(text, 11), m = two_digits(text, 14), s = two_digits(text, 17);
    if (h >= 0 && h < 24 && m >= 0 && m < 60 && s >= 0 && s < 60)
      return day_ns_ + (h * 3600 + m * 60 + s) * second_ns;
  }
  auto t = parse_iso8601(text);
  if (!t) return tl::unexpected(t.error());
  if (!offset && zone_ != nullptr) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(*t);
    const LocalMeaning meaning = zone_->meaning(whole.time_since_epoch().count());
    if (meaning.kind == LocalMeaning::Kind::gap) {
      return fail(Errc::malformed,
                  fmt::format("'{}' does not exist in {}: the clock was put forward",
                              text.substr(0, 64), zone_name_));
    }
    return meaning.first * second_ns + (*t - whole).count();
  }
  if (auto day = parse_iso8601(text.substr(0, 10))) {
    day_ = text.substr(0, 10);
    day_ns_ = to_ns(*day);
  }
  return to_ns(*t);
}

}  // namespace learningplane::telemetry::detail
