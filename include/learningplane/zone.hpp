#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/result.hpp"
#include "learningplane/time.hpp"

namespace learningplane {

/// Seconds since 1970-01-01T00:00:00 as a wall clock of some zone shows them.
using LocalSeconds = std::int64_t;

/// A stretch of time with one offset from UTC. All in seconds; `until` is outside.
struct ZoneSpan {
  std::int64_t from = 0;
  std::int64_t until = 0;
  std::int32_t offset = 0;  ///< local minus UTC
};

/// What a wall-clock time means.
struct LocalMeaning {
  enum class Kind {
    unique,  ///< one instant
    gap,     ///< none: the clock was put forward over it
    overlap  ///< two: the clock was put back over it
  };
  Kind kind = Kind::unique;
  std::int64_t first = 0;   ///< UTC seconds; in a gap: the first instant after it
  std::int64_t second = 0;  ///< UTC seconds; differs from `first` in an overlap only
};

/// One time zone of the IANA database, right from 1678 to 2262: the transitions of its file and
/// after them the rule in its footer, which Debian's date library leaves out. Immutable, thread
/// safe.
class Zone {
 public:
  /// Needs no data.
  static std::shared_ptr<const Zone> utc();
  /// Reads "Europe/Berlin" from the system's zone data ($TZDIR, else /usr/share/zoneinfo and where
  /// else Python looks). not_found: no such zone, or no zone data on this machine; malformed: the
  /// file is damaged.
  static Result<std::shared_ptr<const Zone>> load(std::string_view name);
  /// The same from the folder `root`.
  static Result<std::shared_ptr<const Zone>> load(std::string_view name, const std::string& root);
  /// Reads the content of a TZif file, version 2 or later.
  static Result<std::shared_ptr<const Zone>> parse(std::string_view name,
                                                   std::span<const std::uint8_t> content);

  const std::string& name() const { return name_; }
  /// The span that holds this instant. O(log n).
  ZoneSpan span(std::int64_t utc_seconds) const;
  LocalSeconds to_local(std::int64_t utc_seconds) const {
    return utc_seconds + span(utc_seconds).offset;
  }
  LocalMeaning meaning(LocalSeconds local) const;

 private:
  struct Change {
    std::int64_t at;
    std::int32_t offset;
  };
  Zone() = default;
  std::string name_ = "UTC";
  std::int32_t first_offset_ = 0;
  std::vector<Change> changes_;
};

}  // namespace learningplane
