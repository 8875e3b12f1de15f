#include "learningplane/evaluation/reduced_detector.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "learningplane/error.hpp"
#include "learningplane/evaluation/score.hpp"
#include "learningplane/model/lstm.hpp"
#include "learningplane/model/windowed.hpp"

namespace learningplane::evaluation {

namespace {

using telemetry::Column;
using telemetry::Frame;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

struct Cell {
  std::string column;
  std::size_t lag = 1;
  std::string name() const { return column + "[" + std::to_string(lag) + "]"; }
};

/// A column as it was `lag` - 1 rows before; unknown where there is no such row or a gap between.
Result<Frame> with_cell(const Frame& frame, const Cell& cell) {
  const auto column = frame.require(cell.column);
  if (!column) return tl::unexpected(column.error());
  const std::size_t by = cell.lag - 1;
  const std::int64_t apart = static_cast<std::int64_t>(by) * frame.step().count();
  std::vector<double> values(frame.rows(), unknown);
  for (std::size_t r = by; r < frame.rows(); ++r) {
    if (frame.times_ns()[r] - frame.times_ns()[r - by] == apart)
      values[r] = (*column)->values[r - by];
  }
  return frame.with(Column{.name = cell.name(), .values = values, .flags = {}});
}

/// A fitted detector and what it says of each row of the frame (NaN: no whole window before it).
struct Detector {
  WindowModel model{};
  std::vector<double> said{};
};

/// Learns the filtered target from windows of the target as it is. Rows whose filtered value would
/// need what comes after the training part are left out.
template <class M>
Result<void> fit_filtered(M& model, const Frame& train, std::size_t lags,
                          const ReducedDetectorOptions& o) {
  const std::size_t lead = features::filter_lead(o.filter, o.filter_window);
  if (train.rows() <= lead)
    return fail(Errc::not_enough_data,
                "too few rows for a filter over " + std::to_string(o.filter_window) + " steps");
  const auto target = train.require(o.target);
  if (!target) return tl::unexpected(target.error());
  const std::string name = o.target + " filtered";
  auto wider = train.with(
      Column{.name = name,
             .values = features::filter_target((*target)->values.span(), o.filter, o.filter_window),
             .flags = {}});
  if (!wider) return tl::unexpected(wider.error());
  const auto windows = features::make_windows(wider->slice(0, train.rows() - lead),
                                              {model.columns(), name, lags, o.step});
  if (!windows) return tl::unexpected(windows.error());
  auto report = model.fit_windows(view_of(*windows), windows->y);
  if (!report) return tl::unexpected(report.error());
  return {};
}

Result<void> fit_model(model::Forecaster& model, const Frame& train, std::size_t lags,
                       const ReducedDetectorOptions& o) {
  if (o.filter == features::TargetFilter::none) {
    auto report = model.fit(train);
    if (!report) return tl::unexpected(report.error());
    return {};
  }
  if (auto* windowed = dynamic_cast<model::Windowed*>(&model))
    return fit_filtered(*windowed, train, lags, o);
  if (auto* lstm = dynamic_cast<model::Recurrent*>(&model))
    return fit_filtered(*lstm, train, lags, o);
  return fail(Errc::unsupported, std::string(model.kind()) + ": it does not fit windows");
}

Result<Detector> fit_detector(const Frame& frame, std::size_t train_rows,
                              std::unique_ptr<model::Forecaster> fresh, std::size_t lags,
                              const ReducedDetectorOptions& o) {
  std::shared_ptr<model::Forecaster> model = std::move(fresh);
  if (auto done = fit_model(*model, frame.slice(0, train_rows), lags, o); !done)
    return fail_within("detector", done.error());
  auto seen = window_model(model, o.step, frame.step());
  if (!seen) return tl::unexpected(seen.error());
  const auto windows = windows_of(*seen, frame);
  if (!windows) return tl::unexpected(windows.error());
  std::vector<double> forecasts(windows->size());
  seen->predict(view_of(*windows), forecasts);
  Detector out{std::move(*seen), std::vector<double>(frame.rows(), unknown)};
  for (std::size_t i = 0; i < windows->size(); ++i)
    out.said[windows->rows[i] + o.step - 1] = forecasts[i];
  return out;
}

/// The quantile of truth - forecast over the training rows.
double margin_of(std::span<const double> said, std::span<const double> truth, std::size_t rows,
                 double level) {
  std::vector<double> errors;
  for (std::size_t r = 0; r < rows; ++r) {
    if (std::isfinite(truth[r] - said[r])) errors.push_back(truth[r] - said[r]);
  }
  if (level == 0 || errors.empty()) return 0;
  const auto at = static_cast<std::ptrdiff_t>(level * static_cast<double>(errors.size()));
  std::nth_element(errors.begin(), errors.begin() + at, errors.end());
  return errors[static_cast<std::size_t>(at)];
}

DetectorScore score_detector(std::vector<double> said, std::span<const double> truth,
                             std::size_t train_rows, std::size_t cells, double level) {
  const double margin = margin_of(said, truth, train_rows, level);
  const std::size_t before = SpikeOptions{}.before;  // known when the first of them is judged
  const std::size_t first = train_rows - before;
  for (double& v : said) v += margin;
  const auto forecast = std::span<const double>(said).subspan(first);
  DetectorScore out{.cells = cells};
  out.mae = score(forecast.subspan(before), truth.subspan(train_rows)).mae;
  out.provision = provisioning(forecast, truth.subspan(first), before);
  return out;
}

/// The cells of the strongest blocks, and the target's newest; by column, newest first.
std::vector<Cell> kept_cells(const std::vector<Effect>& ranking, const WindowModel& full,
                             std::size_t keep) {
  std::set<std::pair<std::size_t, std::size_t>> chosen;
  const auto target = std::find(full.columns.begin(), full.columns.end(), full.target);
  chosen.emplace(static_cast<std::size_t>(target - full.columns.begin()), 1);
  for (std::size_t k = 0; k < std::min(keep, ranking.size()); ++k) {
    const Block& block = ranking[k].block;
    for (std::size_t lag = block.first_lag; lag <= block.last_lag; ++lag)
      chosen.emplace(block.column, lag);
  }
  std::vector<Cell> out;
  for (const auto& [column, lag] : chosen) out.push_back({full.columns[column], lag});
  return out;
}

Result<void> check(const Frame& frame, const ReducedDetectorOptions& o) {
  if (o.lags == 0 || o.step == 0 || o.block_lags == 0 || o.keep == 0 || o.filter_window == 0)
    return fail(Errc::invalid_argument,
                "detector: lags, step, block_lags, keep and filter_window are 1 or more");
  if (!(o.train_share > 0 && o.train_share < 1) || !(o.margin >= 0 && o.margin < 1))
    return fail(Errc::invalid_argument, "detector: train_share lies in (0, 1), margin in [0, 1)");
  if (auto target = frame.require(o.target); !target)
    return fail_within("detector", target.error());
  return {};
}

Value to_value(const DetectorScore& s) {
  return Value::object()
      .set("cells", s.cells)
      .set("mae", s.mae)
      .set("provision", evaluation::to_value(s.provision));
}

}  // namespace

Result<ReducedDetector> reduce_detector(const Frame& frame, const DetectorMaker& make,
                                        const ReducedDetectorOptions& o) {
  if (auto fine = check(frame, o); !fine) return tl::unexpected(fine.error());
  const auto train_rows =
      static_cast<std::size_t>(o.train_share * static_cast<double>(frame.rows()));
  if (train_rows <= SpikeOptions{}.before || train_rows <= o.lags)
    return fail(Errc::not_enough_data, "detector: too few rows to learn from");
  std::vector<std::string> inputs = o.inputs;
  if (std::find(inputs.begin(), inputs.end(), o.target) == inputs.end()) inputs.push_back(o.target);
  auto full = fit_detector(frame, train_rows, make(inputs, o.lags), o.lags, o);
  if (!full) return fail_within("all columns", full.error());

  ExplainOptions how{
      .method = ExplainMethod::occlusion, .block_lags = o.block_lags, .spikes = true};
  how.windows = frame.rows();
  how.fill = o.fill;
  const auto why = explain(full->model, frame.slice(0, train_rows), how);
  if (!why) return tl::unexpected(why.error());
  ReducedDetector out;
  out.spikes = why->windows;
  for (const std::size_t i : why->ranking()) out.ranking.push_back(why->effects[i]);

  Frame cells = frame;
  std::vector<std::string> names;
  for (const Cell& cell : kept_cells(out.ranking, full->model, o.keep)) {
    out.kept.push_back(cell.name());
    // The newest value of a column is the column itself.
    names.push_back(cell.lag == 1 ? cell.column : cell.name());
    if (cell.lag == 1) continue;
    auto wider = with_cell(cells, cell);
    if (!wider) return tl::unexpected(wider.error());
    cells = std::move(*wider);
  }
  auto reduced = fit_detector(cells, train_rows, make(names, 1), 1, o);
  if (!reduced) return fail_within("kept cells", reduced.error());

  const auto truth = frame.find(o.target)->values.span();
  std::vector<double> last(frame.rows(), unknown);
  for (std::size_t r = o.step; r < frame.rows(); ++r) last[r] = truth[r - o.step];
  // Only rows that all can forecast are scored.
  for (std::size_t r = 0; r < frame.rows(); ++r) {
    if (std::isfinite(full->said[r] + reduced->said[r] + last[r])) continue;
    full->said[r] = reduced->said[r] = last[r] = unknown;
  }
  out.full = score_detector(full->said, truth, train_rows, o.lags * inputs.size(), o.margin);
  out.reduced = score_detector(reduced->said, truth, train_rows, names.size(), o.margin);
  out.naive = score_detector(std::move(last), truth, train_rows, 1, o.margin);
  return out;
}

Value to_value(const ReducedDetector& d) {
  Value ranking = Value::array(), kept = Value::array();
  for (const Effect& e : d.ranking)
    ranking.push(
        Value::object().set("block", e.name).set("mean", e.mean).set("strength", e.strength));
  for (const std::string& name : d.kept) kept.push(name);
  return Value::object()
      .set("ranking", ranking)
      .set("kept", kept)
      .set("spikes", d.spikes)
      .set("full", to_value(d.full))
      .set("reduced", to_value(d.reduced))
      .set("naive", to_value(d.naive));
}

}  // namespace learningplane::evaluation
