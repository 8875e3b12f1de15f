#include "telemetry/csv_parser.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace learningplane::telemetry::detail {

namespace {

constexpr auto observed = static_cast<std::uint8_t>(CellFlag::observed);
constexpr auto absent = static_cast<std::uint8_t>(CellFlag::absent);

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

template <class Range>
bool contains(const Range& range, std::string_view what) {
  return std::find(std::begin(range), std::end(range), what) != std::end(range);
}

/// A short decimal number without exponent, as nearly all are: its digits and the power of ten are
/// exact doubles, so that one division rounds correctly. Null where from_chars has to look at it.
const char* take_short_number(const char* at, const char* end, double& out) {
  static constexpr double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                      1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};
  const bool negative = at != end && *at == '-';
  at += negative ? 1 : 0;
  std::uint64_t digits = 0;
  const char* const first = at;
  const char* point = nullptr;
  for (; at != end; ++at) {
    const auto digit = static_cast<unsigned>(*at - '0');
    if (digit <= 9) {
      digits = digits * 10 + digit;  // overflows only where the count below refuses it
    } else if (*at == '.' && point == nullptr) {
      point = at;
    } else {
      break;
    }
  }
  const auto count = at - first - (point != nullptr ? 1 : 0);
  if (at == end || count == 0 || count > 18 || digits > (std::uint64_t{1} << 53U)) return nullptr;
  if (*at == 'e' || *at == 'E') return nullptr;
  const double value = static_cast<double>(digits) / powers[point == nullptr ? 0 : at - point - 1];
  out = negative ? -value : value;
  return at;
}

/// The separator that stands most often in the first line of the text outside quotes.
char guess_separator(const char* at, const char* end) {
  constexpr std::string_view candidates = ",;\t";
  std::size_t counts[3] = {0, 0, 0};
  bool quoted = false;
  for (; at != end && *at != '\n'; ++at) {
    if (*at == '"') quoted = !quoted;
    const auto which = candidates.find(*at);
    if (!quoted && which != std::string_view::npos) ++counts[which];
  }
  return candidates[static_cast<std::size_t>(std::max_element(counts, counts + 3) - counts)];
}

}  // namespace

CsvParser::CsvParser(const CsvOptions& options, CsvTable& table)
    : options_(options),
      table_(table),
      time_parser_(options.time_format, options.zone),
      labels_(options.label_columns.size()),
      last_labels_(options.label_columns.size()) {
  for (const std::string& token : options.missing) {
    double number = 0;
    const auto read = std::from_chars(token.data(), token.data() + token.size(), number);
    numeric_missing_ = numeric_missing_ || (!token.empty() && read.ec == std::errc{});
  }
}

void CsvParser::begin_file(std::string name) {
  file_ = std::move(name);
  line_ = 1;
  records_ = 0;
  started_ = false;
  roles_.clear();
  separator_ = options_.separator;
}

tl::unexpected<Failure> CsvParser::bad(Errc code, std::string_view what) const {
  return fail(code, fmt::format("{}:{}: {}", file_, line_, what));
}

Result<std::size_t> CsvParser::feed(std::string_view text, CsvInput input) {
  Cursor c{text.data(), text.data() + text.size(), input};
  if (!started_) {
    if (text.size() < 3 && input == CsvInput::more_follows) return std::size_t{0};
    started_ = true;
    if (text.starts_with("\xEF\xBB\xBF")) c.at += 3;
    if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
      return bad(Errc::malformed, "the file is UTF-16; save it as UTF-8");
  }
  while (true) {
    while (c.at != c.end &&
           (*c.at == '\n' || (*c.at == '\r' && c.at + 1 != c.end && c.at[1] == '\n'))) {
      c.at += *c.at == '\n' ? 1 : 2;
      ++line_;
    }
    if (c.at == c.end) break;
    const char* const record = c.at;
    c.line_breaks = 0;
    auto whole = roles_.empty() ? take_header(c) : take_record(c);
    if (!whole) return tl::unexpected(whole.error());
    const auto bytes = static_cast<std::size_t>((*whole ? c.at : c.end) - record);
    if (bytes > options_.max_line_bytes) {
      return bad(Errc::too_large,
                 fmt::format("the record has more than {} bytes; a quote may be open, or raise "
                             "max_line_bytes",
                             options_.max_line_bytes));
    }
    if (!*whole) {
      c.at = record;
      break;
    }
    line_ += 1 + c.line_breaks;
  }
  return static_cast<std::size_t>(c.at - text.data());
}

CsvParser::Ended CsvParser::end_of_field(Cursor& c) const {
  if (c.at == c.end) return c.input == CsvInput::complete ? Ended::record : Ended::cut_off;
  if (*c.at == separator_) {
    ++c.at;
    return Ended::field;
  }
  c.at += *c.at == '\r' ? 2 : 1;
  return Ended::record;
}

Result<CsvParser::Ended> CsvParser::take_quoted(Cursor& c, std::string_view& text) {
  scratch_.clear();
  ++c.at;
  while (true) {
    const char* const from = c.at;
    while (c.at != c.end && *c.at != '"') c.line_breaks += *c.at++ == '\n' ? 1 : 0;
    scratch_.append(from, c.at);
    if (c.at == c.end) {
      if (c.input == CsvInput::more_follows) return Ended::cut_off;
      return bad(Errc::malformed, "a quoted field that starts in this record is never closed");
    }
    ++c.at;
    if (c.at == c.end || *c.at != '"') break;
    scratch_ += '"';
    ++c.at;
  }
  text = scratch_;
  // A carriage return at the end of a piece: its line feed may follow.
  const bool is_cr = c.at != c.end && *c.at == '\r';
  if (is_cr && c.at + 1 == c.end) {
    if (c.input == CsvInput::more_follows) return Ended::cut_off;
    ++c.at;
    return Ended::record;
  }
  if (c.at != c.end && *c.at != separator_ && *c.at != '\n' && !(is_cr && c.at[1] == '\n'))
    return bad(Errc::malformed,
               "after a closing quote the field must end; double quotes inside it");
  return end_of_field(c);
}

Result<CsvParser::Ended> CsvParser::take_field(Cursor& c, std::string_view& text, bool& quoted) {
  quoted = c.at != c.end && *c.at == '"';
  if (quoted) return take_quoted(c, text);
  const char* const from = c.at;
  while (c.at != c.end && *c.at != separator_ && *c.at != '\n') ++c.at;
  const char* to = c.at;
  const bool at_line_end = c.at == c.end || *c.at == '\n';
  if (at_line_end && to != from && to[-1] == '\r') --to;
  text = trimmed({from, static_cast<std::size_t>(to - from)});
  return end_of_field(c);
}

/// The way nearly all cells go: a plain number that ends where the field ends. `cut_off` here means
/// "not that simple"; nothing was taken then.
CsvParser::Ended CsvParser::take_number(Cursor& c, std::size_t value) {
  double number = 0;
  const char* next = take_short_number(c.at, c.end, number);
  if (next == nullptr) {
    const auto read = std::from_chars(c.at, c.end, number);
    if (read.ec != std::errc{} || read.ptr == c.end || !std::isfinite(number))
      return Ended::cut_off;
    next = read.ptr;
  }
  const bool field = *next == separator_;
  if (*next == '\r' && next + 1 != c.end) ++next;
  if (!field && *next != '\n') return Ended::cut_off;
  values_[value] = number;
  flags_[value] = observed;
  c.at = next + 1;
  return field ? Ended::field : Ended::record;
}

Result<bool> CsvParser::take_record(Cursor& c) {
  const std::size_t fields = roles_.size();
  std::string_view text;
  bool quoted = false;
  for (std::size_t f = 0; f < fields; ++f) {
    const FieldRole& role = roles_[f];
    Ended ended = Ended::cut_off;
    if (role.role == Role::value && c.at != c.end) {
      if (*c.at == separator_) {
        flags_[role.index] = absent;
        ++c.at;
        continue;
      }
      if (plain_[role.index] != 0) ended = take_number(c, role.index);
    }
    if (ended == Ended::cut_off) {
      auto taken = take_field(c, text, quoted);
      if (!taken) return tl::unexpected(taken.error());
      if (*taken == Ended::cut_off) return false;
      ended = *taken;
      if (auto cell = take_cell(text, quoted, role); !cell) return tl::unexpected(cell.error());
    }
    if (ended == Ended::record) {
      if (f + 1 == fields) {
        auto done = commit();
        if (!done) return tl::unexpected(done.error());
        return true;
      }
      return bad(Errc::malformed, fmt::format("{} fields where the header has {}", f + 1, fields));
    }
  }
  return bad(Errc::malformed, fmt::format("more fields than the {} of the header", fields));
}

Result<void> CsvParser::take_cell(std::string_view text, bool quoted, const FieldRole& role) {
  switch (role.role) {
    case Role::ignored: return {};
    case Role::label: labels_[role.index].assign(text); return {};
    case Role::time: {
      auto t = time_parser_.parse(trimmed(text));
      if (!t) return bad(t.error().code, fmt::format("time column: {}", t.error().message));
      time_ = *t;
      return {};
    }
    case Role::value: break;
  }
  return take_value(quoted ? trimmed(text) : text, role.index);
}

Result<void> CsvParser::take_value(std::string_view text, std::size_t value) {
  flags_[value] = absent;
  if (contains(options_.missing, text)) return {};
  std::string_view digits = text;
  if (digits.starts_with('+') && digits.size() > 1 && digits[1] != '-') digits.remove_prefix(1);
  double number = 0;
  const auto [next, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const bool is_number = error == std::errc{} && next == digits.data() + digits.size();
  CsvColumnState& state = table_.state(columns_[value]);
  const bool strict = options_.bad_cell == CsvBadCell::refuse;
  constexpr std::string_view advice =
      "; correct it, add it to `missing`, or name the column in ignore_columns";
  if (is_number) {
    if (strict && std::isfinite(number) && !state.first_text.empty())
      return fail(Errc::malformed, state.first_text + std::string(advice));
    flags_[value] = std::isfinite(number)
                        ? observed
                        : static_cast<std::uint8_t>(std::isnan(number) ? CellFlag::not_a_number
                                                                       : CellFlag::infinite);
    values_[value] = number;
    state.has_number = state.has_number || std::isfinite(number);
    plain_[value] = state.has_number && !numeric_missing_ ? 1 : 0;
    return {};
  }
  const bool refused = strict && (state.has_number || state.asked_for);
  if (refused || state.first_text.empty()) {
    state.first_text = fmt::format("{}:{}: column {}: '{}' is no number", file_, line_, state.name,
                                   text.substr(0, 64));
  }
  if (refused) return fail(Errc::malformed, state.first_text + std::string(advice));
  if (!strict) flags_[value] = static_cast<std::uint8_t>(CellFlag::not_a_number);
  return {};
}

Result<void> CsvParser::commit() {
  if (group_ == nullptr || labels_ != last_labels_) {
    auto found = table_.group(labels_);
    if (!found) return bad(found.error().code, found.error().message);
    group_ = *found;
    std::swap(last_labels_, labels_);  // the next record writes them anew
  }
  if (group_->columns.size() < table_.column_count()) group_->columns.resize(table_.column_count());
  if (group_->times.size() >= std::numeric_limits<std::uint32_t>::max() - 1)
    return bad(Errc::too_large, "more than 4294967294 rows");
  const std::size_t row = CsvTable::row_for(*group_, time_);
  for (std::size_t v = 0; v < columns_.size(); ++v) {
    if (flags_[v] == absent) continue;
    CsvColumn& column = group_->columns[columns_[v]];
    if (flags_[v] != observed) {
      column.set_unknown(row, static_cast<CellFlag>(flags_[v]));
      continue;
    }
    if (column.untouched()) column.reserve(table_.expected_rows());
    if (!column.set(row, values_[v]) && options_.duplicates == CsvDuplicates::refuse) {
      return bad(Errc::conflict,
                 fmt::format("column {} is known twice at {}", table_.state(columns_[v]).name,
                             to_iso8601(from_ns(time_))));
    }
  }
  ++records_;
  return {};
}

Result<bool> CsvParser::take_header(Cursor& c) {
  // The guess needs the whole first line, or it would depend on how the text is cut into pieces.
  if (c.input == CsvInput::more_follows && std::find(c.at, c.end, '\n') == c.end) return false;
  if (separator_ == 0) separator_ = guess_separator(c.at, c.end);
  std::vector<std::string> names;
  std::string_view text;
  bool quoted = false;
  for (Ended ended = Ended::field; ended == Ended::field;) {
    auto taken = take_field(c, text, quoted);
    if (!taken) return tl::unexpected(taken.error());
    ended = *taken;
    if (ended == Ended::cut_off) {
      separator_ = options_.separator;  // guessed again once the whole header is here
      return false;
    }
    if (names.size() >= options_.max_columns) {
      return bad(Errc::too_large,
                 fmt::format("more than {} columns; raise max_columns", options_.max_columns));
    }
    names.emplace_back(text);
  }
  auto done = assign_roles(names);
  if (!done) return tl::unexpected(done.error());
  return true;
}

Result<std::size_t> CsvParser::find_time(const std::vector<std::string>& names) const {
  if (!options_.time_column.empty()) {
    const auto it = std::find(names.begin(), names.end(), options_.time_column);
    if (it == names.end()) {
      return bad(Errc::not_found, fmt::format("there is no time column {}; the header has: {}",
                                              options_.time_column, fmt::join(names, ", ")));
    }
    return static_cast<std::size_t>(it - names.begin());
  }
  constexpr std::string_view usual[] = {"timestamp", "time", "ds", "date"};
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (contains(usual, names[i])) return i;
  }
  return std::size_t{0};
}

Result<void> CsvParser::assign_roles(const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(i), names[i]) !=
        names.begin() + static_cast<std::ptrdiff_t>(i))
      return bad(Errc::malformed, fmt::format("the column '{}' stands twice", names[i]));
  }
  for (const std::string& label : options_.label_columns) {
    if (!contains(names, label)) {
      return bad(Errc::not_found, fmt::format("there is no label column {}; the header has: {}",
                                              label, fmt::join(names, ", ")));
    }
  }
  auto time = find_time(names);
  if (!time) return tl::unexpected(time.error());
  std::vector<FieldRole> roles(names.size());
  columns_.clear();
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto label =
        std::find(options_.label_columns.begin(), options_.label_columns.end(), names[i]);
    if (i == *time) {
      roles[i].role = Role::time;
    } else if (label != options_.label_columns.end()) {
      roles[i] = {Role::label, static_cast<std::size_t>(label - options_.label_columns.begin())};
    } else if (!contains(options_.ignore_columns, names[i]) &&
               (options_.value_columns.empty() || contains(options_.value_columns, names[i]))) {
      roles[i] = {Role::value, columns_.size()};
      columns_.push_back(table_.column(names[i]));
      table_.state(columns_.back()).seen = true;
    }
  }
  if (columns_.empty() && !options_.value_columns.empty()) {
    return bad(Errc::malformed,
               fmt::format("there is no value column {}; the header has: {}",
                           fmt::join(options_.value_columns, " or "), fmt::join(names, ", ")));
  }
  if (columns_.empty()) {
    return bad(Errc::malformed,
               fmt::format("there is no value column beside the time; the header has: {}",
                           fmt::join(names, ", ")));
  }
  values_.assign(columns_.size(), 0.0);
  flags_.assign(columns_.size(), absent);
  plain_.assign(columns_.size(), 0);
  roles_ = std::move(roles);
  return {};
}

}  // namespace learningplane::telemetry::detail
