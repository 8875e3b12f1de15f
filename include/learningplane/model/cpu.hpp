#pragma once
#include <string_view>

namespace learningplane::model {

/// Instruction sets that the numeric kernels are built for. Results are bitwise repeatable within
/// one tier and agree across tiers to 1e-5 (f32) or 1e-12 (f64) of the output's scale.
enum class CpuTier { baseline, avx2, avx512 };
std::string_view to_string(CpuTier tier);

/// Whether this machine (processor and operating system) can run the tier.
bool cpu_supports(CpuTier tier);

/// The tier named, or the best one this machine has where `forced` is empty.
/// @throws ConfigError where the name is unknown or the machine lacks the tier
CpuTier choose_tier(std::string_view forced);

/// choose_tier() of the environment variable LEARNINGPLANE_CPU; read at every call.
CpuTier cpu_tier();

}  // namespace learningplane::model
