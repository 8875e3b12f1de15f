#include "cli/long_csv.hpp"

#include <algorithm>
#include <charconv>
#include <limits>

#include "learningplane/error.hpp"
#include "learningplane/telemetry/csv.hpp"

namespace learningplane::cli {

namespace {

constexpr std::size_t most_line_bytes = 1U << 20U;

/// The most frequent of the separators that are known.
char separator_of(const std::string& header) {
  const std::string known = ",;\t";
  return *std::max_element(known.begin(), known.end(), [&header](char a, char b) {
    return std::count(header.begin(), header.end(), a) <
           std::count(header.begin(), header.end(), b);
  });
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

LongCsv::LongCsv(LongCsvOptions options)
    : options_(std::move(options)),
      buffer_(1U << 18U),
      time_(telemetry::CsvTimeFormat::automatic, options_.zone),
      missing_(telemetry::CsvOptions{}.missing) {
  in_.rdbuf()->pubsetbuf(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  in_.open(options_.path, std::ios::binary | std::ios::ate);
  if (!in_) throw Error(Failure{Errc::not_found, options_.path + ": cannot be read", {}});
  size_ = static_cast<double>(in_.tellg());
  in_.seekg(0);
  while (read_line(text_) && text_.empty()) {
  }
  if (text_.starts_with("\xef\xbb\xbf")) text_.erase(0, 3);
  separator_ = separator_of(text_);
  if (text_.empty() || !read_record()) bad("there is no header");
  columns_ = count_;
  id_ = find(options_.id_column);
  time_at_ = find(options_.time_column);
  value_ = find(options_.value_column);
  text_.clear();
}

void LongCsv::bad(const std::string& what) const {
  throw Error(
      Failure{Errc::malformed, options_.path + ":" + std::to_string(line_) + ": " + what, {}});
}

std::size_t LongCsv::find(const std::string& name) const {
  std::string all;
  for (std::size_t i = 0; i < count_; ++i) {
    if (fields_[i] == name) return i;
    all += (i == 0 ? "" : ", ") + fields_[i];
  }
  throw ConfigError(options_.path, "column", name, "one of " + all);
}

bool LongCsv::read_line(std::string& line) {
  if (!std::getline(in_, line)) return false;
  ++line_;
  bytes_ += static_cast<double>(line.size() + 1);
  if (line.size() > most_line_bytes) bad("a line is longer than 1 MiB");
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return true;
}

/// Splits text_ into fields_; a quoted field may go on in the next lines.
bool LongCsv::read_record() {
  count_ = 0;
  std::size_t at = 0;
  while (true) {
    if (count_ == fields_.size()) fields_.emplace_back();
    std::string& field = fields_[count_++];
    field.clear();
    if (at < text_.size() && text_[at] == '"') {
      ++at;
      while (true) {
        const std::size_t quote = text_.find('"', at);
        if (quote == std::string::npos) {
          field.append(text_, at, std::string::npos).push_back('\n');
          if (!read_line(text_)) bad("a quote is not closed");
          if (field.size() > most_line_bytes) bad("a quoted cell is longer than 1 MiB");
          at = 0;
          continue;
        }
        field.append(text_, at, quote - at);
        at = quote + 1;
        if (at < text_.size() && text_[at] == '"') {
          field.push_back('"');
          ++at;
          continue;
        }
        break;
      }
      if (at < text_.size() && text_[at] != separator_) bad("text follows a closing quote");
    } else {
      const std::size_t end = std::min(text_.find(separator_, at), text_.size());
      field = trimmed(std::string_view(text_).substr(at, end - at));
      at = end;
    }
    if (at >= text_.size()) return true;
    ++at;  // the separator; a last empty field follows where it ends the line
  }
}

double LongCsv::number(const std::string& cell) const {
  double value = 0;
  const char* end = cell.data() + cell.size();
  const char* begin = cell.data() + (cell.starts_with('+') ? 1 : 0);
  const auto [stopped, error] = std::from_chars(begin, end, value);
  if (error == std::errc() && stopped == end && begin != end) return value;
  if (std::find(missing_.begin(), missing_.end(), cell) != missing_.end())
    return std::numeric_limits<double>::quiet_NaN();
  if (error == std::errc::result_out_of_range)
    bad("'" + cell + "' in the column '" + options_.value_column + "' is beyond a double");
  bad("'" + cell + "' in the column '" + options_.value_column + "' is no number");
}

std::optional<selection::ManySeries> LongCsv::next() {
  selection::ManySeries out;
  std::vector<std::int64_t> times;
  std::vector<double> values;
  while (true) {
    if (!pending_) {
      if (!read_line(text_)) break;
      if (text_.empty()) continue;
      read_record();
      if (count_ != columns_)
        bad(std::to_string(count_) + " cells, the header has " + std::to_string(columns_));
      if (fields_[id_].empty()) bad("no '" + options_.id_column + "'");
    }
    pending_ = false;
    if (times.empty()) {
      out.id = fields_[id_];
      if (!seen_.insert(out.id).second)
        bad("rows of '" + out.id + "' do not stand together: sort the file by " +
            options_.id_column);
    } else if (fields_[id_] != out.id) {
      pending_ = true;
      break;
    }
    const auto time = time_.parse(fields_[time_at_]);
    if (!time) bad(time.error().message);
    times.push_back(*time);
    values.push_back(number(fields_[value_]));
  }
  if (times.empty()) return std::nullopt;
  out.times_ns = std::move(times);
  out.values = std::move(values);
  return out;
}

double LongCsv::share() const { return size_ > 0 ? std::min(1.0, bytes_ / size_) : 1.0; }

}  // namespace learningplane::cli
