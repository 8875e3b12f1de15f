// How the next phase is foreseen, in every reading that the published "transitions F1" leaves open:
// trained on the first half of each sequence, judged on the second. Prints a table; no timing, so
// not one of the bench_ programs.
//
//   next_phase_readings bitbrains|ai4dl FOLDER [EVERY]
//
// EVERY n-th machine alone (1); an LSTM for each phase and machine takes minutes of processor time,
// so that it is left out where EVERY is 0: all machines, all but the LSTM.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>

#include "learningplane/error.hpp"
#include "learningplane/model/lstm.hpp"
#include "learningplane/profiling/next_phase.hpp"
#include "learningplane/telemetry/csv.hpp"

using namespace learningplane;
using namespace learningplane::profiling;

namespace {

/// One row that was judged.
struct Judged {
  std::int32_t now = 0, comes = 0, likely = 0;
};
/// Rows of one sequence after another; a break is a row that cannot be judged.
using Rows = std::vector<std::vector<Judged>>;

struct Part {
  PhaseData data{};
  std::vector<PhaseLabels> labels{};
};

Part some(const PhaseData& data, const std::vector<PhaseLabels>& labels, double from, double to) {
  Part out{.data = {.features = data.features, .sequences = {}}, .labels = {}};
  const std::size_t width = data.features.size();
  for (std::size_t s = 0; s < labels.size(); ++s) {
    const auto n = static_cast<double>(labels[s].phases.size());
    const auto a = static_cast<long>(from * n), b = static_cast<long>(to * n);
    const auto& all = data.sequences[s];
    const long w = static_cast<long>(width);
    out.data.sequences.push_back({all.labels,
                                  {all.times_ns.begin() + a, all.times_ns.begin() + b},
                                  {all.rows.begin() + a * w, all.rows.begin() + b * w}});
    out.labels.push_back({labels[s].labels,
                          {labels[s].times_ns.begin() + a, labels[s].times_ns.begin() + b},
                          {labels[s].phases.begin() + a, labels[s].phases.begin() + b}});
  }
  return out;
}

/// Of each row of each sequence the chance of every phase at the next row; empty: not said.
using Chances = std::vector<std::vector<std::vector<double>>>;

Chances chances_of(const NextPhase& next, const Part& part) {
  Chances out;
  for (std::size_t s = 0; s < part.labels.size(); ++s) {
    auto& rows = out.emplace_back();
    for (std::size_t row = 0; row < part.labels[s].phases.size(); ++row)
      rows.push_back(next.probabilities(part.data.sequences[s], part.labels[s], row));
  }
  return out;
}

/// @param stays a change is foreseen where the chance to stay is less; unset: where another phase
/// is the likeliest
void judge(const Chances& chances, const Part& part, std::optional<double> stays, Rows& into) {
  for (std::size_t s = 0; s < part.labels.size(); ++s) {
    const auto& phases = part.labels[s].phases;
    auto& rows = into.emplace_back();
    for (std::size_t row = 0; row + 1 < phases.size(); ++row) {
      auto p = chances[s][row];
      if (phases[row + 1] < 0 || p.empty()) continue;
      const auto now = static_cast<std::size_t>(phases[row]);
      if (stays) p[now] = p[now] < *stays ? -1.0 : 2.0;
      const auto likely =
          static_cast<std::int32_t>(std::max_element(p.begin(), p.end()) - p.begin());
      rows.push_back({phases[row], phases[row + 1], likely});
    }
  }
}

double f1(double right, double foreseen, double true_ones) {
  return foreseen + true_ones > 0 ? 2 * right / (foreseen + true_ones) : NAN;
}

/// Changes that were foreseen at a row at most `slack` from theirs, each counted once.
double within(const std::vector<Judged>& rows, std::size_t slack) {
  std::vector<bool> taken(rows.size());
  double right = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i].likely == rows[i].now) continue;
    const std::size_t first = i > slack ? i - slack : 0,
                      last = std::min(rows.size() - 1, i + slack);
    for (std::size_t j = first; j <= last; ++j) {
      if (taken[j] || rows[j].comes == rows[j].now) continue;
      taken[j] = true;
      right += 1;
      break;
    }
  }
  return right;
}

/// Whether the phase before and the one after both last `rows` rows or more.
bool lasting(const std::vector<Judged>& rows, std::size_t i, std::size_t least) {
  if (i + 1 < least || i + least >= rows.size()) return false;
  for (std::size_t j = 1; j < least; ++j)
    if (rows[i - j].now != rows[i].now || rows[i + j].comes != rows[i].comes) return false;
  return true;
}

void print(const std::string& name, const Rows& all, std::size_t k) {
  double n = 0, changes = 0, foreseen = 0, right = 0, any = 0, near = 0, hits = 0;
  double sudden = 0, sudden_right = 0;
  std::vector<double> true_of(k), said(k), both(k);
  for (const auto& rows : all) {
    near += within(rows, 1);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const Judged& r = rows[i];
      n += 1;
      hits += r.likely == r.comes ? 1 : 0;
      const bool change = r.comes != r.now, call = r.likely != r.now;
      changes += change ? 1 : 0;
      foreseen += call ? 1 : 0;
      any += change && call ? 1 : 0;
      right += change && r.likely == r.comes ? 1 : 0;
      if (change && lasting(rows, i, 3)) {
        sudden += 1;
        sudden_right += r.likely == r.comes ? 1 : 0;
      }
      ++true_of[static_cast<std::size_t>(r.comes)];
      ++said[static_cast<std::size_t>(r.likely)];
      if (r.likely == r.comes) ++both[static_cast<std::size_t>(r.comes)];
    }
  }
  double macro = 0, weighted = 0, seen = 0;
  for (std::size_t p = 0; p < k; ++p) {
    if (true_of[p] + said[p] == 0) continue;
    const double f = f1(both[p], said[p], true_of[p]);
    macro += f;
    seen += 1;
    weighted += f * true_of[p] / n;
  }
  std::cout << fmt::format(
      "| {} | {:.0f} | {:.0f} | {:.3f} | {:.3f} | {:.3f} | {:.3f} | {:.3f} | {:.3f} | {:.3f} |\n",
      name, n, changes, f1(right, foreseen, changes), f1(any, foreseen, changes),
      f1(near, foreseen, changes), sudden > 0 ? sudden_right / sudden : NAN, hits / n, macro / seen,
      weighted);
}

void heading() {
  std::cout
      << "| model, labels | rows | changes | F1: change to the right phase | any change | any "
         "change, one row off allowed | recall of lasting changes | all rows: micro F1 | "
         "macro F1 | weighted F1 |\n| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- "
         "|\n";
}

/// Phases and next-phase models of groups of sequences, each learned on its own first half.
struct Group {
  PhaseData data{};
  Phases phases{};
};
/// F1 of changes to the right phase.
double strict_f1(const Rows& all) {
  double right = 0, sum = 0;
  for (const auto& rows : all)
    for (const Judged& r : rows) {
      right += r.comes != r.now && r.likely == r.comes ? 1 : 0;
      sum += (r.comes != r.now ? 1 : 0) + (r.likely != r.now ? 1 : 0);
    }
  return sum > 0 ? 2 * right / sum : 0;
}

std::optional<Chances> learned(NextPhaseMethod method, const Part& from, const Part& to,
                               std::size_t k) {
  NextPhase next({.method = method});
  if (!next.fit(from.data, from.labels, k)) return {};
  return chances_of(next, to);
}

/// The chance to stay below which changes are best foreseen in the last fifth of the past, by what
/// was learned before that.
std::optional<double> picked(const PhaseData& data, const std::vector<PhaseLabels>& labels,
                             std::size_t k) {
  const Part tail = some(data, labels, 0.4, 0.5);
  const auto chances = learned(NextPhaseMethod::mlp, some(data, labels, 0, 0.4), tail, k);
  if (!chances) return {};
  std::optional<double> best;
  double most = 0;
  for (double stays = 0.2; stays < 0.91; stays += 0.05) {
    Rows rows;
    judge(*chances, tail, stays, rows);
    if (strict_f1(rows) <= most) continue;
    most = strict_f1(rows);
    best = stays;
  }
  return best;
}

/// A window of an LSTM: usage and phases of the rows up to one, the phase in question last.
void add_window(const Part& part, std::size_t s, std::size_t row, std::size_t lags, std::size_t k,
                std::size_t phase, std::vector<double>& into) {
  const std::size_t width = part.data.features.size();
  const auto& data = part.data.sequences[s];
  for (std::size_t r = row + 1 - lags; r <= row; ++r) {
    into.insert(into.end(), data.rows.begin() + static_cast<long>(r * width),
                data.rows.begin() + static_cast<long>((r + 1) * width));
    const auto is = [&](std::size_t p) {
      into.push_back(part.labels[s].phases[r] == static_cast<std::int32_t>(p) ? 1 : 0);
    };
    for (std::size_t p = 0; p < k; ++p)
      if (p != phase) is(p);
    is(phase);
  }
}

bool labelled(const PhaseLabels& l, std::size_t row, std::size_t lags) {
  if (row + 1 < lags) return false;
  for (std::size_t r = row + 1 - lags; r <= row; ++r)
    if (l.phases[r] < 0) return false;
  return true;
}

/// An LSTM for each phase, on the last ten rows, tells the chance that it comes next.
std::optional<Chances> learned_by_lstm(const Part& from, const Part& to, std::size_t k) {
  constexpr std::size_t lags = 10;
  Chances out;
  for (const PhaseLabels& l : to.labels) out.emplace_back(l.phases.size());
  for (std::size_t phase = 0; phase < k; ++phase) {
    model::LstmOptions o;
    o.target = "phase";
    for (std::size_t i = 0; i + 1 < from.data.features.size() + k; ++i)
      o.inputs.push_back("input" + std::to_string(i));
    o.lags = lags;
    o.target_form = model::TargetForm::level;
    o.output = model::LstmOutput::level;
    o.members = 1;
    o.refit = false;
    o.horizon = 1;
    o.training.loss = model::Loss::mse;
    model::Lstm lstm(o);
    std::vector<double> values, targets;
    for (std::size_t s = 0; s < from.labels.size(); ++s) {
      const auto& phases = from.labels[s].phases;
      for (std::size_t row = 0; row + 1 < phases.size(); ++row) {
        if (phases[row + 1] < 0 || !labelled(from.labels[s], row, lags)) continue;
        add_window(from, s, row, lags, k, phase, values);
        targets.push_back(phases[row + 1] == static_cast<std::int32_t>(phase) ? 1 : 0);
      }
    }
    if (targets.size() < 100 || !lstm.fit_windows({values, targets.size(), lags}, targets))
      return {};
    for (std::size_t s = 0; s < to.labels.size(); ++s) {
      std::vector<std::size_t> rows;
      values.clear();
      for (std::size_t row = 0; row < to.labels[s].phases.size(); ++row) {
        if (!labelled(to.labels[s], row, lags)) continue;
        rows.push_back(row);
        add_window(to, s, row, lags, k, phase, values);
      }
      std::vector<double> said(rows.size());
      if (!rows.empty()) lstm.predict_windows({values, rows.size(), lags}, said);
      for (std::size_t i = 0; i < rows.size(); ++i) out[s][rows[i]].push_back(said[i]);
    }
  }
  return out;
}

void compare(std::vector<Group>& groups, bool with_lstm) {
  std::size_t k = 0;
  for (const Group& g : groups) k = std::max(k, g.phases.count());
  for (const PhaseMode mode : {PhaseMode::corrected, PhaseMode::as_published}) {
    std::map<std::string, Rows> rows;
    for (Group& g : groups) {
      g.phases.set_mode(mode);
      const auto labels = value_or_throw(g.phases.label(g.data));
      const std::size_t mine = g.phases.count();
      const Part first = some(g.data, labels, 0, 0.5), second = some(g.data, labels, 0.5, 1);
      const auto markov = learned(NextPhaseMethod::markov, first, second, mine);
      const auto mlp = learned(NextPhaseMethod::mlp, first, second, mine);
      const auto lstm = with_lstm ? learned_by_lstm(first, second, mine) : std::nullopt;
      if (markov) judge(*markov, second, {}, rows["1 Markov"]);
      if (mlp) judge(*mlp, second, {}, rows["2 MLP"]);
      if (mlp) judge(*mlp, second, picked(g.data, labels, mine), rows["3 MLP, threshold"]);
      if (lstm) judge(*lstm, second, {}, rows["4 LSTM"]);
    }
    for (const auto& [name, all] : rows)
      print(fmt::format("{}, {}", name.substr(2), to_string(mode)), all, k);
  }
}

std::vector<Group> bitbrains(const std::string& folder, std::size_t every) {
  const auto read = [&](const char* file) {
    telemetry::CsvOptions csv;
    csv.paths = {folder + file};
    return value_or_throw(telemetry::read_csv(csv));
  };
  const auto cpu = read("/cpu_pct.csv"), memory = read("/mem_mib.csv");
  std::vector<Group> out;
  std::size_t number = 0;
  for (const auto& column : cpu.all()) {
    if (number++ % every != 0) continue;
    const auto* other = value_or_throw(memory.require(column.name));
    Group g;
    g.data.features = {"cpu", "memory"};
    PhaseSequence s;
    for (std::size_t i = 0; i < cpu.rows(); ++i) {
      if (!std::isfinite(column.values[i]) || !std::isfinite(other->values[i])) continue;
      s.times_ns.push_back(cpu.times_ns()[i]);
      s.rows.push_back(column.values[i]);
      s.rows.push_back(other->values[i]);
    }
    g.data.sequences.push_back(std::move(s));
    PhaseOptions o;
    o.features = g.data.features;
    g.phases = Phases(o);
    const std::vector<PhaseLabels> none{
        {{},
         g.data.sequences[0].times_ns,
         std::vector<std::int32_t>(g.data.sequences[0].times_ns.size())}};
    const Part first = some(g.data, none, 0, 0.5);
    if (!g.phases.fit(first.data)) continue;
    out.push_back(std::move(g));
  }
  return out;
}

/// The published sample with the published phases; both services together.
std::vector<Group> ai4dl(const std::string& folder) {
  Group g;
  g.phases = value_or_throw(Phases::load(folder + "/trained_model.json"));
  for (const std::string file : {"sample.csv", "sample-vr.csv"}) {
    std::ifstream in(folder + "/" + file);
    std::string text, line;
    for (std::size_t i = 0; std::getline(in, line); ++i) {
      // The rows of one file begin with a number that the header does not name.
      const bool numbered = i > 0 && file == "sample-vr.csv";
      text += (numbered ? line.substr(line.find(',') + 1) : line) + '\n';
    }
    telemetry::CsvOptions csv;
    csv.time_column = "timestamp";
    csv.label_columns = {"pod.id"};
    csv.ignore_columns = {"service"};
    auto data = value_or_throw(phase_data(value_or_throw(telemetry::parse_csv(text, csv)),
                                          {.features = g.phases.features()}));
    g.data.features = data.features;
    for (PhaseSequence& s : data.sequences) g.data.sequences.push_back(std::move(s));
  }
  std::vector<Group> out;
  out.push_back(std::move(g));
  return out;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::string which = argc == 3 || argc == 4 ? argv[1] : "";
  if (which != "bitbrains" && which != "ai4dl") {
    std::cerr << "next_phase_readings bitbrains|ai4dl FOLDER [EVERY]\n";
    return 2;
  }
  const std::size_t every = argc == 4 ? std::stoul(argv[3]) : 1;
  auto groups =
      which == "bitbrains" ? bitbrains(argv[2], std::max<std::size_t>(every, 1)) : ai4dl(argv[2]);
  heading();
  compare(groups, every > 0);
  return 0;
} catch (const std::exception& e) {
  std::cerr << e.what() << '\n';
  return 1;
}
