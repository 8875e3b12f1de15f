#include "agent/scaling_memory.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "crc64.hpp"
#include "learningplane/json.hpp"

namespace learningplane::agent {

using journal::EntryKind;

namespace {

constexpr std::int64_t version = 1;
constexpr std::string_view prefix = "scaling/";
constexpr std::size_t sum_digits = 16;
constexpr std::size_t told_one_by_one = 3;
constexpr Duration unclaimed = std::chrono::days(1);

std::string key_of(const std::string& application) { return std::string(prefix) + application; }

std::string with_checksum(const std::string& text) {
  return fmt::format("{:016x} {}", detail::crc64(text), text);
}

Result<Value> checked(const std::string& text) {
  if (text.size() <= sum_digits + 1 || with_checksum(text.substr(sum_digits + 1)) != text)
    return fail(Errc::malformed, "it is damaged");
  auto value = parse_json(text.substr(sum_digits + 1));
  if (!value) return tl::unexpected(value.error());
  const std::int64_t of = value->get("version", std::int64_t{0});
  if (of != version)
    return fail(Errc::refused, fmt::format("it is of version {}, this one reads {}", of, version));
  return value;
}

}  // namespace

Result<void> ScalingMemory::begin() {
  if (read_) return {};  // an agent that is started again goes on by itself
  auto kept = parts_.journal->kept(parts_.name);
  if (!kept) return tl::unexpected(kept.error());
  for (journal::Kept& k : *kept) {
    if (!k.key.starts_with(prefix)) continue;
    kept_at_ = std::max(kept_at_, k.at);
    waiting_.emplace(k.key.substr(prefix.size()), std::move(k.text));
  }
  read_ = true;
  if (waiting_.empty()) return {};
  // Runs that changed nothing wrote nothing but their own line.
  auto runs = parts_.journal->read({.kind = EntryKind::run, .limit = 100});
  if (!runs) return tl::unexpected(runs.error());
  for (const journal::Entry& e : *runs) {
    if (e.agent == parts_.name && e.body.get("task", "") == to_string(Task::decide))
      kept_at_ = std::max(kept_at_, e.at);
  }
  return {};
}

ScalingMemory::Became ScalingMemory::became(const std::string& decision) const {
  const auto newest = [&](EntryKind kind) {
    return parts_.journal->read({.kind = kind, .decision_id = decision, .limit = 1});
  };
  const auto outcome = newest(EntryKind::outcome);
  if (!outcome) return Became::unknown;
  if (outcome->empty()) {
    // Without an intent nothing was done; an open one is left alone by a dry run.
    const auto intent = newest(EntryKind::intent);
    return intent && intent->empty() ? Became::not_done : Became::unknown;
  }
  using Status = actuator::OutcomeStatus;
  const std::string status = outcome->back().body.get("status", "");
  for (const Status done : {Status::done, Status::already_done, Status::planned}) {
    if (status == actuator::to_string(done)) return Became::done;
  }
  return status == actuator::to_string(Status::unknown) ? Became::unknown : Became::not_done;
}

Result<void> ScalingMemory::restore(Workload& w, const std::string& text, TimePoint at) {
  auto kept = checked(text);
  if (!kept) return tl::unexpected(kept.error());
  w.kept = text;
  try {
    w.recorded = kept->get("recorded", "");
    w.expected = kept->get("expected", std::int64_t{-1});
    w.forecast_at = from_ns(kept->get("forecast_at", std::int64_t{0}));
    const std::string decision = kept->get("decision", "");
    const Became so = decision.empty() ? Became::done : became(decision);
    if (!decision.empty() && so != Became::not_done)
      w.expected = so == Became::done ? kept->get("asked", std::int64_t{-1}) : -1;
    const Value* policy = kept->find("policy");
    if (policy == nullptr || policy->is_null()) {
      if (w.policy->remembers() <= Duration::zero()) return {};
      return fail(Errc::refused, "it is of a policy that remembers nothing");
    }
    if (auto done = w.policy->restore(*policy, at, kept_at_); !done) return done;
    if (so == Became::not_done) w.policy->revoke();
    return {};
  } catch (const Error& e) {
    return tl::unexpected(e.failure());
  }
}

bool ScalingMemory::take_up(Workload& w, TimePoint at) {
  const auto found = waiting_.find(w.application.name);
  if (found == waiting_.end()) return false;
  const std::string text = std::move(found->second);
  waiting_.erase(found);
  // Whoever comes by a label and is away for so long is forgotten, with or without a restart.
  const Duration forget = parts_.scaling.forget;
  if (!parts_.scaling.by.empty() && forget > Duration::zero() && at - kept_at_ > forget)
    return false;
  if (auto done = restore(w, text, at); !done) {
    refused(w.application.name, done.error());
    w.kept.clear();
    return false;
  }
  return w.policy->remembers() > Duration::zero();
}

void ScalingMemory::refused(const std::string& application, const Failure& why) {
  notes_.push_back({0, parts_.executor->clock().now(), EntryKind::note, parts_.name, "", "",
                    application,
                    Value::object()
                        .set("event", "state_refused")
                        .set("reason", why.message)
                        .set("then", "the policy starts anew")});
  if (++told_ <= told_one_by_one)
    parts_.logger->warning(
        fmt::format("{}: what its policy remembered is not taken up: {}; it "
                    "starts anew",
                    application, why.message));
}

void ScalingMemory::keep(Workload& w, const std::string& decision, const decision::Decision& made) {
  Value now = Value::object()
                  .set("version", version)
                  .set("policy", w.policy->state())
                  .set("expected", w.expected)
                  .set("recorded", made.rule);
  if (w.forecast) now.set("forecast_at", to_ns(w.forecast_at));
  if (const auto* scale = std::get_if<decision::Scale>(&made.action))
    now.set("decision", decision).set("asked", scale->replicas);
  std::string text = with_checksum(dump_json(now));
  if (text == w.kept) return;
  changes_.push_back(
      {parts_.name, key_of(w.application.name), parts_.executor->clock().now(), std::move(text)});
  changed_.push_back(&w);
}

void ScalingMemory::drop(const std::string& application) {
  changes_.push_back(
      {parts_.name, key_of(application), parts_.executor->clock().now(), std::string()});
}

void ScalingMemory::written() {
  if (told_ > told_one_by_one)
    parts_.logger->warning(
        fmt::format("so it is with {} more; the journal holds each", told_ - told_one_by_one));
  told_ = 0;
  notes_.clear();
  std::size_t next = 0;
  for (journal::Kept& k : changes_) {
    if (!k.text.empty()) changed_[next++]->kept = std::move(k.text);
  }
  changes_.clear();
  changed_.clear();
  // Whoever did not come back.
  if (!waiting_.empty() &&
      parts_.executor->clock().now() - kept_at_ > std::max(unclaimed, parts_.scaling.forget)) {
    for (const auto& [application, text] : waiting_) drop(application);
    waiting_.clear();
  }
}

void ScalingMemory::not_written() {
  // Dropped ones are tried again; of the others the next run says how they stand then.
  std::erase_if(changes_, [](const journal::Kept& k) { return !k.text.empty(); });
  changed_.clear();
}

}  // namespace learningplane::agent
