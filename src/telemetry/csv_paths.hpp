#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "learningplane/result.hpp"

namespace learningplane::telemetry::detail {

/// A file as it was when it was looked at: enough to see that it has changed.
struct CsvFile {
  std::string path;
  std::uintmax_t bytes = 0;
  std::int64_t modified = 0;
  friend bool operator==(const CsvFile&, const CsvFile&) = default;
};

/// Files, folders (their *.csv) and globs as files, sorted within each. @return not_found
Result<std::vector<CsvFile>> expand_paths(const std::vector<std::string>& paths);
std::uintmax_t size_of(const std::vector<CsvFile>& files);

}  // namespace learningplane::telemetry::detail
