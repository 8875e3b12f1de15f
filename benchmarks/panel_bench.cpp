// Any registered model on a panel of series; benchmarks/panel.py writes the file of series and
// scores the forecasts.
//
//   bench_panel SERIES.csv FORECASTS.csv KIND [OPTIONS as JSON] [HISTORY]
//
// SERIES.csv holds a line a series: name, seasons in steps separated by ';', origins separated by
// ';', then the values. At each origin the model is made anew, fitted on the last HISTORY values
// (2016; 0: all) and asked for 36 steps with the 5 and 95 % quantiles; for each series the mean
// CPU time of that is printed. A model that takes seasons is told those that the history shows
// twice, one that takes a single season the first of them.
#include <ctime>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/registries.hpp"
#include "panel_series.hpp"

using namespace learningplane;

namespace {

constexpr std::size_t steps = 36;

using Series = bench::PanelSeries;

double seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// What the model is told besides what was asked for.
Value told(const Manifest& manifest, Value options, const Series& s, std::size_t known) {
  std::vector<std::size_t> seen;
  for (const std::size_t m : s.seasons) {
    if (known > 2 * m) seen.push_back(m);
  }
  for (const Parameter& p : manifest.parameters) {
    if (options.find(p.name) != nullptr) continue;
    if (p.name == "target") options.set("target", "value");
    if (p.name == "horizon") options.set("horizon", steps);
    if (p.name == "season")
      options.set("season", seen.empty() ? Value("none") : Value(seen.front()));
    if (p.name == "seasons") {
      Value all = Value::array();
      for (const std::size_t m : seen) all.push(m);
      options.set("seasons", all);
    }
  }
  return options;
}

telemetry::Frame frame_of(std::span<const double> values) {
  std::vector<std::int64_t> times(values.size());
  for (std::size_t i = 0; i < times.size(); ++i)
    times[i] = static_cast<std::int64_t>(i) * 300'000'000'000;
  const std::vector<double> copy(values.begin(), values.end());
  return value_or_throw(telemetry::Frame::make(
      times, {telemetry::Column{.name = "value", .values = copy, .flags = {}}}));
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) {
    // Not a failure: tools/nightly starts every benchmark without files.
    std::cout << "bench_panel SERIES.csv FORECASTS.csv KIND [OPTIONS] [HISTORY]\n";
    return argc == 1 || argv[1][0] == '-' ? 0 : 2;
  }
  const std::string kind = argv[3];
  const Value options = argc > 4 ? value_or_throw(parse_json(argv[4])) : Value::object();
  const std::size_t history = argc > 5 ? std::stoul(argv[5]) : 2016;
  Registries all;
  register_core(all);
  const Manifest& manifest = all.forecasters.manifest(kind);
  std::FILE* out = std::fopen(argv[2], "w");
  if (out == nullptr) throw ConfigError("", "FORECASTS.csv", argv[2], "a file that can be written");
  std::fputs("series,origin,h,yhat,p05,p95\n", out);
  const std::vector<double> levels{0.05, 0.95};
  for (const Series& s : bench::read_panel(argv[1])) {
    double used = 0;
    for (const std::size_t origin : s.origins) {
      const std::size_t known = history == 0 ? origin : std::min(history, origin);
      const telemetry::Frame past =
          frame_of(std::span<const double>(s.values).subspan(origin - known, known));
      const double start = seconds();
      const auto model = all.forecasters.build(kind, told(manifest, options, s, known));
      value_or_throw(model->fit(past));
      const model::Forecast f = value_or_throw(model->forecast(steps, levels));
      used += seconds() - start;
      for (std::size_t h = 0; h < steps; ++h)
        std::fprintf(out, "%s,%zu,%zu,%.17g,%.17g,%.17g\n", s.name.c_str(), origin, h + 1,
                     f.mean[h], f.quantiles[2 * h], f.quantiles[2 * h + 1]);
    }
    std::printf("%s %.6f\n", s.name.c_str(), used / static_cast<double>(s.origins.size()));
    std::fflush(stdout);
  }
  std::fclose(out);
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
