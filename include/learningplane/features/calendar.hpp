#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "learningplane/zone.hpp"

namespace learningplane::features {

/// Numbers that say where in the day and the week an instant lies, by the wall clock of a zone:
///   day      sine and cosine of the time of day ("day:3": its first three harmonics)
///   week     the same of the time since Monday ("week:2")
///   weekend  1 on Saturday and Sunday, else 0
/// Immutable, thread safe.
class Calendar {
 public:
  /// @param features names as above, each at most once; harmonics 1 to 24
  /// @param zone of the IANA database; "UTC" needs no data
  /// @throws ConfigError naming `calendar` or `zone`
  explicit Calendar(const std::vector<std::string>& features, const std::string& zone = "UTC");

  /// How many numbers an instant gives.
  std::size_t width() const { return names_.size(); }
  /// "day_sin1", "day_cos1", ..., "weekend": one name a number.
  const std::vector<std::string>& names() const { return names_; }
  /// @param time_ns UTC nanoseconds @param out width() numbers @throws LogicError sizes
  void at(std::int64_t time_ns, std::span<double> out) const;

 private:
  struct Wave {
    double period_s;  // 0: the weekend flag
    int harmonics;
  };
  std::vector<Wave> waves_;
  std::vector<std::string> names_;
  std::shared_ptr<const Zone> zone_;
};

}  // namespace learningplane::features
