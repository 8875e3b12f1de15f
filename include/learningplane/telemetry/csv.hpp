#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/result.hpp"
#include "learningplane/telemetry/frame.hpp"

namespace learningplane::telemetry {

/// How a time cell is written. `automatic` decides by the first time cell and keeps to it: digits
/// are epoch numbers, whose magnitude tells the unit (below 1e11 seconds, below 1e14 milliseconds,
/// below 1e17 microseconds, else nanoseconds); anything else is ISO 8601.
enum class CsvTimeFormat { automatic, seconds, milliseconds, microseconds, nanoseconds, iso8601 };
enum class CsvDuplicates {
  last_known_wins,  ///< cell by cell: of one time and label set, the last known cell of the input
  refuse            ///< a cell known twice is a failure
};
enum class CsvBadCell {
  refuse,  ///< a cell that is no number is a failure naming file, line, column and value
  unknown  ///< it becomes an unknown cell, flagged not_a_number
};

struct CsvOptions {
  std::vector<std::string> paths{};  ///< files, folders (their *.csv) or globs, each sorted by name
  char separator = 0;                ///< ',', ';' or tab; 0: the most frequent one in the header
  std::string
      time_column{};  ///< empty: the first named timestamp, time, ds or date, else the first
  CsvTimeFormat time_format = CsvTimeFormat::automatic;
  std::string zone =
      "UTC";  ///< of ISO times without offset: IANA name, or "refuse"; of an hour
              ///< that stands twice the first, an hour that does not exist is refused
  std::vector<std::string> label_columns{};  ///< their text tells series apart: rows become columns
  std::vector<std::string> value_columns{};  ///< empty: every other column that holds a number
  std::vector<std::string> ignore_columns{};  ///< read over
  /// Cells without a value; unquoted blanks round them do not count. NaN and Inf are known by
  /// themselves and flagged as such.
  std::vector<std::string> missing{"", "NA", "N/A", "n/a", "#N/A", "<NA>", "null", "NULL", "None"};
  CsvDuplicates duplicates = CsvDuplicates::last_known_wins;
  CsvBadCell bad_cell = CsvBadCell::refuse;
  std::size_t max_line_bytes = 1U << 20U;  ///< of one record, line breaks inside quotes included
  std::size_t max_columns = 10'000;
  std::size_t max_label_sets = 10'000;
};

/// Reads all files as one table in chunks: times sorted, one column for each value column
/// and label set. Reads RFC 4180 quoting, LF and CRLF, a UTF-8 byte order mark; blank lines are
/// passed over; columns are matched by name between files. Of a column that was not asked for by
/// name and holds text only nothing is kept.
/// @return not_found (path, column), malformed (place named), too_large (a limit), conflict
/// (duplicates).
Result<Frame> read_csv(const CsvOptions& options);
/// The same for a text in memory; `paths` is not used.
Result<Frame> parse_csv(std::string_view text, const CsvOptions& options = {});

/// Writes ISO 8601 times and the shortest numbers that read back the same; unknown cells are empty,
/// flags are not kept. Where all columns carry the same label names, labels become columns; else
/// they stand in the header as name{labels}. The file appears whole or not at all.
/// @return unavailable (cannot be written).
Result<void> write_csv(const Frame& frame, const std::string& path, char separator = ',');

}  // namespace learningplane::telemetry
