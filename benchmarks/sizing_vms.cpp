// Vertical sizing of 40 virtual machines (data/bitbrains_vms): trained on the first half, judged on
// the second. Prints a row for each policy, CPU and memory apart, and how the next phase is
// foreseen. No timing, so not one of the bench_ programs.
//
//   sizing_vms FOLDER [served|demand] [mlp|markov]
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

#include "learningplane/error.hpp"
#include "learningplane/profiling/sizing_phases.hpp"
#include "learningplane/registries.hpp"
#include "learningplane/simulation/sizing_lineup.hpp"
#include "learningplane/telemetry/csv.hpp"

using namespace learningplane;
using namespace learningplane::simulation;

namespace {
constexpr double mib = 1'048'576;

struct Machine {
  double cores = 0, mib = 0;
};

/// vm,cores,MHz,memory …
std::map<std::string, Machine> machines(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  std::vector<std::string> header;
  std::istringstream names(line);
  for (std::string cell; std::getline(names, cell, ',');) header.push_back(cell);
  std::map<std::string, Machine> out;
  while (std::getline(in, line)) {
    std::istringstream cells(line);
    std::string cell, name;
    Machine m;
    for (std::size_t i = 0; std::getline(cells, cell, ','); ++i) {
      if (i == 0) name = cell;
      if (header.at(i) == "cores") m.cores = std::stod(cell);
      if (header.at(i).starts_with("mem")) m.mib = std::stod(cell);
    }
    out[name] = m;
  }
  return out;
}

std::vector<UsageTrace> traces(const std::string& folder) {
  telemetry::CsvOptions csv;
  const auto read = [&](const char* file) {
    csv.paths = {folder + file};
    return value_or_throw(telemetry::read_csv(csv));
  };
  const auto cpu = read("/cpu_pct.csv"), memory = read("/mem_mib.csv");
  const auto all = machines(folder + "/vms.csv");
  std::vector<UsageTrace> out;
  for (const auto& column : cpu.all()) {
    const auto* other = value_or_throw(memory.require(column.name));
    const Machine& m = all.at(column.name);
    UsageTrace t{.name = column.name, .samples = {}, .requested = {m.cores, m.mib * mib}};
    for (std::size_t i = 0; i < cpu.rows(); ++i)
      t.samples.push_back({cpu.time(i), column.values[i] / 100 * m.cores, other->values[i] * mib});
    out.push_back(std::move(t));
  }
  return out;
}

/// How far below the user's request, and the share of samples whose demand is met, by machine.
struct Spread {
  double median_share = 0;
  std::size_t met = 0;  ///< machines whose demand is met in over 95 % of the samples
};
Spread spread(const std::vector<SizingResult>& results, const std::vector<UsageTrace>& all,
              SizingScore SizingResult::* part, double decision::Size::* size) {
  std::vector<double> shares;
  Spread out;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const SizingScore& s = results[i].*part;
    shares.push_back(s.allocation / (all[i].requested.*size));
    out.met += s.above_share() < 0.05 ? 1 : 0;
  }
  std::nth_element(shares.begin(), shares.begin() + static_cast<long>(shares.size() / 2),
                   shares.end());
  out.median_share = shares[shares.size() / 2];
  return out;
}

void row(const SizingResult& sum, const SizingScore& s, double unit, const Spread& each,
         std::size_t n) {
  std::cout << fmt::format(
      "| {} | {:.1f} | {:.1f} | {:.2f} | {:.2f} | {} | {:.1f} | {:.2f} | {} of {} |\n", sum.name,
      s.allocation / unit, 100 * s.slack(), 100 * s.above_share(), 100 * s.unserved_share(),
      s.above, static_cast<double>(s.resizes) / static_cast<double>(n) / 15, each.median_share,
      each.met, n);
}

void next_phases(const std::vector<UsageTrace>& all, const SizingLineupOptions& o) {
  std::cout << "\n| next phase | rows | changes | foreseen | right | precision | recall | F1 | "
               "accuracy |\n"
               "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n";
  for (const auto method : {profiling::NextPhaseMethod::markov, profiling::NextPhaseMethod::mlp}) {
    profiling::NextPhaseScore sum;
    double rows_right = 0;
    for (const UsageTrace& t : all) {
      SizingLineupOptions mine = o;
      mine.phases.next.method = method;
      const auto sizes = value_or_throw(fit_phase_sizes(t, mine));
      const auto half = t.samples.size() / 2;
      const auto data = profiling::usage_data(
          std::span<const decision::UsageSample>(t.samples).subspan(half), o.phases.gap);
      const auto labels = value_or_throw(sizes.phases().label(data));
      const auto s = profiling::score_next_phase(sizes.next(), data, labels);
      if (!s) continue;
      sum.rows += s->rows;
      sum.changes += s->changes;
      sum.foreseen += s->foreseen;
      sum.right += s->right;
      rows_right += s->accuracy * static_cast<double>(s->rows);
    }
    std::cout << fmt::format("| {} | {} | {} | {} | {} | {:.3f} | {:.3f} | {:.3f} | {:.3f} |\n",
                             profiling::to_string(method), sum.rows, sum.changes, sum.foreseen,
                             sum.right, sum.precision(), sum.recall(), sum.f1(),
                             rows_right / static_cast<double>(sum.rows));
  }
}
}  // namespace

int main(int argc, char** argv) try {
  if (argc < 2) {
    std::cerr << "sizing_vms FOLDER [served|demand] [mlp|markov]\n";
    return 2;
  }
  const auto all = traces(argv[1]);
  SizingLineupOptions o;
  if (argc > 2 && std::string_view(argv[2]) == "demand") o.replay.seen = Seen::demand;
  if (argc > 3 && std::string_view(argv[3]) == "markov")
    o.phases.next.method = profiling::NextPhaseMethod::markov;
  Registries registries;
  register_core(registries);
  std::vector<SizingEntry> lineup;
  for (const std::string& name : sizing_names()) {
    lineup.push_back(sizing_entry(name, o, registries));
    if (name != "phase_max") continue;
    const auto add = [&](const char* called, Value options) {
      lineup.push_back({called, "sizing_phases", std::move(options)});
    };
    add("phase_max, chance 0.02", Value::object().set("statistic", "max").set("chance", 0.02));
    add("phase_p95, chance 0.02", Value::object().set("chance", 0.02));
  }
  // A day's window: what most people run.
  Value day = sizing_entry("window_max", o, registries).options;
  lineup.push_back({"window_max, 24 h", "sizing_window",
                    day.set("cpu_window", "24h").set("memory_window", "24h")});
  const auto results = compare_sizing(all, lineup, o, registries);
  for (const SizingResult& r : results)
    if (!r.left_out.empty()) throw Error(r.name + " on " + r.application + ": " + r.left_out);
  for (const bool memory : {false, true}) {
    std::cout << fmt::format(
        "\n| {}, {} | allocated, {} | slack, % | above the limit, % of samples | {} | {} | resizes "
        "a "
        "machine and day | of the request (median) | demand met over 95 % |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- |\n",
        memory ? "memory" : "CPU", to_string(o.replay.seen), memory ? "GiB" : "cores",
        memory ? "lacking, % of demand" : "throttled, % of demand",
        memory ? "out of memory" : "samples above");
    for (std::size_t p = 0; p < lineup.size(); ++p) {
      const std::vector<SizingResult> mine(
          results.begin() + static_cast<long>(p * all.size()),
          results.begin() + static_cast<long>((p + 1) * all.size()));
      SizingResult sum = sum_of(mine);
      sum.name = lineup[p].name;
      if (memory)
        row(sum, sum.memory, 1024 * mib,
            spread(mine, all, &SizingResult::memory, &decision::Size::memory_bytes), all.size());
      else
        row(sum, sum.cpu, 1, spread(mine, all, &SizingResult::cpu, &decision::Size::cpu_cores),
            all.size());
    }
  }
  // What is foreseen does not depend on what policies are shown.
  if (o.replay.seen == Seen::served) next_phases(all, o);
  return 0;
} catch (const std::exception& e) {
  std::cerr << "sizing_vms: " << e.what() << '\n';
  return 1;
}
