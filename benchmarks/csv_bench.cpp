// CSV to a frame, in MB/s of CPU time. $LEARNINGPLANE_BENCH_CSV names a file to read; without it
// one is made up that looks the same. benchmarks/peers/csv_pandas.py writes such a file and
// measures pandas on it.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "learningplane/telemetry/csv.hpp"

namespace {

using namespace learningplane::telemetry;

/// 200,000 rows of a time, a quoted text and eight numbers; every 20th cell empty, every 50th
/// quoted.
std::string made_up(int rows_a_time) {
  std::mt19937_64 chance(7);
  std::uniform_real_distribution<double> uniform(0, 1000);
  std::string out = "timestamp,site,v0,v1,v2,v3,v4,v5,v6,v7\n";
  char digits[32];
  for (int row = 0, cell = 0; row < 200'000; ++row) {
    out += std::to_string(1'700'000'000 + row / rows_a_time) + ",\"edge, " +
           std::to_string(row % 4) + '"';
    for (int c = 0; c < 8; ++c, ++cell) {
      out += ',';
      if (cell % 20 == 0) continue;
      std::snprintf(digits, sizeof digits, cell % 50 == 1 ? "\"%.6f\"" : "%.6f", uniform(chance));
      out += digits;
    }
    out += '\n';
  }
  return out;
}

const std::string& text() {
  static const std::string held = [] {
    const char* path = std::getenv("LEARNINGPLANE_BENCH_CSV");
    if (path == nullptr) return made_up(1);
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
  }();
  return held;
}

void run(benchmark::State& state, const std::string& csv, const CsvOptions& options) {
  for (auto _ : state) {
    auto frame = parse_csv(csv, options);
    if (!frame) {
      state.SkipWithError(frame.error().describe().c_str());
      break;
    }
    benchmark::DoNotOptimize(frame->rows());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * csv.size()));
}

void csv_columns(benchmark::State& state) { run(state, text(), {}); }
BENCHMARK(csv_columns)->Unit(benchmark::kMillisecond);

/// Four sites at each time become columns.
void csv_labels(benchmark::State& state) {
  static const std::string sites = made_up(4);
  CsvOptions options;
  options.label_columns = {"site"};
  run(state, sites, options);
}
BENCHMARK(csv_labels)->Unit(benchmark::kMillisecond);

void csv_file(benchmark::State& state) {
  const char* path = std::getenv("LEARNINGPLANE_BENCH_CSV");
  if (path == nullptr) {
    state.SkipWithError("LEARNINGPLANE_BENCH_CSV names no file");
    return;
  }
  CsvOptions options;
  options.paths = {path};
  for (auto _ : state) benchmark::DoNotOptimize(read_csv(options)->rows());
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * text().size()));
}
BENCHMARK(csv_file)->Unit(benchmark::kMillisecond);

}  // namespace
