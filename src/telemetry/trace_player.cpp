#include "learningplane/telemetry/trace_player.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "learningplane/error.hpp"

namespace learningplane::telemetry {

namespace {

/// [a-zA-Z_:][a-zA-Z0-9_:]*; what else a column's name holds becomes '_'.
std::string metric_name(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
    const bool digit = c >= '0' && c <= '9';
    if (digit && out.empty()) out += '_';
    out += letter || digit ? c : '_';
  }
  if (out.find_first_not_of("_:") == std::string::npos)
    throw ConfigError("", "column", text, "a name with a letter or a digit");
  return out;
}

Frame cut(const Frame& trace, const TracePlayerOptions& o) {
  if (!(o.speed > 0) || !std::isfinite(o.speed))
    throw ConfigError("", "speed", fmt::format("{}", o.speed), "above 0");
  const std::size_t first = o.from ? trace.lower_bound(*o.from) : 0;
  const std::size_t end = o.to ? trace.lower_bound(*o.to) : trace.rows();
  if (trace.columns() == 0 || first >= end)
    throw ConfigError("", "from", o.from ? to_iso8601(*o.from) : "",
                      "a trace that holds rows between from and to");
  return trace.slice(first, end - first);
}

}  // namespace

TracePlayer::TracePlayer(const Frame& trace, TracePlayerOptions options)
    : trace_(cut(trace, options)), options_(std::move(options)) {
  std::set<std::string> seen;
  std::vector<std::string> names;
  for (const Column& c : trace_.all()) {
    Labels labels = c.labels;
    for (const auto& [name, value] : options_.labels) labels.set(name, value);
    names.push_back(metric_name(options_.prefix + c.name));
    series_.push_back(names.back() + labels.to_string());
    if (!seen.insert(series_.back()).second)
      throw ConfigError("", "column", c.id(), "names that differ as metrics: " + series_.back());
  }
  order_.resize(names.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::stable_sort(order_.begin(), order_.end(),
                   [&](std::size_t a, std::size_t b) { return names[a] < names[b]; });
  types_.resize(names.size());
  for (std::size_t i = 0; i < order_.size(); ++i) {
    if (i == 0 || names[order_[i]] != names[order_[i - 1]])
      types_[order_[i]] = "# TYPE " + names[order_[i]] + " gauge\n";
  }
}

TracePlayer::~TracePlayer() {
  if (executor_ != nullptr) executor_->cancel(timer_);
}

Duration TracePlayer::span() const {
  const Duration step = trace_.rows() > 1 ? trace_.step() : Duration(std::chrono::minutes(1));
  return trace_.time(trace_.rows() - 1) - trace_.time(0) + step;
}

Duration TracePlayer::scaled(Duration of_trace) const {
  // Up: at the moment that is given, the row holds.
  return Duration(static_cast<std::int64_t>(std::ceil(static_cast<long double>(of_trace.count()) /
                                                      static_cast<long double>(options_.speed))));
}

Duration TracePlayer::length() const { return scaled(span()); }

std::optional<TimePoint> TracePlayer::position(TimePoint now) const {
  if (!began_ || now < *began_) return std::nullopt;
  Duration gone = now - *began_;
  if (options_.loop) {
    gone %= length();
  } else if (gone >= length()) {
    return std::nullopt;
  }
  const auto in_trace = Duration(static_cast<std::int64_t>(
      static_cast<long double>(gone.count()) * static_cast<long double>(options_.speed)));
  return trace_.time(0) + in_trace;
}

std::optional<std::size_t> TracePlayer::row(TimePoint now) const {
  const auto at = position(now);
  if (!at) return std::nullopt;
  return trace_.lower_bound(*at + Duration(1)) - 1;
}

bool TracePlayer::finished(TimePoint now) const {
  return began_ && !options_.loop && now - *began_ >= length();
}

std::string TracePlayer::expose(TimePoint now) const {
  std::string out;
  if (const auto at = row(now)) {
    for (const std::size_t i : order_) {
      // A family is named even where this moment knows none of its values.
      out += types_[i];
      const Column& c = trace_.column(i);
      if (c.known(*at)) out += fmt::format("{} {}\n", series_[i], c.values[*at]);
    }
    out += fmt::format(
        "# TYPE learningplane_play_position_seconds gauge\n"
        "learningplane_play_position_seconds {:.3f}\n",
        to_seconds(*position(now)));
  }
  out += fmt::format(
      "# TYPE learningplane_play_finished gauge\n"
      "learningplane_play_finished {}\n",
      finished(now) ? 1 : 0);
  return out;
}

void TracePlayer::play(Executor& executor, OnRow on_row, std::function<void()> done) {
  if (executor_ != nullptr) executor_->cancel(timer_);
  executor_ = &executor;
  on_row_ = std::move(on_row);
  done_ = std::move(done);
  start(executor.clock().now());
  wait_for(0, 0);
}

void TracePlayer::wait_for(std::size_t pass, std::size_t row) {
  const TimePoint begin = *began_ + length() * static_cast<std::int64_t>(pass);
  if (row < trace_.rows()) {
    timer_ = executor_->at(begin + scaled(trace_.time(row) - trace_.time(0)), [this, pass, row] {
      on_row_(trace_, row);
      wait_for(pass, row + 1);
    });
    return;
  }
  if (options_.loop) return wait_for(pass + 1, 0);
  timer_ = executor_->at(begin + length(), [this] {
    if (done_) done_();
  });
}

}  // namespace learningplane::telemetry
