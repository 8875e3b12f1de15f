#include "learningplane/telemetry/csv_sensor.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "learningplane/telemetry/resample.hpp"
#include "telemetry/csv_paths.hpp"

namespace learningplane::telemetry {

namespace {

constexpr std::string_view time_formats[] = {"auto", "s", "ms", "us", "ns", "iso8601"};

std::vector<std::string> strings(const Value& options, std::string_view key) {
  const Value* list = options.find(key);
  std::vector<std::string> out;
  if (list == nullptr || list->is_null()) return out;
  if (list->is_string()) return {list->as_string()};
  for (const Value& v : list->as_array()) out.push_back(v.as_string());
  return out;
}

std::size_t size(const Value& options, std::string_view key, std::size_t fallback) {
  return static_cast<std::size_t>(options.get(key, static_cast<std::int64_t>(fallback)));
}

Parameter limit(std::string name, std::string summary, std::size_t fallback) {
  return {
      std::move(name), ParameterType::integer, std::move(summary), fallback, false, {}, 1, 1e12};
}

}  // namespace

struct CsvSensor::Cache {
  std::vector<detail::CsvFile> files;
  Frame frame;
};

CsvSensor::CsvSensor(CsvOptions options)
    : options_(std::move(options)), cache_(std::make_unique<Cache>()) {
  if (options_.paths.empty())
    throw ConfigError("", "path", "", "write a file, a folder of *.csv files or a glob");
}

CsvSensor::~CsvSensor() = default;

std::string CsvSensor::describe() const {
  return fmt::format("csv({})", fmt::join(options_.paths, ", "));
}

Result<void> CsvSensor::look() const {
  if (auto files = detail::expand_paths(options_.paths); !files)
    return tl::unexpected(std::move(files.error()));
  return {};
}

Result<Frame> CsvSensor::do_read(const Window& window) {
  auto files = detail::expand_paths(options_.paths);
  if (!files) return tl::unexpected(files.error());
  if (*files != cache_->files) {
    auto frame = read_csv(options_);
    if (!frame) return tl::unexpected(frame.error());
    *cache_ = {std::move(*files), std::move(*frame)};
  }
  return on_grid(cache_->frame.between(window.begin, window.end), window.step);
}

Manifest CsvSensor::manifest() {
  const CsvOptions d;
  Value missing = Value::array();
  for (const std::string& token : d.missing) missing.push(token);
  return {
      "csv",
      "CSV files: a file, a folder or a glob",
      {{"path",
        ParameterType::any,
        "file, folder (its *.csv) or glob; or a list of them",
        {},
        true},
       {"separator",
        ParameterType::string,
        "auto: the most frequent one in the header",
        "auto",
        false,
        {"auto", ",", ";", "tab"}},
       {"time_column", ParameterType::string,
        "empty: the first named timestamp, time, ds or date, else the first column", ""},
       {"time_format",
        ParameterType::string,
        "auto: told by the first time cell",
        "auto",
        false,
        {std::begin(time_formats), std::end(time_formats)}},
       {"zone", ParameterType::string, "of ISO times without offset: IANA name or refuse", "UTC"},
       {"label_columns", ParameterType::list, "columns whose text tells series apart",
        Value::array()},
       {"value_columns", ParameterType::list, "columns to keep; empty: all that hold numbers",
        Value::array()},
       {"ignore_columns", ParameterType::list, "columns to read over", Value::array()},
       {"missing", ParameterType::list, "texts that stand for no value", missing},
       {"duplicates",
        ParameterType::string,
        "what to do where a cell is known twice",
        "last_known_wins",
        false,
        {"last_known_wins", "refuse"}},
       {"bad_cell",
        ParameterType::string,
        "what to do with a cell that is no number",
        "refuse",
        false,
        {"refuse", "unknown"}},
       limit("max_line_bytes", "longest record in bytes", d.max_line_bytes),
       limit("max_columns", "most columns of a file", d.max_columns),
       limit("max_label_sets", "most distinct label sets", d.max_label_sets)}};
}

CsvOptions CsvSensor::options(const Value& checked, const std::string& base_dir) {
  CsvOptions o;
  o.paths = strings(checked, "path");
  for (std::string& path : o.paths) {
    if (!base_dir.empty() && !path.starts_with('/')) path = base_dir + '/' + path;
  }
  const std::string separator = checked.get("separator", "auto");
  o.separator = separator == "auto" ? '\0' : separator == "tab" ? '\t' : separator.front();
  o.time_column = checked.get("time_column", "");
  const auto* format = std::find(std::begin(time_formats), std::end(time_formats),
                                 checked.get("time_format", "auto"));
  o.time_format = static_cast<CsvTimeFormat>(format - std::begin(time_formats));
  o.zone = checked.get("zone", "UTC");
  o.label_columns = strings(checked, "label_columns");
  o.value_columns = strings(checked, "value_columns");
  o.ignore_columns = strings(checked, "ignore_columns");
  if (checked.find("missing") != nullptr) o.missing = strings(checked, "missing");
  if (checked.get("duplicates", "last_known_wins") == "refuse")
    o.duplicates = CsvDuplicates::refuse;
  if (checked.get("bad_cell", "refuse") == "unknown") o.bad_cell = CsvBadCell::unknown;
  o.max_line_bytes = size(checked, "max_line_bytes", o.max_line_bytes);
  o.max_columns = size(checked, "max_columns", o.max_columns);
  o.max_label_sets = size(checked, "max_label_sets", o.max_label_sets);
  return o;
}

}  // namespace learningplane::telemetry
