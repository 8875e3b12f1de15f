#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/labels.hpp"
#include "learningplane/result.hpp"
#include "learningplane/telemetry/buffer.hpp"
#include "learningplane/time.hpp"

namespace learningplane::telemetry {

/// Why a cell holds what it holds. Only `observed` and `imputed` cells carry a usable number; the
/// others are NaN.
enum class CellFlag : std::uint8_t {
  observed = 0,
  imputed,
  absent,
  not_a_number,
  infinite,
  stale,
  failed
};
std::string_view to_string(CellFlag flag);

/// One named series on a frame's time stamps. Values are contiguous doubles; NaN means unknown.
struct Column {
  std::string name{};
  Labels labels{};     ///< what tells it from columns of the same name ("cluster" = "edge-1")
  std::string unit{};  ///< base unit ("seconds", "bytes"); empty: none or unknown
  Buffer<double> values{};
  Buffer<std::uint8_t>
      flags;  ///< CellFlag of each cell; empty: finite cells observed, NaN cells absent

  CellFlag flag(std::size_t row) const;
  bool known(std::size_t row) const;
  /// name{labels}
  std::string id() const { return name + labels.to_string(); }
};

/// Columns over shared, strictly increasing UTC time stamps. Copies, slices and selections share
/// memory. Immutable.
class Frame {
 public:
  Frame() = default;
  /// @return malformed where the times do not strictly increase, lengths differ or two columns have
  /// the same name and labels.
  static Result<Frame> make(Buffer<std::int64_t> times_ns, std::vector<Column> columns);

  std::size_t rows() const { return times_.size(); }
  std::size_t columns() const { return columns_.size(); }
  bool empty() const { return rows() == 0 || columns() == 0; }
  const Buffer<std::int64_t>& times_ns() const { return times_; }
  TimePoint time(std::size_t row) const { return from_ns(times_[row]); }
  const Column& column(std::size_t i) const { return columns_[i]; }
  const std::vector<Column>& all() const { return columns_; }
  /// The column of that name whose labels contain `labels`; nullptr where none or several do.
  const Column* find(std::string_view name, const Labels& labels = {}) const;
  /// As find(), with a failure that names what is there.
  Result<const Column*> require(std::string_view name, const Labels& labels = {}) const;

  /// Rows [first, first + count).
  Frame slice(std::size_t first, std::size_t count) const;
  /// Rows with begin <= time < end.
  Frame between(TimePoint begin, TimePoint end) const;
  /// Columns whose labels contain `labels`. Rows stay, even those where nothing is known.
  Frame where(const Labels& labels) const;
  /// Columns of these names, in this order. @return not_found naming the missing one
  Result<Frame> select(const std::vector<std::string>& names) const;
  /// The same with one more column, or with the one of the same name and labels replaced.
  Result<Frame> with(Column column) const;
  /// The first row whose time is not before t; rows() where none.
  std::size_t lower_bound(TimePoint t) const;
  /// The distinct values of a label over the columns, sorted.
  std::vector<std::string> label_values(std::string_view label) const;
  /// The most frequent distance of neighbouring time stamps; zero with fewer than two rows.
  Duration step() const;
  /// Share of usable cells that are imputed, in [0, 1]; 0 where nothing is usable.
  double imputed_share() const;
  /// Share of cells that are unknown, in [0, 1].
  double unknown_share() const;

 private:
  Buffer<std::int64_t> times_;
  std::vector<Column> columns_;
};

/// Puts frames side by side on the union of their time stamps; cells that one has not are absent.
/// @return conflict where a column stands in two of them.
Result<Frame> join(const std::vector<Frame>& frames);
/// Puts frames of the same columns one after another. Rows of the same time are merged: the later
/// known cell wins.
Result<Frame> concat(const std::vector<Frame>& frames);

}  // namespace learningplane::telemetry
