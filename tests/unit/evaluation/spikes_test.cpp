#include "learningplane/evaluation/spikes.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::evaluation;

namespace {

using List = std::vector<double>;
using Steps = std::vector<std::size_t>;

const double absent = std::nan("");
const List trace{1, 1, 1, 1, 1, 1, 1, 6, 1, 1, 1, 1, 1, 1, 1, 5, 5, 1, 1, 1};

List previous() {
  List out(trace.begin(), trace.end() - 1);
  out.insert(out.begin(), trace.front());
  return out;
}

/// The largest of [t - 2, t + 1].
List around() {
  List out;
  for (std::size_t t = 0; t < trace.size(); ++t) {
    const std::size_t first = t - std::min<std::size_t>(t, 2);
    const std::size_t last = std::min(t + 2, trace.size());
    out.push_back(*std::max_element(trace.begin() + static_cast<std::ptrdiff_t>(first),
                                    trace.begin() + static_cast<std::ptrdiff_t>(last)));
  }
  return out;
}

void check(const SpikeScore& s, double precision, double recall, double covered) {
  CHECK(s.precision() == precision);
  CHECK(s.recall() == recall);
  CHECK(s.covered_recall() == covered);
}

}  // namespace

TEST_CASE("spikes: the first step of a rise, and again where it changes height") {
  const TraceScale scale = trace_scale(trace);
  CHECK(scale.shift == 1);
  CHECK(scale.total == 53);
  CHECK(scale.deviation == doctest::Approx(1.5580).epsilon(1e-4));
  CHECK(find_spikes(trace, trace, scale) == Steps{7, 15});
  CHECK(find_spikes(previous(), trace, scale) == Steps{8, 16});
  List steps = trace;
  steps[16] = 5.5;  // differs from 5 by less than 10 % of 6.5
  CHECK(find_spikes(steps, steps, trace_scale(steps)) == Steps{7, 15});
  steps[16] = 6;
  CHECK(find_spikes(steps, steps, trace_scale(steps)) == Steps{7, 15, 16});
}

TEST_CASE("spikes: known answers") {
  check(score_spikes(previous(), trace, 5), 1, 0, 0);
  check(score_spikes(trace, trace, 5), 1, 1, 1);
  check(score_spikes(around(), trace, 5), 1, 1, 1);
  const SpikeScore constant = score_spikes(List(trace.size(), 6), trace, 5);
  CHECK(constant.predicted == 0);
  CHECK(std::isnan(constant.precision()));
  CHECK(constant.recall() == 0.5);
  CHECK(constant.covered_recall() == 1);
  CHECK(score_spikes(trace, trace, 5).f1() == 1);
  CHECK(score_spikes(previous(), trace, 5).f1() == 0);
  // A forecast that begins at the lag: its first step rises above what was known.
  List later(trace.size(), 6);
  std::fill_n(later.begin(), 5, absent);
  CHECK(score_spikes(later, trace, 5).predicted == 1);
}

TEST_CASE("spikes: height matters more below than above") {
  const auto recall = [](double said) {
    List p(trace);
    p[7] = said;
    return score_spikes(p, trace, 5).found;
  };
  CHECK(recall(5.66) == 2);  // (6.66 - 7) / 7 = -4.9 %
  CHECK(recall(5.64) == 1);  // -5.1 %
  CHECK(recall(7.04) == 2);  // +14.9 %
  CHECK(recall(7.06) == 1);
}

TEST_CASE("spikes: a true spike is stood for once, within four steps before and five after") {
  List v(40, 1.0), p(40, 1.0);
  v[20] = 9;
  const auto matched = [&](std::vector<std::size_t> at) {
    List said = p;
    for (const std::size_t t : at) said[t] = 9;
    return score_spikes(said, v, 5).matched;
  };
  CHECK(matched({16}) == 1);
  CHECK(matched({15}) == 0);
  CHECK(matched({25}) == 1);
  CHECK(matched({26}) == 0);
  const List twice = [&] {
    List said = p;
    said[17] = said[20] = 9;
    return said;
  }();
  const SpikeScore s = score_spikes(twice, v, 5);
  CHECK(s.predicted == 2);
  CHECK(s.matched == 1);
  CHECK(s.precision() == 0.5);
  // For recall two steps before are early enough, three too early, and later is too late.
  const auto found = [&](std::size_t at) {
    List said = p;
    said[at] = 9;
    return score_spikes(said, v, 5).found;
  };
  CHECK(found(18) == 1);
  CHECK(found(17) == 0);
  CHECK(found(21) == 0);
}

TEST_CASE("spikes: unknown steps are no spikes and hide none of the others") {
  List v = trace;
  v[3] = absent;
  CHECK(find_spikes(v, v, trace_scale(v)) == Steps{15});  // nothing is known of step 7's past
  List p = trace;
  p[7] = absent;
  const SpikeScore s = score_spikes(p, trace, 5);
  CHECK(s.real == 2);
  CHECK(s.found == 1);
  CHECK(s.predicted == 1);
  const SpikeScore none = score_spikes(List(9, 1.0), List(9, 1.0), 5);
  CHECK(none.real == 0);
  CHECK(std::isnan(none.precision()));
  CHECK(std::isnan(none.recall()));
  CHECK(std::isnan(none.f1()));
  CHECK(std::isnan(trace_scale(List{absent}).shift));
}

TEST_CASE("spikes: counts add up; a model that predicts none has no F1 to be proud of") {
  SpikeScore sum = score_spikes(trace, trace, 5);
  sum += score_spikes(List(trace.size(), 1.0), trace, 5);
  CHECK(sum.real == 4);
  CHECK(sum.recall() == 0.5);
  CHECK(sum.precision() == 1);
  CHECK(score_spikes(List(trace.size(), 1.0), trace, 5).f1() == 0);
}

TEST_CASE("spikes: misuse is refused") {
  CHECK_THROWS_AS((void)score_spikes(List{1}, trace, 5), LogicError);
  SpikeOptions o;
  o.before = 0;
  CHECK_THROWS_AS((void)find_spikes(trace, trace, trace_scale(trace), o), LogicError);
  o = {};
  o.rise = -1;
  CHECK_THROWS_AS((void)score_spikes(trace, trace, 5, o), LogicError);
}
