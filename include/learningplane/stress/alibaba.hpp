#pragma once
#include <string>

#include "learningplane/result.hpp"
#include "learningplane/stress/workload.hpp"

namespace learningplane::stress {

struct AlibabaOptions {
  std::string folder{};  ///< holds container_usage.csv, and batch_instance.csv or batch_task.csv
  WorkloadOptions workload{};  ///< but for the columns
  /// Sorts the rows of a container by time; else rows out of order are refused.
  enum class Order { refuse, sort } order = Order::refuse;
  std::size_t max_containers = 2'000;  ///< further ones are passed over, and counted
};

/// The tables of the cluster trace of 2017, which have no header: container_usage (ts, instance_id,
/// cpu_util, mem_util, …), batch_instance (start_ts, end_ts, job_id, task_id, machine_id, status,
/// …) or else batch_task (create_ts, modify_ts, job_id, task_id, instance_num, status, …). Read in
/// one pass, line by line. Rows without usage, and instances without a job or not terminated, are
/// left out and counted; times of zero or less lie before the trace.
/// @return not_found (file), malformed (file, line and what is wrong), invalid_argument, conflict
/// (a container twice at one time), not_enough_data
Result<Workload> read_alibaba_2017(const AlibabaOptions& options);

}  // namespace learningplane::stress
