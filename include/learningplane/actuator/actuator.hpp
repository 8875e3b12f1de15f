#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "learningplane/actuator/outcome.hpp"
#include "learningplane/actuator/workload_size.hpp"
#include "learningplane/decision/decision.hpp"
#include "learningplane/time.hpp"

namespace learningplane::actuator {

/// A decision on its way to an orchestrator.
struct Command {
  std::string id{};  ///< of the decision; the same id is the same command, however often it is sent
  std::string application{};
  decision::Action action{};
  std::string reason{};  ///< one sentence, written onto the object where the back end can hold it
  TimePoint at{};
};

enum class Delivery {
  at_least_once,  ///< repeating a command does no harm: after a crash it is sent again
  at_most_once    ///< repeating may do harm: after a crash it is reported, not sent again
};
enum class Mode { real, dry_run };

/// How many instances of an application there are.
struct Instances {
  std::int64_t asked = 1;               ///< asked for
  std::optional<std::int64_t> ready{};  ///< serving; empty: the back end does not tell
};

/// Carries decisions out. Thread rule: one call at a time per object.
class Actuator {
 public:
  Actuator() = default;
  Actuator(const Actuator&) = delete;
  Actuator& operator=(const Actuator&) = delete;
  virtual ~Actuator() = default;

  /// Carries the command out, or says what it would do. Never throws: an exception of the
  /// implementer becomes `unknown`. A Hold is `already_done` without asking the implementer.
  Outcome act(const Command& command, Mode mode);
  /// After a crash: was this command carried out? `done`, `failed` (certainly not), `conflict`
  /// (somebody else has written since: not to be repeated) or `unknown`. Changes nothing.
  Outcome probe(const Command& command);
  /// Where the application runs now, as far as the back end knows; a failure where it cannot say.
  virtual Result<std::string> current_site(const std::string& application);
  /// How many instances of the application are asked for now; a failure where that is not known.
  virtual Result<std::int64_t> current_replicas(const std::string& application);
  /// The same with how many of them serve. Default: current_replicas() alone.
  virtual Result<Instances> current_instances(const std::string& application);
  /// How large its instances are, and which of them were killed; a failure where that is not known.
  virtual Result<WorkloadSize> current_size(const std::string& application);

  virtual Delivery delivery() const = 0;
  virtual std::string describe() const = 0;

 protected:
  virtual Outcome do_act(const Command& command) = 0;
  /// What do_act would do, without doing it.
  virtual Outcome do_plan(const Command& command) = 0;
  /// Default: unknown.
  virtual Outcome do_probe(const Command& command);
};

}  // namespace learningplane::actuator
