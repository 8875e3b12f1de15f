#include "model/kernels/kernels.hpp"

#include "model/kernels/attention.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define LANES_BYTES 16
#define ROWS 2

namespace learningplane::model::kernels {
namespace {
#include "model/kernels/implementation.inc"
// After it: it stands on its vectors.
#include "model/kernels/attention.inc"
}  // namespace

const Table<float> baseline_f32 = make_table<float>();
const Table<double> baseline_f64 = make_table<double>();
const AttentionTable<float> baseline_attention_f32 = make_attention_table<float>();
const AttentionTable<double> baseline_attention_f64 = make_attention_table<double>();

}  // namespace learningplane::model::kernels
