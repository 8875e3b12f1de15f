#include "learningplane/simulation/sizing_totals.hpp"

#include <doctest/doctest.h>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::simulation;

namespace {

SizingResult made(const char* policy, const char* application, double cores) {
  SizingResult r{.name = policy, .application = application};
  r.cpu.samples = 10;
  r.cpu.allocation = cores;
  return r;
}
SizingResult missing(const char* policy, const char* application) {
  SizingResult r{.name = policy, .application = application};
  r.left_out = "it never changes";
  return r;
}

}  // namespace

TEST_CASE("sizing totals: all policies are summed over the applications that all of them allow") {
  const SizingTotals t = sizing_totals({made("p", "a", 1), made("p", "b", 2), made("p", "c", 4),
                                        made("q", "a", 3), missing("q", "b"), made("q", "c", 5),
                                        missing("r", "a"), missing("r", "b"), missing("r", "c")},
                                       3);
  REQUIRE(t.policies.size() == 3);
  CHECK(t.policies[0].cpu.allocation == 5);
  CHECK(t.policies[1].cpu.allocation == 8);
  CHECK(t.over[0] == std::vector<std::size_t>{0, 2});
  CHECK(t.over[1] == t.over[0]);
  // One that works nowhere takes nothing from the others, and has no sum itself.
  CHECK(t.over[2].empty());
  CHECK(t.policies[2].name == "r");
  CHECK(t.policies[2].left_out == "it never changes");
  CHECK(to_value(t.policies[2]).find("out_of_memory")->is_null());
  CHECK(t.alike());
  CHECK_FALSE(t.whole(3));
  REQUIRE(t.left_out.size() == 4);
  CHECK(t.left_out[0].policy == "q");
  CHECK(t.left_out[0].application == "b");
}

TEST_CASE("sizing totals: with no application in common each is over its own, and that is told") {
  const SizingTotals t = sizing_totals(
      {made("p", "a", 1), missing("p", "b"), missing("q", "a"), made("q", "b", 3)}, 2);
  CHECK(t.over[0] == std::vector<std::size_t>{0});
  CHECK(t.over[1] == std::vector<std::size_t>{1});
  CHECK_FALSE(t.alike());
  const SizingTotals all = sizing_totals({made("p", "a", 1), made("q", "a", 2)}, 1);
  CHECK(all.whole(1));
  CHECK(all.alike());
  CHECK(all.left_out.empty());
  CHECK_THROWS_AS(sizing_totals({made("p", "a", 1)}, 2), LogicError);
  CHECK_THROWS_AS(sizing_totals({made("p", "a", 1)}, 0), LogicError);
}
