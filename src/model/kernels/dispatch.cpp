#include "model/kernels/dispatch.hpp"

#include <cstdlib>
#include <string>

#include "learningplane/error.hpp"

namespace learningplane::model {

std::string_view to_string(CpuTier tier) {
  static constexpr std::string_view names[] = {"baseline", "avx2", "avx512"};
  return names[static_cast<int>(tier)];
}

bool cpu_supports(CpuTier tier) {
#if defined(__x86_64__)
  // The built-in also asks the operating system whether it saves the wide registers.
  const bool avx2 = __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") != 0 &&
                      __builtin_cpu_supports("avx512dq") != 0 &&
                      __builtin_cpu_supports("avx512vl") != 0;
  return tier == CpuTier::baseline || (tier == CpuTier::avx2 ? avx2 : avx512);
#else
  return tier == CpuTier::baseline;
#endif
}

CpuTier choose_tier(std::string_view forced) {
  constexpr CpuTier best_first[] = {CpuTier::avx512, CpuTier::avx2, CpuTier::baseline};
  std::string supported;
  for (const CpuTier tier : best_first) {
    if (!cpu_supports(tier)) continue;
    if (forced.empty() || forced == to_string(tier)) return tier;
    supported += (supported.empty() ? "" : ", ") + std::string(to_string(tier));
  }
  const bool known = forced == "avx512" || forced == "avx2";
  throw ConfigError("environment", "LEARNINGPLANE_CPU", forced,
                    (known ? "this machine lacks it; allowed here: " : "allowed here: ") +
                        supported + ", or leave it unset");
}

CpuTier cpu_tier() {
  const char* forced = std::getenv("LEARNINGPLANE_CPU");
  return choose_tier(forced == nullptr ? "" : forced);
}

namespace kernels {

template <>
const Table<float>& table<float>(CpuTier tier) {
  return tier == CpuTier::avx512 ? avx512_f32 : tier == CpuTier::avx2 ? avx2_f32 : baseline_f32;
}
template <>
const Table<double>& table<double>(CpuTier tier) {
  return tier == CpuTier::avx512 ? avx512_f64 : tier == CpuTier::avx2 ? avx2_f64 : baseline_f64;
}

}  // namespace kernels
}  // namespace learningplane::model
