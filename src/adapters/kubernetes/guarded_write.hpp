#pragma once
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "adapters/kubernetes/cluster.hpp"
#include "adapters/kubernetes/workload.hpp"
#include "http/retry.hpp"

namespace learningplane::adapters::kubernetes {

enum class DryRun { no, yes };

/// How often a write is tried, and how long it waits between.
struct WriteRetries {
  http::RetryOptions retry{};
  std::function<void(std::chrono::milliseconds)> wait{};
};

/// A write with the object that was read as its precondition. Each try is sent once: whether it is
/// repeated is decided on what the object looks like then.
template <class Object>
struct GuardedWrite {
  std::string verb{};  ///< for messages: "patch"
  std::string what{};  ///< "Deployment video/shop"
  std::function<Result<http::Response>(const Object& seen)> send{};
  std::function<Result<Object>()> read{};
  /// Whether the write has had its effect although no answer said so. Not asked in a dry run.
  std::function<bool(const Object& now)> carried_out{};
  /// Whether somebody else changed what the decision stands on.
  std::function<bool(const Object& now)> overtaken{};
};

/// How it ended; exactly one of the three is there.
template <class Object>
struct WriteEnd {
  std::optional<http::Response> accepted{};
  std::optional<Object> found{};  ///< carried out, as a later look showed
  std::optional<actuator::Outcome> failed{};
  int attempts = 1;
  int status = 0;  ///< of the last answer; 0: there was none
};

template <class Object>
WriteEnd<Object> write_guarded(const GuardedWrite<Object>& write, Object seen,
                               const WriteRetries& retries, DryRun dry) {
  WriteEnd<Object> end;
  const auto failed = [&](actuator::Outcome outcome) {
    end.failed = std::move(outcome);
    return end;
  };
  for (;; ++end.attempts) {
    auto answer = write.send(seen);
    end.status = answer ? answer->status : 0;
    if (end.status == 200 || end.status == 201) {
      end.accepted = std::move(*answer);
      return end;
    }
    const bool conflict = end.status == 409;
    const bool manager = conflict && is_manager_conflict(*answer);
    const Failure failure = answer ? failure_of(*answer, write.verb, write.what) : answer.error();
    if (manager || !(conflict || http::may_pass(answer)))
      return failed(outcome_of(failure, {}, end.attempts));
    // It may have been carried out although the answer says otherwise or got lost: look.
    if (!conflict) retries.wait(http::delay_before(end.attempts + 1, answer, retries.retry));
    auto now = write.read();
    if (!now) {
      actuator::Outcome o = outcome_of(now.error(), {}, end.attempts);
      if (!answer || end.status >= 500) o.status = actuator::OutcomeStatus::unknown;
      return failed(std::move(o));
    }
    if (dry == DryRun::no && write.carried_out(*now)) {
      end.found = std::move(*now);
      return end;
    }
    if (write.overtaken(*now))
      return failed({actuator::OutcomeStatus::conflict,
                     "somebody else changed " + write.what + " since it was read",
                     {},
                     end.attempts});
    // The object was read after the last try and is not as the write wants it.
    if (end.attempts >= retries.retry.attempts)
      return failed(outcome_of_read(failure, {}, end.attempts));
    seen = std::move(*now);
  }
}

}  // namespace learningplane::adapters::kubernetes
