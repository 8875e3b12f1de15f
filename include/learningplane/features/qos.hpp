#pragma once
#include <string>
#include <vector>

#include "learningplane/result.hpp"
#include "learningplane/telemetry/frame.hpp"

namespace learningplane::features {

/// Where the quality of service of a video pipeline is read from, and what counts as good.
struct QosOptions {
  std::string frames = "pipelines_status_frame_count";    ///< counter of frames
  std::string elapsed = "pipelines_status_elapsed_time";  ///< seconds since the pipeline started
  std::string latency = "pipelines_status_realtime_pipeline_latency";  ///< seconds
  /// Other columns that a pipeline reports; those that are not there do not matter.
  std::vector<std::string> alongside{"pipelines_status_idelta_fps"};
  std::string name = "qos";                        ///< of the new column
  double fps_low = 20, fps_high = 30;              ///< frames a second: worth 0 and 1
  double latency_low = 0.001, latency_high = 0.2;  ///< seconds: worth 1 and 0
};

/// The QoS of one pair of numbers, in [0, 1]: 0.5 clip((fps - low) / (high - low), 0, 1) +
/// 0.5 (1 - clip((latency - low) / (high - low), 0, 1)); 0 where one that is known lies outside its
/// range; NaN where one is unknown and the other not outside.
double qos(double fps, double latency, const QosOptions& options = {});

/// Adds the QoS as a column. Latency and the columns `alongside` are taken as unknown where frames
/// are (a pipeline that has ended still reports a rate of 0). Clips the latency to [0, 1] s. The
/// frame rate of a row is taken from the row before in which frames are known: (frames - frames') /
/// (elapsed - elapsed'). Cells are flagged imputed where an input is. The columns must be of one
/// series: apply by group.
/// @return not_found
Result<telemetry::Frame> with_qos(const telemetry::Frame& frame, const QosOptions& options = {});

}  // namespace learningplane::features
