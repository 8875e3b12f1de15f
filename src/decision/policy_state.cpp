#include "learningplane/decision/policy_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "learningplane/error.hpp"

namespace learningplane::decision {

namespace {

constexpr std::size_t most_events = 100'000;  ///< in one list; more is no policy's memory

[[noreturn]] void damaged(std::string_view name) {
  throw FormatError(fmt::format("what is kept as '{}' is not what a policy writes there", name));
}

const Value::Array& list_of(const Value& value, std::string_view name) {
  if (!value.is_array() || value.size() > most_events) damaged(name);
  return value.as_array();
}

std::int64_t integer(const Value& value, std::string_view name) {
  if (!value.is_int()) damaged(name);
  return value.as_int();
}

}  // namespace

PolicyState::PolicyState(Value kept) : reading_(true), value_(std::move(kept)) {
  if (!value_.is_object()) damaged("state");
}

const Value* PolicyState::next(std::string_view name) {
  const Value* found = value_.find(name);
  if (found != nullptr) ++used_;
  return found;
}

TimePoint PolicyState::time(const Value& value) {
  const TimePoint at = from_ns(integer(value, "time"));
  newest_ = std::max(newest_, at);
  return at;
}

TimePoint PolicyState::finish() const {
  if (used_ != value_.size())
    throw FormatError("more is kept than this policy remembers, or the same twice");
  return newest_;
}

void PolicyState::field(std::string_view name, bool& value) {
  if (!reading_) {
    if (value) value_.set(name, true);
    return;
  }
  const Value* kept = next(name);
  if (kept != nullptr && !kept->is_bool()) damaged(name);
  value = kept != nullptr && kept->as_bool();
}

void PolicyState::field(std::string_view name, std::int64_t& value) {
  if (!reading_) {
    if (value != 0) value_.set(name, value);
    return;
  }
  const Value* kept = next(name);
  value = kept == nullptr ? 0 : integer(*kept, name);
}

void PolicyState::field(std::string_view name, double& value) {
  if (!reading_) {
    if (std::isfinite(value)) value_.set(name, value);
    return;
  }
  const Value* kept = next(name);
  if (kept != nullptr && !kept->is_number()) damaged(name);
  value = kept == nullptr ? std::numeric_limits<double>::quiet_NaN() : kept->as_double();
}

void PolicyState::field(std::string_view name, Duration& value) {
  std::int64_t ns = value.count();
  field(name, ns);
  if (ns < 0) damaged(name);
  value = Duration(ns);
}

void PolicyState::field(std::string_view name, TimePoint& value) {
  std::optional<TimePoint> at;
  if (!reading_ && value != TimePoint{}) at = value;
  field(name, at);
  value = at.value_or(TimePoint{});
}

void PolicyState::field(std::string_view name, std::optional<TimePoint>& value) {
  if (!reading_) {
    if (value) value_.set(name, to_ns(*value));
    return;
  }
  const Value* kept = next(name);
  value.reset();
  if (kept != nullptr) value = time(*kept);
}

void PolicyState::field(std::string_view name, std::vector<Duration>& values) {
  if (!reading_) {
    Value list = Value::array();
    for (const Duration d : values) list.push(d.count());
    if (!values.empty()) value_.set(name, std::move(list));
    return;
  }
  values.clear();
  if (const Value* kept = next(name)) {
    for (const Value& v : list_of(*kept, name)) {
      if (integer(v, name) < 0) damaged(name);
      values.emplace_back(v.as_int());
    }
  }
}

void PolicyState::field(std::string_view name, std::array<std::uint64_t, 4>& words) {
  if (!reading_) {
    Value list = Value::array();
    for (const std::uint64_t w : words) list.push(static_cast<std::int64_t>(w));
    value_.set(name, std::move(list));
    return;
  }
  const Value* kept = next(name);
  if (kept == nullptr || list_of(*kept, name).size() != words.size()) damaged(name);
  for (std::size_t i = 0; i < words.size(); ++i)
    words[i] = static_cast<std::uint64_t>(integer(kept->as_array()[i], name));
}

void PolicyState::each_event(std::string_view name, std::vector<Event>& list) {
  if (!reading_) {
    Value out = Value::array();
    for (const Event& e : list) out.push(to_ns(e.at)).push(e.count);
    if (!list.empty()) value_.set(name, std::move(out));
    return;
  }
  const Value* kept = next(name);
  if (kept == nullptr) return;
  const Value::Array& flat = list_of(*kept, name);
  if (flat.size() % 2 != 0) damaged(name);
  for (std::size_t i = 0; i < flat.size(); i += 2) {
    list.push_back({time(flat[i]), integer(flat[i + 1], name)});
    // Windows look from one end and stop.
    if (list.size() > 1 && list.back().at < list[list.size() - 2].at) damaged(name);
  }
}

}  // namespace learningplane::decision
