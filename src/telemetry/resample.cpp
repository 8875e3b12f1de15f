#include "learningplane/telemetry/resample.hpp"

#include <fmt/format.h>

#include <limits>

namespace learningplane::telemetry {

namespace {

std::int64_t floor_to(std::int64_t ns, std::int64_t step) {
  const std::int64_t rest = ns % step;
  return ns - (rest < 0 ? rest + step : rest);
}

/// Rows [first, last) of the frame that fall into one grid interval.
struct Bin {
  std::int64_t time;
  std::size_t first;
  std::size_t last;
};

std::vector<Bin> bins_of(const Frame& frame, std::int64_t step) {
  std::vector<Bin> out;
  for (std::size_t r = 0; r < frame.rows(); ++r) {
    const std::int64_t t = floor_to(frame.times_ns()[r], step);
    if (out.empty() || out.back().time != t) out.push_back({t, r, r});
    out.back().last = r + 1;
  }
  std::erase_if(out, [&](const Bin& b) {
    for (const Column& c : frame.all()) {
      for (std::size_t r = b.first; r < b.last; ++r) {
        if (c.known(r)) return false;
      }
    }
    return true;
  });
  return out;
}

Column mean_of(const Column& c, const std::vector<Bin>& bins, ImputedWhen rule) {
  std::vector<double> values;
  std::vector<std::uint8_t> flags;
  values.reserve(bins.size());
  flags.reserve(bins.size());
  for (const Bin& b : bins) {
    double sum = 0;
    std::size_t known = 0, imputed = 0;
    for (std::size_t r = b.first; r < b.last; ++r) {
      if (!c.known(r)) continue;
      sum += c.values[r];
      ++known;
      imputed += c.flag(r) == CellFlag::imputed ? 1U : 0U;
    }
    CellFlag flag = known == 0 ? c.flag(b.last - 1) : CellFlag::observed;
    if (known > 0 && imputed > 0 && (rule == ImputedWhen::any || 2 * imputed >= known))
      flag = CellFlag::imputed;
    values.push_back(known == 0 ? std::numeric_limits<double>::quiet_NaN()
                                : sum / static_cast<double>(known));
    flags.push_back(static_cast<std::uint8_t>(flag));
  }
  return {c.name, c.labels, c.unit, std::move(values), std::move(flags)};
}

}  // namespace

Result<Frame> resample_mean(const Frame& frame, const ResampleOptions& options) {
  if (options.step <= Duration{0}) {
    return fail(Errc::invalid_argument, fmt::format("resample: the step {} must be above zero",
                                                    format_duration(options.step)));
  }
  const auto bins = bins_of(frame, options.step.count());
  std::vector<std::int64_t> times;
  for (const Bin& b : bins) times.push_back(b.time);
  std::vector<Column> columns;
  for (const Column& c : frame.all()) columns.push_back(mean_of(c, bins, options.imputed));
  return Frame::make(std::move(times), std::move(columns));
}

Result<Frame> on_grid(const Frame& frame, Duration step) {
  return step == Duration{0} ? Result<Frame>(frame)
                             : resample_mean(frame, {step, ImputedWhen::half});
}

}  // namespace learningplane::telemetry
