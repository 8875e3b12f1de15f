#include "model/recurrent_scaling.hpp"

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

/// Calls visit(input, value, row's first number) for every number of one window before scaling.
template <class Visit>
void visit_window(const RecurrentScaling& s, std::span<const double> window, std::size_t columns,
                  const Visit& visit) {
  const double last = window[window.size() - columns + s.target_column];
  for (std::size_t row = 0; row < window.size(); row += columns) {
    for (std::size_t c = 0; c < columns; ++c) {
      const bool shifted = c == s.target_column && s.form == TargetForm::relative;
      visit(c, window[row + c] - (shifted ? last : 0), row);
    }
    if (s.form == TargetForm::both) visit(columns, window[row + s.target_column] - last, row);
  }
}

}  // namespace

RecurrentScaling RecurrentScaling::fit(const RecurrentOptions& options, std::size_t target_column,
                                       const WindowView& windows, std::span<const double> targets) {
  const std::size_t width = windows.values.size() / windows.count;
  const std::size_t columns = width / windows.steps;
  RecurrentScaling out;
  out.form = options.target_form;
  out.target_column = target_column;
  out.range = options.input_range;
  std::vector<Moments> moments(columns + (out.form == TargetForm::both ? 1 : 0));
  for (std::size_t w = 0; w < windows.count; ++w)
    visit_window(out, windows.values.subspan(w * width, width), columns,
                 [&moments](std::size_t c, double v, std::size_t) { moments[c].add(v); });
  for (const Moments& m : moments) {
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
  // Where nothing ever changed there is nothing to learn: what the network still says is noise.
  if (m.lowest == m.highest) out.target_scale = 1e-9 * std::max(1.0, std::abs(out.target_offset));
  return out;
}

std::vector<double> RecurrentScaling::windows(const WindowView& raw) const {
  std::vector<double> out;
  out.reserve(raw.count * raw.steps * inputs());
  const std::size_t width = raw.steps * columns();
  for (std::size_t w = 0; w < raw.count; ++w) {
    visit_window(*this, raw.values.subspan(w * width, width), columns(),
                 [&](std::size_t c, double v, std::size_t) {
                   if (range == InputRange::clipped) v = std::clamp(v, lowest[c], highest[c]);
                   out.push_back((v - offset[c]) / scale[c]);
                 });
  }
  return out;
}

std::vector<double> RecurrentScaling::gradient(const WindowView& raw,
                                               std::span<const double> scaled) const {
  std::vector<double> out(raw.values.size(), 0.0);
  const std::size_t width = raw.steps * columns();
  std::size_t next = 0;
  for (std::size_t w = 0; w < raw.count; ++w) {
    double* to = out.data() + w * width;
    double& last = to[width - columns() + target_column];
    visit_window(*this, raw.values.subspan(w * width, width), columns(),
                 [&](std::size_t c, double v, std::size_t row) {
                   const double g = scaled[next++] / scale[c];
                   if (range == InputRange::clipped && (v < lowest[c] || v > highest[c])) return;
                   const bool relative = c == columns() || form == TargetForm::relative;
                   to[row + (c == columns() ? target_column : c)] += g;
                   if (relative && (c == columns() || c == target_column)) last -= g;
                 });
  }
  return out;
}

}  // namespace learningplane::model::detail
