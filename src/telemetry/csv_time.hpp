#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "learningplane/result.hpp"
#include "learningplane/telemetry/csv.hpp"
#include "learningplane/zone.hpp"

namespace learningplane::telemetry::detail {

/// Reads time cells as nanoseconds since 1970 UTC. Keeps to the format of the first cell.
class CsvTime {
 public:
  /// @throws ConfigError where the zone does not exist
  CsvTime(CsvTimeFormat format, const std::string& zone);
  /// @return malformed with the reason; the caller adds the place.
  Result<std::int64_t> parse(std::string_view text);

 private:
  Result<std::int64_t> parse_epoch(std::string_view text) const;
  Result<std::int64_t> parse_iso(std::string_view text);
  void decide(std::string_view first);

  CsvTimeFormat format_;
  std::string zone_name_;
  std::shared_ptr<const Zone> zone_;  ///< null: UTC
  std::string day_;                   ///< the last day read, "2024-05-15"
  std::int64_t day_ns_ = 0;
};

}  // namespace learningplane::telemetry::detail
