#include "learningplane/evaluation/backtest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <optional>
#include <thread>

#include "evaluation/backtest_scores.hpp"

namespace learningplane::evaluation {

namespace {

/// Origins [first, last) of one job that share a fit.
struct Stretch {
  std::size_t job = 0;
  std::size_t first = 0;
  std::size_t last = 0;
  std::optional<Failure> failure{};
};

Result<void> check(const BacktestOptions& o) {
  const auto wrong = [](const std::string& text) {
    return fail(Errc::invalid_argument, "backtest: " + text);
  };
  if (o.horizon == 0) return wrong("the horizon is 0; 1 or more steps");
  if (o.every == 0 && o.origins == 0) return wrong("origins is 0; 1 or more");
  if (!(o.share > 0 && o.share < 1)) return wrong(fmt::format("share is {}; 0 to 1", o.share));
  if (o.refit_every.count() <= 0) return wrong("refit_every must be above zero");
  for (std::size_t i = 0; i < o.levels.size(); ++i) {
    if (!(o.levels[i] > 0 && o.levels[i] < 1) || (i > 0 && o.levels[i] <= o.levels[i - 1]))
      return wrong("levels must lie in (0, 1) and increase");
  }
  for (const std::size_t h : o.horizons) {
    if (h == 0 || h > o.horizon)
      return wrong(fmt::format("cannot score {} steps of {}", h, o.horizon));
  }
  return {};
}

/// Where each fit of a job begins to serve.
std::vector<std::size_t> fits(const telemetry::Frame& frame, const std::vector<std::size_t>& at,
                              const BacktestOptions& o) {
  std::vector<std::size_t> out{0};
  for (std::size_t i = 1; i < at.size(); ++i) {
    const Duration since = frame.time(at[i] - 1) - frame.time(at[out.back()] - 1);
    if (o.refit == Refit::every_origin ||
        (o.refit == Refit::every_duration && since >= o.refit_every))
      out.push_back(i);
  }
  return out;
}

/// Runs one stretch into the job's columns, which are of full length already.
class Runner {
 public:
  Runner(const BacktestJob& job, const BacktestOptions& options, const telemetry::Column& column,
         Backtest& out)
      : job_(job), o_(options), column_(column), out_(out), half_(job.frame.step().count() / 2) {}

  Result<void> run(std::size_t first, std::size_t last) {
    const std::unique_ptr<model::Forecaster> model = job_.make();
    std::size_t seen = out_.origins[first];
    if (auto fitted = model->fit(job_.frame.slice(0, seen)); !fitted)
      return failure("fit", first, fitted.error());
    for (std::size_t i = first; i < last; ++i) {
      const std::size_t known = out_.origins[i];
      if (known > seen) {
        if (auto taken = model->update(job_.frame.slice(seen, known - seen)); !taken)
          return failure("update", i, taken.error());
        seen = known;
      }
      const auto forecast = model->forecast(o_.horizon, o_.levels);
      // Unknown latest observations are the data's fault: this origin stays unknown.
      if (!forecast && forecast.error().code == Errc::unknown_data) continue;
      if (!forecast) return failure("forecast", i, forecast.error());
      keep(i, *forecast);
    }
    return {};
  }

 private:
  Result<void> failure(const char* what, std::size_t origin, const Failure& cause) const {
    const TimePoint at = job_.frame.time(out_.origins[origin] - 1);
    return tl::unexpected(
        Failure(cause).within(fmt::format("{} at {}", what, to_iso8601(at))).within(job_.name));
  }

  /// The value of the row nearest to `t`, within half a step.
  double truth_at(std::int64_t t) const {
    const std::size_t row = job_.frame.lower_bound(from_ns(t - half_));
    if (row == job_.frame.rows() || job_.frame.times_ns()[row] > t + half_ || !column_.known(row))
      return detail::unknown;
    return column_.values[row];
  }

  void keep(std::size_t origin, const model::Forecast& f) {
    BacktestForecasts& to = out_.forecasts;
    for (std::size_t s = 0; s < o_.horizon; ++s) {
      const std::size_t row = origin * o_.horizon + s;
      to.times_ns[row] = f.times_ns[s];
      to.mean[row] = f.mean[s];
      to.truth[row] = truth_at(f.times_ns[s]);
      for (std::size_t l = 0; l < o_.levels.size(); ++l)
        to.quantiles[row * o_.levels.size() + l] = f.quantile(s, l);
    }
  }

  const BacktestJob& job_;
  const BacktestOptions& o_;
  const telemetry::Column& column_;
  Backtest& out_;
  std::int64_t half_;
};

Backtest prepare(const BacktestJob& job, const BacktestOptions& o, std::vector<std::size_t> at) {
  Backtest out{.name = job.name, .group = job.group, .levels = o.levels, .origins = std::move(at)};
  const std::size_t rows = out.origins.size() * o.horizon;
  const std::int64_t step = job.frame.step().count();
  out.step_seconds = static_cast<double>(step) / 1e9;
  BacktestForecasts& f = out.forecasts;
  f.mean.assign(rows, detail::unknown);
  f.truth = f.mean;
  f.quantiles.assign(rows * o.levels.size(), detail::unknown);
  for (const std::size_t known : out.origins) {
    const std::int64_t from = job.frame.times_ns()[known - 1];
    for (std::size_t s = 1; s <= o.horizon; ++s) {
      f.origin.push_back(known);
      f.origin_ns.push_back(from);
      f.step.push_back(s);
      f.times_ns.push_back(from + static_cast<std::int64_t>(s) * step);
    }
  }
  return out;
}

/// Calls work(i) for every i below count, on so many threads.
void share_out(std::size_t count, std::size_t threads,
               const std::function<void(std::size_t)>& work) {
  if (threads == 0) threads = std::max(1U, std::thread::hardware_concurrency());
  threads = std::min(threads, count);
  if (threads <= 1) {
    for (std::size_t i = 0; i < count; ++i) work(i);
    return;
  }
  std::atomic<std::size_t> next{0};
  std::exception_ptr thrown;
  std::mutex guard;
  {
    std::vector<std::jthread> pool;
    for (std::size_t t = 0; t < threads; ++t) {
      pool.emplace_back([&] {
        try {
          for (std::size_t i = next++; i < count; i = next++) work(i);
        } catch (...) {
          const std::scoped_lock lock(guard);
          if (!thrown) thrown = std::current_exception();
          next = count;
        }
      });
    }
  }
  if (thrown) std::rethrow_exception(thrown);
}

}  // namespace

Result<std::vector<std::size_t>> origins(std::size_t rows, const BacktestOptions& o) {
  if (auto fine = check(o); !fine) return tl::unexpected(fine.error());
  const auto first =
      std::max<std::size_t>(static_cast<std::size_t>(static_cast<double>(rows) * (1 - o.share)), 1);
  if (rows < first + o.horizon)
    return fail(Errc::not_enough_data,
                fmt::format("backtest: {} rows; the last {:.0f} % hold no whole window of {} steps",
                            rows, 100 * o.share, o.horizon));
  const std::size_t last = rows - o.horizon;
  std::vector<std::size_t> out;
  if (o.every > 0) {
    for (std::size_t at = first; at <= last; at += o.every) out.push_back(at);
    return out;
  }
  // As numpy's linspace rounds, so that the origins are those of the accuracy panel.
  const double apart =
      o.origins > 1 ? static_cast<double>(last - first) / static_cast<double>(o.origins - 1) : 0;
  for (std::size_t i = 0; i < o.origins; ++i) {
    const double where = static_cast<double>(i) * apart + static_cast<double>(first);
    const std::size_t at = i > 0 && i + 1 == o.origins ? last : static_cast<std::size_t>(where);
    if (out.empty() || at > out.back()) out.push_back(at);
  }
  return out;
}

Result<std::vector<Backtest>> backtest(const std::vector<BacktestJob>& jobs,
                                       const BacktestOptions& options,
                                       const BacktestProgress& progress) {
  std::vector<Backtest> out;
  std::vector<const telemetry::Column*> columns;
  std::vector<Stretch> stretches;
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    const auto column = jobs[j].frame.require(options.target);
    if (!column) return fail_within("group " + jobs[j].group, column.error());
    columns.push_back(*column);
    auto at = origins(jobs[j].frame.rows(), options);
    if (!at) return fail_within("group " + jobs[j].group, at.error());
    const std::vector<std::size_t> begins = fits(jobs[j].frame, *at, options);
    for (std::size_t i = 0; i < begins.size(); ++i)
      stretches.push_back({j, begins[i], i + 1 < begins.size() ? begins[i + 1] : at->size(), {}});
    out.push_back(prepare(jobs[j], options, std::move(*at)));
    out.back().fits = begins.size();
  }
  std::mutex guard;
  std::size_t done = 0;
  share_out(stretches.size(), options.threads, [&](std::size_t i) {
    Stretch& s = stretches[i];
    auto ran = Runner(jobs[s.job], options, *columns[s.job], out[s.job]).run(s.first, s.last);
    if (!ran) s.failure = std::move(ran.error());
    const std::scoped_lock lock(guard);
    ++done;
    if (progress) progress(done, stretches.size());
  });
  for (Stretch& s : stretches) {
    if (s.failure) return tl::unexpected(std::move(*s.failure).within("backtest"));
  }
  for (std::size_t j = 0; j < jobs.size(); ++j) {
    if (auto scored = detail::score_backtest(*columns[j], jobs[j].frame, options, out[j]); !scored)
      return fail_within(jobs[j].name, scored.error());
  }
  return out;
}

}  // namespace learningplane::evaluation
