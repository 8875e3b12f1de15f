#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <map>

#include "learningplane/telemetry/csv.hpp"

namespace learningplane::telemetry {

namespace {

std::string as_field(std::string_view text, char separator) {
  const std::string special{separator, '"', '\n', '\r'};
  const bool blank_at_the_edge = !text.empty() && (text.front() == ' ' || text.back() == ' ');
  if (text.find_first_of(special) == std::string_view::npos && !blank_at_the_edge)
    return std::string(text);
  std::string out = "\"";
  for (char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

/// The shortest digits that read back as the same double; nothing for NaN.
void append_number(std::string& out, double v) {
  if (!std::isfinite(v)) return;
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, v).ptr;
  out.append(digits, end);
}

std::vector<std::string> label_names(const Column& c) {
  std::vector<std::string> out;
  for (const auto& [name, value] : c.labels) out.push_back(name);
  return out;
}

/// What is written: the label columns, and for each label set the frame's column of each name.
struct Layout {
  std::vector<std::string> labels;
  std::vector<std::string> names;
  std::map<Labels, std::vector<const Column*>> sets;
};

Layout layout_of(const Frame& frame) {
  Layout out;
  const bool as_rows = frame.columns() > 0 &&
                       std::all_of(frame.all().begin(), frame.all().end(), [&](const auto& c) {
                         return label_names(c) == label_names(frame.column(0));
                       });
  if (as_rows) out.labels = label_names(frame.column(0));
  for (const Column& c : frame.all()) {
    const std::string name = as_rows ? c.name : c.id();
    auto at = std::find(out.names.begin(), out.names.end(), name);
    if (at == out.names.end()) at = out.names.insert(at, name);
    auto& set = out.sets[as_rows ? c.labels : Labels{}];
    const auto index = static_cast<std::size_t>(at - out.names.begin());
    if (set.size() <= index) set.resize(index + 1, nullptr);
    set[index] = &c;
  }
  for (auto& [labels, columns] : out.sets) columns.resize(out.names.size(), nullptr);
  return out;
}

void append_row(std::string& out, const Layout& layout, std::string_view time, std::size_t row,
                char separator) {
  for (const auto& [labels, columns] : layout.sets) {
    const bool known = std::any_of(columns.begin(), columns.end(),
                                   [&](const Column* c) { return c != nullptr && c->known(row); });
    // Of a label set that says nothing at this time there is no line; a frame without labels keeps
    // its rows.
    if (!known && !layout.labels.empty()) continue;
    out += time;
    for (const std::string& name : layout.labels) {
      out += separator;
      out += as_field(labels.get(name).value_or(""), separator);
    }
    for (const Column* c : columns) {
      out += separator;
      if (c != nullptr) append_number(out, c->values[row]);
    }
    out += '\n';
  }
}

}  // namespace

Result<void> write_csv(const Frame& frame, const std::string& path, char separator) {
  const Layout layout = layout_of(frame);
  const std::string part = path + ".part";
  std::FILE* file = std::fopen(part.c_str(), "wb");
  if (file == nullptr)
    return fail(Errc::unavailable,
                fmt::format("{}: cannot be written; is the folder there?", path));
  std::string out = "timestamp";
  for (const auto* names : {&layout.labels, &layout.names}) {
    for (const std::string& name : *names) out += separator + as_field(name, separator);
  }
  out += '\n';
  bool ok = true;
  for (std::size_t r = 0; r < frame.rows() && ok; ++r) {
    append_row(out, layout, to_iso8601(frame.time(r)), r, separator);
    if (out.size() < (1U << 16U)) continue;
    ok = std::fwrite(out.data(), 1, out.size(), file) == out.size();
    out.clear();
  }
  ok = ok && std::fwrite(out.data(), 1, out.size(), file) == out.size();
  ok = std::fclose(file) == 0 && ok;
  std::error_code error;
  if (ok) std::filesystem::rename(part, path, error);
  if (!ok || error) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    return fail(Errc::unavailable,
                fmt::format("{}: could not be written; is there room on the disk?", path));
  }
  return {};
}

}  // namespace learningplane::telemetry
