#include "telemetry/csv_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace learningplane::telemetry::detail {

namespace {

/// For each row read, the row of the frame.
std::vector<std::uint32_t> rows_in(const CsvGroup& group, const std::vector<std::int64_t>& times) {
  std::vector<std::uint32_t> out(group.times.size());
  std::size_t at = 0;
  for (std::size_t r = 0; r < out.size(); ++r) {
    const std::int64_t t = group.times[r];
    // Mostly the next one: inputs are nearly sorted.
    if (!(at < times.size() && times[at] == t)) {
      at =
          static_cast<std::size_t>(std::lower_bound(times.begin(), times.end(), t) - times.begin());
    }
    out[r] = static_cast<std::uint32_t>(at);
    ++at;
  }
  return out;
}

}  // namespace

CsvTable::CsvTable(const CsvOptions& options) : options_(options) {
  for (const std::string& name : options.value_columns) states_[column(name)].asked_for = true;
}

std::size_t CsvTable::column(const std::string& name) {
  const auto [it, is_new] = by_name_.try_emplace(name, states_.size());
  if (is_new) states_.push_back({name, false, false, false, {}});
  return it->second;
}

Result<CsvGroup*> CsvTable::group(const std::vector<std::string>& values) {
  key_.clear();
  for (const std::string& v : values) {
    // With the length in front, so that no two lists have the same key.
    const std::size_t length = v.size();
    key_.append(reinterpret_cast<const char*>(&length), sizeof length);
    key_ += v;
  }
  if (const auto it = by_key_.find(key_); it != by_key_.end()) {
    if (it->second->columns.size() < states_.size()) it->second->columns.resize(states_.size());
    return it->second;
  }
  if (groups_.size() >= options_.max_label_sets) {
    return fail(
        Errc::too_large,
        fmt::format("there are more than {} label sets; choose other label_columns or raise "
                    "max_label_sets",
                    options_.max_label_sets));
  }
  auto made = std::make_unique<CsvGroup>();
  for (std::size_t i = 0; i < values.size(); ++i)
    made->labels.set(options_.label_columns[i], values[i]);
  made->columns.resize(states_.size());
  groups_.push_back(std::move(made));
  by_key_.emplace(key_, groups_.back().get());
  return groups_.back().get();
}

std::size_t CsvTable::row_for(CsvGroup& group, std::int64_t time) {
  if (group.times.empty() || group.times.back() != time) {
    if (!group.times.empty() && time < group.times.back()) group.increasing = false;
    group.times.push_back(time);
  }
  return group.times.size() - 1;
}

std::vector<std::int64_t> CsvTable::union_of_times() const {
  std::vector<std::int64_t> out;
  for (const auto& g : groups_) {
    const auto old = static_cast<std::ptrdiff_t>(out.size());
    out.insert(out.end(), g->times.begin(), g->times.end());
    if (!g->increasing) std::sort(out.begin() + old, out.end());
    std::inplace_merge(out.begin(), out.begin() + old, out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
  }
  return out;
}

Result<Column> CsvTable::make_column(CsvGroup& group, std::size_t column,
                                     const std::vector<std::uint32_t>& to_row,
                                     const std::vector<std::int64_t>& times) const {
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  Column out{states_[column].name, group.labels, "", {}, {}};
  CsvColumn& source = group.columns[column];
  std::vector<double> values = std::move(source.values());
  std::vector<std::uint8_t> flags = std::move(source.flags());
  const bool as_read = to_row.empty();  // the rows read are the frame's rows
  if (as_read) {
    values.resize(times.size(), unknown);
  } else {
    std::vector<double> sorted(times.size(), unknown);
    for (std::size_t r = 0; r < values.size(); ++r) {
      if (std::isnan(values[r])) continue;
      double& cell = sorted[to_row[r]];
      if (!std::isnan(cell) && options_.duplicates == CsvDuplicates::refuse) {
        return fail(Errc::conflict, fmt::format("{} is known twice at {}", out.id(),
                                                to_iso8601(from_ns(times[to_row[r]]))));
      }
      cell = values[r];
    }
    values = std::move(sorted);
  }
  if (!flags.empty()) {
    std::vector<std::uint8_t> sorted(times.size(), std::uint8_t{0});
    for (std::size_t r = 0; r < flags.size(); ++r) {
      if (flags[r] != 0) sorted[as_read ? r : to_row[r]] = flags[r];
    }
    for (std::size_t r = 0; r < times.size(); ++r) {
      const auto plain = std::isnan(values[r]) ? CellFlag::absent : CellFlag::observed;
      if (!std::isnan(values[r]) || sorted[r] == 0) sorted[r] = static_cast<std::uint8_t>(plain);
    }
    out.flags = std::move(sorted);
  }
  out.values = std::move(values);
  return out;
}

Result<Frame> CsvTable::finish() && {
  for (const CsvColumnState& s : states_) {
    if (!s.seen)
      return fail(Errc::not_found, fmt::format("csv: no file has a value column {}", s.name));
  }
  if (groups_.empty() && options_.label_columns.empty()) {
    if (auto g = group({}); !g) return tl::unexpected(g.error());  // columns without rows
  }
  std::vector<std::int64_t> times;
  const bool as_read = groups_.size() == 1 && groups_.front()->increasing;
  if (as_read) {
    times = std::move(groups_.front()->times);
  } else {
    times = union_of_times();
  }
  std::vector<Column> columns;
  for (auto& g : groups_) {
    g->columns.resize(states_.size());
    const auto to_row = as_read ? std::vector<std::uint32_t>{} : rows_in(*g, times);
    std::vector<std::int64_t>().swap(g->times);
    for (std::size_t c = 0; c < states_.size(); ++c) {
      const CsvColumnState& s = states_[c];
      if (!s.has_number && !s.first_text.empty() && !s.asked_for) continue;  // text only
      auto column = make_column(*g, c, to_row, times);
      if (!column) return tl::unexpected(column.error());
      columns.push_back(std::move(*column));
    }
    g.reset();
  }
  return Frame::make(std::move(times), std::move(columns));
}

}  // namespace learningplane::telemetry::detail
