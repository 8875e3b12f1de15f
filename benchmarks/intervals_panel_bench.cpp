// Forecasts with their upper 95 % of any registered model on a panel of series;
// benchmarks/panel_intervals.py writes the file of series and scores the forecasts.
//
//   bench_intervals_panel SERIES.csv FORECASTS.csv KIND [history=2016] [refit=0]
//   [wrap=split|adaptive [pace=0.03]]
//                         [NAME=VALUE …]
//
// SERIES.csv holds a line a series: name, seasons separated by ';' (the first is a day), origins
// separated by ';', then the values. Fitted on the last `history` values before the first origin
// and updated from there, or fitted at each origin with refit=1; `wrap` puts it into `conformal`.
// The other words are options of the model.
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "learningplane/error.hpp"
#include "learningplane/registries.hpp"
#include "panel_series.hpp"

using namespace learningplane;

namespace {

constexpr std::size_t horizon = 36;

using Series = bench::PanelSeries;

telemetry::Frame rows(const Series& s, std::size_t first, std::size_t last) {
  const std::int64_t step_ns = 1440 / static_cast<std::int64_t>(s.seasons.at(0)) * 60'000'000'000;
  std::vector<std::int64_t> times;
  for (std::size_t i = first; i < last; ++i)
    times.push_back(static_cast<std::int64_t>(i) * step_ns);
  std::vector<double> values(s.values.begin() + static_cast<std::ptrdiff_t>(first),
                             s.values.begin() + static_cast<std::ptrdiff_t>(last));
  return value_or_throw(telemetry::Frame::make(
      std::move(times),
      {telemetry::Column{.name = "y", .values = std::move(values), .flags = {}}}));
}

Value parsed(const std::string& text) {
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != 0) return text;
  if (text.find_first_of(".e") == std::string::npos) return static_cast<std::int64_t>(number);
  return number;
}

double cpu() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 4) {
    std::cerr << "usage: bench_intervals_panel SERIES.csv FORECASTS.csv KIND [NAME=VALUE …]\n";
    return 2;
  }
  Registries all;
  register_core(all);
  std::string kind = argv[3], wrap;
  Value pace;
  std::size_t history = 2016;
  bool refit = false;
  Value options = Value::object().set("target", "y");
  for (const Parameter& p : all.forecasters.manifest(kind).parameters)
    if (p.name == "horizon") options.set("horizon", horizon);
  for (int i = 4; i < argc; ++i) {
    const std::string word = argv[i];
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos) throw ConfigError("", "option", word, "NAME=VALUE");
    const std::string name = word.substr(0, equals), text = word.substr(equals + 1);
    if (name == "history")
      history = std::stoul(text);
    else if (name == "refit")
      refit = text == "1";
    else if (name == "wrap")
      wrap = text;
    else if (name == "pace")
      pace = parsed(text);
    else
      options.set(name, parsed(text));
  }
  if (!wrap.empty()) {
    Value inner = Value::object().set("kind", kind);
    for (const auto& [name, value] : options.as_object()) inner.set(name, value);
    options = Value::object()
                  .set("target", "y")
                  .set("model", inner)
                  .set("method", wrap)
                  .set("horizon", horizon);
    if (!pace.is_null()) options.set("pace", pace);
    kind = "conformal";
  }
  std::ofstream out(argv[2]);
  out.precision(10);
  out << "series,origin,h,yhat,p95\n";
  double seconds = 0;
  int fits = 0;
  constexpr double levels[] = {0.95};
  for (const Series& s : bench::read_panel(argv[1])) {
    const auto model = all.forecasters.build(kind, options);
    std::size_t known = 0;
    for (const std::size_t origin : s.origins) {
      if (refit || known == 0) {
        const double begin = cpu();
        value_or_throw(model->fit(rows(s, origin - std::min(history, origin), origin)));
        seconds += cpu() - begin;
        ++fits;
      } else {
        value_or_throw(model->update(rows(s, known, origin)));
      }
      known = origin;
      const auto said = value_or_throw(model->forecast(horizon, levels));
      for (std::size_t h = 0; h < horizon; ++h)
        out << s.name << ',' << origin << ',' << h + 1 << ',' << said.mean[h] << ','
            << said.quantile(h, 0) << '\n';
    }
  }
  std::printf("%d fits, %.1f ms each\n", fits, 1000 * seconds / fits);
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
