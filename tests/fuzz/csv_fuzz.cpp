// CSV: no input may crash, and a text read in pieces must be what it is when read at once.
#include <cstdlib>
#include <cstring>
#include <string_view>

#include "learningplane/telemetry/csv.hpp"
#include "telemetry/csv_parser.hpp"

namespace {

using namespace learningplane;
using namespace learningplane::telemetry;

CsvOptions options_from(std::uint8_t choice) {
  CsvOptions o;
  if ((choice & 1U) != 0) o.label_columns = {"site"};
  if ((choice & 2U) != 0) o.bad_cell = CsvBadCell::unknown;
  if ((choice & 4U) != 0) o.duplicates = CsvDuplicates::refuse;
  if ((choice & 8U) != 0) o.zone = "Europe/Madrid";
  if ((choice & 16U) != 0) o.separator = ';';
  if ((choice & 32U) != 0) o.missing.emplace_back("-999");
  if ((choice & 64U) != 0) o.value_columns = {"a"};
  o.max_line_bytes = 4096;
  o.max_columns = 64;
  o.max_label_sets = 16;
  return o;
}

Result<Frame> in_pieces(std::string_view text, const CsvOptions& options, std::size_t piece) {
  detail::CsvTable table(options);
  detail::CsvParser parser(options, table);
  parser.begin_file("text");
  std::string buffer;
  for (bool more = true; more;) {
    buffer += text.substr(0, piece);
    text.remove_prefix(std::min(piece, text.size()));
    more = !text.empty();
    const auto taken =
        parser.feed(buffer, more ? detail::CsvInput::more_follows : detail::CsvInput::complete);
    if (!taken) return tl::unexpected(taken.error());
    buffer.erase(0, *taken);
  }
  if (!parser.has_header()) return fail(Errc::malformed, "text: there is no header");
  return std::move(table).finish();
}

bool same(const Frame& a, const Frame& b) {
  if (a.times_ns().to_vector() != b.times_ns().to_vector() || a.columns() != b.columns())
    return false;
  for (std::size_t c = 0; c < a.columns(); ++c) {
    if (a.column(c).id() != b.column(c).id()) return false;
    for (std::size_t r = 0; r < a.rows(); ++r) {
      if (a.column(c).flag(r) != b.column(c).flag(r)) return false;
      if (a.column(c).known(r) && a.column(c).values[r] != b.column(c).values[r]) return false;
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const CsvOptions options = options_from(data[0]);
  const std::string_view text(reinterpret_cast<const char*>(data) + 2, size - 2);
  const auto whole = parse_csv(text, options);
  const auto parts = in_pieces(text, options, data[1] % 64U + 1U);
  if (whole.has_value() != parts.has_value()) std::abort();
  if (whole && !same(*whole, *parts)) std::abort();
  if (!whole && whole.error().message.empty()) std::abort();
  return 0;
}
