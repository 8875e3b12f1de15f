#include "learningplane/zone.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <limits>

#include "learningplane/time.hpp"
#include "support/skip.hpp"
#include "support/temp_dir.hpp"

namespace lp = learningplane;
using lp::LocalMeaning;
using lp::Zone;

namespace {

std::int64_t seconds(const char* text) {
  return lp::to_ns(lp::parse_iso8601(text).value()) / 1'000'000'000;
}

/// Writes a zone file of version 2, for what the machine's own files do not contain.
struct ZoneFile {
  std::vector<std::pair<std::int64_t, int>> transitions{};
  std::vector<std::int32_t> offsets{3600, 7200};
  std::string footer = "CET-1CEST,M3.5.0,M10.5.0/3";
  std::uint32_t leaps = 0;
  char version = '2';

  static void number(std::string& out, std::uint64_t value, int bytes) {
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
  }
  std::string header(std::size_t times, std::size_t types) const {
    std::string out = "TZif";
    out += version;
    out.append(15, '\0');
    for (const std::size_t n :
         {std::size_t{0}, std::size_t{0}, std::size_t{leaps}, times, types, std::size_t{4}})
      number(out, n, 4);
    return out;
  }
  std::string bytes() const {
    std::string out = header(0, 1);
    out.append(6 + 4 + leaps * 8, '\0');
    out += header(transitions.size(), offsets.size());
    for (const auto& [t, kind] : transitions) number(out, static_cast<std::uint64_t>(t), 8);
    for (const auto& [t, kind] : transitions) out += static_cast<char>(kind);
    for (const std::int32_t offset : offsets) {
      number(out, static_cast<std::uint32_t>(offset), 4);
      out.append(2, '\0');
    }
    out.append(4 + leaps * 12, '\0');
    return out + "\n" + footer + "\n";
  }
};

lp::Result<std::shared_ptr<const Zone>> parse(const std::string& bytes) {
  return Zone::parse("Test/Zone",
                     {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

}  // namespace

TEST_CASE("zone: UTC needs no data") {
  const auto utc = Zone::utc();
  CHECK(utc->name() == "UTC");
  CHECK(utc->to_local(12345) == 12345);
  CHECK(utc->meaning(12345).kind == LocalMeaning::Kind::unique);
  CHECK(utc->meaning(12345).first == 12345);
  CHECK(Zone::load("UTC", "/nowhere").has_value());
}

TEST_CASE("zone: the footer alone is enough, in any year") {
  const auto zone = parse(ZoneFile{}.bytes()).value();
  for (const int year : {1950, 2024, 2038, 2100, 2200, 2260}) {
    CAPTURE(year);
    const std::string y = std::to_string(year);
    CHECK(zone->span(seconds((y + "-01-15").c_str())).offset == 3600);
    CHECK(zone->span(seconds((y + "-07-15").c_str())).offset == 7200);
  }
  CHECK(zone->span(seconds("2026-03-29T00:59:59Z")).offset == 3600);
  CHECK(zone->span(seconds("2026-03-29T01:00:00Z")).offset == 7200);
  CHECK(zone->span(seconds("2026-10-25T00:59:59Z")).offset == 7200);
  CHECK(zone->span(seconds("2026-10-25T01:00:00Z")).offset == 3600);
}

TEST_CASE("zone: the table counts up to its last transition, the footer after it") {
  ZoneFile file;
  file.transitions = {{seconds("1980-01-01"), 1}, {seconds("1990-01-01"), 0}};
  const auto zone = parse(file.bytes()).value();
  CHECK(zone->span(seconds("1979-07-01")).offset == 3600);
  CHECK(zone->span(seconds("1985-01-01")).offset == 7200);
  CHECK(zone->span(seconds("1990-01-02")).offset == 3600);
  CHECK(zone->span(seconds("1990-07-01")).offset == 7200);
  file.footer = "";
  CHECK(parse(file.bytes()).value()->span(seconds("2100-07-01")).offset == 3600);
}

TEST_CASE("zone: rules by day of the year, beyond midnight, summer in the south and all year") {
  ZoneFile file;
  file.footer = "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1";  // Nuuk: the day before
  CHECK(parse(file.bytes()).value()->span(seconds("2030-03-31T00:59:59Z")).offset == -10800);
  CHECK(parse(file.bytes()).value()->span(seconds("2030-03-31T01:00:00Z")).offset == -7200);
  file.footer = "AEST-10AEDT,M10.1.0,M4.1.0/3";
  CHECK(parse(file.bytes()).value()->span(seconds("2030-01-15")).offset == 39600);
  CHECK(parse(file.bytes()).value()->span(seconds("2030-07-15")).offset == 36000);
  file.footer = "IST-1GMT0,M10.5.0,M3.5.0/1";  // Dublin: winter is the deviation
  CHECK(parse(file.bytes()).value()->span(seconds("2030-01-15")).offset == 0);
  CHECK(parse(file.bytes()).value()->span(seconds("2030-07-15")).offset == 3600);
  file.footer = "EST5EDT,0/0,J365/25";
  for (const char* t : {"2030-01-01T05:00:00Z", "2030-06-01", "2030-12-31T23:59:59Z"})
    CHECK(parse(file.bytes()).value()->span(seconds(t)).offset == -14400);
  file.footer = "XXX0YYY,J60/0,J300/0";  // the first of March, leap year or not
  CHECK(parse(file.bytes()).value()->span(seconds("2024-02-29T23:59:59Z")).offset == 0);
  CHECK(parse(file.bytes()).value()->span(seconds("2024-03-01T00:00:00Z")).offset == 3600);
  CHECK(parse(file.bytes()).value()->span(seconds("2023-03-01T00:00:00Z")).offset == 3600);
}

TEST_CASE("zone: a wall-clock time is unique, skipped or repeated") {
  const auto zone = parse(ZoneFile{}.bytes()).value();
  const auto plain = zone->meaning(seconds("2026-07-01T12:00:00Z"));
  CHECK(plain.kind == LocalMeaning::Kind::unique);
  CHECK(plain.first == seconds("2026-07-01T10:00:00Z"));
  const auto gap = zone->meaning(seconds("2026-03-29T02:30:00Z"));
  CHECK(gap.kind == LocalMeaning::Kind::gap);
  CHECK(gap.first == seconds("2026-03-29T01:00:00Z"));
  CHECK(zone->meaning(seconds("2026-03-29T03:00:00Z")).kind == LocalMeaning::Kind::unique);
  const auto overlap = zone->meaning(seconds("2026-10-25T02:30:00Z"));
  CHECK(overlap.kind == LocalMeaning::Kind::overlap);
  CHECK(overlap.first == seconds("2026-10-25T00:30:00Z"));
  CHECK(overlap.second == seconds("2026-10-25T01:30:00Z"));
  CHECK(zone->meaning(seconds("2026-10-25T03:00:00Z")).kind == LocalMeaning::Kind::unique);
}

TEST_CASE("zone: the machine's zones, after 2037 too") {
  LEARNINGPLANE_NEED(Zone::load("Europe/Berlin").has_value(), "no tzdata");
  struct Case {
    const char* zone;
    const char* time;
    int offset;
  };
  const Case cases[] = {{"Europe/Berlin", "2050-07-01", 7200},
                        {"Europe/Berlin", "2050-12-01", 3600},
                        {"Europe/Dublin", "2050-07-01", 3600},
                        {"Europe/Dublin", "2050-12-01", 0},
                        {"America/New_York", "2099-07-01", -14400},
                        {"America/New_York", "2099-12-01", -18000},
                        {"Asia/Kathmandu", "2099-07-01", 20700},
                        {"Australia/Lord_Howe", "2050-01-01", 39600},
                        {"Australia/Lord_Howe", "2050-07-01", 37800},
                        {"America/Argentina/Buenos_Aires", "2200-01-01", -10800}};
  for (const Case& c : cases) {
    CAPTURE(c.zone);
    CHECK(Zone::load(c.zone).value()->span(seconds(c.time)).offset == c.offset);
  }
}

TEST_CASE("zone: what is no zone, and missing zone data, are named") {
  const support::TempDir folder;
  for (const char* name : {"", "Mars/Phobos", "../../etc/passwd", "/etc/passwd", "Europe/",
                           "Europe//Berlin", "a b", "Euro\npe"}) {
    CAPTURE(name);
    const auto zone = Zone::load(name, folder.path());
    REQUIRE_FALSE(zone.has_value());
    CHECK(zone.error().code == lp::Errc::not_found);
  }
  const auto missing = Zone::load("Europe/Berlin", folder / "nowhere");
  REQUIRE_FALSE(missing.has_value());
  CHECK(missing.error().message.find("install the package tzdata") != std::string::npos);
  std::filesystem::create_directory(folder / "Europe");
  CHECK(Zone::load("Europe", folder.path()).error().code == lp::Errc::not_found);
}

TEST_CASE("zone: reads from a folder of one's own, and names the damaged file") {
  const support::TempDir folder;
  folder.write("Mine", ZoneFile{}.bytes());
  CHECK(Zone::load("Mine", folder.path()).value()->name() == "Mine");
  folder.write("Broken", "TZif2");
  const auto broken = Zone::load("Broken", folder.path());
  REQUIRE_FALSE(broken.has_value());
  CHECK(broken.error().describe().find("Broken") != std::string::npos);
}

TEST_CASE("zone: a damaged file is refused with the reason") {
  const ZoneFile good;
  const std::string bytes = good.bytes();
  for (std::size_t n = 0; n < bytes.size(); ++n) CHECK_FALSE(parse(bytes.substr(0, n)).has_value());
  struct Case {
    ZoneFile file;
    const char* message;
  };
  const Case cases[] = {
      {{.version = '\0'}, "version 1"},
      {{.leaps = 1}, "leap seconds"},
      {{.offsets = {}}, "no local time types"},
      {{.transitions = {{5, 0}, {5, 1}}}, "not in order"},
      {{.transitions = {{5, 7}}}, "not there"},
      {{.transitions = {{std::numeric_limits<std::int64_t>::max(), 0}}}, "billions of years"},
      {{.offsets = {100 * 3600}}, "over 26 hours"},
      {{.footer = "CET-1CEST"}, "is no rule"},
      {{.footer = "CET-1CEST,M13.5.0,M10.5.0"}, "is no rule"},
      {{.footer = "CET-1CEST,M3.5.0,M10.5.0/3junk"}, "is no rule"},
      {{.footer = "CET-1CEST,M3.5.0/168,M10.5.0"}, "is no rule"},
      {{.footer = "C1"}, "is no rule"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.message);
    const auto zone = parse(c.file.bytes());
    REQUIRE_FALSE(zone.has_value());
    CHECK_MESSAGE(zone.error().message.find(c.message) != std::string::npos, zone.error().message);
  }
}
