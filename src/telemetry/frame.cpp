#include "learningplane/telemetry/frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "learningplane/telemetry/series.hpp"

namespace learningplane::telemetry {

std::string_view to_string(CellFlag flag) {
  static constexpr std::string_view names[] = {"observed", "imputed", "absent", "not_a_number",
                                               "infinite", "stale",   "failed"};
  return names[static_cast<std::size_t>(flag)];
}

CellFlag Column::flag(std::size_t row) const {
  if (!flags.empty()) return static_cast<CellFlag>(flags[row]);
  return std::isfinite(values[row]) ? CellFlag::observed : CellFlag::absent;
}

bool Column::known(std::size_t row) const { return std::isfinite(values[row]); }

Result<Frame> Frame::make(Buffer<std::int64_t> times_ns, std::vector<Column> columns) {
  for (std::size_t i = 1; i < times_ns.size(); ++i) {
    if (times_ns[i] <= times_ns[i - 1]) {
      return fail(
          Errc::malformed,
          fmt::format(
              "frame: the time stamps must increase, row {} ({}) does not come after row {}", i,
              to_iso8601(from_ns(times_ns[i])), i - 1));
    }
  }
  std::set<std::pair<std::string_view, const Labels*>, decltype([](const auto& a, const auto& b) {
             return a.first != b.first ? a.first < b.first : *a.second < *b.second;
           })>
      seen;
  for (const Column& c : columns) {
    if (c.values.size() != times_ns.size() ||
        (!c.flags.empty() && c.flags.size() != times_ns.size())) {
      return fail(Errc::malformed,
                  fmt::format("frame: column {} has {} values and {} flags for {} time stamps",
                              c.id(), c.values.size(), c.flags.size(), times_ns.size()));
    }
    if (!seen.insert({c.name, &c.labels}).second)
      return fail(Errc::malformed, fmt::format("frame: column {} stands twice", c.id()));
  }
  Frame out;
  out.times_ = std::move(times_ns);
  out.columns_ = std::move(columns);
  return out;
}

const Column* Frame::find(std::string_view name, const Labels& labels) const {
  const Column* found = nullptr;
  for (const Column& c : columns_) {
    if (c.name != name || !c.labels.contains(labels)) continue;
    if (found != nullptr) return nullptr;
    found = &c;
  }
  return found;
}

Result<const Column*> Frame::require(std::string_view name, const Labels& labels) const {
  if (const Column* c = find(name, labels)) return c;
  std::string have;
  for (const Column& c : columns_) {
    if (have.size() > 400) {
      have += ", …";
      break;
    }
    have += (have.empty() ? "" : ", ") + c.id();
  }
  return fail(Errc::not_found,
              fmt::format("there is not exactly one column {}{}; the frame has: {}", name,
                          labels.to_string(), have.empty() ? "none" : have));
}

Frame Frame::slice(std::size_t first, std::size_t count) const {
  first = std::min(first, rows());
  count = std::min(count, rows() - first);
  Frame out = *this;
  out.times_ = times_.slice(first, count);
  for (Column& c : out.columns_) {
    c.values = c.values.slice(first, count);
    if (!c.flags.empty()) c.flags = c.flags.slice(first, count);
  }
  return out;
}

std::size_t Frame::lower_bound(TimePoint t) const {
  return static_cast<std::size_t>(std::lower_bound(times_.begin(), times_.end(), to_ns(t)) -
                                  times_.begin());
}

Frame Frame::between(TimePoint begin, TimePoint end) const {
  const std::size_t first = lower_bound(begin);
  return slice(first, std::max(first, lower_bound(end)) - first);
}

Frame Frame::where(const Labels& labels) const {
  Frame out;
  out.times_ = times_;
  for (const Column& c : columns_) {
    if (c.labels.contains(labels)) out.columns_.push_back(c);
  }
  return out;
}

Result<Frame> Frame::select(const std::vector<std::string>& names) const {
  Frame out;
  out.times_ = times_;
  for (const std::string& name : names) {
    auto c = require(name);
    if (!c) return tl::unexpected(c.error());
    out.columns_.push_back(**c);
  }
  return out;
}

Result<Frame> Frame::with(Column column) const {
  std::vector<Column> columns = columns_;
  auto same = std::find_if(columns.begin(), columns.end(), [&](const Column& c) {
    return c.name == column.name && c.labels == column.labels;
  });
  if (same != columns.end()) {
    *same = std::move(column);
  } else {
    columns.push_back(std::move(column));
  }
  return make(times_, std::move(columns));
}

std::vector<std::string> Frame::label_values(std::string_view label) const {
  std::set<std::string> out;
  for (const Column& c : columns_) {
    if (auto v = c.labels.get(label)) out.emplace(*v);
  }
  return {out.begin(), out.end()};
}

Duration Frame::step() const {
  std::map<std::int64_t, std::size_t> counts;
  std::int64_t best = 0;
  for (std::size_t i = 1; i < rows(); ++i) {
    const std::int64_t d = times_[i] - times_[i - 1];
    // The smaller distance wins a draw.
    const std::size_t n = ++counts[d];
    if (best == 0 || n > counts[best] || (n == counts[best] && d < best)) best = d;
  }
  return Duration{best};
}

double Frame::imputed_share() const {
  std::size_t usable = 0, imputed = 0;
  for (const Column& c : columns_) {
    for (std::size_t i = 0; i < rows(); ++i) {
      if (!c.known(i)) continue;
      ++usable;
      if (c.flag(i) == CellFlag::imputed) ++imputed;
    }
  }
  return usable == 0 ? 0.0 : static_cast<double>(imputed) / static_cast<double>(usable);
}

double Frame::unknown_share() const {
  std::size_t unknown = 0;
  for (const Column& c : columns_) {
    for (std::size_t i = 0; i < rows(); ++i) unknown += c.known(i) ? 0 : 1;
  }
  const std::size_t cells = rows() * columns();
  return cells == 0 ? 0.0 : static_cast<double>(unknown) / static_cast<double>(cells);
}

namespace {

constexpr auto absent = static_cast<std::uint8_t>(CellFlag::absent);

std::vector<std::int64_t> union_of_times(const std::vector<Frame>& frames) {
  std::vector<std::int64_t> times;
  for (const Frame& f : frames) times.insert(times.end(), f.times_ns().begin(), f.times_ns().end());
  std::sort(times.begin(), times.end());
  times.erase(std::unique(times.begin(), times.end()), times.end());
  return times;
}

/// Copies the cells of `from` into the column that `values` and `flags` will become; known cells
/// win over unknown ones.
void spread(const Frame& frame, const Column& from, const std::vector<std::int64_t>& times,
            std::vector<double>& values, std::vector<std::uint8_t>& flags) {
  std::size_t row = 0;
  for (std::size_t i = 0; i < frame.rows(); ++i) {
    row =
        static_cast<std::size_t>(std::lower_bound(times.begin() + static_cast<std::ptrdiff_t>(row),
                                                  times.end(), frame.times_ns()[i]) -
                                 times.begin());
    if (!from.known(i) && std::isfinite(values[row])) continue;
    values[row] = from.values[i];
    flags[row] = static_cast<std::uint8_t>(from.flag(i));
  }
}

}  // namespace

Result<Frame> join(const std::vector<Frame>& frames) {
  const std::vector<std::int64_t> times = union_of_times(frames);
  std::vector<Column> columns;
  for (const Frame& f : frames) {
    for (const Column& c : f.all()) {
      std::vector<double> values(times.size(), std::numeric_limits<double>::quiet_NaN());
      std::vector<std::uint8_t> flags(times.size(), absent);
      spread(f, c, times, values, flags);
      columns.push_back(Column{c.name, c.labels, c.unit, std::move(values), std::move(flags)});
    }
  }
  auto out = Frame::make(times, std::move(columns));
  if (!out) out.error().code = Errc::conflict;
  return out;
}

Result<Frame> concat(const std::vector<Frame>& frames) {
  const std::vector<std::int64_t> times = union_of_times(frames);
  struct Filling {
    Column column;
    std::vector<double> values;
    std::vector<std::uint8_t> flags;
  };
  std::vector<Filling> filling;
  std::map<std::pair<std::string, Labels>, std::size_t> index;
  for (const Frame& f : frames) {
    for (const Column& c : f.all()) {
      auto [it, fresh] = index.try_emplace({c.name, c.labels}, filling.size());
      if (fresh) {
        filling.push_back(
            {Column{c.name, c.labels, c.unit, {}, {}},
             std::vector<double>(times.size(), std::numeric_limits<double>::quiet_NaN()),
             std::vector<std::uint8_t>(times.size(), absent)});
      }
      spread(f, c, times, filling[it->second].values, filling[it->second].flags);
    }
  }
  std::vector<Column> columns;
  for (Filling& f : filling) {
    f.column.values = std::move(f.values);
    f.column.flags = std::move(f.flags);
    columns.push_back(std::move(f.column));
  }
  return Frame::make(times, std::move(columns));
}

Result<Series> series_of(const Frame& frame, std::string_view name, const Labels& labels) {
  auto column = frame.require(name, labels);
  if (!column) return tl::unexpected(column.error());
  return Series{frame.times_ns(), **column};
}

}  // namespace learningplane::telemetry
