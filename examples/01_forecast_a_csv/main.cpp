// Reads a CSV, learns from all but its last hour, and says that hour.
#include <cmath>
#include <cstdio>

#include "learningplane/learningplane.hpp"

namespace lp = learningplane;

int main() {
  lp::telemetry::CsvOptions csv;
  csv.paths = {"../data/edge_sites.csv"};
  csv.label_columns = {"site"};
  const auto all = lp::value_or_throw(lp::telemetry::read_csv(csv));
  const auto edge = lp::value_or_throw(lp::telemetry::resample_mean(
      all.where({{"site", "cloud-1"}}), {.step = std::chrono::minutes(5)}));
  const auto past = edge.slice(0, edge.rows() - 12);

  lp::Registries registries;
  lp::register_core(registries);
  const auto options = lp::Value::object().set("target", "node_cpu_share").set("lags", 36);
  const auto model = registries.forecasters.build("ridge", options);
  lp::value_or_throw(model->fit(past));

  const double levels[] = {0.05, 0.95};
  const auto forecast = lp::value_or_throw(model->forecast(12, levels));
  const auto& seen = *edge.find("node_cpu_share");
  for (std::size_t i = 0; i < forecast.steps(); i += 3) {
    std::printf("%s  forecast %.2f [%.2f, %.2f]  seen %.2f\n",
                lp::to_iso8601(forecast.time(i)).c_str(), forecast.mean[i], forecast.quantile(i, 0),
                forecast.quantile(i, 1), seen.values[past.rows() + i]);
  }
}
