#include "learningplane/evaluation/provisioning.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "support/reference.hpp"

using namespace learningplane;
using namespace learningplane::evaluation;

namespace {

using List = std::vector<double>;
const double absent = std::nan("");
const List trace{1, 1, 1, 1, 1, 1, 1, 6, 1, 1, 1, 1, 1, 1, 1, 5, 5, 1, 1, 1};

/// The largest of the trace in [t - back, t + ahead].
List largest(int back, int ahead) {
  List out;
  const int n = static_cast<int>(trace.size());
  for (int t = 0; t < n; ++t)
    out.push_back(*std::max_element(trace.begin() + std::clamp(t - back, 0, n),
                                    trace.begin() + std::clamp(t + ahead + 1, 1, n)));
  return out;
}

void check(const ProvisioningScore& s, double over, double under) {
  CHECK(std::abs(s.over - over) < 5e-5);
  CHECK(std::abs(s.under - under) < 5e-5);
  CHECK(s.n == 15);
}

}  // namespace

TEST_CASE("provisioning: known answers") {
  List previous = trace;
  for (std::size_t t = 1; t < trace.size(); ++t) previous[t] = trace[t - 1];
  check(provisioning(previous, trace, 5), 0.1698, 0.1698);
  check(provisioning(trace, trace, 5), 0, 0);
  check(provisioning(largest(2, 1), trace, 5), 0.5094, 0);
  check(provisioning(List(trace.size(), 6), trace, 5), 1.1698, 0);
  CHECK(provisioning(largest(2, 1), trace, 5).spikes.covered_recall() == 1);
}

TEST_CASE("provisioning: what was known before the lag is not scored, unknown pairs are counted") {
  List p = trace;
  p[2] = 100;
  p[10] = absent;
  const ProvisioningScore s = provisioning(p, trace, 5);
  CHECK(s.over == 0);
  CHECK(s.n == 14);
  CHECK(s.passed_over == 1);
  const ProvisioningScore none = provisioning(List(3, 1.0), List(3, 1.0), 5);
  CHECK(none.n == 0);
  CHECK(std::isnan(none.over));
  CHECK_THROWS_AS((void)provisioning(List{1}, trace, 5), LogicError);
  const Value v = to_value(provisioning(trace, trace, 5));
  CHECK(v.get("f1", 0.0) == 1);
  CHECK(v.find("spikes")->as_int() == 2);
}

TEST_CASE("provision: over, under, cost, slack, time in violation, excess") {
  const List limit{10, 10, 4, absent, 6}, usage{5, 12, 4, 3, absent};
  const Provision p = provision(limit, usage, {.over = 2, .under = 10});
  CHECK(p.n == 3);
  CHECK(p.passed_over == 2);
  CHECK(p.over == doctest::Approx(5.0 / 21));
  CHECK(p.under == doctest::Approx(2.0 / 21));
  CHECK(p.cost == doctest::Approx((2 * 5 + 10 * 2) / 3.0));
  CHECK(p.slack == doctest::Approx((24.0 - 21) / 24));
  CHECK(p.violation == doctest::Approx(1.0 / 3));
  CHECK(p.excess == doctest::Approx(5.0 / 21));
  const Provision none = provision(List{absent}, List{1});
  for (const double x : {none.over, none.under, none.cost, none.slack, none.violation, none.excess})
    CHECK(std::isnan(x));
  CHECK(std::isnan(provision(List{0}, List{0}).slack));
  CHECK_THROWS_AS((void)provision(List{1}, List{1}, {.over = -1, .under = 1}), LogicError);
  CHECK_THROWS_AS((void)provision(List{1}, List{1}, {.over = 1, .under = absent}), LogicError);
}

TEST_CASE("window capacity: the accuracy panel's numbers") {
  const Value json = support::reference("scores.json");
  const List truth = support::list(json, "truth");
  List upper = support::list(json, "forecast");
  for (double& x : upper) x += json.get("width", 0.0);
  const Value& theirs = *json.find("capacity");
  const auto windows = static_cast<std::size_t>(theirs.find("windows")->as_int());
  const WindowCapacity c = window_capacity(upper, truth, truth.size() / windows);
  CHECK(c.windows == windows);
  CHECK(c.n == truth.size());
  CHECK(c.under_pct == doctest::Approx(theirs.get("under_pct", absent)).epsilon(1e-12));
  CHECK(c.excess == doctest::Approx(theirs.get("excess", absent)).epsilon(1e-12));
}

TEST_CASE("window capacity: never below zero; a window with an unknown forecast counts nowhere") {
  const List upper{-3, -2, 1, absent, 5, 4}, truth{1, -1, 9, 9, 6, absent};
  const WindowCapacity c = window_capacity(upper, truth, 2);
  CHECK(c.windows == 2);
  CHECK(c.n == 3);
  CHECK(c.under_pct == doctest::Approx(100 * 2 / 3.0));
  CHECK(c.excess == doctest::Approx(1.0 / 8));  // 0 - (-1), over |1| + |-1| + |6|
  CHECK_THROWS_AS((void)window_capacity(upper, truth, 4), LogicError);
  CHECK_THROWS_AS((void)window_capacity(upper, truth, 0), LogicError);
}
