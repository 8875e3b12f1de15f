#include "learningplane/simulation/forecast_source.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace learningplane::simulation {

namespace {
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

void copy(const std::vector<double>& from, std::size_t first, std::size_t horizon,
          std::vector<double>& to) {
  to.assign(horizon, unknown);
  for (std::size_t i = 0; i < horizon && first + i < from.size(); ++i) to[i] = from[first + i];
}
}  // namespace

void OracleSource::fill(std::size_t now, std::size_t horizon, decision::ScalingInput& in) const {
  // Past the end of the trace nothing more comes: what is known of the window decides.
  const std::size_t first = now + offset_;
  const std::size_t there = first < trace_.size() ? trace_.size() - first : 0;
  copy(trace_.load, first, std::min(horizon, std::max<std::size_t>(there, 1)), in.forecast);
  in.forecast_mean = in.forecast;
}

void AlignedSource::fill(std::size_t now, std::size_t horizon, decision::ScalingInput& in) const {
  copy(forecast_, now - start_slot_, horizon, in.forecast);
  in.forecast_mean = in.forecast;
}

std::vector<double> published_forecast(const WorkloadTrace& trace) {
  std::vector<double> out = trace.load;
  for (double& v : out) {
    if (v >= 1 && v <= 6) v -= 1;
  }
  return out;
}

Result<std::unique_ptr<ModelSource>> ModelSource::make(const WorkloadTrace& trace,
                                                       const ForecasterMaker& maker,
                                                       const ModelSourceOptions& o) {
  if (o.every == 0 || o.horizon == 0 || o.last < o.first || o.from > o.first ||
      o.last >= trace.size() || !(o.quantile > 0 && o.quantile < 1))
    return fail(Errc::invalid_argument, "model forecasts: every, horizon, slots or quantile");
  std::unique_ptr<ModelSource> out(new ModelSource(o));
  const std::size_t origins = (o.last - o.first) / o.every + 1;
  const std::size_t reach = o.horizon + o.every - 1;  // the last one serves until the next
  out->mean_.assign(origins * reach, unknown);
  out->quantile_.assign(origins * reach, unknown);
  std::unique_ptr<model::Forecaster> model;
  std::size_t fitted = 0, seen = 0;
  const double levels[] = {o.quantile};
  for (std::size_t i = 0; i < origins; ++i) {
    const std::size_t now = o.first + i * o.every, past = now + 1;
    if (model == nullptr || (o.refit_every > 0 && past - fitted >= o.refit_every)) {
      auto fresh = maker();
      auto fit = fresh->fit(trace.frame(o.from, past - o.from));
      if (!fit && model == nullptr) return tl::unexpected(fit.error());
      if (fit) model = std::move(fresh), ++out->fits_, seen = past;
      fitted = past;
    }
    if (seen < past) {
      if (!model->update(trace.frame(seen, past - seen))) {
        ++out->failures_;
        continue;
      }
      seen = past;
    }
    auto f = model->forecast(reach, levels);
    if (!f) {
      ++out->failures_;
      continue;
    }
    for (std::size_t s = 0; s < reach; ++s) {
      out->mean_[i * reach + s] = f->mean[s];
      out->quantile_[i * reach + s] = f->quantile(s, 0);
    }
  }
  return out;
}

void ModelSource::fill(std::size_t now, std::size_t horizon, decision::ScalingInput& in) const {
  const std::size_t reach = options_.horizon + options_.every - 1;
  in.forecast_mean.assign(horizon, unknown);
  in.forecast.assign(horizon, unknown);
  if (now < options_.first || now > options_.last) return;
  const std::size_t origin = (now - options_.first) / options_.every;
  const std::size_t age = (now - options_.first) % options_.every;
  for (std::size_t s = 0; s < horizon && s + age < reach; ++s) {
    in.forecast_mean[s] = mean_[origin * reach + age + s];
    in.forecast[s] = quantile_[origin * reach + age + s];
  }
}

}  // namespace learningplane::simulation
