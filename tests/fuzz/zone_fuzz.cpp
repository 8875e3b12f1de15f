// Zone files of any bytes: refused with a reason, or a table whose answers fit together.
#include <cstdint>
#include <cstdlib>

#include "learningplane/zone.hpp"

using learningplane::Zone;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto zone = Zone::parse("Fuzz", {data, size});
  if (!zone) {
    if (zone.error().message.empty()) std::abort();
    return 0;
  }
  for (std::int64_t t = -9'000'000'000; t < 9'000'000'000; t += 1'234'567'890) {
    const auto span = (*zone)->span(t);
    if (span.from > t || span.until <= t) std::abort();
    // An instant is among those that its wall clock may mean, unless changes crowd within two days.
    if (span.until - span.from < 8 * 86400) continue;
    const auto meaning = (*zone)->meaning(t + span.offset);
    if (meaning.first > meaning.second) std::abort();
  }
  return 0;
}
