#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>

#include "cli/context.hpp"
#include "cli/long_csv.hpp"
#include "cli/model_input.hpp"
#include "cli/progress.hpp"
#include "learningplane/error.hpp"
#include "learningplane/selection/forecast_many.hpp"

namespace learningplane::cli {

namespace {

constexpr std::size_t most_shown = 10;  // failures on the terminal

struct Options {
  LongCsvOptions csv{};
  std::string model = "auto";
  std::vector<std::string> options{};
  std::string fallback{};
  std::string out{};
  std::string failures{};
  std::size_t horizon = 20;
  std::size_t threads = 0;
  std::vector<double> levels{0.1, 0.5, 0.9};
};

std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

/// A file that appears whole or not at all.
class WholeFile {
 public:
  explicit WholeFile(const std::string& path) : path_(path), part_(path + ".part"), out_(part_) {
    check();
  }
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;
  ~WholeFile() {
    std::error_code ignored;
    if (!done_) std::filesystem::remove(part_, ignored);
  }
  std::ostream& stream() { return out_; }
  void finish() {
    out_.close();
    check();
    std::filesystem::rename(part_, path_);
    done_ = true;
  }

 private:
  void check() const {
    if (!out_) throw Error(Failure{Errc::unavailable, path_ + ": cannot be written", {}});
  }
  std::string path_, part_;
  std::ofstream out_;
  bool done_ = false;
};

/// Takes the results as they come.
class Writer {
 public:
  Writer(const Options& o, Context& context) : context_(context) {
    if (!o.out.empty()) file_ = std::make_unique<WholeFile>(o.out);
    if (!o.failures.empty()) failures_ = std::make_unique<WholeFile>(o.failures);
    if (failures_) failures_->stream() << o.csv.id_column << ",code,message\n";
    std::ostream& to = rows();
    to << o.csv.id_column << ',' << o.csv.time_column << ",mean";
    for (const double level : o.levels) to << fmt::format(",q{}", level);
    to << '\n';
  }

  void take(const selection::ManyForecast& f) {
    if (!f.forecast) return failed(f);
    const model::Forecast& said = *f.forecast;
    const std::string id = cell(f.id);
    for (std::size_t s = 0; s < said.steps(); ++s) {
      std::string line = fmt::format("{},{},{}", id, to_iso8601(said.time(s)), said.mean[s]);
      for (std::size_t l = 0; l < said.levels.size(); ++l)
        line += fmt::format(",{}", said.quantile(s, l));
      rows() << line << '\n';
    }
  }

  void finish() {
    if (file_) file_->finish();
    if (failures_) failures_->finish();
  }
  const std::string& shown() const { return shown_; }

 private:
  std::ostream& rows() { return file_ ? file_->stream() : context_.out; }
  void failed(const selection::ManyForecast& f) {
    const Failure& why = f.forecast.error();
    const std::string text = why.path.empty() ? why.message : why.path + ": " + why.message;
    if (failures_)
      failures_->stream() << cell(f.id) << ',' << to_string(why.code) << ',' << cell(text) << '\n';
    if (++failures_seen_ <= most_shown)
      shown_ += fmt::format("learningplane: '{}': {} ({})\n", f.id, text, to_string(why.code));
  }

  Context& context_;
  std::unique_ptr<WholeFile> file_, failures_;
  std::size_t failures_seen_ = 0;
  std::string shown_;
};

selection::ManyOptions many_options(const Options& o, const Registries& registries) {
  Value options = model_options(o.model, selection::many_target, o.horizon, o.options, registries);
  return {.kind = o.model,
          .model = std::move(options),
          .fallback = o.fallback,
          .horizon = o.horizon,
          .levels = o.levels,
          .threads = o.threads};
}

int run(const Options& o, Context& context) {
  const selection::ManyOptions options = many_options(o, context.registries);
  LongCsv csv(o.csv);
  Writer writer(o, context);
  selection::ManySummary sum;
  {
    Progress progress(context.err);
    sum = value_or_throw(selection::forecast_many(
        [&csv] { return csv.next(); }, options, context.registries.forecasters,
        [&writer](selection::ManyForecast&& f) { writer.take(f); },
        [&](const selection::ManySummary& now) {
          progress.show(fmt::format("[{:3.0f} %] {} series, {} failed",
                                    std::floor(100 * csv.share()), now.series, now.failed));
          return true;
        }));
  }
  writer.finish();
  context.err << writer.shown();
  if (sum.failed > most_shown)
    context.err << fmt::format("learningplane: and {} more; --failures FILE keeps all\n",
                               sum.failed - most_shown);
  context.err << fmt::format("{} series forecast, {} failed\n", sum.series - sum.failed,
                             sum.failed);
  return sum.series > sum.failed ? ok : failure;
}

}  // namespace

void add_forecast_many(CLI::App& app, Context& context) {
  auto o = std::make_shared<Options>();
  CLI::App* sub = app.add_subcommand(
      "forecast-many", "Forecast every series of a long CSV: an id, a time and a value a row");
  sub->add_option("--data,--many", o->csv.path, "CSV file; the rows of a series stand together")
      ->required();
  sub->add_option("--id-column", o->csv.id_column)->capture_default_str();
  sub->add_option("--time-column", o->csv.time_column)->capture_default_str();
  sub->add_option("--value-column", o->csv.value_column)->capture_default_str();
  sub->add_option("--zone", o->csv.zone, "of ISO times without offset")->capture_default_str();
  sub->add_option("--model", o->model, "kind of the models")->capture_default_str();
  sub->add_option("--option", o->options, "NAME=VALUE for the model, such as season=1d");
  sub->add_option("--fallback", o->fallback, "kind for series that are too short for the model");
  sub->add_option("--horizon", o->horizon, "steps ahead")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  sub->add_option("--levels", o->levels, "quantile levels, increasing")->delimiter(',');
  sub->add_option("--threads", o->threads, "0: all; results are the same for any number")
      ->capture_default_str();
  sub->add_option("--out", o->out, "CSV file to write instead of printing");
  sub->add_option("--failures", o->failures, "CSV file for series without a forecast");
  sub->footer(
      "One series after another is read, forecast and written, so that a file may be of any size.\n"
      "Exit code 1 where no series could be forecast.");
  sub->callback([o, &context] { context.command = [o, &context] { return run(*o, context); }; });
}

}  // namespace learningplane::cli
