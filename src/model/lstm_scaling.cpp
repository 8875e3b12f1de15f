#include "model/lstm_scaling.hpp"

#include <algorithm>
#include <cmath>

namespace learningplane::model::detail {

namespace {

struct Moments {
  double sum = 0, square = 0, lowest = 1e308, highest = -1e308;
  double count = 0, origin = 0;
  void add(double v) {
    // Shifted by the first value: a large offset would eat the digits of the variance.
    if (count == 0) origin = v;
    sum += v - origin;
    square += (v - origin) * (v - origin);
    lowest = std::min(lowest, v);
    highest = std::max(highest, v);
    count += 1;
  }
  double mean() const { return origin + sum / count; }
  double deviation() const {
    return std::sqrt(std::max(0.0, square / count - sum / count * (sum / count)));
  }
};

/// A column that never moves would be divided by nothing: it is only shifted.
double usable(double scale, double magnitude) {
  return scale > 1e-12 * std::max(1.0, std::abs(magnitude)) ? scale : 1;
}

void take(LstmScaler scaler, const Moments& m, double& offset, double& scale) {
  offset = scaler == LstmScaler::standard ? m.mean() : m.lowest;
  scale = usable(scaler == LstmScaler::standard ? m.deviation() : m.highest - m.lowest, offset);
}

}  // namespace

LstmScaling LstmScaling::fit(const LstmOptions& options, std::size_t target_column,
                             const WindowView& windows, std::span<const double> targets) {
  const std::size_t columns = windows.values.size() / (windows.count * windows.steps);
  LstmScaling out;
  for (std::size_t c = 0; c < columns; ++c) {
    Moments m;
    for (std::size_t i = c; i < windows.values.size(); i += columns) m.add(windows.values[i]);
    double offset = 0, scale = 1;
    take(options.scaler, m, offset, scale);
    out.offset.push_back(offset);
    out.scale.push_back(scale);
    out.lowest.push_back(m.lowest);
    out.highest.push_back(m.highest);
  }
  const std::size_t outputs = targets.size() / windows.count;
  Moments m;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const std::size_t last_row = (i / outputs + 1) * windows.steps - 1;
    const double last = windows.values[last_row * columns + target_column];
    m.add(options.output == LstmOutput::residual ? targets[i] - last : targets[i]);
  }
  // A residual keeps its zero: a network that has learned nothing then says "as it was".
  if (options.output == LstmOutput::residual) {
    out.target_scale = usable(m.deviation(), 0);
  } else {
    take(options.scaler, m, out.target_offset, out.target_scale);
  }
  return out;
}

std::vector<double> LstmScaling::windows(const LstmOptions& options, const WindowView& raw) const {
  std::vector<double> out(raw.values.begin(), raw.values.end());
  const std::size_t columns = offset.size();
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::size_t c = i % columns;
    if (options.input_range == InputRange::clipped)
      out[i] = std::clamp(out[i], lowest[c], highest[c]);
    out[i] = (out[i] - offset[c]) / scale[c];
  }
  return out;
}

}  // namespace learningplane::model::detail
