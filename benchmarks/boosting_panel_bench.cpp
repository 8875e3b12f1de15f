// Accuracy and cost of BoostingMethod on a panel of series; benchmarks/panel_boosting.py writes the
// file of series and scores the forecasts.
//
//   bench_boosting_panel SERIES.csv FORECASTS.csv [refit=1] [horizon=36] [NAME=VALUE …]
//
// SERIES.csv holds a line a series: name, seasons separated by ';', origins separated by ';', then
// the values. Trained once before the first origin, or at each with refit=1. Prints the CPU time of
// a fit and of a forecast.
#include <charconv>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "learningplane/error.hpp"
#include "learningplane/model/boosting_method.hpp"
#include "panel_series.hpp"

using namespace learningplane;
using namespace learningplane::model;

namespace {

using Series = bench::PanelSeries;

double seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

BoostingMethodOptions options(const std::map<std::string, std::string>& given) {
  BoostingMethodOptions o;
  const std::map<std::string, std::function<void(const std::string&)>> keys{
      {"horizon", [&](const std::string& v) { o.horizon = std::stoul(v); }},
      {"lags", [&](const std::string& v) { o.lags = std::stoul(v); }},
      {"most_rows", [&](const std::string& v) { o.most_rows = std::stoul(v); }},
      {"loss", [&](const std::string& v) { o.trees.loss = boosting_loss(v); }},
      {"trees", [&](const std::string& v) { o.trees.trees = std::stoul(v); }},
      {"learning_rate", [&](const std::string& v) { o.trees.learning_rate = std::stod(v); }},
      {"leaves", [&](const std::string& v) { o.trees.leaves = std::stoul(v); }},
      {"min_samples", [&](const std::string& v) { o.trees.min_samples = std::stoul(v); }},
      {"l2", [&](const std::string& v) { o.trees.l2 = std::stod(v); }},
      {"bins", [&](const std::string& v) { o.trees.bins = std::stoul(v); }},
      {"row_share", [&](const std::string& v) { o.trees.row_share = std::stod(v); }},
      {"feature_share", [&](const std::string& v) { o.trees.feature_share = std::stod(v); }},
      {"seed", [&](const std::string& v) { o.trees.seed = std::stoul(v); }},
      {"refit", [](const std::string&) {}}};
  for (const auto& [key, value] : given) {
    const auto found = keys.find(key);
    if (found == keys.end()) throw ConfigError("", key, value, "one of the options");
    found->second(value);
  }
  return o;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) {
    // Not a failure: tools/nightly starts every benchmark without files.
    std::cout << "bench_boosting_panel SERIES.csv FORECASTS.csv [NAME=VALUE ...]\n";
    return argc == 1 || argv[1][0] == '-' ? 0 : 2;
  }
  std::map<std::string, std::string> given;
  for (int i = 3; i < argc; ++i) {
    const std::string text = argv[i];
    const std::size_t at = text.find('=');
    given[text.substr(0, at)] = at == std::string::npos ? "" : text.substr(at + 1);
  }
  BoostingMethodOptions o = options(given);
  const bool refit = given.contains("refit") && given["refit"] == "1";
  std::FILE* out = std::fopen(argv[2], "w");
  if (out == nullptr) throw ConfigError("", "FORECASTS.csv", argv[2], "a file that can be written");
  std::fputs("series,origin,h,yhat\n", out);
  double fits = 0, fit_seconds = 0, most = 0, forecasts = 0, forecast_seconds = 0;
  for (const Series& s : bench::read_panel(argv[1])) {
    o.seasons = s.seasons;
    BoostingMethod method(o);
    std::size_t known = 0;
    for (const std::size_t origin : s.origins) {
      const double start = seconds();
      if (known == 0 || refit) {
        value_or_throw(method.fit(std::span(s.values).first(origin)));
        const double took = seconds() - start;
        fit_seconds += took;
        most = std::max(most, took);
        ++fits;
      } else {
        for (std::size_t t = known; t < origin; ++t) method.append(s.values[t]);
      }
      known = origin;
      std::vector<double> said(o.horizon);
      const double then = seconds();
      method.forecast(said);
      forecast_seconds += seconds() - then;
      ++forecasts;
      for (std::size_t h = 0; h < said.size(); ++h)
        std::fprintf(out, "%s,%zu,%zu,%.17g\n", s.name.c_str(), origin, h + 1, said[h]);
    }
  }
  std::fclose(out);
  std::printf("fit %.2f ms (most %.2f), forecast of %zu steps %.1f us\n", 1e3 * fit_seconds / fits,
              1e3 * most, o.horizon, 1e6 * forecast_seconds / forecasts);
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
