#include <algorithm>
#include <cmath>
#include <limits>

#include "learningplane/error.hpp"
#include "model/error_grid.hpp"
#include "model/saved.hpp"
#include "model/series_grid.hpp"
#include "selection/auto_engine.hpp"
#include "selection/scaled_errors.hpp"

namespace learningplane::selection {

namespace {

using model::Tensors;
using model::detail::SeriesCursor;

using model::detail::member;

Tensors part(const Tensors& all, const std::string& prefix) {
  Tensors out;
  for (const auto& [name, tensor] : all) {
    if (!name.starts_with(prefix)) continue;
    for (const double v : tensor.values) {
      if (!std::isfinite(v)) throw FormatError("the tensor '" + name + "' is not finite");
    }
    out[name.substr(prefix.size())] = tensor;
  }
  return out;
}

class SeriesEngine final : public AutoEngine {
 public:
  explicit SeriesEngine(const AutoOptions& options) : options_(options) {
    (void)AutoSeries(series_options(0));  // a wrong option is told now
  }

  bool fitted() const override { return series_ != nullptr; }

  Result<model::FitReport> fit(const telemetry::Frame& data) override {
    auto grid = model::detail::series_grid(data, options_.target, options_.max_gap);
    if (!grid) return tl::unexpected(grid.error());
    auto series = std::make_unique<AutoSeries>(series_options(grid->cursor.step_ns));
    if (auto fit = series->fit(grid->values); !fit) return tl::unexpected(fit.error());
    model::FitReport report;
    report.rows = grid->values.size();
    double squares = 0;
    std::size_t count = 0;
    for (const auto& row : series->residuals().values) {
      for (const double e : row) squares += e * e;
      count += row.size();
    }
    report.validation_loss =
        count > 0 ? squares / static_cast<double>(count) : std::numeric_limits<double>::quiet_NaN();
    report.train_loss = report.validation_loss;
    report.note = series->describe();
    if (grid->bridged > 0)
      report.note += "; " + std::to_string(grid->bridged) + " unknown steps bridged";
    cursor_ = grid->cursor;
    learned_from(std::move(series));
    return report;
  }

  Result<void> update(const telemetry::Frame& data) override {
    SeriesCursor moved = cursor_;
    const auto newer = model::detail::newer_values(data, options_.target, options_.max_gap, moved);
    if (!newer) return tl::unexpected(newer.error());
    std::int64_t place = next_place();
    cursor_ = moved;
    for (const double y : *newer) take(y, place++);
    if (options_.refit == Refit::on_drift && series_->drifted()) relearn();
    return {};
  }

  Result<model::Forecast> forecast(std::size_t horizon, std::span<const double> levels) override {
    if (auto ok = cursor_.check(); !ok) return tl::unexpected(ok.error());
    model::Forecast out;
    out.mean.resize(horizon);
    series_->forecast(out.mean);
    out.times_ns = cursor_.coming(horizon);
    out.imputed_share = cursor_.imputed_share();
    errors_.widen(out, levels, out.times_ns[0] / cursor_.step_ns);
    return out;
  }

  void save(model::ModelState& state) const override {
    cursor_.save(state.attributes);
    for (auto& [name, tensor] : series_->save()) state.tensors["learned." + name] = tensor;
    for (auto& [name, tensor] : errors_.save()) state.tensors["errors." + name] = tensor;
    for (const Asked& a : asked_) {
      state.tensors["asked.mean"] = {{a.mean.size()}, a.mean};
      state.tensors["asked.facts"] = {{2},
                                      {static_cast<double>(a.start), static_cast<double>(a.age)}};
    }
  }

  void load(const model::ModelState& state) override {
    auto cursor = SeriesCursor::from(state.attributes);
    auto series = std::make_unique<AutoSeries>(series_options(cursor.step_ns));
    series->load(part(state.tensors, "learned."));
    cursor.last = series->history().back();
    auto errors = detail::ScaledErrors::from(part(state.tensors, "errors."));
    std::vector<Asked> asked = asked_from(part(state.tensors, "asked."));
    series_ = std::move(series);
    errors_ = std::move(errors);
    cursor_ = cursor;
    asked_ = std::move(asked);
  }

  std::vector<MemberReport> members() const override {
    return series_ == nullptr ? std::vector<MemberReport>{} : series_->members();
  }

 private:
  /// A season that is no whole number of steps is left out: nothing is known at its places.
  AutoSeriesOptions series_options(std::int64_t step_ns) const {
    AutoSeriesOptions o = options_.series;
    o.seasons.clear();
    if (step_ns <= 0) return o;
    std::vector<model::Season> seasons = options_.seasons;
    if (seasons.empty())
      seasons = {{.length = std::chrono::hours(24)}, {.length = std::chrono::hours(24 * 7)}};
    for (const model::Season& season : seasons) {
      const auto steps = season.in_steps(step_ns);
      if (steps && *steps > 1) o.seasons.push_back(*steps);
    }
    std::sort(o.seasons.begin(), o.seasons.end());
    o.seasons.erase(std::unique(o.seasons.begin(), o.seasons.end()), o.seasons.end());
    return o;
  }

  struct Asked {
    std::vector<double> mean;
    std::int64_t start;  // place of its first step
    std::size_t age;
  };
  std::vector<Asked> asked_from(const Tensors& saved) const {
    if (saved.empty()) return {};
    const auto mean = saved.find("mean"), facts = saved.find("facts");
    const std::size_t steps = options_.series.horizon;
    if (mean == saved.end() || facts == saved.end() || mean->second.values.size() != steps ||
        facts->second.values.size() != 2 || !(std::abs(facts->second.values[0]) < 9e15) ||
        !(facts->second.values[1] >= 0 && facts->second.values[1] < static_cast<double>(steps)))
      throw FormatError("what was asked last cannot be used");
    return {{mean->second.values, static_cast<std::int64_t>(facts->second.values[0]),
             static_cast<std::size_t>(facts->second.values[1])}};
  }

  void learned_from(std::unique_ptr<AutoSeries> series) {
    const auto& seasons = series->options().seasons;
    const auto known = static_cast<std::int64_t>(series->history().size());
    errors_ = detail::ScaledErrors(series->residuals(), series->history(),
                                   seasons.empty() ? 0 : seasons.front(), next_place() - known);
    series_ = std::move(series);
    asked_.clear();
  }

  /// The place in time, counted in steps, of the first value that is not known yet.
  std::int64_t next_place() const {
    return cursor_.last_ns / cursor_.step_ns + 1 - static_cast<std::int64_t>(cursor_.unknown);
  }

  /// One value: the promise of the intervals is checked on forecasts made before it.
  void take(double y, std::int64_t place) {
    const std::size_t watched = options_.series.horizon;
    for (Asked& a : asked_) errors_.adapt(y, a.mean[a.age], a.age, a.start), ++a.age;
    std::erase_if(asked_, [&](const Asked& a) { return a.age >= watched; });
    series_->append(y);
    if (!asked_.empty()) return;
    Asked next{std::vector<double>(watched), place + 1, 0};
    series_->forecast(next.mean);
    asked_.push_back(std::move(next));
  }

  void relearn() {
    auto fresh = std::make_unique<AutoSeries>(series_->options());
    const std::vector<double> history(series_->history().begin(), series_->history().end());
    if (fresh->fit(history)) learned_from(std::move(fresh));
  }

  AutoOptions options_;
  std::unique_ptr<AutoSeries> series_{};
  detail::ScaledErrors errors_{};
  SeriesCursor cursor_{};
  std::vector<Asked> asked_{};  // at most one: forecasts whose truth is still to come
};

}  // namespace

std::unique_ptr<AutoEngine> make_series_engine(const AutoOptions& options) {
  return std::make_unique<SeriesEngine>(options);
}

}  // namespace learningplane::selection
