#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "cli/context.hpp"

namespace CLI {
class App;
}

namespace learningplane::cli {

/// What `evaluate` takes without a file: models by kind on a CSV, at rolling origins.
struct RollingOptions {
  std::string target{};
  std::vector<std::string> models{"naive", "seasonal_naive", "ridge"};
  std::vector<std::string> options{};  ///< NAME=VALUE, or KIND.NAME=VALUE
  std::vector<std::string> labels{};   ///< NAME=VALUE
  std::string group{};                 ///< column whose values are scored apart
  std::size_t horizon = 36;
  std::size_t origins = 24;
  std::size_t every = 0;
  double share = 0.3;
  std::vector<double> levels{0.05, 0.95};
  std::vector<std::size_t> horizons{};
  std::string refit = "origin";  ///< never, origin or a duration
  std::size_t season = 0;
  std::string plan = "highest";  ///< highest or mean
  double over_cost = 1;
  double under_cost = 1;
  std::size_t threads = 0;
  std::string report{};  ///< where the HTML page goes
};

/// Declares them; the names given on the command line are those that are set.
void add_rolling(CLI::App& sub, RollingOptions& options);
/// @throws ConfigError, Error
int run_rolling(const RollingOptions& options, const std::string& data, bool json,
                Context& context);

}  // namespace learningplane::cli
