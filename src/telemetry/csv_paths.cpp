#include "telemetry/csv_paths.hpp"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <filesystem>

namespace learningplane::telemetry::detail {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> matches(const std::string& pattern) {
  std::vector<std::string> out;
  glob_t found{};
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) out.emplace_back(found.gl_pathv[i]);
  }
  ::globfree(&found);
  return out;
}

std::vector<std::string> files_of(const std::string& path) {
  std::error_code ignored;
  std::vector<std::string> out;
  if (fs::is_directory(path, ignored)) {
    for (const auto& entry : fs::directory_iterator(path, ignored)) {
      if (entry.path().extension() == ".csv") out.push_back(entry.path().string());
    }
  } else if (fs::exists(path, ignored)) {
    out.push_back(path);
  } else {
    out = matches(path);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

Result<std::vector<CsvFile>> expand_paths(const std::vector<std::string>& paths) {
  if (paths.empty()) return fail(Errc::invalid_argument, "csv: no path was given");
  std::vector<CsvFile> out;
  for (const std::string& path : paths) {
    const auto files = files_of(path);
    if (files.empty()) {
      return fail(Errc::not_found,
                  fmt::format("csv: '{}' is no file, no folder with *.csv files and no glob that "
                              "matches one",
                              path));
    }
    for (const std::string& file : files) {
      std::error_code error;
      CsvFile f{file, fs::file_size(file, error), 0};
      if (error) return fail(Errc::not_found, fmt::format("{}: {}", file, error.message()));
      f.modified = fs::last_write_time(file, error).time_since_epoch().count();
      out.push_back(std::move(f));
    }
  }
  return out;
}

std::uintmax_t size_of(const std::vector<CsvFile>& files) {
  std::uintmax_t total = 0;
  for (const CsvFile& f : files) total += f.bytes;
  return total;
}

}  // namespace learningplane::telemetry::detail
