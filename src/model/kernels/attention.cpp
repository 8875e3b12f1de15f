#include "model/kernels/attention.hpp"

#include "learningplane/model/cpu.hpp"

namespace learningplane::model::kernels {

template <>
const AttentionTable<float>& attention_table<float>(CpuTier tier) {
  return tier == CpuTier::avx512 ? avx512_attention_f32
         : tier == CpuTier::avx2 ? avx2_attention_f32
                                 : baseline_attention_f32;
}
template <>
const AttentionTable<double>& attention_table<double>(CpuTier tier) {
  return tier == CpuTier::avx512 ? avx512_attention_f64
         : tier == CpuTier::avx2 ? avx2_attention_f64
                                 : baseline_attention_f64;
}

}  // namespace learningplane::model::kernels
