#include "learningplane/profiling/next_phase_holdout.hpp"

#include <doctest/doctest.h>

#include "learningplane/error.hpp"
#include "support/phases.hpp"

using namespace learningplane;
using namespace learningplane::profiling;

namespace {

/// 0 1 2 0 1 2 …, and from row `turn` on the other way round: 0 2 1 0 2 1 ….
struct Case {
  explicit Case(std::size_t rows, std::size_t turn) {
    data.features = {"cpu"};
    PhaseSequence s;
    PhaseLabels l;
    for (std::size_t i = 0; i < rows; ++i) {
      s.times_ns.push_back(static_cast<std::int64_t>(i) * 1'000'000'000);
      l.phases.push_back(static_cast<std::int32_t>(i < turn ? i % 3 : (3 - i % 3) % 3));
      s.rows.push_back(static_cast<double>(l.phases.back()));
    }
    l.times_ns = s.times_ns;
    data.sequences.push_back(s);
    labels.push_back(l);
  }
  PhaseData data{};
  std::vector<PhaseLabels> labels{};
};

}  // namespace

TEST_CASE("next phase, held out: only the second part counts, and it is not learned from") {
  const NextPhaseOptions markov{.method = NextPhaseMethod::markov, .recent = 2};
  const Case same(120, 120);
  const auto good = value_or_throw(holdout_next_phase(markov, same.data, same.labels, 3));
  CHECK(good.rows > 50);
  CHECK(good.rows <= 60);
  CHECK(good.accuracy == 1);
  CHECK(good.recall() == 1);
  // What comes after the turn was never seen, and is foreseen wrongly every time.
  const Case turned(120, 30);
  const auto bad = value_or_throw(holdout_next_phase(markov, turned.data, turned.labels, 3, 0.25));
  CHECK(bad.rows > 80);
  CHECK(bad.right == 0);
  const auto late = value_or_throw(holdout_next_phase(markov, turned.data, turned.labels, 3, 0.9));
  CHECK(late.rows <= 12);
  CHECK(late.accuracy == 1);
}

TEST_CASE("next phase, held out: shares and data that cannot be are refused") {
  const NextPhaseOptions markov{.method = NextPhaseMethod::markov};
  Case c(40, 40);
  CHECK_THROWS_AS(holdout_next_phase(markov, c.data, c.labels, 3, 1), ConfigError);
  CHECK_THROWS_AS(holdout_next_phase(markov, c.data, c.labels, 3, 0), ConfigError);
  c.labels[0].phases.pop_back();
  CHECK_THROWS_AS(holdout_next_phase(markov, c.data, c.labels, 3), LogicError);
  const Case few(4, 4);
  CHECK(holdout_next_phase(markov, few.data, few.labels, 3).error().code == Errc::not_enough_data);
}
