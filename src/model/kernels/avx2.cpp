#include "model/kernels/kernels.hpp"

#include "model/kernels/attention.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define LANES_BYTES 32
#define ROWS 3

namespace learningplane::model::kernels {
namespace {
#include "model/kernels/implementation.inc"
// After it: it stands on its vectors.
#include "model/kernels/attention.inc"
}  // namespace

const Table<float> avx2_f32 = make_table<float>();
const Table<double> avx2_f64 = make_table<double>();
const AttentionTable<float> avx2_attention_f32 = make_attention_table<float>();
const AttentionTable<double> avx2_attention_f64 = make_attention_table<double>();

}  // namespace learningplane::model::kernels
