#include "learningplane/report/phases_report.hpp"

#include <algorithm>
#include <numeric>

#include "learningplane/error.hpp"
#include "report/drawn_series.hpp"
#include "report/page.hpp"

namespace learningplane::report {

namespace {

using profiling::PhaseLabels;
using profiling::PhaseSequence;

constexpr std::int64_t ms = 1'000'000;
constexpr std::size_t most_points = 120'000;  ///< of all series together
constexpr std::size_t most_bands = 1'000;     ///< of one sequence

struct Band {
  std::int64_t from = 0, to = 0;  ///< nanoseconds
  std::int32_t phase = -1;
};

/// Stays in one phase. A row lasts until the next one, but over a gap only one usual step.
std::vector<Band> bands_of(const PhaseLabels& l, std::int64_t step, std::int64_t gap) {
  std::vector<Band> out;
  const std::size_t n = l.phases.size();
  for (std::size_t i = 0; i < n; ++i) {
    const bool followed = i + 1 < n && l.times_ns[i + 1] - l.times_ns[i] <= gap;
    const std::int64_t to = followed ? l.times_ns[i + 1] : l.times_ns[i] + std::max(step, ms);
    if (l.phases[i] < 0) continue;
    if (!out.empty() && out.back().phase == l.phases[i] && out.back().to == l.times_ns[i])
      out.back().to = to;
    else
      out.push_back({l.times_ns[i], to, l.phases[i]});
  }
  return out;
}

/// Of too many bands parts of equal length, each in the phase that takes most of it.
std::vector<Band> most_frequent(const std::vector<Band>& bands, std::size_t parts, std::size_t k) {
  const std::int64_t start = bands.front().from;
  const std::int64_t width = (bands.back().to - start) / static_cast<std::int64_t>(parts) + 1;
  std::vector<std::vector<std::int64_t>> time(parts, std::vector<std::int64_t>(k));
  for (const Band& b : bands) {
    for (std::int64_t at = b.from; at < b.to;) {
      const std::int64_t part = (at - start) / width;
      const std::int64_t until = std::min(b.to, start + (part + 1) * width);
      time[static_cast<std::size_t>(part)][static_cast<std::size_t>(b.phase)] += until - at;
      at = until;
    }
  }
  std::vector<Band> out;
  for (std::size_t p = 0; p < parts; ++p) {
    const auto best = std::max_element(time[p].begin(), time[p].end());
    if (*best == 0) continue;
    const auto phase = static_cast<std::int32_t>(best - time[p].begin());
    const std::int64_t from = start + static_cast<std::int64_t>(p) * width;
    if (!out.empty() && out.back().phase == phase && out.back().to == from)
      out.back().to = from + width;
    else
      out.push_back({from, from + width, phase});
  }
  return out;
}

Value series_value(const PhasesReport& r, std::size_t index, std::size_t points) {
  const PhaseSequence& s = r.data.sequences[index];
  const std::size_t width = r.data.features.size();
  const std::int64_t step = usual_step(s.times_ns);
  const std::int64_t gap = 3 * step;
  Value features = Value::array(), drawn = Value::array();
  for (std::size_t j = 0; j < width; ++j)
    features.push(drawn_series(s.times_ns, [&](std::size_t i) { return s.rows[i * width + j]; },
                               {.points = points, .gap_ns = gap}));
  std::vector<Band> bands = bands_of(r.labels[index], step, gap);
  const bool merged = bands.size() > most_bands;
  if (merged) bands = most_frequent(bands, most_bands, r.statistics.k());
  for (const Band& b : bands)
    drawn.push(Value(Value::Array{b.from / ms, b.to / ms, std::int64_t{b.phase}}));
  return Value::object()
      .set("name", s.name())
      .set("rows", s.times_ns.size())
      .set("features", std::move(features))
      .set("bands", std::move(drawn))
      .set("merged", merged)
      .set("thinned", s.times_ns.size() > points);
}

/// The longest sequences, in their own order.
std::vector<std::size_t> longest(const PhasesReport& r) {
  std::vector<std::size_t> order(r.data.sequences.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return r.data.sequences[a].times_ns.size() > r.data.sequences[b].times_ns.size();
  });
  order.resize(std::min(order.size(), r.sequences));
  std::erase_if(order, [&](std::size_t i) { return r.data.sequences[i].times_ns.empty(); });
  std::sort(order.begin(), order.end());
  return order;
}

Value why_value(const PhasesReport& r) {
  const Value* choice = r.fit.find("choice");
  Value out = Value::object().set("model", r.model).set("asked", choice == nullptr);
  return choice == nullptr ? out : out.set("choice", *choice);
}

Value training_value(const Value& fit) {
  Value errors = Value::array();
  if (const Value* told = fit.find("errors"))
    for (const Value& e : told->as_array()) errors.push(drawn_number(e.as_double()));
  const Value* constant = fit.find("constant");
  return Value::object()
      .set("errors", std::move(errors))
      .set("constant", constant == nullptr ? Value::array() : *constant);
}

void check(const PhasesReport& r) {
  const bool fits =
      r.labels.size() == r.data.sequences.size() && r.statistics.features == r.data.features;
  if (!fits) throw LogicError("phases report: data, labels and statistics do not fit");
  for (std::size_t s = 0; s < r.labels.size(); ++s) {
    if (r.labels[s].phases.size() != r.data.sequences[s].times_ns.size())
      throw LogicError("phases report: data and labels do not fit");
    for (const std::int32_t p : r.labels[s].phases)
      if (p >= static_cast<std::int32_t>(r.statistics.k()))
        throw LogicError("phases report: a label is none of the phases");
  }
}

}  // namespace

Value to_value(const PhasesReport& r) {
  check(r);
  const auto drawn = longest(r);
  const std::size_t lines = std::max<std::size_t>(drawn.size() * r.data.features.size(), 1);
  const std::size_t points = std::clamp<std::size_t>(most_points / lines, 200, 1'600);
  Value series = Value::array(), next = Value::array();
  for (const std::size_t i : drawn) series.push(series_value(r, i, points));
  for (const auto& [method, score] : r.next)
    next.push(profiling::to_value(score).set("method", method));
  Value out = Value::object()
                  .set("source", r.source)
                  .set("mode", profiling::to_string(r.options.mode))
                  .set("history", r.options.crbm.history)
                  .set("hidden", r.options.crbm.hidden)
                  .set("why", why_value(r))
                  .set("statistics", profiling::to_value(r.statistics))
                  .set("next", std::move(next))
                  .set("series", std::move(series));
  return r.fit.is_null() ? out : out.set("training", training_value(r.fit));
}

std::string to_html(const PhasesReport& report) {
  return fill_page(phases_page_template(), to_value(report));
}

}  // namespace learningplane::report
