#pragma once
#include <functional>
#include <optional>
#include <string>

#include "learningplane/executor.hpp"
#include "learningplane/labels.hpp"
#include "learningplane/telemetry/frame.hpp"

namespace learningplane::telemetry {

struct TracePlayerOptions {
  double speed = 1;                 ///< seconds of the trace in a second; above 0
  std::optional<TimePoint> from{};  ///< first moment of the trace; absent: its beginning
  std::optional<TimePoint> to{};    ///< first moment that is not played; absent: its end
  bool loop = false;                ///< begin again after the end
  std::string prefix{};             ///< put before each metric's name
  Labels labels{};                  ///< added to each series
};

/// Replays a recorded workload at a chosen speed: as values that hold at a moment, as a page for
/// Prometheus to scrape, or row by row into a callback. Row i holds from its own time stamp until
/// the next one's; the last row for one step of the trace. Depends on nothing but the moments it is
/// given: the same moments, the same answers.
/// Thread rule: one call at a time.
class TracePlayer {
 public:
  /// Called for each row when its moment comes.
  using OnRow = std::function<void(const Frame& trace, std::size_t row)>;

  /// @throws ConfigError: speed not above 0, nothing between `from` and `to`, a prefix or column
  /// name that makes no metric name, two columns that make the same one
  TracePlayer(const Frame& trace, TracePlayerOptions options);
  /// No callback comes after it.
  ~TracePlayer();
  TracePlayer(const TracePlayer&) = delete;
  TracePlayer& operator=(const TracePlayer&) = delete;

  /// The moment at which the first row begins to hold.
  void start(TimePoint now) { began_ = now; }
  /// How long one pass takes at the chosen speed.
  Duration length() const;
  /// Where the trace stands then; absent before the start and after the end.
  std::optional<TimePoint> position(TimePoint now) const;
  std::optional<std::size_t> row(TimePoint now) const;
  bool finished(TimePoint now) const;
  const Frame& trace() const { return trace_; }

  /// The page of that moment in the Prometheus text format: a gauge for each column whose cell is
  /// known (one that is not is left out, as a target that has no value would), and
  /// learningplane_play_position_seconds, learningplane_play_finished.
  std::string expose(TimePoint now) const;

  /// Starts now and hands on each row at its moment; `done` follows the end of the last one, unless
  /// it loops. Rows that a late executor missed come one after another: none is lost.
  /// @param executor outlives the player
  void play(Executor& executor, OnRow on_row, std::function<void()> done = {});

 private:
  Duration span() const;  ///< of one pass, in the trace's time
  Duration scaled(Duration of_trace) const;
  void wait_for(std::size_t pass, std::size_t row);

  Frame trace_;
  TracePlayerOptions options_;
  std::vector<std::string> series_;  ///< name{labels} of each column
  std::vector<std::string> types_;   ///< the # TYPE line of each column, where it begins a family
  std::vector<std::size_t> order_;   ///< columns of one family stand together
  std::optional<TimePoint> began_{};
  Executor* executor_ = nullptr;
  Executor::TimerId timer_ = 0;
  OnRow on_row_{};
  std::function<void()> done_{};
};

}  // namespace learningplane::telemetry
