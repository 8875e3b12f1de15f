#include "learningplane/decision/capacity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "learningplane/error.hpp"

namespace learningplane::decision {

namespace {

double interpolate(const LatencyRow& row, double q) {
  const auto at = std::lower_bound(row.probability.begin(), row.probability.end(), q);
  const auto i = static_cast<std::size_t>(at - row.probability.begin());
  if (i == 0) return row.latency.front();
  if (i == row.probability.size()) return row.latency.back();
  const double share = (q - row.probability[i - 1]) / (row.probability[i] - row.probability[i - 1]);
  return row.latency[i - 1] + share * (row.latency[i] - row.latency[i - 1]);
}

void check(const LatencyRow& row) {
  const auto refuse = [&](const std::string& what) {
    throw ConfigError("", "capacity", fmt::format("the row of load {:g}", row.load), what);
  };
  if (!(row.load > 0) || !std::isfinite(row.load)) refuse("loads above 0");
  if (row.probability.size() != row.latency.size() || row.probability.size() < 2)
    refuse("at least two points, a latency for each probability");
  for (std::size_t i = 0; i < row.latency.size(); ++i) {
    if (!std::isfinite(row.latency[i]) || row.latency[i] < 0) refuse("latencies of at least 0");
    if (i > 0 && row.latency[i] < row.latency[i - 1]) refuse("latencies that never decrease");
    if (i > 0 && !(row.probability[i] > row.probability[i - 1]))
      refuse("probabilities that increase");
  }
  if (row.probability.front() != 0 || row.probability.back() != 1)
    refuse("probabilities from 0 (min) to 1 (max)");
}

}  // namespace

Capacity::Capacity(std::vector<LatencyRow> rows) : rows_(std::move(rows)) {
  if (rows_.empty()) throw ConfigError("", "capacity", "no rows", "at least one load");
  std::sort(rows_.begin(), rows_.end(),
            [](const LatencyRow& a, const LatencyRow& b) { return a.load < b.load; });
  double high = 0;
  low_ = rows_.front().latency.front();
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    check(rows_[r]);
    if (r > 0 && rows_[r].load == rows_[r - 1].load)
      throw ConfigError("", "capacity", fmt::format("load {:g} twice", rows_[r].load),
                        "each load once");
    low_ = std::min(low_, rows_[r].latency.front());
    high = std::max(high, rows_[r].latency.back());
  }
  width_ = std::max(high - low_, 1e-9 + 1e-9 * high) / static_cast<double>(bins);
  points_.resize(rows_.size() * draws_);
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    for (std::size_t i = 0; i < draws_; ++i) {
      const double q = (static_cast<double>(i) + 0.5) / static_cast<double>(draws_);
      points_[r * draws_ + i] = static_cast<std::uint16_t>(bin_of(interpolate(rows_[r], q)));
    }
  }
}

std::size_t Capacity::bin_of(double latency) const {
  const double at = (latency - low_) / width_;
  if (!(at > 0)) return 0;
  return std::min(bins - 1, static_cast<std::size_t>(at));
}

Result<Capacity> Capacity::parse(std::string_view text) {
  std::istringstream in{std::string(text)};
  std::string line;
  std::vector<double> probability;
  std::vector<LatencyRow> rows;
  for (std::size_t number = 1; std::getline(in, line); ++number) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (line.empty()) continue;
    std::vector<std::string> cells;
    std::istringstream parts(line);
    for (std::string cell; std::getline(parts, cell, ',');) cells.push_back(cell);
    if (probability.empty()) {
      if (cells.size() < 3)
        return fail(Errc::malformed, "latency table: the header needs a load and two quantiles");
      probability.push_back(-1);
      for (std::size_t i = 1; i < cells.size(); ++i) {
        const std::string& name = cells[i];
        double p = -1;
        if (name.starts_with("min")) p = 0;
        if (name.starts_with("max")) p = 100;
        if (name.size() > 1 && name[0] == 'p')
          std::from_chars(name.data() + 1, name.data() + name.size(), p);
        if (p < 0 || p > 100)
          return fail(Errc::malformed,
                      fmt::format("latency table: column '{}' is no min, p<percent> or max", name));
        probability.push_back(p / 100);
      }
      continue;
    }
    if (cells.size() != probability.size())
      return fail(Errc::malformed,
                  fmt::format("latency table, line {}: {} cells, the header has {}", number,
                              cells.size(), probability.size()));
    std::vector<double> values;
    for (const std::string& cell : cells) {
      double v = 0;
      const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), v);
      if (error != std::errc() || end != cell.data() + cell.size())
        return fail(Errc::malformed,
                    fmt::format("latency table, line {}: '{}' is no number", number, cell));
      values.push_back(v);
    }
    std::vector<std::pair<double, double>> points;
    for (std::size_t i = 1; i < values.size(); ++i) points.emplace_back(probability[i], values[i]);
    std::sort(points.begin(), points.end());
    LatencyRow row;
    row.load = values[0];
    for (const auto& [p, v] : points) {
      row.probability.push_back(p);
      row.latency.push_back(v);
    }
    rows.push_back(std::move(row));
  }
  try {
    return Capacity(std::move(rows));
  } catch (const ConfigError& e) {
    return fail(Errc::malformed, std::string("latency table: ") + e.what());
  }
}

Result<Capacity> Capacity::read(const std::string& path) {
  std::ifstream in(path);
  if (!in) return fail(Errc::not_found, "latency table: cannot open " + path);
  std::ostringstream text;
  text << in.rdbuf();
  auto parsed = parse(text.str());
  if (!parsed) return fail_within(path, parsed.error());
  return parsed;
}

Capacity Capacity::from_samples(
    const std::vector<std::pair<double, std::vector<double>>>& measured) {
  std::vector<LatencyRow> rows;
  for (const auto& [load, samples] : measured) {
    LatencyRow row{load, {}, samples};
    std::sort(row.latency.begin(), row.latency.end());
    if (row.latency.size() == 1) row.latency.push_back(row.latency.front());
    for (std::size_t i = 0; i < row.latency.size(); ++i)
      row.probability.push_back(static_cast<double>(i) /
                                static_cast<double>(row.latency.size() - 1));
    rows.push_back(std::move(row));
  }
  return Capacity(std::move(rows));
}

Result<Capacity> Capacity::from_telemetry(std::span<const double> load,
                                          std::span<const double> latency) {
  if (load.size() != latency.size())
    return fail(Errc::invalid_argument, "loads and latencies differ in number");
  std::map<double, std::vector<double>> groups;
  for (std::size_t i = 0; i < load.size(); ++i) {
    if (std::isfinite(load[i]) && load[i] > 0 && std::isfinite(latency[i]) && latency[i] >= 0)
      groups[std::ceil(load[i])].push_back(latency[i]);
  }
  if (groups.empty()) return fail(Errc::not_enough_data, "no load and latency are known together");
  return from_samples({groups.begin(), groups.end()});
}

Capacity Capacity::from_throughput(double streams, double latency) {
  std::vector<LatencyRow> rows;
  for (int i = 1; i <= 16; ++i) {
    const double share = i / 16.0;
    rows.push_back({streams * share, {0, 1}, {latency * share, latency * share}});
  }
  return Capacity(std::move(rows));
}

std::pair<std::size_t, double> Capacity::row_of(double load) const {
  const auto at = std::lower_bound(rows_.begin(), rows_.end(), load,
                                   [](const LatencyRow& r, double l) { return r.load < l; });
  if (at == rows_.end()) return {rows_.size() - 1, load / rows_.back().load};
  return {static_cast<std::size_t>(at - rows_.begin()), 1.0};
}

double Capacity::quantile(double load, double q) const {
  if (!(load > 0)) return 0;
  const auto [row, stretch] = row_of(load);
  return stretch * interpolate(rows_[row], q);
}

std::vector<LoadShare> Capacity::spread(double load, std::int64_t instances) {
  if (!(load > 0) || instances < 1) return {};
  if (load != std::floor(load)) return {{load / static_cast<double>(instances), instances}};
  const auto streams = static_cast<std::int64_t>(load);
  const std::int64_t each = streams / instances, rest = streams % instances;
  std::vector<LoadShare> out;
  if (rest > 0) out.push_back({static_cast<double>(each + 1), rest});
  if (each > 0) out.push_back({static_cast<double>(each), instances - rest});
  return out;
}

double Capacity::share_below(std::size_t r, double stretch, double latency) const {
  const LatencyRow& row = rows_[r];
  const double v = latency / stretch;
  const auto at = std::upper_bound(row.latency.begin(), row.latency.end(), v);
  const auto i = static_cast<std::size_t>(at - row.latency.begin());
  if (i == 0) return 0;
  if (i == row.latency.size()) return 1;
  const double share = (v - row.latency[i - 1]) / (row.latency[i] - row.latency[i - 1]);
  return row.probability[i - 1] + share * (row.probability[i] - row.probability[i - 1]);
}

double Capacity::quantile(double load, std::int64_t instances, double q) const {
  const std::vector<LoadShare> shares = spread(load, instances);
  if (shares.empty()) return 0;
  if (shares.size() == 1) return quantile(shares[0].load, q);
  // Between the quantiles of the two loads: where the weighted shares below add up to q.
  double low = quantile(shares[1].load, q), high = quantile(shares[0].load, q);
  if (low > high) std::swap(low, high);
  const auto a = row_of(shares[0].load), b = row_of(shares[1].load);
  const double wa = shares[0].load * static_cast<double>(shares[0].instances) / load;
  for (int i = 0; i < 50; ++i) {
    const double middle = (low + high) / 2;
    const double below = wa * share_below(a.first, a.second, middle) +
                         (1 - wa) * share_below(b.first, b.second, middle);
    (below < q ? low : high) = middle;
  }
  return (low + high) / 2;
}

std::int64_t Capacity::most_streams(double q, double limit) const {
  std::int64_t most = 0;
  for (std::int64_t n = 1; n < 1'000'000'000; most = n++) {
    if (quantile(static_cast<double>(n), q) > limit) break;
    // Above the table the latency grows in proportion: no need to count.
    if (static_cast<double>(n) >= rows_.back().load)
      return std::max(n, static_cast<std::int64_t>(std::floor(
                             limit / interpolate(rows_.back(), q) * rows_.back().load + 1e-9)));
  }
  return most;
}

template <class Take>
void Capacity::draw_each(ScalingRandom& random, double load, std::size_t n,
                         const Take& take) const {
  if (!(load > 0)) return;
  const auto [row, stretch] = row_of(load);
  const std::uint16_t* points = points_.data() + row * draws_;
  constexpr std::uint64_t mask = draws_ - 1;
  if (stretch == 1) {
    std::size_t i = 0;
    for (; i + 4 <= n; i += 4) {  // four draws of 14 bits from one number
      const std::uint64_t b = random.bits();
      take(points[b >> 50U]);
      take(points[(b >> 36U) & mask]);
      take(points[(b >> 22U) & mask]);
      take(points[(b >> 8U) & mask]);
    }
    for (; i < n; ++i) take(points[random.bits() >> 50U]);
    return;
  }
  for (std::size_t i = 0; i < n; ++i)
    take(static_cast<std::uint16_t>(bin_of(stretch * bin_value(points[random.bits() >> 50U]))));
}

void Capacity::draw(ScalingRandom& random, double load, std::size_t n,
                    std::span<std::uint32_t> counts) const {
  std::uint32_t* const to = counts.data();
  draw_each(random, load, n, [to](std::uint16_t bin) { ++to[bin]; });
}

void Capacity::draw(ScalingRandom& random, double load, std::span<std::uint16_t> out) const {
  std::uint16_t* to = out.data();
  draw_each(random, load, out.size(), [&to](std::uint16_t bin) { *to++ = bin; });
}

std::vector<Parameter> capacity_parameters() {
  return {
      {"capacity", ParameterType::string,
       "CSV of latency quantiles by load on one instance: load, min, p<percent> …, max", Value()},
      {"throughput",
       ParameterType::number,
       "streams that one instance carries under the objective, instead of a table",
       Value(),
       false,
       {},
       1e-9,
       1e12}};
}

Capacity capacity_from(const Value& v) {
  const Value* table = v.find("capacity");
  const Value* throughput = v.find("throughput");
  const bool has_table = table != nullptr && !table->is_null();
  const bool has_throughput = throughput != nullptr && !throughput->is_null();
  if (has_table == has_throughput)
    throw ConfigError("", "capacity", has_table ? "capacity and throughput" : "neither",
                      "a latency table as capacity, or a number as throughput");
  if (has_table) return value_or_throw(Capacity::read(table->as_string()));
  // Just under the bound at the throughput, in proportion above it.
  const double bound = v.get("objective", 20.0) * (1 + v.get("tolerance", 0.1));
  return Capacity::from_throughput(throughput->as_double(), bound);
}

Value with_capacity_from(Value policy, const std::string& folder) {
  if (policy.is_array()) {
    Value::Array all;
    for (const Value& one : policy.as_array()) all.push_back(with_capacity_from(one, folder));
    return Value(std::move(all));
  }
  const Value* table = policy.find("capacity");
  if (table == nullptr || !table->is_string() || folder.empty()) return policy;
  const std::filesystem::path path = table->as_string();
  if (path.is_relative()) {
    Value full((std::filesystem::path(folder) / path).string());
    full.set_where(table->where());
    policy.set("capacity", std::move(full));
  }
  return policy;
}

void Capacity::expect(double load, std::uint32_t weight, std::span<std::uint32_t> counts) const {
  if (!(load > 0)) return;
  const auto [row, stretch] = row_of(load);
  for (std::size_t i = 0; i < draws_; ++i) {
    const std::size_t bin = points_[row * draws_ + i];
    counts[stretch == 1 ? bin : bin_of(stretch * bin_value(bin))] += weight;
  }
}

namespace {

/// Walks down from the highest value. Ranks count from the top and do not decrease but by one.
class Descent {
 public:
  Descent(const Capacity& capacity, std::span<const std::uint32_t> counts,
          std::span<const double> beyond)
      : capacity_(capacity),
        counts_(counts),
        beyond_(beyond),
        b_(counts.size()),
        o_(beyond.size()) {}
  double at(std::uint64_t rank) {
    if (rank == rank_) return value_;
    if (rank == rank_before_) return before_;
    before_ = value_;
    rank_before_ = rank_;
    rank_ = rank;
    while (passed_ <= rank) {
      while (b_ > 0 && counts_[b_ - 1] == 0) --b_;
      const double bin = b_ > 0 ? capacity_.bin_value(b_ - 1) : -1;
      if (o_ > 0 && (b_ == 0 || beyond_[o_ - 1] >= bin)) {
        value_ = beyond_[--o_];
        ++passed_;
      } else {
        value_ = bin;
        passed_ += counts_[--b_];
      }
    }
    return value_;
  }

 private:
  const Capacity& capacity_;
  std::span<const std::uint32_t> counts_;
  std::span<const double> beyond_;
  std::size_t b_, o_;
  std::uint64_t passed_ = 0, rank_ = ~0ULL, rank_before_ = ~0ULL;
  double value_ = 0, before_ = 0;
};

}  // namespace

void counted_quantiles(const Capacity& capacity, std::span<const std::uint32_t> counts,
                       std::uint64_t total, std::span<const double> beyond,
                       std::span<const double> levels, std::span<double> out) {
  const std::uint64_t n = total + beyond.size();
  Descent descent(capacity, counts, beyond);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (n == 0) {
      out[i] = 0;
      continue;
    }
    const double rank = levels[i] * static_cast<double>(n - 1);
    const auto lower = static_cast<std::uint64_t>(rank);
    const std::uint64_t top = n - 1 - lower;
    const double high = top > 0 ? descent.at(top - 1) : 0;
    const double low = descent.at(top);
    out[i] = top == 0 ? low : low + (rank - static_cast<double>(lower)) * (high - low);
  }
}

double counted_quantile(const Capacity& capacity, std::span<const std::uint32_t> counts,
                        std::uint64_t total, std::span<const double> beyond, double level) {
  double out = 0;
  counted_quantiles(capacity, counts, total, beyond, {&level, 1}, {&out, 1});
  return out;
}

}  // namespace learningplane::decision
