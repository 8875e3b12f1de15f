// Occupied places (charging points, operating rooms): a model learned once a day, at midnight, on
// all the past, asked at every origin between. benchmarks/rooms.py prepares the files.
//
//   bench_rooms VALUES.csv KIND [OPTIONS as JSON] [STEP minutes] [FIRST origin day] [EVERY steps]
//
// VALUES.csv holds one number a line. Prints, for the model, for the last value and for the same
// time a day and a week before: the mean absolute error at exactly 1, 12 and 36 steps and over the
// first 12 and 36, the share within one unit at one step, and what planning 36 steps on the largest
// of a quantile costs: steps above it in per cent and what it leaves unused, in mean loads. For the
// model that is a line for each of several levels, for the others the largest of their forecast.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <ctime>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/registries.hpp"

using namespace learningplane;

namespace {

constexpr std::size_t steps = 36;
const std::vector<double> levels{0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95};

struct Score {
  double at1 = 0, at12 = 0, at36 = 0, over12 = 0, over36 = 0, within = 0;
  std::size_t origins = 0;

  void take(const double* said, const double* truth) {
    const auto error = [&](std::size_t h) { return std::abs(said[h] - truth[h]); };
    at1 += error(0);
    at12 += error(11);
    at36 += error(35);
    for (std::size_t h = 0; h < steps; ++h) {
      over36 += error(h) / 36;
      if (h < 12) over12 += error(h) / 12;
    }
    within += error(0) <= 1 ? 1 : 0;
    ++origins;
  }
};

/// Steps above a capacity that stands for the whole window, and what it leaves unused.
struct Plan {
  double under = 0, unused = 0;

  void take(double capacity, const double* truth) {
    capacity = std::max(capacity, 0.0);
    for (std::size_t h = 0; h < steps; ++h) {
      under += truth[h] > capacity + 1e-9 ? 1 : 0;
      unused += std::max(capacity - truth[h], 0.0);
    }
  }
};

void print(const std::string& name, const Score& s) {
  const double n = static_cast<double>(s.origins);
  std::printf("%-10s MAE at 1 %.3f, 12 %.3f, 36 %.3f; over 12 %.3f, 36 %.3f; within one %.4f\n",
              name.c_str(), s.at1 / n, s.at12 / n, s.at36 / n, s.over12 / n, s.over36 / n,
              s.within / n);
}

void print(const std::string& name, const Plan& p, std::size_t origins, double load) {
  const double n = static_cast<double>(origins * steps);
  std::printf("  plan on %-12s under %.2f %%, excess %.2f\n", name.c_str(), 100 * p.under / n,
              p.unused / n / load);
}

telemetry::Frame frame_of(std::span<const double> y, std::size_t first, std::int64_t step_ns) {
  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < y.size(); ++i)
    times.push_back(static_cast<std::int64_t>(first + i) * step_ns);
  const std::vector<double> copy(y.begin(), y.end());
  return value_or_throw(telemetry::Frame::make(
      times, {telemetry::Column{.name = "value", .values = copy, .flags = {}}}));
}

double seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 3) {
    // Not a failure: tools/nightly starts every benchmark without files.
    std::cout << "bench_rooms VALUES.csv KIND [OPTIONS] [STEP] [FIRST] [EVERY]\n";
    return argc == 1 || argv[1][0] == '-' ? 0 : 2;
  }
  const std::string kind = argv[2];
  Value options = argc > 3 ? value_or_throw(parse_json(argv[3])) : Value::object();
  const std::int64_t step_ns = (argc > 4 ? std::stoll(argv[4]) : 5) * 60'000'000'000;
  const std::size_t per_day = static_cast<std::size_t>(86'400'000'000'000 / step_ns);
  const std::size_t first = (argc > 5 ? std::stoul(argv[5]) : 7) * per_day;
  const std::size_t every = argc > 6 ? std::stoul(argv[6]) : 1;
  options.set("target", "value");
  if (options.find("horizon") == nullptr) options.set("horizon", steps);
  std::vector<double> y;
  std::ifstream in(argv[1]);
  if (!in) throw ConfigError("", "VALUES.csv", argv[1], "a file that can be read");
  for (double v = 0; in >> v;) y.push_back(v);
  if (y.size() < first + steps || first < 7 * per_day)
    throw ConfigError("", "FIRST", std::to_string(first / per_day),
                      "7 days or more, of those there");

  Registries all;
  register_core(all);
  std::unique_ptr<model::Forecaster> model;
  Score ours, naive, day, week;
  std::vector<Plan> plans(levels.size());
  Plan on_mean, on_naive, on_day, on_week;
  double load = 0, fits = 0, fit_seconds = 0, worst = 0, other_seconds = 0;
  std::size_t seen = 0;
  for (std::size_t o = first; o + steps <= y.size(); o += every) {
    if (model == nullptr || o / per_day != seen / per_day || seen == 0) {
      const double start = seconds();
      model = all.forecasters.build(kind, options);
      seen = o / per_day * per_day;
      value_or_throw(model->fit(frame_of(std::span(y).first(seen), 0, step_ns)));
      fit_seconds += seconds() - start;
      worst = std::max(worst, seconds() - start);
      fits += 1;
    }
    const double start = seconds();
    if (o > seen)
      value_or_throw(model->update(frame_of(std::span(y).subspan(seen, o - seen), seen, step_ns)));
    seen = o;
    const model::Forecast f = value_or_throw(model->forecast(steps, levels));
    other_seconds += seconds() - start;
    const double* truth = y.data() + o;
    const std::vector<double> last(steps, y[o - 1]);
    const double *before = truth - per_day, *long_before = truth - 7 * per_day;
    ours.take(f.mean.data(), truth);
    naive.take(last.data(), truth);
    day.take(before, truth);
    week.take(long_before, truth);
    on_mean.take(*std::max_element(f.mean.begin(), f.mean.end()), truth);
    on_naive.take(y[o - 1], truth);
    on_day.take(*std::max_element(before, before + steps), truth);
    on_week.take(*std::max_element(long_before, long_before + steps), truth);
    for (std::size_t l = 0; l < levels.size(); ++l) {
      double most = f.quantiles[l];
      for (std::size_t h = 1; h < steps; ++h)
        most = std::max(most, f.quantiles[h * levels.size() + l]);
      plans[l].take(most, truth);
    }
    for (std::size_t h = 0; h < steps; ++h) load += truth[h];
  }
  const std::size_t n = ours.origins;
  load /= static_cast<double>(n * steps);
  std::printf("%zu origins; fit %.1f ms of CPU, worst %.1f; update and forecast %.0f us\n", n,
              1e3 * fit_seconds / fits, 1e3 * worst, 1e6 * other_seconds / static_cast<double>(n));
  print(kind, ours);
  print("the mean", on_mean, n, load);
  for (std::size_t l = 0; l < levels.size(); ++l)
    print("p" + std::to_string(std::lround(100 * levels[l])), plans[l], n, load);
  print("naive", naive);
  print("its value", on_naive, n, load);
  print("day before", day);
  print("that day", on_day, n, load);
  print("week bef.", week);
  print("that week", on_week, n, load);
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
