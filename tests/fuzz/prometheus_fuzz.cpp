// An answer of any bytes: read whole or refused with a place; what is read has as many times as
// values.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "adapters/prometheus/answer.hpp"
#include "adapters/prometheus/columns.hpp"

using namespace learningplane::adapters::prometheus;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  const auto answer = parse_answer(body, {.depth = 16, .series = 64, .samples = 1000});
  if (!answer) {
    if (answer.error().message.find("(byte ") == std::string::npos) std::abort();
    return 0;
  }
  const Query query{.name = "q", .query = "q"};
  const Grid grid{0, 1000, 100};
  GridColumns columns(grid, 10'000);
  for (const AnswerSeries& series : answer->series) {
    if (series.times_ms.size() != series.values.size()) std::abort();
    (void)frame_of(query, series);
  }
  if (columns.add(query, *answer, {10, 80}) && !std::move(columns).finish()) std::abort();
  return 0;
}
