#include "learningplane/stress/load_totals.hpp"

#include <utility>

namespace learningplane::stress {

Result<LoadTotals> load_totals(const telemetry::Frame& recording) {
  const std::size_t rows = recording.rows();
  const std::vector<double> zeros(rows);
  LoadTotals out{.cpu_cores = zeros,
                 .memory_bytes = zeros,
                 .plan_cpu_cores = zeros,
                 .plan_memory_bytes = zeros,
                 .jobs = zeros};
  for (std::size_t i = 0; i < rows; ++i) out.times_ns.push_back(recording.times_ns()[i]);
  bool any = false;
  for (const telemetry::Column& active : recording.all()) {
    if (active.name != "active") continue;
    any = true;
    for (const auto& [into, what] :
         {std::pair(&out.cpu_cores, "cpu_cores"), std::pair(&out.memory_bytes, "memory_bytes"),
          std::pair(&out.plan_cpu_cores, "plan_cpu_cores"),
          std::pair(&out.plan_memory_bytes, "plan_memory_bytes")}) {
      const auto column = recording.require(what, active.labels);
      if (!column) return fail_within("recording", column.error());
      for (std::size_t i = 0; i < rows; ++i)
        if (active.known(i)) (*into)[i] += (*column)->values[i];
    }
    for (std::size_t i = 0; i < rows; ++i) out.jobs[i] += active.known(i) ? 1 : 0;
  }
  if (!any)
    return fail(Errc::not_found,
                "recording: there is no column 'active' of a job; it is what "
                "`learningplane stress run` writes");
  return out;
}

}  // namespace learningplane::stress
