#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "telemetry/csv_table.hpp"
#include "telemetry/csv_time.hpp"

namespace learningplane::telemetry::detail {

enum class CsvInput { more_follows, complete };

/// Reads records out of pieces of text into a table. One object for all files of one read.
class CsvParser {
 public:
  CsvParser(const CsvOptions& options, CsvTable& table);
  /// The next text starts a file with a header of its own.
  void begin_file(std::string name);
  /// Takes whole records from the front of the text. @return how many bytes were taken.
  Result<std::size_t> feed(std::string_view text, CsvInput input);
  /// Records taken from this file, the header not counted.
  std::size_t records() const { return records_; }
  bool has_header() const { return !roles_.empty(); }

 private:
  enum class Role : std::uint8_t { ignored, time, label, value };
  enum class Ended : std::uint8_t { field, record, cut_off };
  struct FieldRole {
    Role role = Role::ignored;
    std::size_t index = 0;  ///< of the label, or of the value in values_
  };
  struct Cursor {
    const char* at;
    const char* end;
    CsvInput input;
    std::size_t line_breaks = 0;  ///< inside quotes
  };

  Result<Ended> take_field(Cursor& c, std::string_view& text, bool& quoted);
  Result<Ended> take_quoted(Cursor& c, std::string_view& text);
  Ended end_of_field(Cursor& c) const;
  Result<bool> take_record(Cursor& c);
  Ended take_number(Cursor& c, std::size_t value);
  Result<bool> take_header(Cursor& c);
  Result<void> assign_roles(const std::vector<std::string>& names);
  Result<std::size_t> find_time(const std::vector<std::string>& names) const;
  Result<void> take_cell(std::string_view text, bool quoted, const FieldRole& role);
  Result<void> take_value(std::string_view text, std::size_t value);
  Result<void> commit();
  tl::unexpected<Failure> bad(Errc code, std::string_view what) const;

  const CsvOptions& options_;
  CsvTable& table_;
  CsvTime time_parser_;
  std::string file_;
  std::size_t line_ = 1;
  std::size_t records_ = 0;
  bool started_ = false;  ///< past a byte order mark
  char separator_ = 0;
  bool numeric_missing_ = false;  ///< a token of `missing` reads as a number ("-999")
  std::vector<FieldRole> roles_;
  std::vector<std::size_t> columns_;  ///< of the table, by value
  std::string scratch_;               ///< an unescaped quoted field
  // The record being read; it reaches the table whole or not at all.
  std::int64_t time_ = 0;
  std::vector<std::string> labels_;
  std::vector<std::uint8_t> plain_;  ///< by value: a number came before, the quick way may be tried
  std::vector<double> values_;
  std::vector<std::uint8_t> flags_;
  std::vector<std::string> last_labels_;
  CsvGroup* group_ = nullptr;  ///< of last_labels_
};

}  // namespace learningplane::telemetry::detail
