#include "agent/usage_slots.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace learningplane;
using namespace learningplane::agent;
using namespace std::chrono_literals;
using decision::Unknown;
using telemetry::CellFlag;
using telemetry::Column;
using telemetry::Frame;
using Part = UsageSlots::Part;

namespace {
constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
const TimePoint t0 = from_ns(1'704'067'200'000'000'000);

/// Every 15 s from t0 on, one column for each pod.
Frame frame(const std::vector<std::vector<double>>& pods, Duration from = 0s) {
  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < pods.front().size(); ++i)
    times.push_back(to_ns(t0 + from + static_cast<std::int64_t>(i) * 15s));
  std::vector<Column> columns;
  for (std::size_t p = 0; p < pods.size(); ++p)
    columns.push_back({"usage", {{"pod", "p" + std::to_string(p)}}, "", pods[p], {}});
  return value_or_throw(Frame::make(std::move(times), std::move(columns)));
}
void add(UsageSlots& slots, Part part, const Frame& f, double unit = 1) {
  for (const Column& c : f.all()) slots.add(part, f, c, unit);
}
}  // namespace

TEST_CASE("usage slots: of CPU the mean, of memory the highest, stamped with the slot's end") {
  UsageSlots slots(1min, 1);
  const Frame f = frame({{1, 2, 3, 6, 9}});
  add(slots, Part::cpu, f);
  add(slots, Part::memory, f, 1024);
  slots.close(t0 + 59s);
  CHECK(slots.take().empty());
  CHECK(slots.at(Part::cpu, t0 + 59s, 15min).unknown == Unknown::absent);
  slots.close(t0 + 1min);
  const auto samples = slots.take();
  REQUIRE(samples.size() == 1);
  CHECK(samples[0].at == t0 + 1min);
  CHECK(samples[0].cpu_cores == 3);
  CHECK(samples[0].memory_bytes == 6 * 1024);
  CHECK(slots.take().empty());
  // The open slot goes on in what is read next; what belongs to a closed one is passed over.
  add(slots, Part::cpu, frame({{100, 100, 100, 100, 11}}, 15s));
  slots.close(t0 + 2min);
  const auto more = slots.take();
  REQUIRE(more.size() == 1);
  CHECK(more[0].cpu_cores == doctest::Approx((9 + 100 + 11) / 3.0));
}

TEST_CASE("usage slots: of several instances the highest, or a quantile of those that tell") {
  const Frame f = frame({{1, 1, 1, 1}, {4, 4, 4, 4}, {2, 2, 2, 2}, {3, unknown, unknown, 3}});
  const auto value = [&](double quantile) {
    UsageSlots slots(1min, quantile);
    add(slots, Part::cpu, f);
    slots.close(t0 + 1min);
    return slots.take().at(0).cpu_cores;
  };
  CHECK(value(1) == 4);
  CHECK(value(0.75) == 3);
  CHECK(value(0.5) == 2);
  CHECK(value(0.01) == 1);
  // An instance's own highest comes before the quantile of them.
  UsageSlots slots(1min, 0.5);
  add(slots, Part::memory, frame({{1, 9, 1, 1}, {5, 5, 5, 5}, {7, 7, 7, 7}}));
  slots.close(t0 + 1min);
  CHECK(slots.take().at(0).memory_bytes == 7);
}

TEST_CASE("usage slots: what is no usage is not known, and why") {
  UsageSlots slots(1min, 1);
  const auto why = [&](Part part, Duration now) { return slots.at(part, t0 + now, 3min).unknown; };
  add(slots, Part::cpu, frame({{1, 1, 1, 1}}));
  add(slots, Part::memory, frame({{-1, -1, -1, -1}}));
  slots.close(t0 + 1min);
  const auto first = slots.take();
  REQUIRE(first.size() == 1);
  CHECK(first[0].cpu_cores == 1);
  CHECK(std::isnan(first[0].memory_bytes));
  CHECK(why(Part::cpu, 1min) == Unknown::none);
  CHECK(why(Part::memory, 1min) == Unknown::not_a_number);
  // Nothing came: no sample, and the last one grows old.
  slots.close(t0 + 4min);
  CHECK(slots.take().empty());
  CHECK(why(Part::cpu, 4min) == Unknown::none);
  CHECK(why(Part::cpu, 5min) == Unknown::stale);
  // One of both came: the other is not there.
  add(slots, Part::memory, frame({{5, 5, 5, 5}}, 5min));
  slots.close(t0 + 6min);
  CHECK(std::isnan(slots.take().at(0).cpu_cores));
  CHECK(why(Part::cpu, 6min) == Unknown::absent);
  CHECK(why(Part::memory, 6min) == Unknown::none);
  // What cleaning filled in is no usage; what a meter calls not a number says so.
  const std::vector<std::int64_t> times{to_ns(t0 + 6min), to_ns(t0 + 7min)};
  const std::vector<std::uint8_t> flags{static_cast<std::uint8_t>(CellFlag::imputed),
                                        static_cast<std::uint8_t>(CellFlag::not_a_number)};
  const std::vector<double> values{3, unknown};
  const Frame f =
      value_or_throw(Frame::make(times, std::vector<Column>{{"usage", {}, "", values, flags}}));
  add(slots, Part::cpu, f);
  slots.close(t0 + 7min);
  CHECK(slots.take().empty());
  slots.close(t0 + 8min);
  CHECK(slots.take().size() == 1);
  CHECK(why(Part::cpu, 8min) == Unknown::not_a_number);
}

TEST_CASE("usage slots: without a step each time is a sample") {
  UsageSlots slots(0s, 1);
  add(slots, Part::cpu, frame({{1, 2}, {3, unknown}}));
  slots.close(t0 + 15s);
  const auto samples = slots.take();
  REQUIRE(samples.size() == 2);
  CHECK(samples[0].at == t0);
  CHECK(samples[0].cpu_cores == 3);
  CHECK(samples[1].cpu_cores == 2);
}

TEST_CASE("usage slots: instances that come and go stay apart from each other") {
  UsageSlots slots(1min, 1);
  for (int i = 0; i < 600; ++i) {
    // One that stays, and one that lives across the end of a slot.
    std::vector<std::int64_t> times;
    for (int s = 0; s < 4; ++s) times.push_back(to_ns(t0 + i * 1min + 30s + s * 15s));
    std::vector<Column> columns{
        {"usage", {{"pod", "stays"}}, "", std::vector<double>(4, 1.0), {}},
        {"usage", {{"pod", "p" + std::to_string(i)}}, "", std::vector<double>{2, 4, 6, 8}, {}}};
    add(slots, Part::cpu, value_or_throw(Frame::make(std::move(times), std::move(columns))));
    slots.close(t0 + i * 1min + 1min);
    // The mean of each pod's own: the last one's 6 and 8, this one's 2 and 4.
    CHECK(slots.take().at(0).cpu_cores == (i == 0 ? 3 : 7));
  }
}
