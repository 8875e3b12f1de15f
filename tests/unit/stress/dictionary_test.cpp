#include "learningplane/stress/dictionary.hpp"

#include <doctest/doctest.h>

#include "learningplane/error.hpp"

using namespace learningplane;
using namespace learningplane::stress;

namespace {

using Runs = std::vector<PhaseRun>;

/// Phase strings as data whose usage is the phase itself, so that levels are told.
struct Strings {
  profiling::PhaseData data{.features = {"cpu", "memory"}};
  std::vector<profiling::PhaseLabels> labels{};

  void add(const std::vector<std::int32_t>& phases) {
    profiling::PhaseSequence s;
    for (std::size_t i = 0; i < phases.size(); ++i) {
      s.times_ns.push_back(static_cast<std::int64_t>(i) * 60'000'000'000);
      s.rows.push_back(10.0 * phases[i]);
      s.rows.push_back(100.0 + static_cast<double>(i));
    }
    labels.push_back({.labels = {}, .times_ns = s.times_ns, .phases = phases});
    data.sequences.push_back(std::move(s));
  }
  Dictionary compressed(DictionaryOptions o = {.min_rows = 1}) const {
    return value_or_throw(compress(data, labels, 4, 60, o));
  }
};

}  // namespace

TEST_CASE("dictionary: run lengths") {
  CHECK(run_lengths(std::vector<std::int32_t>{}) == Runs{});
  CHECK(run_lengths(std::vector<std::int32_t>{-1, -1, 2, 2, 0, 2}) ==
        Runs{{2, 2, 2}, {0, 4, 1}, {2, 5, 1}});
  // Rows without a phase part a stay in two.
  CHECK(run_lengths(std::vector<std::int32_t>{1, 1, -1, 1}) == Runs{{1, 0, 2}, {1, 3, 1}});
}

TEST_CASE("dictionary: short runs join the one before, the first the one after") {
  CHECK(run_lengths(std::vector<std::int32_t>{1, 1, 1, 0, 1, 1, 2, 2}, 2) ==
        Runs{{1, 0, 6}, {2, 6, 2}});
  CHECK(run_lengths(std::vector<std::int32_t>{3, 1, 1, 1, 2, 2}, 2) == Runs{{1, 0, 4}, {2, 4, 2}});
  CHECK(run_lengths(std::vector<std::int32_t>{0, 1, 2, 3}, 2) == Runs{{0, 0, 4}});
}

TEST_CASE("dictionary: what repeats becomes one profile") {
  Strings s;
  // 0 1 0 2 four times, in two applications: 16 runs, one pattern.
  for (int app = 0; app < 2; ++app) s.add({0, 0, 1, 0, 0, 2, 0, 0, 1, 0, 0, 2});
  const Dictionary d = s.compressed();
  CHECK(d.rows == 24);
  CHECK(d.runs == 16);
  CHECK(d.histogram == std::vector<double>{16, 4, 4, 0});
  CHECK(d.symbols == 2);  // each application's 8 runs are one pattern by now
  REQUIRE(d.profiles.size() == 1);
  CHECK(d.profiles[0].phases == std::vector<std::int32_t>{0, 1, 0, 2, 0, 1, 0, 2});
  CHECK(d.profiles[0].occurrences == 2);
  CHECK(d.profiles[0].applications == 2);
  const Dictionary shorter = s.compressed({.min_rows = 1, .max_phases = 4});
  REQUIRE(shorter.profiles.size() == 1);
  CHECK(shorter.profiles[0].phases == std::vector<std::int32_t>{0, 1, 0, 2});
  CHECK(shorter.profiles[0].occurrences == 4);
}

TEST_CASE("dictionary: an example is a stay as it was") {
  Strings s;
  s.add({1, 1, 3, 3, 3});
  const Dictionary d = s.compressed();
  // Nothing repeats: both runs are profiles of their own.
  REQUIRE(d.profiles.size() == 2);
  CHECK(d.profiles[0].examples[0] == std::vector<ProfileStep>{{1, 120, 10, 100.5}});
  CHECK(d.profiles[1].examples[0] == std::vector<ProfileStep>{{3, 180, 30, 103}});
}

TEST_CASE("dictionary: lengths within a factor of two are alike, others not") {
  Strings s;
  s.add({0, 0, 1, 1, 0, 0, 0, 1, 1, 1});                    // lengths 2 2 3 3
  s.add({0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1});  // 8 8
  const Dictionary d = s.compressed();
  REQUIRE(d.profiles.size() == 3);
  CHECK(d.profiles[0].phases == std::vector<std::int32_t>{0, 1});
  CHECK(d.profiles[0].occurrences == 2);
  CHECK(d.profiles[0].examples.size() == 2);
}

TEST_CASE("dictionary: round trip, and what cannot be is refused") {
  Strings s;
  s.add({0, 0, 1, 0, 0, 2, 0, 0, 1, 0, 0, 2});
  const Dictionary d = s.compressed();
  const Value v = to_value(d);
  CHECK(to_value(dictionary_from(v, 4)) == v);
  CHECK_THROWS_AS(dictionary_from(v, 3), FormatError);
  Value broken = v;
  broken.set("profiles", Value::array());
  CHECK_THROWS_AS(dictionary_from(broken, 4), FormatError);
  CHECK_THROWS_AS(s.compressed({.min_rows = 0}), ConfigError);
  CHECK_THROWS_AS(s.compressed({.min_count = 1}), ConfigError);
  s.labels[0].phases.pop_back();
  CHECK_THROWS_AS(s.compressed(), LogicError);
  Strings unknown;
  unknown.add({-1, -1});
  CHECK(compress(unknown.data, unknown.labels, 4, 60).error().code == Errc::not_enough_data);
}
