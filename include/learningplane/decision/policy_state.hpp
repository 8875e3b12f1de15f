#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/time.hpp"
#include "learningplane/value.hpp"

namespace learningplane::decision {

/// What a policy remembers, on its way into a Value or out of one. A policy names its fields once,
/// in one function, so that what is written is what is read. What says nothing (no time, an empty
/// list, zero, false) is left out; a number that is not finite comes back as not known.
class PolicyState {
 public:
  /// To be filled by the fields.
  PolicyState() = default;
  /// To be read: the fields take what stands in it. @throws FormatError where it is no mapping
  explicit PolicyState(Value kept);

  bool reading() const { return reading_; }
  void field(std::string_view name, bool& value);
  void field(std::string_view name, std::int64_t& value);
  void field(std::string_view name, double& value);
  void field(std::string_view name, Duration& value);
  void field(std::string_view name, TimePoint& value);
  void field(std::string_view name, std::optional<TimePoint>& value);
  void field(std::string_view name, std::vector<Duration>& values);
  /// The state of a random number generator.
  void field(std::string_view name, std::array<std::uint64_t, 4>& words);
  /// A list of times and counts: pairs, or what has these two members.
  template <class List>
  void events(std::string_view name, List& list) {
    std::vector<Event> plain;
    if (!reading_) {
      for (const auto& [at, count] : list) plain.push_back({at, count});
    }
    each_event(name, plain);
    if (!reading_) return;
    list.clear();
    for (const auto& [at, count] : plain) list.push_back({at, count});
  }

  /// What the fields wrote.
  Value take() { return std::move(value_); }
  /// The newest time that was read. @throws FormatError where something stands there that no field
  /// asked for
  TimePoint finish() const;

 private:
  struct Event {
    TimePoint at;
    std::int64_t count;
  };
  void each_event(std::string_view name, std::vector<Event>& list);
  const Value* next(std::string_view name);
  TimePoint time(const Value& value);

  bool reading_ = false;
  Value value_ = Value::object();
  std::size_t used_ = 0;
  TimePoint newest_ = TimePoint::min();
};

}  // namespace learningplane::decision
