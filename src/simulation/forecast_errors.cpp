#include "learningplane/simulation/forecast_errors.hpp"

#include <algorithm>
#include <limits>

#include "simulation/lineup_parts.hpp"

namespace learningplane::simulation {

namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

ForecastLoops published_loops(const WorkloadTrace& trace, std::size_t start, std::size_t count) {
  const std::vector<double> model = published_forecast(trace);
  ForecastLoops out;
  out.start_slot = start;
  for (std::size_t i = 0; i < count; ++i) {
    out.open.push_back(start + i > 0 ? model[start + i - 1] : unknown);
    out.closed.push_back(model[i]);
  }
  return out;
}

telemetry::Frame frame_of(const WorkloadTrace& trace, std::size_t first,
                          const std::vector<double>& values) {
  WorkloadTrace part;
  part.start = trace.time(first);
  part.slot = trace.slot;
  part.load = values;
  return part.frame(0, values.size());
}

/// Forecasts `chunk` steps, takes them for the truth, and goes on.
std::vector<double> free_running(const WorkloadTrace& trace, model::Forecaster& model,
                                 std::size_t start, std::size_t count, std::size_t chunk) {
  std::vector<double> out;
  while (out.size() < count) {
    const auto f = model.forecast(chunk, {});
    if (!f) break;
    std::vector<double> mean(f->mean.begin(), f->mean.end());
    const std::size_t first = start + out.size();
    out.insert(out.end(), mean.begin(), mean.end());
    if (out.size() < count && !model.update(frame_of(trace, first, mean))) break;
  }
  out.resize(count, unknown);
  return out;
}

}  // namespace

ForecastLoops forecast_loops(const WorkloadTrace& trace, const LineupOptions& o,
                             const Registries& registries) {
  const SimulationOptions& s = o.simulation;
  const std::size_t start = s.start_slot, count = std::min(s.slots, trace.size() - start);
  if (s.protocol == Protocol::published) return published_loops(trace, start, count);
  ForecastLoops out;
  out.start_slot = start;
  out.open.assign(count, unknown);
  out.closed.assign(count, unknown);
  const std::size_t from = start > o.train_slots ? start - o.train_slots : 0;
  if (start == from) return out;
  // One step ahead from the slot before each: what the policies' own forecasts begin with.
  LineupOptions shifted = o;
  shifted.simulation.start_slot = start - 1;
  shifted.simulation.slots = count;
  shifted.train_slots = start - 1 - from;
  shifted.forecast_every = 1;
  const decision::ScalingNeeds next{trace.slot, trace.slot, 0.5};
  const auto source = model_source(trace, shifted, next, registries);
  decision::ScalingInput in;
  for (std::size_t i = 0; i < count; ++i) {
    source->fill(start + i - 1, 1, in);
    out.open[i] = in.forecast_mean[0];
  }
  const std::size_t chunk = 60;
  const auto model = make_forecaster(o, chunk, registries);
  if (!model->fit(trace.frame(from, start - from))) return out;
  out.closed = free_running(trace, *model, start, count, chunk);
  return out;
}

}  // namespace learningplane::simulation
