#include "model/kernels/kernels.hpp"

#include "model/kernels/attention.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define LANES_BYTES 64
#define ROWS 6

namespace learningplane::model::kernels {
namespace {
#include "model/kernels/implementation.inc"
// After it: it stands on its vectors.
#include "model/kernels/attention.inc"
}  // namespace

const Table<float> avx512_f32 = make_table<float>();
const Table<double> avx512_f64 = make_table<double>();
const AttentionTable<float> avx512_attention_f32 = make_attention_table<float>();
const AttentionTable<double> avx512_attention_f64 = make_attention_table<double>();

}  // namespace learningplane::model::kernels
