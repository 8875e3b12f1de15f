// Cron expressions of any bytes: refused with a reason, or scheduled without a time that is not
// after the last, that the clocks of the zone do not show, or that does not match. The first eight
// bytes are the time to start from.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "learningplane/error.hpp"
#include "learningplane/trigger/cron.hpp"

using namespace learningplane;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto zone = Zone::load("Europe/Berlin").value_or(Zone::utc());
  std::int64_t start = 0;
  if (size < sizeof start) return 0;
  std::memcpy(&start, data, sizeof start);
  const std::string text(reinterpret_cast<const char*>(data) + sizeof start, size - sizeof start);
  const auto expression = trigger::CronExpression::parse(text);
  if (!expression) {
    if (expression.error().message.empty()) std::abort();
    return 0;
  }
  const trigger::Cron cron({.expression = text, .zone = zone});
  auto after = from_ns(start);
  for (int i = 0; i < 3; ++i) {
    const auto next = cron.next(after);
    if (!next) break;
    if (*next <= after) std::abort();
    const std::int64_t local = zone->to_local(to_ns(*next) / 1'000'000'000);
    // Before 1970 the division rounds the other way.
    if (to_ns(*next) >= 0 && !expression->is_fixed_time() && !expression->matches(local))
      std::abort();
    after = *next;
  }
  return 0;
}
