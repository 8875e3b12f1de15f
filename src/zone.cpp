#include "learningplane/zone.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "zone_rule.hpp"

namespace learningplane {

namespace {

/// Beyond every TimePoint, yet far from overflow when an offset is added.
constexpr std::int64_t forever = std::int64_t{1} << 60;
constexpr int first_year = 1677, last_year = 2263;
/// No clock was ever further from UTC.
constexpr std::int32_t max_offset = 26 * 3600;
constexpr std::int64_t day_seconds = 86400;
constexpr std::size_t max_file = 1 << 20;

/// Big-endian numbers from the front of the content; every read is checked.
class Bytes {
 public:
  explicit Bytes(std::span<const std::uint8_t> data) : data_(data) {}
  std::size_t left() const { return data_.size(); }
  bool skip(std::size_t n) {
    if (n > data_.size()) return false;
    data_ = data_.subspan(n);
    return true;
  }
  /// The caller has checked that they are there.
  std::uint64_t take(std::size_t bytes) {
    std::uint64_t value = 0;
    for (const std::uint8_t b : data_.first(bytes)) value = value << 8 | b;
    data_ = data_.subspan(bytes);
    return value;
  }
  std::string_view rest() const {
    return {reinterpret_cast<const char*>(data_.data()), data_.size()};
  }

 private:
  std::span<const std::uint8_t> data_;
};

struct Header {
  char version = 0;
  std::size_t ut_marks = 0, standard_marks = 0, leaps = 0, times = 0, types = 0, characters = 0;
  std::size_t body(std::size_t time_size) const {
    return times * (time_size + 1) + types * 6 + characters + leaps * (time_size + 4) +
           standard_marks + ut_marks;
  }
};

std::optional<Header> take_header(Bytes& in) {
  if (in.left() < 44 || in.take(4) != 0x545A6966) return std::nullopt;
  Header h;
  h.version = static_cast<char>(in.take(1));
  in.skip(15);
  for (std::size_t* field :
       {&h.ut_marks, &h.standard_marks, &h.leaps, &h.times, &h.types, &h.characters})
    *field = in.take(4);
  return h;
}

bool good_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 && name.front() != '/' && name.back() != '/' &&
         name.find("..") == name.npos && name.find("//") == name.npos &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '/' || c == '_' || c == '-' || c == '+' || c == '.';
         });
}

}  // namespace

std::shared_ptr<const Zone> Zone::utc() { return std::shared_ptr<const Zone>(new Zone); }

Result<std::shared_ptr<const Zone>> Zone::load(std::string_view name) {
  if (const char* folder = std::getenv("TZDIR"); folder != nullptr && *folder != '\0')
    return load(name, std::string(folder));
  constexpr std::array folders{"/usr/share/zoneinfo", "/usr/lib/zoneinfo",
                               "/usr/share/lib/zoneinfo", "/etc/zoneinfo"};
  std::error_code ignored;
  for (const char* folder : folders)
    if (std::filesystem::is_directory(folder, ignored)) return load(name, std::string(folder));
  return load(name, std::string(folders.front()));
}

Result<std::shared_ptr<const Zone>> Zone::load(std::string_view name, const std::string& root) {
  if (name == "UTC") return utc();
  if (!good_name(name))
    return fail(Errc::not_found,
                fmt::format("'{}' is no time zone; write it like Europe/Berlin or UTC",
                            name.substr(0, 64)));
  std::error_code ignored;
  if (!std::filesystem::is_directory(root, ignored))
    return fail(
        Errc::not_found,
        fmt::format("time zone '{}' needs the system's zone data, and there is no folder {}; "
                    "install the package tzdata, set TZDIR, or use UTC",
                    name, root));
  const std::filesystem::path path = std::filesystem::path(root) / std::string(name);
  std::ifstream file;
  if (std::filesystem::is_regular_file(path, ignored)) file.open(path, std::ios::binary);
  if (!file.is_open())
    return fail(Errc::not_found,
                fmt::format("there is no time zone '{}' in {}; write it like Europe/Berlin or UTC",
                            name, root));
  if (std::filesystem::file_size(path, ignored) > max_file)
    return fail(Errc::malformed,
                fmt::format("{} is no zone file: it is over 1 MiB", path.string()));
  const std::string content{std::istreambuf_iterator<char>(file), {}};
  auto zone = parse(name, {reinterpret_cast<const std::uint8_t*>(content.data()), content.size()});
  if (!zone) return fail_within(path.string(), std::move(zone.error()));
  return zone;
}

Result<std::shared_ptr<const Zone>> Zone::parse(std::string_view name,
                                                std::span<const std::uint8_t> content) {
  auto bad = [](std::string_view why) {
    return fail(Errc::malformed, fmt::format("the zone file is damaged: {}", why));
  };
  Bytes in(content);
  auto header = take_header(in);
  if (!header) return bad("it does not start with a TZif header");
  if (header->version < '2')
    return fail(Errc::unsupported,
                "the zone file is of version 1, which ends in 2037; install a newer tzdata");
  // The first block repeats the second in 32 bits.
  if (!in.skip(header->body(4))) return bad("the first block is cut short");
  header = take_header(in);
  if (!header) return bad("the second header is missing");
  if (header->leaps != 0)
    return fail(Errc::unsupported,
                "the zone file counts leap seconds; use the zone of the same name outside right/");
  if (header->types == 0 || header->types > 256) return bad("it has no local time types");
  if (in.left() < header->body(8)) return bad("the second block is cut short");

  std::shared_ptr<Zone> zone(new Zone);
  zone->name_ = name;
  zone->changes_.resize(header->times);
  for (Change& change : zone->changes_) change.at = static_cast<std::int64_t>(in.take(8));
  for (std::size_t i = 1; i < zone->changes_.size(); ++i)
    if (zone->changes_[i].at <= zone->changes_[i - 1].at)
      return bad("its transitions are not in order");
  if (!zone->changes_.empty() &&
      (zone->changes_.front().at < -forever || zone->changes_.back().at > forever))
    return bad("a transition lies billions of years away");
  std::vector<std::size_t> kinds(header->times);
  for (std::size_t& kind : kinds) {
    kind = in.take(1);
    if (kind >= header->types) return bad("a transition names a local time type that is not there");
  }
  std::vector<std::int32_t> offsets(header->types);
  for (std::int32_t& offset : offsets) {
    offset = static_cast<std::int32_t>(static_cast<std::uint32_t>(in.take(4)));
    in.skip(2);
    if (offset < -max_offset || offset > max_offset)
      return bad("an offset from UTC is over 26 hours");
  }
  zone->first_offset_ = offsets[0];
  for (std::size_t i = 0; i < kinds.size(); ++i) zone->changes_[i].offset = offsets[kinds[i]];
  in.skip(header->characters + header->standard_marks + header->ut_marks);

  const std::string_view footer = in.rest();
  if (footer.size() < 2 || footer.front() != '\n' || footer.find('\n', 1) == footer.npos)
    return bad("the footer is missing");
  const std::string_view text = footer.substr(1, footer.find('\n', 1) - 1);
  if (text.empty()) return zone;
  const auto rule = detail::ZoneRule::parse(text);
  if (!rule) return bad(fmt::format("its footer '{}' is no rule", text.substr(0, 64)));

  // Written out to the end of time, so that one table answers everything.
  const std::int64_t known = zone->changes_.empty() ? -forever : zone->changes_.back().at;
  std::vector<Change> more;
  if (rule->daylight) {
    const auto& summer = *rule->daylight;
    const auto from = static_cast<int>(
        std::clamp<std::int64_t>(1969 + known / 31556952, first_year, last_year + 1));
    for (int year = from; year <= last_year; ++year) {
      Change on{summer.start.in_year(year) - rule->standard, summer.offset};
      Change off{summer.end.in_year(year) - summer.offset, rule->standard};
      // Ordered within the year; the start of summer wins where both fall together (summer all
      // year).
      if (off.at <= on.at) std::swap(on, off);
      for (const Change& c : {on, off}) {
        if (!more.empty() && more.back().at >= c.at) more.pop_back();
        more.push_back(c);
      }
    }
  }
  // The rule also says what holds from the last transition of the table on.
  auto first =
      std::find_if(more.begin(), more.end(), [&](const Change& c) { return c.at > known; });
  const std::int32_t now = first == more.begin() ? rule->standard : std::prev(first)->offset;
  if (zone->changes_.empty()) {
    zone->first_offset_ = now;
  } else {
    zone->changes_.back().offset = now;
  }
  zone->changes_.insert(zone->changes_.end(), first, more.end());
  return zone;
}

ZoneSpan Zone::span(std::int64_t t) const {
  const auto after = std::upper_bound(changes_.begin(), changes_.end(), t,
                                      [](std::int64_t at, const Change& c) { return at < c.at; });
  ZoneSpan out{-forever, forever, first_offset_};
  if (after != changes_.end()) out.until = after->at;
  if (after != changes_.begin()) {
    out.from = std::prev(after)->at;
    out.offset = std::prev(after)->offset;
  }
  return out;
}

LocalMeaning Zone::meaning(LocalSeconds local) const {
  // Every instant that this wall clock may show lies within the largest offset.
  const std::int64_t earliest = local - max_offset - day_seconds;
  const std::int64_t latest = local + max_offset + day_seconds;
  LocalMeaning out;
  int found = 0;
  std::optional<std::int64_t> gap_end;
  for (ZoneSpan s = span(earliest);; s = span(s.until)) {
    const std::int64_t t = local - s.offset;
    if (t >= s.from && t < s.until) {
      (found == 0 ? out.first : out.second) = t;
      ++found;
    } else if (t < s.from && !gap_end) {
      // Earlier spans end before this wall-clock time, this one starts after it.
      gap_end = s.from;
    }
    if (s.until > latest) break;
  }
  if (found == 0) {
    const std::int64_t end = gap_end.value_or(latest);
    return {LocalMeaning::Kind::gap, end, end};
  }
  if (found == 1) return {LocalMeaning::Kind::unique, out.first, out.first};
  out.kind = LocalMeaning::Kind::overlap;
  return out;
}

}  // namespace learningplane
