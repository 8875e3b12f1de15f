#include "learningplane/features/scaler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace learningplane::features {

std::string_view to_string(ScalerKind kind) {
  switch (kind) {
    case ScalerKind::none: return "none";
    case ScalerKind::min_max: return "min_max";
    case ScalerKind::z_score: break;
  }
  return "z_score";
}

Result<ScalerKind> scaler_kind(std::string_view name) {
  for (ScalerKind kind : {ScalerKind::none, ScalerKind::min_max, ScalerKind::z_score}) {
    if (name == to_string(kind)) return kind;
  }
  return fail(Errc::invalid_argument,
              fmt::format("'{}' is no scaler; allowed are none, min_max and z_score", name));
}

Result<void> Scaler::fit(std::span<const double> rows, std::size_t columns) {
  if (columns == 0 || rows.size() % columns != 0) {
    return fail(Errc::invalid_argument,
                fmt::format("scaler: {} values are not rows of {} columns", rows.size(), columns));
  }
  std::vector<double> offset(columns, 0.0), scale(columns, 1.0);
  std::vector<double> low(columns, std::numeric_limits<double>::infinity()), high(columns);
  std::fill(high.begin(), high.end(), -std::numeric_limits<double>::infinity());
  std::vector<std::size_t> count(columns, 0);
  std::vector<double> sum(columns, 0.0);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double v = rows[i];
    if (!std::isfinite(v)) continue;
    const std::size_t c = i % columns;
    low[c] = std::min(low[c], v);
    high[c] = std::max(high[c], v);
    sum[c] += v;
    ++count[c];
  }
  for (std::size_t c = 0; c < columns; ++c) {
    if (count[c] == 0) {
      return fail(Errc::not_enough_data,
                  fmt::format("scaler: column {} has no known value in the training rows", c));
    }
    if (kind_ == ScalerKind::min_max) offset[c] = low[c];
    if (kind_ == ScalerKind::z_score) offset[c] = sum[c] / static_cast<double>(count[c]);
    if (kind_ == ScalerKind::min_max) scale[c] = high[c] - low[c];
  }
  if (kind_ == ScalerKind::z_score) {
    // A second pass over the distances from the mean: the one-pass formula cancels for columns like
    // bytes of memory.
    std::vector<double> squares(columns, 0.0);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::size_t c = i % columns;
      if (!std::isfinite(rows[i])) continue;
      const double d = rows[i] - offset[c];
      squares[c] += d * d;
    }
    for (std::size_t c = 0; c < columns; ++c)
      scale[c] = std::sqrt(squares[c] / static_cast<double>(count[c]));
  }
  for (std::size_t c = 0; c < columns; ++c) {
    // Constant columns: rounding of the mean must not become a huge factor.
    if (low[c] == high[c] || !(scale[c] > 0) || !std::isfinite(scale[c])) scale[c] = 1.0;
    if (low[c] == high[c] && kind_ != ScalerKind::none) offset[c] = low[c];
  }
  offset_ = std::move(offset);
  scale_ = std::move(scale);
  low_ = std::move(low);
  high_ = std::move(high);
  return {};
}

void Scaler::check(std::size_t column) const {
  if (column >= columns()) {
    throw LogicError(
        fmt::format("scaler: there is no column {}; it was fitted on {}", column, columns()));
  }
}

double Scaler::transform(double value, std::size_t column, OutOfRange range) const {
  check(column);
  // A comparison with NaN is false, so that NaN passes unchanged.
  if (range == OutOfRange::clip) {
    if (value < low_[column]) value = low_[column];
    if (value > high_[column]) value = high_[column];
  }
  return (value - offset_[column]) / scale_[column];
}

double Scaler::inverse(double value, std::size_t column) const {
  check(column);
  return value * scale_[column] + offset_[column];
}

void Scaler::transform(std::span<double> rows, OutOfRange range) const {
  if (!fitted() || rows.size() % columns() != 0)
    throw LogicError("scaler: transform() needs rows of the columns that fit() saw");
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = transform(rows[i], i % columns(), range);
}

void Scaler::inverse(std::span<double> rows) const {
  if (!fitted() || rows.size() % columns() != 0)
    throw LogicError("scaler: inverse() needs rows of the columns that fit() saw");
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = inverse(rows[i], i % columns());
}

std::vector<double> Scaler::save() const {
  std::vector<double> out;
  out.reserve(4 * columns());
  for (const auto* part : {&offset_, &scale_, &low_, &high_})
    out.insert(out.end(), part->begin(), part->end());
  return out;
}

Result<void> Scaler::load(std::span<const double> saved) {
  const std::size_t n = saved.size() / 4;
  if (n == 0 || saved.size() % 4 != 0) {
    return fail(Errc::malformed,
                fmt::format("scaler: {} values are not four rows of numbers", saved.size()));
  }
  for (std::size_t i = 0; i < saved.size(); ++i) {
    const bool is_scale = i / n == 1;
    if (!std::isfinite(saved[i]) || (is_scale && !(saved[i] > 0))) {
      return fail(Errc::malformed,
                  fmt::format("scaler: value {} is {}, which cannot be", i, saved[i]));
    }
  }
  const auto part = [&](std::size_t k) {
    const auto s = saved.subspan(k * n, n);
    return std::vector<double>(s.begin(), s.end());
  };
  offset_ = part(0);
  scale_ = part(1);
  low_ = part(2);
  high_ = part(3);
  return {};
}

}  // namespace learningplane::features
