#include "model/lstm_windows.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace learningplane::model::detail {

Result<LstmRows> LstmRows::from(const telemetry::Frame& frame,
                                const std::vector<std::string>& columns) {
  LstmRows out;
  out.columns = columns.size();
  out.times = frame.times_ns().to_vector();
  out.values.resize(frame.rows() * columns.size());
  out.imputed.assign(frame.rows(), 0);
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const auto column = frame.require(columns[c]);
    if (!column) return fail_within("lstm", column.error());
    for (std::size_t r = 0; r < frame.rows(); ++r) {
      const bool known = (*column)->known(r) && std::isfinite((*column)->values[r]);
      out.values[r * columns.size() + c] =
          known ? (*column)->values[r] : std::numeric_limits<double>::quiet_NaN();
      if (known && (*column)->flag(r) == telemetry::CellFlag::imputed) ++out.imputed[r];
    }
  }
  return out;
}

std::size_t LstmRows::append(const LstmRows& newer) {
  std::size_t first = 0;
  while (first < newer.size() && !times.empty() && newer.times[first] <= times.back()) ++first;
  const auto skip = static_cast<std::ptrdiff_t>(first);
  times.insert(times.end(), newer.times.begin() + skip, newer.times.end());
  imputed.insert(imputed.end(), newer.imputed.begin() + skip, newer.imputed.end());
  values.insert(values.end(),
                newer.values.begin() + skip * static_cast<std::ptrdiff_t>(newer.columns),
                newer.values.end());
  return newer.size() - first;
}

void LstmRows::keep_last(std::size_t count) {
  if (size() <= count) return;
  const auto drop = static_cast<std::ptrdiff_t>(size() - count);
  times.erase(times.begin(), times.begin() + drop);
  imputed.erase(imputed.begin(), imputed.begin() + drop);
  values.erase(values.begin(), values.begin() + drop * static_cast<std::ptrdiff_t>(columns));
}

std::vector<std::size_t> LstmRows::runs(std::int64_t step) const {
  std::vector<std::size_t> out(size(), 0);
  for (std::size_t r = 0; r < size(); ++r) {
    const auto row = values.begin() + static_cast<std::ptrdiff_t>(r * columns);
    const bool known = std::none_of(row, row + static_cast<std::ptrdiff_t>(columns),
                                    [](double v) { return std::isnan(v); });
    if (!known) continue;
    const bool follows = r > 0 && times[r] - times[r - 1] == step;
    out[r] = follows ? out[r - 1] + 1 : 1;
  }
  return out;
}

LstmWindows LstmWindows::from(const LstmRows& rows, const Cut& cut) {
  LstmWindows out;
  out.steps = cut.steps;
  const std::vector<std::size_t> runs = rows.runs(cut.step_ns);
  const std::size_t n = rows.columns;
  for (std::size_t last = cut.steps + cut.outputs - 1; last < rows.size(); ++last) {
    const std::size_t target = last + 1 - cut.outputs;  // the first target's row
    if (runs[last] < cut.steps + cut.outputs || target < cut.first_target) continue;
    const auto begin = rows.values.begin() + static_cast<std::ptrdiff_t>((target - cut.steps) * n);
    out.values.insert(out.values.end(), begin, begin + static_cast<std::ptrdiff_t>(cut.steps * n));
    for (std::size_t i = target; i <= last; ++i)
      out.targets.push_back(rows.values[i * n + cut.target_column]);
    out.ends.push_back(target - 1);
    ++out.count;
  }
  return out;
}

void LstmWindows::thin(std::size_t most) {
  if (count <= most) return;
  const std::size_t width = values.size() / count, outputs = targets.size() / count;
  for (std::size_t i = 0; i < most; ++i) {
    const std::size_t from = i * count / most;
    std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(from * width), width,
                values.begin() + static_cast<std::ptrdiff_t>(i * width));
    std::copy_n(targets.begin() + static_cast<std::ptrdiff_t>(from * outputs), outputs,
                targets.begin() + static_cast<std::ptrdiff_t>(i * outputs));
    ends[i] = ends[from];
  }
  values.resize(most * width);
  targets.resize(most * outputs);
  ends.resize(most);
  count = most;
}

}  // namespace learningplane::model::detail
