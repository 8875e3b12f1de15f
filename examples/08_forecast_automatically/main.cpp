// Lets the library choose: what it took and why, a forecast with its interval, a score, a file with
// its card.
#include <cstdio>
#include <filesystem>

#include "learningplane/learningplane.hpp"

namespace lp = learningplane;

namespace {

lp::telemetry::Frame read_site() {
  lp::telemetry::CsvOptions csv;
  csv.paths = {"../data/edge_sites.csv"};
  csv.label_columns = {"site"};
  const auto all = lp::value_or_throw(lp::telemetry::read_csv(csv));
  return lp::value_or_throw(lp::telemetry::resample_mean(all.where({{"site", "cloud-1"}}),
                                                         {.step = std::chrono::minutes(5)}));
}

}  // namespace

int main() {
  const auto edge = read_site();
  const auto past = edge.slice(0, edge.rows() - 12);
  lp::Registries registries;
  lp::register_core(registries);
  const auto options = lp::Value::object().set("target", "node_cpu_share").set("horizon", 12);

  const auto model = registries.forecasters.build("auto", options);
  const auto report = lp::value_or_throw(model->fit(past));
  std::printf("%s\n", report.note.c_str());

  const double levels[] = {0.05, 0.95};
  const auto forecast = lp::value_or_throw(model->forecast(12, levels));
  const auto& seen = *edge.find("node_cpu_share");
  for (std::size_t i = 2; i < forecast.steps(); i += 3) {
    std::printf("%s  forecast %.2f [%.2f, %.2f]  seen %.2f\n",
                lp::to_iso8601(forecast.time(i)).c_str(), forecast.mean[i], forecast.quantile(i, 0),
                forecast.quantile(i, 1), seen.values[past.rows() + i]);
  }

  lp::evaluation::BacktestOptions rolling;
  rolling.target = "node_cpu_share";
  rolling.horizon = 12;
  const auto naive = lp::Value::object().set("target", "node_cpu_share");
  const auto found = lp::value_or_throw(lp::evaluation::backtest(
      {{"auto", "all", past, [&] { return registries.forecasters.build("auto", options); }},
       {"naive", "all", past, [&] { return registries.forecasters.build("naive", naive); }}},
      rolling));
  for (const auto& result : found) {
    const auto& score = result.horizons.back();
    std::printf("%s: MAE %.3f, %.0f%% within the interval\n", result.name.c_str(), score.mae,
                100 * score.interval_coverage);
  }

  auto card = lp::evaluation::card_of("cpu", "edge_sites.csv, cloud-1, without the last hour",
                                      report, lp::SystemClock().now());
  card.scores.set("rolling", lp::evaluation::card_scores(found));
  const auto path = std::filesystem::temp_directory_path() / "learningplane_example_08.lpm";
  lp::value_or_throw(lp::model::save_model(path.string(), *model, card));
  const auto loaded =
      lp::value_or_throw(lp::model::load_model(path.string(), registries.forecasters));
  std::filesystem::remove(path);
  std::printf("%s, %zu rows of %s\n", std::string(loaded.model->kind()).c_str(), loaded.card.rows,
              loaded.card.trained_on.c_str());
  const auto again = lp::value_or_throw(loaded.model->forecast(12, levels));
  std::printf("the loaded model says the same: %s\n",
              again.mean == forecast.mean ? "True" : "False");
}
