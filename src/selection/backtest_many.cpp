#include "learningplane/selection/backtest_many.hpp"

#include "learningplane/error.hpp"
#include "selection/many_stream.hpp"
#include "selection/many_work.hpp"

namespace learningplane::selection {

namespace {

using Maker = std::function<std::unique_ptr<model::Forecaster>()>;

Result<evaluation::HorizonScore> score(const ManySeries& series, const Maker& make,
                                       const evaluation::BacktestOptions& settings,
                                       ManyScore& out) {
  using Score = evaluation::HorizonScore;
  return detail::guarded<Score>([&]() -> Result<Score> {
    auto input = many_input(series, settings.horizon);
    if (!input) return tl::unexpected(input.error());
    out.note = input->note;
    auto done =
        evaluation::backtest({{.name = "model", .frame = input->frame, .make = make}}, settings);
    if (!done) return tl::unexpected(done.error());
    const evaluation::Backtest& result = done->front();
    out.origins = result.origins.size();
    out.fits = result.fits;
    out.failed_origins = result.failed;
    if (result.horizons.empty() || result.horizons.back().n == 0)
      return fail(Errc::unknown_data, "no origin has a forecast and a truth");
    return result.horizons.back();
  });
}

/// What is wrong with a series that is long enough for anything is wrong with the options.
Result<void> check(evaluation::BacktestOptions settings) {
  if (settings.every > 0) settings.origins = 1;
  settings.every = 0;
  if (auto ok = evaluation::origins(std::size_t{1} << 40U, settings); !ok)
    return tl::unexpected(ok.error());
  return {};
}

}  // namespace

Result<ManySummary> backtest_many(const ManySource& source, const ManyOptions& o,
                                  const evaluation::BacktestOptions& given,
                                  const Registry<model::Forecaster>& all, const ManyScoreSink& sink,
                                  const ManyProgress& progress) {
  evaluation::BacktestOptions settings = given;
  settings.target = many_target;
  settings.threads = 1;
  settings.horizon = o.horizon;
  settings.levels = o.levels;
  settings.horizons = {o.horizon};
  if (auto ok = check(settings); !ok) return fail_within("many", ok.error());
  const Maker make = many_maker(o, all);
  detail::ManyStream<ManySeries, ManyScore> stream(
      o.threads, [&](std::size_t index, ManySeries& series) {
        ManyScore out{.index = index, .id = std::move(series.id)};
        out.score = score(series, make, settings, out);
        return out;
      });
  return stream.run(
      source,
      [&sink](ManyScore&& out) {
        const bool good = out.score.has_value();
        sink(std::move(out));
        return good;
      },
      progress);
}

}  // namespace learningplane::selection
