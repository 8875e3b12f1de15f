#include "learningplane/profiling/phases.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"
#include "support/phases.hpp"
#include "support/temp_dir.hpp"

using namespace learningplane;
using namespace learningplane::profiling;

namespace {

PhaseOptions quick(std::size_t k = 3) {
  PhaseOptions o;
  o.k = k;
  o.crbm.epochs = 30;
  o.crbm.learning_rate = 0.005;
  o.crbm.history = 2;
  return o;
}
PhaseData three(std::size_t rows = 400, std::uint64_t seed = 5) {
  return value_or_throw(phase_data(support::three_behaviours(rows, seed)));
}
std::vector<std::size_t> counts(const PhaseLabels& labels, std::size_t k) {
  std::vector<std::size_t> out(k);
  for (const std::int32_t p : labels.phases)
    if (p >= 0) ++out[static_cast<std::size_t>(p)];
  return out;
}
std::size_t changes(const PhaseLabels& labels) {
  std::size_t out = 0;
  for (std::size_t i = 1; i < labels.phases.size(); ++i)
    out += labels.phases[i] != labels.phases[i - 1] ? 1 : 0;
  return out;
}

}  // namespace

TEST_CASE("phases: the published model labels the published traces to the row") {
  const auto dir = support::data_dir("ai4dl");
  LEARNINGPLANE_NEED(!dir.empty(), "data/ai4dl is absent (LEARNINGPLANE_DATA)");
  const Phases phases = value_or_throw(Phases::load(dir / "trained_model.json"));
  CHECK(phases.options().mode == PhaseMode::as_published);
  REQUIRE(phases.count() == 5);
  const auto sample = support::ai4dl(dir, "sample.csv", phases.features());
  const auto found = value_or_throw(phases.label(sample));
  REQUIRE(found.size() == 4);
  using Counts = std::vector<std::size_t>;
  CHECK(found[0].labels.get("pod.id") == "exec1");
  CHECK(counts(found[0], 5) == Counts{48, 4, 11, 0, 2});
  CHECK(counts(found[1], 5) == Counts{1, 4, 36, 0, 11});
  CHECK(counts(found[2], 5) == Counts{43, 4, 11, 0, 1});
  CHECK(counts(found[3], 5) == Counts{10, 4, 12, 0, 2});
  CHECK(changes(found[0]) == 8);
  CHECK(changes(found[1]) == 20);
  CHECK(changes(found[2]) == 6);
  CHECK(changes(found[3]) == 7);
  const std::vector<std::int32_t> beginning{1, 1, 1, 1, 2, 0, 2, 4, 2, 2};
  CHECK(std::equal(beginning.begin(), beginning.end(), found[0].phases.begin()));
  const auto other =
      value_or_throw(phases.label(support::ai4dl(dir, "sample-vr.csv", phases.features())));
  REQUIRE(other.size() == 1);
  CHECK(counts(other[0], 5) == Counts{0, 4, 0, 0, 2282});
}

TEST_CASE("phases: corrected mode is the published one without the lag and the warm-up") {
  const auto dir = support::data_dir("ai4dl");
  LEARNINGPLANE_NEED(!dir.empty(), "data/ai4dl is absent (LEARNINGPLANE_DATA)");
  Phases phases = value_or_throw(Phases::load(dir / "trained_model.json"));
  const auto sample = support::ai4dl(dir, "sample.csv", phases.features());
  const auto late = value_or_throw(phases.label(sample));
  phases.set_mode(PhaseMode::corrected);
  const auto now = value_or_throw(phases.label(sample));
  for (std::size_t s = 0; s < now.size(); ++s) {
    for (std::size_t t = 0; t < 3; ++t) CHECK(now[s].phases[t] == -1);
    for (std::size_t t = 3; t + 1 < now[s].phases.size(); ++t)
      CHECK(now[s].phases[t] == late[s].phases[t + 1]);
  }
}

TEST_CASE("phases: the published rule trains to an error of 0.175 in 30 epochs on the traces") {
  const auto dir = support::data_dir("ai4dl");
  LEARNINGPLANE_NEED(!dir.empty(), "data/ai4dl is absent (LEARNINGPLANE_DATA)");
  const Phases published = value_or_throw(Phases::load(dir / "trained_model.json"));
  // All windows of both files, scaled by their own rows: with the shipped scaler one of the files
  // lies so far out that the rule diverges.
  PhaseData all = support::ai4dl(dir, "sample.csv", published.features());
  for (PhaseSequence& s : support::ai4dl(dir, "sample-vr.csv", published.features()).sequences)
    all.sequences.push_back(std::move(s));
  for (const CrbmDtype dtype : {CrbmDtype::f32, CrbmDtype::f64}) {
    PhaseOptions o;
    o.crbm.epochs = 30;
    o.crbm.dtype = dtype;
    Phases phases(o);
    const auto fit = phases.fit(all);
    REQUIRE_MESSAGE(fit, fit.error().message);
    const CrbmReport& report = fit->crbm;
    CHECK(report.windows == 2475);
    MESSAGE("error after 1, 5 and 30 epochs: ", report.errors[0], " ", report.errors[4], " ",
            report.errors.back());
    CHECK(report.errors.size() == 30);
    CHECK(report.errors.back() <= 0.175);
  }
}

TEST_CASE("phases: a new workload's phases stand after those that were known") {
  const auto dir = support::data_dir("ai4dl");
  LEARNINGPLANE_NEED(!dir.empty(), "data/ai4dl is absent (LEARNINGPLANE_DATA)");
  Phases phases = value_or_throw(Phases::load(dir / "trained_model.json"));
  const auto workload = support::ai4dl(dir, "sample-vr.csv", phases.features());
  const auto extended = phases.extend(workload);  // the phase that fits worst: all but the warm-up
  REQUIRE(extended);
  CHECK(extended->parent == 4);
  CHECK(extended->first == 5);
  CHECK(extended->rows == 2282);
  CHECK(extended->inertia_after < 0.5 * extended->inertia_before);
  CHECK(phases.count() == 9);
  const auto found = value_or_throw(phases.label(workload));
  const auto n = counts(found[0], 9);
  CHECK(n[1] == 4);
  CHECK(n[4] == 0);  // told apart
  for (std::size_t p = 5; p < 9; ++p) CHECK(n[p] == extended->sizes[p - 5]);
  CHECK_THROWS_WITH_AS(phases.extend(workload, {.phase = 9}), doctest::Contains("0 to 8"),
                       ConfigError);
  const auto none = phases.extend(workload, {.phase = 3});
  REQUIRE_FALSE(none);
  CHECK(none.error().code == Errc::not_enough_data);
  // The published file does not say how many rows its centroids rest on.
  const auto update = phases.update(workload);
  REQUIRE_FALSE(update);
  CHECK(update.error().code == Errc::unsupported);
}

TEST_CASE("phases: three behaviours are found and told apart on data never seen") {
  for (const PhaseMode mode : {PhaseMode::corrected, PhaseMode::as_published}) {
    PhaseOptions o = quick(mode == PhaseMode::corrected ? 3 : 4);  // and the warm-up
    o.mode = mode;
    Phases phases(o);
    REQUIRE(phases.fit(three()));
    const PhaseData fresh = three(300, 77);
    const auto found = value_or_throw(phases.label(fresh)).front();
    const std::size_t lag = mode == PhaseMode::as_published ? 1 : 0;
    std::map<int, std::map<int, std::size_t>> table;  // behaviour by its cpu, phase, rows
    for (std::size_t t = 3; t < 300; ++t) {
      const double cpu = fresh.sequences[0].rows[(t - lag) * 2];
      ++table[cpu < 0.5 ? 0 : cpu < 2 ? 1 : 2][found.phases[t]];
    }
    std::set<int> majorities;
    for (const auto& [behaviour, phases_of] : table) {
      std::size_t sum = 0, most = 0;
      int majority = -1;
      for (const auto& [phase, n] : phases_of) {
        sum += n;
        if (n > most) majority = phase;
        most = std::max(most, n);
      }
      CHECK(static_cast<double>(most) > 0.8 * static_cast<double>(sum));
      majorities.insert(majority);
    }
    CHECK(majorities.size() == 3);
    if (mode == PhaseMode::as_published) {
      for (std::size_t t = 1; t < 3; ++t) CHECK(found.phases[t] == found.phases[0]);
      CHECK(majorities.count(found.phases[0]) == 0);
    } else {
      CHECK(found.phases[0] == -1);
      CHECK(found.phases[1] == -1);
      CHECK(found.phases[2] >= 0);
    }
  }
}

TEST_CASE("phases: k is chosen, with the reason") {
  PhaseOptions o = quick(0);
  o.choose.k_max = 6;
  Phases phases(o);
  const auto fit = phases.fit(three());
  REQUIRE(fit);
  REQUIRE(fit->choice);
  CHECK(fit->k == 3);
  CHECK(fit->choice->reason.find("k = 3") != std::string::npos);
  CHECK(phases.count() == 3);
}

TEST_CASE("phases: rows of many sequences, streamed, give the phases that memory gives") {
  PhaseOptions o = quick();
  Phases exact(o);
  REQUIRE(exact.fit(three(2000)));
  o.exact_rows = 100;
  Phases streamed(o);
  const auto fit = streamed.fit(three(2000));
  REQUIRE(fit);
  const auto a = value_or_throw(exact.label(three(2000)))[0].phases;
  const auto b = value_or_throw(streamed.label(three(2000)))[0].phases;
  // Numbers of phases may differ: one of `a` must mean one of `b`.
  std::map<int, std::map<int, int>> table;
  for (std::size_t i = 2; i < a.size(); ++i) ++table[a[i]][b[i]];
  for (const auto& [x, row] : table) {
    int sum = 0, most = 0;
    for (const auto& [y, n] : row) {
      sum += n;
      most = std::max(most, n);
    }
    CHECK(most > 0.98 * sum);
  }
}

TEST_CASE("phases: update moves centroids to the mean of old and new rows") {
  Phases phases(quick());
  REQUIRE(phases.fit(three(300)));
  const PhaseClusters before = phases.clusters();
  const PhaseData more = three(200, 9);
  const auto labels = value_or_throw(phases.label(more)).front();
  const auto update = phases.update(more);
  REQUIRE(update);
  CHECK(update->rows == 200);
  CHECK(update->counts == counts(labels, 3));
  const auto activity = phases.activations(more.sequences[0]);
  std::vector<double> sum(10);
  double n = 0;
  for (std::size_t t = 2; t < 200; ++t) {
    if (labels.phases[t] != 0) continue;
    n += 1;
    for (std::size_t j = 0; j < 10; ++j) sum[j] += activity[t * 10 + j];
  }
  for (std::size_t j = 0; j < 10; ++j)
    CHECK(
        phases.clusters().centroids[j] ==
        doctest::Approx((before.sizes[0] * before.centroids[j] + sum[j]) / (before.sizes[0] + n)));
  CHECK(phases.clusters().sizes[0] == before.sizes[0] + n);
  for (const double share : update->novel) CHECK(share < 0.1);
  // A workload like none before is told as novel.
  PhaseData strange = three(200, 9);
  for (double& v : strange.sequences[0].rows) v *= 0.5;
  const auto told = phases.update(strange);
  REQUIRE(told);
  double most = 0;
  for (const double share : told->novel) most = std::fmax(most, share);
  CHECK(most > 0.5);
}

TEST_CASE("phases: saved and loaded they are the same, and a bad file is named as such") {
  const support::TempDir dir;
  Phases phases(quick());
  REQUIRE(phases.fit(three()));
  REQUIRE(phases.extend(three(200, 8), {.phase = 1, .k = 2}));
  const std::string path = dir / "web.phases.json";
  REQUIRE(phases.save(path));
  const auto again = Phases::load(path);
  REQUIRE(again);
  CHECK(again->to_value() == phases.to_value());
  CHECK(value_or_throw(again->label(three()))[0].phases ==
        value_or_throw(phases.label(three()))[0].phases);

  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  const std::string whole = text.str();
  const auto refused = [&](const std::string& content, const char* why) {
    dir.write("bad.json", content);
    const auto r = Phases::load(dir / "bad.json");
    REQUIRE_FALSE(r);
    CHECK_MESSAGE(r.error().describe().find(why) != std::string::npos, r.error().describe());
    CHECK(r.error().describe().find("bad.json") != std::string::npos);
    return r.error().code;
  };
  for (const std::size_t cut : {std::size_t{0}, whole.size() / 3, whole.size() - 3})
    CHECK(refused(whole.substr(0, cut), "truncated") == Errc::malformed);
  std::string edited = whole;
  edited[edited.find("0.", edited.find("\"W\"")) + 2] ^= 1;
  CHECK(refused(edited, "checksum") == Errc::malformed);
  std::string newer = whole;
  newer.replace(newer.find("\"format\": 1"), 11, "\"format\": 9");
  CHECK(refused(newer, "newer") == Errc::unsupported);
  CHECK(refused("{\"weights\": [1, 2]}", "no phase model") == Errc::malformed);
  CHECK(refused("[1, 2]", "no phase model") == Errc::malformed);
  CHECK(refused("LPMODEL", "no phase model") == Errc::malformed);
  CHECK(Phases::load(dir / "absent").error().code == Errc::not_found);
  // A published model needs no kind and no checksum; its shapes are looked at all the same.
  Value bare = phases.to_value();
  Value published = Value::object();
  for (const char* key : {"features", "crbm", "scaler", "kmeans"})
    published.set(key, *bare.find(key));
  dir.write("bare.json", dump_json(published));
  CHECK(value_or_throw(Phases::load(dir / "bare.json")).options().mode == PhaseMode::as_published);
  Value crbm = *published.find("crbm");
  crbm.set("W", Value::array().push(1.0));
  CHECK(refused(dump_json(Value(published).set("crbm", crbm)), "W holds 1") == Errc::malformed);
}

TEST_CASE("phases: data that cannot be are refused whole, with the place") {
  Phases phases(quick());
  const auto refused = [&phases](PhaseData data, const char* why) {
    const auto r = phases.fit(data);
    REQUIRE_FALSE(r);
    CHECK_MESSAGE(r.error().message.find(why) != std::string::npos, r.error().message);
    CHECK_FALSE(phases.fitted());
    return r.error().code;
  };
  PhaseData data = three(50);
  data.sequences[0].rows[7] = std::nan("");
  CHECK(refused(data, "row 3 (1970-01-01T00:03:00Z): memory is not known") == Errc::unknown_data);
  data = three(50);
  data.sequences[0].rows[6] = -1;
  CHECK(refused(data, "cpu is -1, and usage cannot be negative") == Errc::invalid_argument);
  data = three(50);
  std::swap(data.sequences[0].times_ns[4], data.sequences[0].times_ns[5]);
  CHECK(refused(data, "is before the row before") == Errc::invalid_argument);
  data = three(50);
  data.sequences[0].times_ns[5] = data.sequences[0].times_ns[4];
  CHECK(refused(data, "equals that of the row before") == Errc::invalid_argument);
  CHECK(refused(three(2), "the 3 rows that a history of 2 needs") == Errc::not_enough_data);
  data = three(50);
  for (double& v : data.sequences[0].rows) v = 4;
  CHECK(refused(data, "no feature ever changes (cpu, memory)") == Errc::invalid_argument);
  Phases many(quick(60));
  const auto r = many.fit(three(50));
  REQUIRE_FALSE(r);
  CHECK(r.error().message.find("k is 60") != std::string::npos);
}

TEST_CASE("phases: one constant feature is told and does no harm") {
  PhaseData data = three();
  for (std::size_t i = 0; i < data.sequences[0].rows.size(); i += 2)
    data.sequences[0].rows[i + 1] = 5e9;
  Phases phases(quick());
  const auto fit = phases.fit(data);
  REQUIRE(fit);
  CHECK(fit->constant == std::vector<std::string>{"memory"});
}

TEST_CASE("phases: features are those of the fit, in their order") {
  Phases phases(quick());
  REQUIRE(phases.fit(three()));
  const auto frame = support::three_behaviours(50);
  const auto turned =
      phases.label(value_or_throw(phase_data(frame, {.features = {"memory", "cpu"}})));
  REQUIRE_FALSE(turned);
  CHECK(turned.error().code == Errc::not_found);
  const auto missing = phase_data(frame, {.features = {"cpu", "disk"}});
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message.find("there is no column 'disk'; there are cpu, memory") !=
        std::string::npos);
  CHECK_THROWS_AS(Phases(quick()).label(three()), LogicError);
}

TEST_CASE("phases: options are checked when they are given") {
  const auto bad = [](const char* key, Value value) {
    CHECK_THROWS_WITH_AS(phase_options(Value::object().set(key, value)), doctest::Contains(key),
                         ConfigError);
  };
  bad("hidden", 0);
  bad("learning_rate", 0.0);
  bad("mode", "late");
  bad("kays", 3);
  CHECK_THROWS_AS(Phases({.crbm = {.hidden = 0}}), ConfigError);
  const PhaseOptions o = quick();
  CHECK(to_value(phase_options(to_value(o))) == to_value(o));
}

TEST_CASE(
    "phase data: sequences of labels in one frame; a gap in the only one is no row of others") {
  telemetry::CsvOptions csv;
  csv.label_columns = {"pod"};
  const auto frame = value_or_throw(telemetry::parse_csv(
      "time,pod,cpu,memory\n2024-01-01T00:00:00Z,a,1,2\n2024-01-01T00:00:20Z,b,3,4\n"
      "2024-01-01T00:00:30Z,a,5,6\n",
      csv));
  const auto data = phase_data(frame);
  REQUIRE(data);
  REQUIRE(data->sequences.size() == 2);
  CHECK(data->sequences[0].name() == "a");
  CHECK(data->sequences[0].rows == std::vector<double>{1, 2, 5, 6});
  CHECK(data->sequences[1].rows == std::vector<double>{3, 4});
  const auto gap = phase_data(
      support::minutes_of({{"cpu", {1, std::nan(""), 3}}, {"memory", {1, std::nan(""), 3}}}));
  REQUIRE_FALSE(gap);
  CHECK(gap.error().code == Errc::unknown_data);
}
