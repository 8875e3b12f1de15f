// What LSTM and GRU say of real traces, as tables: `rooms FILE ...` and `panel SERIES OUT`.
// benchmarks/README.md says how to run it and what came out.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <numbers>
#include <sstream>

#include "learningplane/model/gru.hpp"
#include "learningplane/model/lstm.hpp"

using namespace learningplane;
using namespace learningplane::model;
using telemetry::Column;
using telemetry::Frame;

namespace {

constexpr std::size_t horizon = 36;
constexpr std::int64_t minute = 60'000'000'000;

std::unique_ptr<Recurrent> make(const std::string& kind, const RecurrentOptions& o) {
  if (kind == "gru") return std::make_unique<Gru>(o);
  return std::make_unique<Lstm>(o);
}

// ------------------------------------------------------------------------------ operating rooms

constexpr std::size_t day = 288, week = 7 * day, columns = 4;  // steps of 5 minutes

/// Counts a minute (the last field of each line) as the highest of every five minutes.
std::vector<double> counts(const std::string& path) {
  std::ifstream file(path);
  std::vector<double> minutes, out;
  for (std::string line; std::getline(file, line);) {
    const std::string field = line.substr(line.rfind(',') + 1);
    char* end = nullptr;
    const double v = std::strtod(field.c_str(), &end);
    if (end != field.c_str()) minutes.push_back(v);
  }
  for (std::size_t i = 0; i + 5 <= minutes.size(); i += 5)
    out.push_back(*std::max_element(minutes.begin() + static_cast<std::ptrdiff_t>(i),
                                    minutes.begin() + static_cast<std::ptrdiff_t>(i + 5)));
  return out;
}

/// Time of day as an angle, weekend (traces begin on a Monday), count.
void add_row(std::vector<double>& rows, std::size_t t, double count) {
  const double angle = 2 * std::numbers::pi * static_cast<double>(t % day) / day;
  rows.insert(rows.end(), {std::sin(angle), std::cos(angle), t % week >= 5 * day ? 1.0 : 0.0});
  rows.push_back(count);
}

struct Windows {
  std::vector<double> values{}, targets{};
  std::vector<std::size_t> last{};  ///< row of each window's end
  std::size_t lags;
  WindowView view() const { return {values, last.size(), lags}; }
};
/// Windows whose next `steps` rows lie in [first, end).
Windows cut(const std::vector<double>& y, std::size_t lags, std::size_t steps, std::size_t first,
            std::size_t end) {
  Windows out{.lags = lags};
  for (std::size_t t = std::max(first, lags); t + steps <= end; ++t) {
    for (std::size_t r = t - lags; r < t; ++r) add_row(out.values, r, y[r]);
    for (std::size_t r = t; r < t + steps; ++r) out.targets.push_back(y[r]);
    out.last.push_back(t - 1);
  }
  return out;
}

/// The published network: 2 hidden layers and 2 feed-forward layers of 15.
RecurrentOptions rooms_options(LstmMode mode, std::uint64_t seed) {
  RecurrentOptions o;
  o.target = "rooms";
  o.inputs = {"sin", "cos", "weekend"};
  o.lags = 24;
  o.layers = {15, 15};
  o.dense = {15};
  o.mode = mode;
  o.horizon = horizon;
  o.training.epochs = 20;
  // One step ahead no change is the likeliest by far: an absolute error would learn just that.
  o.training.loss = mode == LstmMode::direct ? Loss::mae : Loss::mse;
  o.seed = seed;
  return o;
}

using Say = std::vector<double>;  // windows x horizon

void print_mae(const std::string& name, const Windows& test, const Say& forecast) {
  std::printf("| %-28s", name.c_str());
  for (const std::size_t h : {1UL, 12UL, 36UL}) {
    double to_h = 0, at_h = 0;
    for (std::size_t w = 0; w < test.last.size(); ++w) {
      for (std::size_t s = 0; s < h; ++s) {
        const double e = std::abs(forecast[w * horizon + s] - test.targets[w * horizon + s]);
        to_h += e / static_cast<double>(h);
        if (s + 1 == h) at_h += e;
      }
    }
    const auto n = static_cast<double>(test.last.size());
    std::printf(" | %.3f (%.3f)", to_h / n, at_h / n);
  }
  std::printf(" |\n");
}

void print_errors(const std::string& name, std::vector<double> e) {
  std::sort(e.begin(), e.end());
  std::printf("| %-28s", name.c_str());
  for (const double q : {0.0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1.0})
    std::printf(" | %.2f", e[static_cast<std::size_t>(q * static_cast<double>(e.size() - 1))]);
  for (const double limit : {1.0, 2.0}) {
    const auto within =
        std::count_if(e.begin(), e.end(), [limit](double v) { return std::abs(v) <= limit; });
    std::printf(" | %.1f %%", 100 * static_cast<double>(within) / static_cast<double>(e.size()));
  }
  std::printf(" |\n");
}

/// Own outputs fed back `steps` times, the calendar known; count x steps.
Say closed_loop(const Recurrent& model, Windows windows, std::size_t steps) {
  const std::size_t count = windows.last.size(), width = windows.lags * columns;
  Say out(count * steps), next(count);
  for (std::size_t s = 0; s < steps; ++s) {
    model.predict_windows(windows.view(), next);
    for (std::size_t w = 0; w < count; ++w) {
      out[w * steps + s] = next[w];
      std::vector<double> row;
      add_row(row, windows.last[w] + 1 + s, next[w]);
      const auto begin = windows.values.begin() + static_cast<std::ptrdiff_t>(w * width);
      std::copy(begin + columns, begin + static_cast<std::ptrdiff_t>(width), begin);
      std::copy(row.begin(), row.end(), begin + static_cast<std::ptrdiff_t>(width - columns));
    }
  }
  return out;
}

int rooms(const std::string& path) {
  const std::vector<double> y = counts(path);
  if (y.size() < 2 * week) {
    std::cerr << path << ": less than two weeks of counts\n";
    return 1;
  }
  const std::size_t lags = rooms_options(LstmMode::direct, 0).lags;
  const Windows test = cut(y, lags, horizon, week, y.size());
  const Windows test_one = cut(y, lags, 1, week, y.size());
  const std::size_t n = test.last.size();
  std::printf("\n%s: %zu rows of 5 minutes, trained on week 1, %zu origins of weeks 2 to %zu\n\n",
              path.substr(path.rfind('/') + 1).c_str(), y.size(), n, y.size() / week);
  std::printf("| MAE of steps 1 to h (at h) | h = 1 | 12 | 36 |\n| --- | --- | --- | --- |\n");
  Say naive(n * horizon), last_week(n * horizon);
  for (std::size_t i = 0; i < n * horizon; ++i) {
    naive[i] = y[test.last[i / horizon]];
    last_week[i] = y[test.last[i / horizon] + 1 + i % horizon - week];
  }
  print_mae("naive", test, naive);
  print_mae("same minute last week", test, last_week);
  std::vector<double> open, closed, free_running;
  for (const std::string kind : {"lstm", "gru"}) {
    for (std::uint64_t seed = 0; seed < 3; ++seed) {
      const auto direct = make(kind, rooms_options(LstmMode::direct, seed));
      const Windows train = cut(y, lags, horizon, 0, week);
      if (!direct->fit_windows(train.view(), train.targets)) return 1;
      Say out(n * horizon);
      direct->predict_windows(test.view(), out);
      print_mae(kind + " direct, seed " + std::to_string(seed), test, out);

      const auto one = make(kind, rooms_options(LstmMode::closed_loop, seed));
      const Windows train_one = cut(y, lags, 1, 0, week);
      if (!one->fit_windows(train_one.view(), train_one.targets)) return 1;
      out = closed_loop(*one, test, horizon);
      print_mae(kind + " closed loop, seed " + std::to_string(seed), test, out);
      if (kind == "gru") continue;
      for (std::size_t i = 0; i < out.size(); ++i) closed.push_back(out[i] - test.targets[i]);
      out.resize(test_one.last.size());
      one->predict_windows(test_one.view(), out);
      for (std::size_t i = 0; i < out.size(); ++i) open.push_back(out[i] - test_one.targets[i]);
      // One window at the end of week 1, then nothing but its own output.
      const Windows start = cut(y, lags, 1, week, week + 1);
      out = closed_loop(*one, start, y.size() - week);
      for (std::size_t i = 0; i < out.size(); ++i) free_running.push_back(out[i] - y[week + i]);
    }
  }
  std::printf(
      "\n| LSTM errors, 3 seeds | least | 1 %% | 5 %% | 25 %% | 50 %% | 75 %% | 95 %% | 99 %% | "
      "most"
      " | within 1 | within 2 |\n| --- |");
  for (int i = 0; i < 11; ++i) std::printf(" --- |");
  std::printf("\n");
  print_errors("open loop, 1 step", open);
  print_errors("closed loop, 36 steps", closed);
  print_errors("closed loop from week 1 on", free_running);
  return 0;
}

// ------------------------------------------------------------------------------- accuracy panel

Frame frame(const std::vector<double>& y, std::size_t first, std::size_t end) {
  std::vector<std::int64_t> times;
  for (std::size_t i = first; i < end; ++i) times.push_back(static_cast<std::int64_t>(i) * minute);
  const std::vector<double> part(y.begin() + static_cast<std::ptrdiff_t>(first),
                                 y.begin() + static_cast<std::ptrdiff_t>(end));
  return Frame::make(times, {Column{"y", {}, {}, part, {}}}).value();
}

/// `SERIES`: of each series a line "name", one with its origins, one with its values
/// (peers/panel_series.py). Trained once before the first origin; writes panel.py's columns.
int panel(const std::string& series, const std::string& out, const std::string& kind,
          const RecurrentOptions& options) {
  std::ifstream in(series);
  std::ofstream to(out);
  to.precision(17);
  to << "series,origin,h,yhat,p95\n";
  std::string name, text;
  while (std::getline(in, name) && std::getline(in, text)) {
    std::istringstream origin_text(text);
    std::vector<std::size_t> origins;
    for (std::size_t o = 0; origin_text >> o;) origins.push_back(o);
    std::getline(in, text);
    std::istringstream value_text(text);
    std::vector<double> y;
    for (double v = 0; value_text >> v;) y.push_back(v);
    const auto model = make(kind, options);
    if (const auto fitted = model->fit(frame(y, 0, origins[0])); !fitted) {
      std::cerr << name << ": " << fitted.error().message << "\n";
      return 1;
    }
    const double levels[] = {0.95};
    std::size_t seen = origins[0];
    for (const std::size_t o : origins) {
      if (o > seen && !model->update(frame(y, seen, o))) return 1;
      seen = o;
      const auto f = model->forecast(horizon, levels);
      if (!f) {
        std::cerr << name << ": " << f.error().message << "\n";
        return 1;
      }
      for (std::size_t s = 0; s < horizon; ++s)
        to << name << ',' << o << ',' << s + 1 << ',' << f->mean[s] << ',' << f->quantile(s, 0)
           << '\n';
    }
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() == 2 && args[0] == "rooms") return rooms(args[1]);
  if (args.size() >= 5 && args[0] == "panel") {
    // Defaults but for what a direct forecast of 36 steps needs; further key=number pairs to try.
    Value options = Value::object()
                        .set("target", "y")
                        .set("mode", "direct")
                        .set("horizon", static_cast<std::int64_t>(horizon))
                        .set("seed", static_cast<std::int64_t>(std::stoll(args[4])));
    for (std::size_t i = 5; i + 1 < args.size(); i += 2) {
      char* end = nullptr;
      const double v = std::strtod(args[i + 1].c_str(), &end);
      if (args[i] == "layers")
        options.set(args[i], Value::array().push(static_cast<std::int64_t>(v)));
      else if (*end != '\0')
        options.set(args[i], args[i + 1]);
      else if (v == std::floor(v))
        options.set(args[i], static_cast<std::int64_t>(v));
      else
        options.set(args[i], v);
    }
    const Cell cell = args[3] == "gru" ? Cell::gru : Cell::lstm;
    return panel(args[1], args[2], args[3],
                 recurrent_options(recurrent_manifest(cell).check(options)));
  }
  std::cerr << "recurrent_traces rooms COUNTS | panel SERIES OUT lstm|gru SEED [KEY VALUE] ...\n";
  return 2;
} catch (const std::exception& e) {
  std::cerr << e.what() << "\n";
  return 1;
}
