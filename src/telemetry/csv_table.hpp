#pragma once
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "learningplane/telemetry/csv.hpp"

namespace learningplane::telemetry::detail {

/// The cells of one value column of one label set, by row. Cells that nothing was said about cost
/// nothing until a later one is set.
class CsvColumn {
 public:
  /// @return false where a known cell was replaced.
  bool set(std::size_t row, double value) {
    if (row < values_.size()) {
      const bool fresh = std::isnan(values_[row]);
      values_[row] = value;
      return fresh;
    }
    if (row > values_.size()) values_.resize(row, std::numeric_limits<double>::quiet_NaN());
    values_.push_back(value);
    return true;
  }
  void set_unknown(std::size_t row, CellFlag why) {
    if (row >= flags_.size()) flags_.resize(row + 1, std::uint8_t{0});
    flags_[row] = static_cast<std::uint8_t>(why);
  }
  bool untouched() const { return values_.empty(); }
  void reserve(std::size_t rows) { values_.reserve(rows); }
  std::vector<double>& values() { return values_; }
  std::vector<std::uint8_t>& flags() { return flags_; }

 private:
  std::vector<double> values_;
  std::vector<std::uint8_t> flags_;
};

/// What was read of one label set, in the order of the input.
struct CsvGroup {
  Labels labels;
  std::vector<std::int64_t> times;
  bool increasing = true;
  std::vector<CsvColumn> columns;  ///< by number of the value column
};

/// What is known of one value column over all label sets.
struct CsvColumnState {
  std::string name;
  bool asked_for = false;  ///< named in value_columns: text in it is a failure at once
  bool seen = false;       ///< stands in a header
  bool has_number = false;
  std::string first_text;  ///< place and value of the first cell that is no number
};

/// Collects records, and makes a frame of them.
class CsvTable {
 public:
  explicit CsvTable(const CsvOptions& options);
  /// The number of the value column of that name, made where it is new.
  std::size_t column(const std::string& name);
  CsvColumnState& state(std::size_t column) { return states_[column]; }
  std::size_t column_count() const { return states_.size(); }
  /// The label set with these values of the label columns. @return too_large
  Result<CsvGroup*> group(const std::vector<std::string>& values);
  /// The row for that time: a new one, or the last one where the time is the same.
  static std::size_t row_for(CsvGroup& group, std::int64_t time);
  /// Expected rows of the whole input, to make room at once.
  void expect_rows(std::size_t rows) { expected_rows_ = rows; }
  std::size_t expected_rows() const { return expected_rows_; }
  /// Sorts, merges and hands everything over; the table is spent.
  Result<Frame> finish() &&;

 private:
  std::vector<std::int64_t> union_of_times() const;
  Result<Column> make_column(CsvGroup& group, std::size_t column,
                             const std::vector<std::uint32_t>& to_row,
                             const std::vector<std::int64_t>& times) const;

  const CsvOptions& options_;
  std::vector<CsvColumnState> states_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::vector<std::unique_ptr<CsvGroup>> groups_;
  std::unordered_map<std::string, CsvGroup*> by_key_;
  std::string key_;
  std::size_t expected_rows_ = 0;
};

}  // namespace learningplane::telemetry::detail
