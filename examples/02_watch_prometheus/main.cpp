// Reads a Prometheus server as a sensor: the last minute of `up`, unknown where a target was not
// seen.
#include <cstdio>
#include <cstdlib>

#include "learningplane/adapters/prometheus/sensor.hpp"

namespace lp = learningplane;

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: example_02_watch_prometheus http://127.0.0.1:9090\n");
    return 2;
  }
  lp::adapters::prometheus::PrometheusOptions options;
  options.url = argv[1];
  options.step = std::chrono::seconds(1);
  options.queries = {{.name = "up", .query = "up", .labels = std::vector<std::string>{"job"}}};
  lp::adapters::prometheus::PrometheusSensor sensor(options);

  const lp::SystemClock clock;
  const auto now = clock.now();
  const auto frame = sensor.read({now - std::chrono::minutes(1), now});
  if (!frame) {
    std::printf("%s\n", frame.error().describe().c_str());
    return 1;
  }
  for (const auto& column : frame->all()) {
    const std::size_t last = frame->rows() - 1;
    std::printf("%s: %s\n", column.id().c_str(),
                column.known(last) ? std::to_string(column.values[last]).c_str() : "unknown");
  }
  std::printf("%zu series\n", frame->columns());
}
