#include "profiling/kernels/dispatch.hpp"

namespace learningplane::profiling::kernels {

using model::CpuTier;

const Kmeans& kmeans(CpuTier tier) {
  return tier == CpuTier::avx512 ? avx512_kmeans
                                 : (tier == CpuTier::avx2 ? avx2_kmeans : baseline_kmeans);
}
template <>
const Crbm<float>& crbm<float>(CpuTier tier) {
  return tier == CpuTier::avx512 ? avx512_f32 : tier == CpuTier::avx2 ? avx2_f32 : baseline_f32;
}
template <>
const Crbm<double>& crbm<double>(CpuTier tier) {
  return tier == CpuTier::avx512 ? avx512_f64 : tier == CpuTier::avx2 ? avx2_f64 : baseline_f64;
}

}  // namespace learningplane::profiling::kernels
