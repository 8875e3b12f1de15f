#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/executor.hpp"
#include "learningplane/result.hpp"
#include "learningplane/trigger/trigger.hpp"

namespace learningplane::agent {

/// What happens to a time that falls due while the job still runs.
enum class Overlap {
  skip,       ///< dropped
  queue_one,  ///< runs afterwards; of several, the newest
  queue_all   ///< each runs afterwards, in order; at most 1000 wait
};
/// What happens to the times that fell due while nobody was running (between last_run and add()).
enum class CatchUp {
  none,  ///< dropped
  one,   ///< the newest runs at once
  all    ///< each runs, in order; the newest 1000 at most
};
enum class FirstRun {
  on_trigger,  ///< at the trigger's first time
  at_once      ///< when added, and then on the trigger
};
enum class Cause { trigger, catch_up, manual };

/// One run of a job.
struct JobRun {
  std::string job{};
  TimePoint scheduled{};  ///< the time that it stands for; keep the newest as JobOptions::last_run
  TimePoint started{};
  Cause cause = Cause::trigger;
};
/// Tells that the run has ended, well or not: from any thread, once (more is ignored), while the
/// executor exists. Dropping it uncalled leaves the job running for ever.
using Done = std::function<void(Result<void>)>;
using Work = std::function<void(const JobRun&, Done)>;

struct JobOptions {
  std::string name{};
  std::shared_ptr<const trigger::Trigger> trigger{};
  Duration misfire_grace = std::chrono::minutes(1);  ///< a time noticed later than this is missed
  Overlap overlap = Overlap::skip;
  CatchUp catch_up = CatchUp::none;
  FirstRun first_run = FirstRun::on_trigger;
  std::optional<TimePoint> last_run{};  ///< `scheduled` of the last run before a restart
  std::optional<TimePoint> start{};     ///< no run for times before this
  std::optional<TimePoint> end{};       ///< no run for times after this
};

struct JobStatus {
  std::string name{};
  std::string trigger{};            ///< Trigger::describe()
  std::optional<TimePoint> next{};  ///< empty: none any more, or paused
  std::optional<TimePoint> last{};  ///< `scheduled` of the newest run that started
  bool running = false;
  bool paused = false;
  std::size_t queued = 0;
};

/// Something that happened to a job. Strings are valid during the call only.
struct SchedulerEvent {
  enum class Kind {
    added,
    started,
    finished,
    failed,
    missed,
    skipped,
    queued,
    paused,
    resumed,
    removed,
    ended,
    clock_set_back
  };
  Kind kind = Kind::added;
  std::string_view job{};
  std::string_view trigger{};
  TimePoint at{};                   ///< when it happened
  TimePoint scheduled{};            ///< the time that the run stands for
  std::optional<TimePoint> next{};  ///< when the job is due next
  std::size_t count = 1;            ///< how many times were missed or skipped
  const Failure* failure = nullptr;
};
std::string_view to_string(SchedulerEvent::Kind kind);
/// As the reference log writes it: Running job "watch_qos (trigger: interval[0:05:00], next run at:
/// 2024-04-12 10:49:31 UTC)" (scheduled at 2024-04-12 10:44:31.706882+00:00).
std::string to_log_line(const SchedulerEvent& event);

/// Runs jobs when their triggers say, never the same job twice at once. Call it on the executor (or
/// while nobody runs that); only Done may come from elsewhere. Work is called on the executor and
/// must not block it: what takes long goes to a thread of its own and calls Done from there.
/// Where the clock jumps forward, the times jumped over count as late: within the grace they run,
/// else they are missed. Where it is set back, a job goes on from the new present, except that
/// times which ran already do not run again for a job whose times lie further apart than the jump.
class Scheduler {
 public:
  using Observer = std::function<void(const SchedulerEvent&)>;
  /// @param executor outlives the scheduler. @param observer hears each event, on the executor.
  explicit Scheduler(Executor& executor, Observer observer = {});
  /// Cancels everything; work that still runs is left alone and its Done ignored.
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// @throws LogicError where the name is taken or empty, or trigger or work are missing.
  void add(JobOptions options, Work work);
  /// The others: not_found where there is no such job.
  Result<void> remove(std::string_view name);
  Result<void> pause(std::string_view name);  ///< times that fall due meanwhile are dropped
  Result<void> resume(std::string_view name);
  /// Runs the job now, beside its trigger; also while paused. conflict: it runs already and its
  /// overlap policy is skip.
  Result<void> run_now(std::string_view name);
  std::vector<JobStatus> jobs() const;  ///< by name
  std::size_t running() const;          ///< how many jobs run at this moment

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace learningplane::agent
