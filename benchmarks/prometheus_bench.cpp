// A query_range answer of 100 series with 11,000 points each, to columns. The same document as
// benchmarks/peers/prometheus_pandas.py.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdint>
#include <string>

#include "adapters/prometheus/answer.hpp"
#include "adapters/prometheus/columns.hpp"

using namespace learningplane::adapters::prometheus;

namespace {

constexpr std::size_t points = 11'000;
constexpr std::int64_t first_s = 1'715'762'700;
constexpr std::int64_t step_s = 15;

const std::string& document() {
  static const std::string text = [] {
    std::string out = R"({"status":"success","data":{"resultType":"matrix","result":[)";
    std::uint64_t x = 1;
    for (int s = 0; s < 100; ++s) {
      out += fmt::format(R"({}{{"metric":{{"__name__":"cpu","cluster":"c{}"}},"values":[)",
                         s == 0 ? "" : ",", s);
      for (std::size_t i = 0; i < points; ++i) {
        x = x * 6364136223846793005U + 1442695040888963407U;
        out += fmt::format(R"({}[{},"{}"])", i == 0 ? "" : ",",
                           first_s + static_cast<std::int64_t>(i) * step_s,
                           static_cast<double>(x >> 11U) * 0x1.0p-53);
      }
      out += "]}";
    }
    return out + "]}}";
  }();
  return text;
}

void answer_to_frame(benchmark::State& state) {
  const Query query{.name = "cpu", .query = "cpu"};
  double sum = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::string body = document();  // as the transport hands it over
    state.ResumeTiming();
    auto answer = parse_answer(std::move(body));
    if (!answer) return state.SkipWithError(answer.error().message.c_str());
    GridColumns columns({first_s * 1000, step_s * 1000, points}, 2'000'000);
    if (!columns.add(query, *answer, {0, points})) return state.SkipWithError("columns");
    const auto frame = std::move(columns).finish();
    if (!frame) return state.SkipWithError("frame");
    sum = 0;
    for (const auto& column : frame->all()) {
      for (const double v : column.values) sum += v;
    }
    benchmark::DoNotOptimize(sum);
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(document().size()));
  state.SetLabel(
      fmt::format("{:.1f} MB, sum {:.6f}", static_cast<double>(document().size()) / 1e6, sum));
}
BENCHMARK(answer_to_frame)->Unit(benchmark::kMillisecond);

}  // namespace
