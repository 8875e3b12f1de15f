#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/labels.hpp"

namespace learningplane {

/// Counters, gauges and histograms of this process, shown in the Prometheus text format. An object
/// that is handed to whoever counts. Thread safe. Names follow Prometheus: base units, counters end
/// in `_total`.
class Metrics {
 public:
  /// @param max_series series beyond this many are dropped and counted in
  /// learningplane_metrics_dropped_total, so that labels cannot eat the memory.
  explicit Metrics(std::size_t max_series = 10'000) : max_series_(max_series) {}
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// The help line of a metric, for the page.
  void describe(std::string_view name, std::string_view help);
  /// Adds to a counter. A negative or unknown amount is dropped.
  void add(std::string_view name, const Labels& labels = {}, double amount = 1);
  /// Sets a gauge; NaN says that it is not known.
  void set(std::string_view name, const Labels& labels, double value);
  /// Adds an observation to a histogram of seconds (buckets from 1 ms to 60 s).
  void observe(std::string_view name, const Labels& labels, double seconds);

  /// The value of a counter or gauge; NaN where it does not exist.
  double value(std::string_view name, const Labels& labels = {}) const;
  /// The page that Prometheus scrapes: text format 0.0.4.
  std::string expose() const;

 private:
  enum class Type { counter, gauge, histogram };
  struct Series {
    double value = 0;
    std::vector<double> buckets{};
    double count = 0;
  };
  struct Family {
    Type type = Type::gauge;
    std::string help{};
    std::map<Labels, Series> series{};
  };
  Series* find(std::string_view name, Type type, const Labels& labels);

  mutable std::mutex mutex_;
  std::size_t max_series_;
  std::size_t series_ = 0;
  double dropped_ = 0;
  std::map<std::string, Family, std::less<>> families_;
  std::map<std::string, std::string, std::less<>> help_;
};

}  // namespace learningplane
