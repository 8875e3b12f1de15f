#include "learningplane/decision/capacity.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::decision;

namespace {
const std::string table =
    "load,min,p50,p95,max\n"
    "1,8,9,10,20\n"
    "2,8,11,15,40\n"
    "4,8,20,40,80\n";
}

TEST_CASE("capacity: reads a quantile table") {
  const Capacity c = value_or_throw(Capacity::parse(table));
  REQUIRE(c.rows().size() == 3);
  CHECK(c.quantile(1, 0.95) == 10);
  CHECK(c.quantile(2, 0.5) == 11);
  CHECK(c.quantile(2, 0.725) == doctest::Approx(13));  // half way from p50 to p95
  CHECK(c.quantile(1.5, 0.95) == 15);                  // the next load above
  CHECK(c.quantile(8, 0.95) == 80);                    // stretched above the table
  CHECK(c.quantile(0, 0.95) == 0);
  CHECK(c.most_streams(0.95, 15) == 2);
  CHECK(c.most_streams(0.95, 9.9) == 0);
  CHECK(c.most_streams(0.95, 80) == 8);
}

TEST_CASE("capacity: spreads whole streams evenly, the remainder on the first") {
  const auto s = Capacity::spread(7, 3);
  REQUIRE(s.size() == 2);
  CHECK(s[0].load == 3);
  CHECK(s[0].instances == 1);
  CHECK(s[1].load == 2);
  CHECK(s[1].instances == 2);
  CHECK(Capacity::spread(2, 3).size() == 1);  // one instance idles
  CHECK(Capacity::spread(0, 3).empty());
  CHECK(Capacity::spread(3, 0).empty());
  CHECK(Capacity::spread(2.5, 2)[0].load == 1.25);
}

TEST_CASE("capacity: pooled quantiles lie between and weigh the loads") {
  const Capacity c = value_or_throw(Capacity::parse(table));
  CHECK(c.quantile(4, 2, 0.95) == c.quantile(2, 0.95));
  const double pooled = c.quantile(3, 2, 0.95);  // 2 and 1
  CHECK(pooled > 10);
  CHECK(pooled < 15);
  // Two thirds of the latencies from load 2, a third from load 1: counted on a fine grid of points.
  double below = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double q = (i + 0.5) / 100'000;
    below += 2.0 / 3 * (c.quantile(2, q) <= pooled) + 1.0 / 3 * (c.quantile(1, q) <= pooled);
  }
  CHECK(below / 100'000 == doctest::Approx(0.95).epsilon(1e-4));
}

TEST_CASE("capacity: drawn latencies have the table's quantiles and are the same for a seed") {
  const Capacity c = value_or_throw(Capacity::parse(table));
  std::vector<std::uint32_t> counts(Capacity::bins, 0), again(Capacity::bins, 0);
  ScalingRandom random(3), same(3);
  c.draw(random, 2, 200'000, counts);
  c.draw(same, 2, 200'000, again);
  CHECK(counts == again);
  for (const double q : {0.25, 0.5, 0.9, 0.95})
    CHECK(counted_quantile(c, counts, 200'000, {}, q) ==
          doctest::Approx(c.quantile(2, q)).epsilon(0.01));
}

TEST_CASE("capacity: counted quantiles equal those of the sorted values") {
  const Capacity c = value_or_throw(Capacity::parse(table));
  ScalingRandom random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::uint32_t> counts(Capacity::bins, 0);
    std::vector<double> all, beyond;
    const auto n = static_cast<std::size_t>(random.uniform() * 30);
    for (std::size_t i = 0; i < n; ++i) {
      const auto bin = static_cast<std::size_t>(random.uniform() * Capacity::bins);
      ++counts[bin];
      all.push_back(c.bin_value(bin));
    }
    for (int i = 0; i < round % 4; ++i) beyond.push_back(random.normal(100, 10));
    std::sort(beyond.begin(), beyond.end());
    all.insert(all.end(), beyond.begin(), beyond.end());
    std::sort(all.begin(), all.end());
    const double levels[] = {0.99, 0.95, 0.9, 0.5, 0.25};
    double found[5];
    counted_quantiles(c, counts, n, beyond, levels, found);
    for (std::size_t k = 0; k < 5; ++k) {
      double expected = 0;
      if (!all.empty()) {
        const double rank = levels[k] * static_cast<double>(all.size() - 1);
        const auto low = static_cast<std::size_t>(rank);
        const double next = low + 1 < all.size() ? all[low + 1] : all[low];
        expected = all[low] + (rank - static_cast<double>(low)) * (next - all[low]);
      }
      CHECK(found[k] == doctest::Approx(expected));
    }
  }
}

TEST_CASE("capacity: from samples, telemetry and throughput") {
  const Capacity s = Capacity::from_samples({{1, {3, 1, 2}}, {2, {5}}});
  CHECK(s.quantile(1, 0.5) == 2);
  CHECK(s.quantile(2, 0.9) == 5);
  const double nan = std::nan("");
  const std::vector<double> load{0.5, 1, 1.5, nan, 2}, latency{1, 3, 7, 100, 9};
  const Capacity t = value_or_throw(Capacity::from_telemetry(load, latency));
  CHECK(t.rows().size() == 2);
  CHECK(t.quantile(1, 0.5) == 2);
  CHECK(t.quantile(2, 0.5) == 8);
  CHECK(t.most_streams(0.5, 5) == 1);
  const std::vector<double> none{nan};
  CHECK(Capacity::from_telemetry(none, none).error().code == Errc::not_enough_data);
  const Capacity p = Capacity::from_throughput(5, 22);
  CHECK(p.most_streams(0.95, 22) == 5);
  CHECK(p.quantile(6, 0.95) > 22);
}

TEST_CASE("capacity: bad tables are refused whole") {
  for (const char* bad : {"", "load,p50\n1,2\n", "load,min,wide\n1,2,3\n", "load,min,max\n1,2\n",
                          "load,min,max\n1,2,x\n", "load,min,max\n1,5,3\n", "load,min,max\n0,2,3\n",
                          "load,min,max\n1,2,3\n1,2,3\n", "load,min,max\n1,-2,3\n",
                          "load,min,max\n1,2,nan\n", "load,p10,max\n1,2,3\n"}) {
    CAPTURE(bad);
    const auto read = Capacity::parse(bad);
    REQUIRE(!read);
    CHECK(read.error().code == Errc::malformed);
  }
  CHECK(Capacity::read("there/is/none.csv").error().code == Errc::not_found);
}

TEST_CASE("capacity: the table of a policy file starts from the file's folder") {
  const Value policy = Value::object().set("kind", "hybrid").set("capacity", "tables/a.csv");
  CHECK(with_capacity_from(policy, "/etc/scaling").get("capacity", "") ==
        "/etc/scaling/tables/a.csv");
  CHECK(with_capacity_from(policy, "").get("capacity", "") == "tables/a.csv");
  const Value absolute = Value::object().set("capacity", "/a.csv");
  CHECK(with_capacity_from(absolute, "/etc").get("capacity", "") == "/a.csv");
  const Value both(Value::Array{policy, absolute});
  CHECK(with_capacity_from(both, "/etc").as_array()[0].get("capacity", "") == "/etc/tables/a.csv");
  const Value none = Value::object().set("throughput", 5);
  CHECK(with_capacity_from(none, "/etc") == none);
}
