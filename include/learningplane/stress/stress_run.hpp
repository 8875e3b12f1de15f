#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "learningplane/executor.hpp"
#include "learningplane/stress/launcher.hpp"
#include "learningplane/stress/stress_command.hpp"
#include "learningplane/stress/stress_schedule.hpp"
#include "learningplane/telemetry/frame.hpp"

namespace learningplane::stress {

struct StressRunOptions {
  Duration sample = std::chrono::seconds(1);  ///< how often usage is read; above 0
  StressCommandOptions command{};
  /// Load over what the machine has: refused, unless this says otherwise.
  enum class Oversubscribe { refuse, allow } oversubscribe = Oversubscribe::refuse;
  MachineRoom room{};  ///< what the machine has
};

/// One job between two readings.
struct StressSample {
  TimePoint begin{};
  std::size_t job = 0;
  std::int32_t phase = 0;
  double active = 0;  ///< share of the time in which the job ran
  double cpu_cores = 0, memory_bytes = 0;
  double plan_cpu_cores = 0, plan_memory_bytes = 0;  ///< means over that time; memory: at its end
};

struct StressRunReport {
  std::size_t steps = 0;                   ///< begun
  std::size_t processes = 0;               ///< started
  std::size_t early = 0;                   ///< ended before their step did: killed, or failed
  double late_mean_s = 0, late_max_s = 0;  ///< how late steps began
  std::vector<std::string> failures{};     ///< the first few
};
Value to_value(const StressRunReport& report);

/// Follows a schedule step by step: at its moment each step's program is started and the one before
/// ended, and in between usage is read. Depends on the clock and the launcher it is given alone.
/// Nothing runs on after stop(), the end of the schedule, or the destructor.
/// Thread rule: as the executor's tasks.
class StressRun {
 public:
  /// @throws ConfigError (the load is over the room, a sample step)
  StressRun(const StressSchedule& schedule, Executor& executor, Launcher& launcher,
            StressRunOptions options);
  ~StressRun();
  StressRun(const StressRun&) = delete;
  StressRun& operator=(const StressRun&) = delete;

  /// Begins now. @param done called once, after the last job has ended
  void start(std::function<void()> done);
  /// Ends all programs.
  void stop();

  const StressRunReport& report() const { return report_; }
  const std::vector<StressSample>& samples() const { return samples_; }
  /// Jobs by the label job, with columns active, cpu_cores, memory_bytes, plan_cpu_cores,
  /// plan_memory_bytes and phase; each row holds from its time stamp on for one sample step.
  Result<telemetry::Frame> recording() const;
  /// Totals of the last reading, for Prometheus: stress_cpu_cores, stress_memory_bytes,
  /// stress_jobs, and the same planned.
  std::string expose() const;

 private:
  enum class What { sample, end, begin };
  struct Event {
    double at_s = 0;
    What what = What::sample;
    std::size_t job = 0, step = 0;
  };
  struct Running {
    const StressStep* step = nullptr;
    Launcher::Id id = 0;  ///< 0: nothing had to be started
    bool reported = false;
  };
  struct Account {
    double cpu_s = 0;          ///< of steps that have ended, since the last reading
    double running_cpu_s = 0;  ///< of the running one at the last reading
    double memory = 0;         ///< of the job when its last step ended
    double plan_cpu_s = 0, active_s = 0;
    double since_s = 0;  ///< up to where the plan was added up
    Running running{};
    std::int32_t phase = -1;
    double plan_memory = 0;
    bool touched = false;
  };
  void wait();
  void handle(const Event& event);
  void begin(std::size_t job, std::size_t step);
  void end(std::size_t job);
  void take_sample();
  void add_plan(Account& account, double until_s) const;
  double now_s() const;
  void note_failure(const std::string& what);

  const StressSchedule& schedule_;
  Executor& executor_;
  Launcher& launcher_;
  StressRunOptions options_;
  std::vector<Event> events_{};
  std::size_t next_ = 0;
  TimePoint origin_{};
  double sampled_s_ = 0;
  Executor::TimerId timer_ = 0;
  bool waiting_ = false;
  std::function<void()> done_{};
  std::vector<Account> accounts_{};
  std::vector<StressSample> samples_{};
  std::size_t last_ = 0;  ///< first of the last reading's samples
  StressRunReport report_{};
};

}  // namespace learningplane::stress
