#include "learningplane/telemetry/csv.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <cstring>
#include <memory>

#include "telemetry/csv_parser.hpp"
#include "telemetry/csv_paths.hpp"

namespace learningplane::telemetry {

namespace {

constexpr std::size_t chunk_bytes = 1U << 18U;

/// Makes room for the rows of the whole input, as its first piece foretells them and a little more;
/// room that is not used is never touched.
void make_room(detail::CsvTable& table, const detail::CsvParser& parser, std::size_t taken,
               std::uintmax_t of) {
  if (table.expected_rows() != 0 || parser.records() == 0 || of == 0) return;
  table.expect_rows(static_cast<std::size_t>(1.1 * static_cast<double>(parser.records()) *
                                             static_cast<double>(of) / static_cast<double>(taken)));
}

struct Closer {
  void operator()(std::FILE* f) const { std::fclose(f); }
};

/// Reads one file through a buffer that grows only for records longer than a chunk.
/// @param room_for bytes of all files, to make room for their rows at once; 0: do not.
Result<void> read_file(const std::string& path, detail::CsvParser& parser, detail::CsvTable& table,
                       std::uintmax_t room_for) {
  const std::unique_ptr<std::FILE, Closer> file(std::fopen(path.c_str(), "rb"));
  if (!file)
    return fail(Errc::not_found,
                fmt::format("{}: cannot be opened: {}", path, std::strerror(errno)));
  std::setvbuf(file.get(), nullptr, _IONBF, 0);
  parser.begin_file(path);
  std::string buffer;
  std::size_t kept = 0;
  for (bool more = true; more;) {
    buffer.resize(kept + chunk_bytes);
    const std::size_t got = std::fread(buffer.data() + kept, 1, chunk_bytes, file.get());
    if (std::ferror(file.get()) != 0)
      return fail(Errc::unavailable, fmt::format("{}: cannot be read", path));
    more = got == chunk_bytes;
    const std::string_view text(buffer.data(), kept + got);
    const auto taken =
        parser.feed(text, more ? detail::CsvInput::more_follows : detail::CsvInput::complete);
    if (!taken) return tl::unexpected(taken.error());
    make_room(table, parser, *taken, room_for);
    kept = text.size() - *taken;
    std::memmove(buffer.data(), buffer.data() + *taken, kept);
  }
  if (!parser.has_header())
    return fail(Errc::malformed, fmt::format("{}: the file is empty", path));
  return {};
}

}  // namespace

Result<Frame> parse_csv(std::string_view text, const CsvOptions& options) {
  detail::CsvTable table(options);
  detail::CsvParser parser(options, table);
  parser.begin_file("text");
  if (text.size() > chunk_bytes && options.label_columns.empty()) {
    const auto taken = parser.feed(text.substr(0, chunk_bytes), detail::CsvInput::more_follows);
    if (!taken) return tl::unexpected(taken.error());
    make_room(table, parser, *taken, text.size());
    text.remove_prefix(*taken);
  }
  auto taken = parser.feed(text, detail::CsvInput::complete);
  if (!taken) return tl::unexpected(taken.error());
  if (!parser.has_header()) return fail(Errc::malformed, "text: there is no header");
  return std::move(table).finish();
}

Result<Frame> read_csv(const CsvOptions& options) {
  auto files = detail::expand_paths(options.paths);
  if (!files) return tl::unexpected(files.error());
  detail::CsvTable table(options);
  detail::CsvParser parser(options, table);
  // With labels nobody knows how the rows will spread over the series.
  const std::uintmax_t room_for = options.label_columns.empty() ? detail::size_of(*files) : 0;
  for (const detail::CsvFile& file : *files) {
    if (auto done = read_file(file.path, parser, table, room_for); !done)
      return tl::unexpected(done.error());
  }
  return std::move(table).finish();
}

}  // namespace learningplane::telemetry
