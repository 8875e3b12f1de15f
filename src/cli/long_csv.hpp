#pragma once
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "learningplane/selection/many_series.hpp"
#include "telemetry/csv_time.hpp"

namespace learningplane::cli {

struct LongCsvOptions {
  std::string path{};
  std::string id_column = "unique_id";
  std::string time_column = "ds";
  std::string value_column = "y";
  std::string zone = "UTC";  ///< of ISO times without offset
};

/// Many series in one CSV, read one at a time: the rows of a series must stand together, in any
/// order. Reads RFC 4180 quoting, LF and CRLF, a byte order mark; blank lines are passed over.
/// Cells that telemetry::CsvOptions calls missing are NaN.
class LongCsv {
 public:
  /// @throws Error (not_found), ConfigError (a column that is not there, zone)
  explicit LongCsv(LongCsvOptions options);
  /// The next series, none at the end. @throws Error naming file and line
  std::optional<selection::ManySeries> next();
  /// Share of the file that was read, in [0, 1].
  double share() const;

 private:
  bool read_record();
  bool read_line(std::string& line);
  std::size_t find(const std::string& name) const;
  double number(const std::string& cell) const;
  [[noreturn]] void bad(const std::string& what) const;

  LongCsvOptions options_;
  std::vector<char> buffer_;
  std::ifstream in_;
  telemetry::detail::CsvTime time_;
  std::vector<std::string> missing_;
  char separator_ = ',';
  std::size_t line_ = 0;  ///< of the record's last line
  double bytes_ = 0, size_ = 0;
  std::string text_;
  std::vector<std::string> fields_;
  std::size_t count_ = 0;  ///< fields of the record
  std::size_t id_ = 0, time_at_ = 0, value_ = 0, columns_ = 0;
  bool pending_ = false;  ///< fields_ hold the first row of the next series
  std::unordered_set<std::string> seen_;
};

}  // namespace learningplane::cli
