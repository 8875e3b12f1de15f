#include "adapters/prometheus/columns.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace learningplane::adapters::prometheus {

namespace {

using telemetry::CellFlag;
constexpr auto absent = static_cast<std::uint8_t>(CellFlag::absent);
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t ns_per_ms = 1'000'000;

std::uint8_t flag_of(double value) {
  const CellFlag flag = std::isnan(value)   ? CellFlag::not_a_number
                        : std::isinf(value) ? CellFlag::infinite
                                            : CellFlag::observed;
  return static_cast<std::uint8_t>(flag);
}

double cell_of(double value) { return std::isfinite(value) ? value : unknown; }

}  // namespace

Result<std::pair<std::string, Labels>> column_key(const Query& query, const AnswerSeries& series) {
  std::string name = query.name;
  std::vector<Labels::Pair> kept;
  for (const Labels::Pair& pair : series.metric) {
    if (pair.first == "__name__") {
      if (name.empty()) name = pair.second;
    } else if (!query.labels || std::find(query.labels->begin(), query.labels->end(), pair.first) !=
                                    query.labels->end()) {
      kept.push_back(pair);
    }
  }
  if (name.empty()) {
    return fail(Errc::invalid_argument,
                fmt::format("query {}: its series have no metric name; give the query a name",
                            query.query));
  }
  return std::pair{std::move(name), Labels(std::move(kept))};
}

Result<void> GridColumns::add(const Query& query, const Answer& answer, Chunk chunk) {
  for (const AnswerSeries& series : answer.series) {
    auto key = column_key(query, series);
    if (!key) return tl::unexpected(key.error());
    auto found = columns_.find(*key);
    if (found == columns_.end()) {
      if ((columns_.size() + 1) > max_cells_ / std::max<std::size_t>(1, grid_.count)) {
        return fail(Errc::too_large,
                    fmt::format("more than {} series of {} points pass the limit of {} cells; "
                                "narrow the window or the query, widen the step or raise max_cells",
                                columns_.size(), grid_.count, max_cells_));
      }
      found = columns_
                  .emplace(*key, Filling{query.unit, std::vector<double>(grid_.count, unknown),
                                         std::vector<std::uint8_t>(grid_.count, absent)})
                  .first;
    }
    if (auto done = place(*key, found->second, series, chunk); !done) return done;
  }
  return {};
}

Result<void> GridColumns::place(const Key& key, Filling& column, const AnswerSeries& series,
                                Chunk chunk) const {
  const std::int64_t begin = grid_.at(chunk.first);
  std::size_t row = chunk.first;
  for (std::size_t i = 0; i < series.times_ms.size(); ++i) {
    const std::int64_t t = series.times_ms[i];
    // The usual sample is the next point; a division is needed only behind a gap.
    if (t != grid_.at(row)) {
      const std::int64_t steps = (t - begin) / grid_.step_ms;
      if (t < begin || begin + steps * grid_.step_ms != t)
        row = chunk.first + chunk.count;
      else
        row = chunk.first + static_cast<std::size_t>(steps);
    }
    if (row >= chunk.first + chunk.count) {
      return fail(Errc::malformed,
                  fmt::format("answer: {}{} has a sample at {}, which was not asked for", key.first,
                              key.second.to_string(), to_iso8601(from_ns(t * ns_per_ms))));
    }
    if (column.flags[row] != absent) {
      return fail(
          Errc::conflict,
          fmt::format("{}{} has two values at {}: several series are equal in name and "
                      "labels kept; keep more labels or aggregate in the query",
                      key.first, key.second.to_string(), to_iso8601(from_ns(t * ns_per_ms))));
    }
    column.values[row] = cell_of(series.values[i]);
    column.flags[row] = flag_of(series.values[i]);
    ++row;
  }
  return {};
}

Result<telemetry::Frame> GridColumns::finish() && {
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < grid_.count; ++row) {
    const bool any = std::any_of(columns_.begin(), columns_.end(), [&](const auto& entry) {
      return entry.second.flags[row] != absent;
    });
    if (any) rows.push_back(row);
  }
  std::vector<std::int64_t> times;
  times.reserve(rows.size());
  for (const std::size_t row : rows) times.push_back(grid_.at(row) * ns_per_ms);
  std::vector<telemetry::Column> columns;
  for (auto& [key, filling] : columns_) {
    if (rows.size() < grid_.count) {
      for (std::size_t to = 0; to < rows.size(); ++to) {
        filling.values[to] = filling.values[rows[to]];
        filling.flags[to] = filling.flags[rows[to]];
      }
      filling.values.resize(rows.size());
      filling.flags.resize(rows.size());
    }
    columns.push_back(
        {key.first, key.second, filling.unit, std::move(filling.values), std::move(filling.flags)});
  }
  return telemetry::Frame::make(std::move(times), std::move(columns));
}

Result<telemetry::Frame> frame_of(const Query& query, const AnswerSeries& series) {
  auto key = column_key(query, series);
  if (!key) return tl::unexpected(key.error());
  std::vector<std::int64_t> times;
  std::vector<double> values;
  std::vector<std::uint8_t> flags;
  for (std::size_t i = 0; i < series.times_ms.size(); ++i) {
    times.push_back(series.times_ms[i] * ns_per_ms);
    values.push_back(cell_of(series.values[i]));
    flags.push_back(flag_of(series.values[i]));
  }
  return telemetry::Frame::make(std::move(times), {{key->first, key->second, query.unit,
                                                    std::move(values), std::move(flags)}});
}

}  // namespace learningplane::adapters::prometheus
