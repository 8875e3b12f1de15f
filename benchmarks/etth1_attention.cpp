// Informer and Yformer, small, on ETTh1 with the usual split (12, 4 and 4 months), standardised by
// the training part, every test window: one row of a table for each network that is trained.
//
//   etth1_attention KIND SETTING HORIZON [OPTION=VALUE …]
//
// KIND informer | yformer; SETTING uni (OT alone) | multi (all seven columns in and out); options
// as in the manifest, for example d_model=32. The trace is taken from LEARNINGPLANE_DATA.
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <numeric>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "learningplane/telemetry/csv.hpp"
#include "model/attention_options.hpp"

using namespace learningplane;
using namespace learningplane::model;

namespace {

constexpr std::size_t train_end = 8640, held_end = 11520, test_end = 14400;

struct Published {
  const char* setting;
  std::size_t horizon;
  const char *informer, *linear;
};
// Informer: the paper's updated tables. Linear: closed form, 336 lags, measured.
constexpr Published published[] = {
    {"uni", 24, ".098 / .247", ".026 / .122"},     {"uni", 48, ".158 / .319", ".039 / .149"},
    {"uni", 168, ".183 / .346", ".068 / .199"},    {"uni", 336, ".222 / .387", ".087 / .233"},
    {"uni", 720, ".269 / .435", ".105 / .254"},    {"multi", 24, ".577 / .549", ".318 / .361"},
    {"multi", 48, ".685 / .625", ".342 / .375"},   {"multi", 168, ".931 / .752", ".397 / .406"},
    {"multi", 336, "1.128 / .873", ".426 / .424"}, {"multi", 720, "1.215 / .896", ".422 / .443"}};

telemetry::Frame read_trace() {
  const char* folder = std::getenv("LEARNINGPLANE_DATA");
  telemetry::CsvOptions csv;
  csv.paths = {std::string(folder == nullptr ? "../shared/data" : folder) + "/etth1/ETTh1.csv"};
  return value_or_throw(telemetry::read_csv(csv));
}

model::detail::SequenceRows standardised(const telemetry::Frame& frame,
                                         const std::vector<std::string>& columns) {
  model::detail::SequenceRows rows;
  rows.columns = columns.size();
  rows.values.resize(test_end * columns.size());
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const auto values = value_or_throw(frame.require(columns[c]))->values.span();
    double mean = 0, variance = 0;
    for (std::size_t i = 0; i < train_end; ++i) mean += values[i] / train_end;
    for (std::size_t i = 0; i < train_end; ++i)
      variance += (values[i] - mean) * (values[i] - mean) / train_end;
    for (std::size_t i = 0; i < test_end; ++i)
      rows.values[i * columns.size() + c] = (values[i] - mean) / std::sqrt(variance);
  }
  rows.marks = model::detail::SequenceRows::marks_of(frame.times_ns().to_vector());
  return rows;
}

/// Windows whose targets all stand in rows [first, end).
std::vector<std::size_t> starts(std::size_t first, std::size_t end, const AttentionOptions& o) {
  std::vector<std::size_t> out;
  const std::size_t before = first < o.lags ? o.lags : first;
  for (std::size_t target = before; target + o.horizon <= end; ++target)
    out.push_back(target - o.lags);
  return out;
}

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

void run(int count, char** words) {
  const std::string kind_name = words[1], setting = words[2];
  const auto kind = kind_name == "yformer" ? model::detail::AttentionKind::yformer
                                           : model::detail::AttentionKind::informer;
  const Manifest manifest = model::detail::attention_manifest(kind);
  Value given = Value::object().set("target", "OT").set("horizon", std::atoi(words[3]));
  for (int i = 4; i < count; ++i) {
    const std::string word = words[i];
    const std::size_t at = word.find('=');
    if (at == std::string::npos) throw ConfigError("", word, "", "OPTION=VALUE");
    const std::string text = word.substr(at + 1);
    const auto parsed = parse_json(text);
    given.set(word.substr(0, at), parsed ? *parsed : Value(text));
  }
  AttentionOptions options =
      model::detail::attention_options(kind, manifest.check(given, kind_name));
  std::vector<std::string> columns{"OT"};
  if (setting == "multi") columns = {"HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT"};
  model::detail::AttentionTask task =
      model::detail::attention_task(kind, options, columns.size(), columns.size() - 1);
  task.targets.resize(columns.size());
  std::iota(task.targets.begin(), task.targets.end(), std::size_t{0});
  if (task.channels == Channels::joint) task.shape.outputs = columns.size();
  if (!task.levels.empty()) throw ConfigError("", "loss", "pinball", "mse or huber here");

  const telemetry::Frame frame = read_trace();
  const model::detail::SequenceRows rows = standardised(frame, columns);
  const auto train = starts(0, train_end, options), held = starts(train_end, held_end, options),
             test = starts(held_end, test_end, options);
  const auto engine = model::detail::make_attention_engine(task, options.dtype, options.seed);
  const double begin = cpu_seconds();
  options.on_epoch = [&](int epoch, EpochLosses losses) {
    std::fprintf(stderr, "epoch %d: train %.5f, held out %.5f, %.1f s of CPU\n", epoch,
                 losses.train, losses.validation, cpu_seconds() - begin);
    return true;
  };
  const TrainingResult result = engine->train(rows, train, held, options);
  const double seconds = cpu_seconds() - begin;

  std::vector<double> out(test.size() * options.horizon * columns.size());
  const double before = cpu_seconds();
  engine->predict(rows, test, out);
  std::fprintf(stderr, "%.0f us of CPU for the forecast of a window, in batches\n",
               1e6 * (cpu_seconds() - before) / static_cast<double>(test.size()));
  std::vector<double> one(out.size() / test.size());
  const double alone = cpu_seconds();
  for (std::size_t i = 0; i < 200; ++i) engine->predict(rows, std::span(test).subspan(i, 1), one);
  std::fprintf(stderr, "%.0f us, one at a time\n", 1e6 * (cpu_seconds() - alone) / 200);
  double squares = 0, absolute = 0;
  const double* y = out.data();
  for (const std::size_t start : test) {
    const double* truth = rows.values.data() + (start + options.lags) * columns.size();
    for (std::size_t i = 0; i < options.horizon * columns.size(); ++i) {
      const double e = *y++ - truth[i];
      squares += e * e;
      absolute += std::abs(e);
    }
  }
  const auto n = static_cast<double>(out.size());
  const char *informer = "", *linear = "";
  for (const Published& p : published) {
    if (setting != p.setting || options.horizon != p.horizon) continue;
    informer = p.informer;
    linear = p.linear;
  }
  std::printf(
      "| %s | %s%s | %zu | %zu | %zu | %zu | %d of %d | %.1f | %.0f | %.4f / %.4f | %s | %s |\n",
      kind_name.c_str(), setting.c_str(), task.channels == Channels::shared ? ", shared" : "",
      options.horizon, options.lags, options.d_model, engine->parameters(), result.best_epoch,
      result.epochs, seconds / result.epochs, seconds, squares / n, absolute / n, informer, linear);
}

}  // namespace

int main(int count, char** words) {
  if (count < 4) {
    std::puts(
        "etth1_attention informer|yformer uni|multi HORIZON [OPTION=VALUE …]\n\n"
        "| model | setting | steps | lags | d_model | weights | best epoch | s/epoch | s | "
        "MSE / MAE | Informer published | linear |\n"
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |");
    return 2;
  }
  try {
    run(count, words);
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}
