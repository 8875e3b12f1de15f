#include "learningplane/profiling/kmeans.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <unordered_set>

#include "learningplane/error.hpp"
#include "profiling/kernels/dispatch.hpp"
#include "profiling/lloyd.hpp"
#include "profiling/plus_plus.hpp"

namespace learningplane::profiling {

using detail::CentredRows;
using detail::Lloyd;
using detail::PackedRows;
using detail::Random;

SpanSource::SpanSource(std::span<const double> rows, std::size_t columns)
    : rows_(rows), columns_(columns) {
  if (columns == 0 || rows.size() % columns != 0)
    throw LogicError(fmt::format("{} numbers are no rows of {} columns", rows.size(), columns));
}

std::span<const double> SpanSource::next(std::size_t most) {
  const std::size_t count = std::min(most * columns_, rows_.size() - at_);
  at_ += count;
  return rows_.subspan(at_ - count, count);
}

namespace {

void check(const KmeansOptions& o) {
  const auto at_least = [](std::size_t value, std::size_t least, const char* key) {
    if (value < least)
      throw ConfigError("", key, std::to_string(value), std::to_string(least) + " or more");
  };
  at_least(o.k, 1, "k");
  at_least(o.restarts, 1, "restarts");
  at_least(o.iterations, 1, "iterations");
  at_least(o.batch, 1, "batch");
  at_least(o.passes, 1, "passes");
  at_least(o.sample, o.k, "sample");
  if (!(o.tolerance >= 0) || !std::isfinite(o.tolerance))
    throw ConfigError("", "tolerance", fmt::format("{}", o.tolerance), "a number of 0 or more");
}

/// Every cell is a number. @param first number of the first row, for the message
Result<void> known(std::span<const double> rows, std::size_t columns, std::size_t first) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!std::isfinite(rows[i]))
      return fail(Errc::unknown_data,
                  fmt::format("k-means: row {}, column {} is {}: rows with unknown cells must be "
                              "cleaned or left out first",
                              first + i / columns, i % columns, rows[i]));
  }
  return {};
}

/// Whether there are k rows that differ. Looks only as far as it must.
Result<void> distinct(std::span<const double> rows, std::size_t columns, std::size_t k) {
  std::unordered_set<std::string_view> seen;
  const std::size_t bytes = columns * sizeof(double);
  for (std::size_t i = 0; i < rows.size() && seen.size() < k; i += columns)
    seen.emplace(reinterpret_cast<const char*>(rows.data() + i), bytes);
  if (seen.size() >= k) return {};
  return fail(
      Errc::invalid_argument,
      fmt::format("k-means: k is {}, but only {} of the {} rows differ; take k = {} or less", k,
                  seen.size(), rows.size() / columns, seen.size()));
}

Result<void> check_start(const KmeansOptions& o, std::size_t columns) {
  if (o.start.empty() || o.start.size() == o.k * columns) return known(o.start, columns, 0);
  return fail(Errc::invalid_argument,
              fmt::format("k-means: start holds {} numbers; {} centroids of {} columns have {}",
                          o.start.size(), o.k, columns, o.k * columns));
}

/// Adds `by` times the centre to every row.
void shift(std::vector<double>& rows, const std::vector<double>& centre, double by) {
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] += by * centre[i % centre.size()];
}

/// A sample of rows that gives each the same chance (reservoir), and the number of rows.
struct Sampled {
  std::vector<double> rows{};
  std::size_t seen = 0;
};
Result<Sampled> sample(RowSource& source, const KmeansOptions& o, Random& random) {
  const std::size_t columns = source.columns();
  Sampled out;
  source.rewind();
  for (auto rows = source.next(o.batch); !rows.empty(); rows = source.next(o.batch)) {
    if (auto fine = known(rows, columns, out.seen); !fine) return tl::unexpected(fine.error());
    for (std::size_t i = 0; i < rows.size(); i += columns, ++out.seen) {
      const auto row = rows.subspan(i, columns);
      if (out.seen < o.sample) {
        out.rows.insert(out.rows.end(), row.begin(), row.end());
      } else if (const std::size_t at = random.below(out.seen + 1); at < o.sample) {
        std::copy(row.begin(), row.end(),
                  out.rows.begin() + static_cast<std::ptrdiff_t>(at * columns));
      }
    }
  }
  return out;
}

void find_nearest(std::span<const double> rows, std::span<const double> centroids,
                  std::size_t columns, Assignment& out) {
  const std::vector<double> nothing(columns);
  std::vector<double> scratch(kernels::scratch_of(columns));
  out.labels.resize(rows.size() / columns);
  out.distances.resize(out.labels.size());
  kernels::kmeans(model::cpu_tier())
      .nearest({{out.labels.size(), columns, rows.data(), nothing.data()},
                centroids.size() / columns,
                centroids.data(),
                out.labels.data(),
                out.distances.data(),
                scratch.data()});
}

/// One mini-batch: every centroid becomes the mean of the rows it was ever given.
void learn(std::span<const double> rows, std::size_t columns, std::vector<double>& centroids,
           std::vector<double>& counts, Assignment& nearest) {
  find_nearest(rows, centroids, columns, nearest);
  std::vector<double> sums(centroids.size()), fresh(counts.size());
  for (std::size_t row = 0; row < nearest.labels.size(); ++row) {
    const auto c = static_cast<std::size_t>(nearest.labels[row]);
    for (std::size_t j = 0; j < columns; ++j) sums[c * columns + j] += rows[row * columns + j];
    fresh[c] += 1;
  }
  for (std::size_t c = 0; c < counts.size(); ++c) {
    if (fresh[c] == 0) continue;
    counts[c] += fresh[c];
    for (std::size_t j = 0; j < columns; ++j) {
      double& centre = centroids[c * columns + j];
      centre += (sums[c * columns + j] - fresh[c] * centre) / counts[c];
    }
  }
}

}  // namespace

Result<KmeansResult> kmeans(std::span<const double> rows, std::size_t columns,
                            const KmeansOptions& options) {
  check(options);
  if (columns == 0 || rows.empty() || rows.size() % columns != 0)
    return fail(Errc::invalid_argument,
                fmt::format("k-means: {} numbers are no rows of {} columns", rows.size(), columns));
  const CentredRows centred(rows, columns);
  const PackedRows points(centred, options.tolerance > 0 ? PackedRows::Variance::wanted
                                                         : PackedRows::Variance::unwanted);
  if (!points.plainly_finite()) {
    if (auto fine = known(rows, columns, 0); !fine) return tl::unexpected(fine.error());
  }
  if (auto fine = distinct(rows, columns, options.k); !fine) return tl::unexpected(fine.error());
  if (auto fine = check_start(options, columns); !fine) return tl::unexpected(fine.error());
  Lloyd lloyd(points, options.k, options.iterations, options.tolerance * points.mean_variance());
  KmeansResult best;
  if (!options.start.empty()) {
    std::vector<double> start = options.start;
    shift(start, centred.centre(), -1);
    best = lloyd.run(std::move(start));
  } else {
    Random random(options.seed);
    for (std::size_t i = 0; i < options.restarts; ++i) {
      KmeansResult found = lloyd.run(detail::plus_plus(points, options.k, random));
      if (i == 0 || found.inertia < best.inertia) best = std::move(found);
    }
  }
  shift(best.centroids, centred.centre(), 1);
  return best;
}

Result<KmeansResult> kmeans_stream(RowSource& source, const KmeansOptions& options) {
  check(options);
  Random random(options.seed);
  auto sampled = sample(source, options, random);
  if (!sampled) return tl::unexpected(sampled.error());
  const std::size_t columns = source.columns();
  auto begun = kmeans(sampled->rows, columns, options);
  if (!begun) return begun;
  KmeansResult out = std::move(*begun);
  // What the sample told weighs as much as its rows.
  std::vector<double> counts;
  for (const std::size_t size : out.sizes) counts.push_back(static_cast<double>(size));
  Assignment nearest;
  for (std::size_t pass = 0; pass < options.passes && sampled->seen > options.sample; ++pass) {
    source.rewind();
    for (auto rows = source.next(options.batch); !rows.empty(); rows = source.next(options.batch))
      learn(rows, columns, out.centroids, counts, nearest);
  }
  out.labels.clear();
  out.rows = sampled->seen;
  out.inertia = 0;
  std::fill(out.sizes.begin(), out.sizes.end(), 0);
  source.rewind();
  for (auto rows = source.next(options.batch); !rows.empty(); rows = source.next(options.batch)) {
    find_nearest(rows, out.centroids, columns, nearest);
    for (std::size_t row = 0; row < nearest.labels.size(); ++row) {
      ++out.sizes[static_cast<std::size_t>(nearest.labels[row])];
      out.inertia += nearest.distances[row];
    }
  }
  return out;
}

Assignment assign(std::span<const double> rows, std::span<const double> centroids,
                  std::size_t columns) {
  if (columns == 0 || centroids.empty() || rows.size() % columns != 0 ||
      centroids.size() % columns != 0)
    throw LogicError(fmt::format("{} numbers and centroids of {} are no rows of {} columns",
                                 rows.size(), centroids.size(), columns));
  Assignment out;
  if (!rows.empty()) find_nearest(rows, centroids, columns, out);
  return out;
}

}  // namespace learningplane::profiling
