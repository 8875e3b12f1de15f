#include "model/kernels/kernels.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define LANES_BYTES 64
#define ROWS 6

namespace learningplane::model::kernels {
namespace {
#include "model/kernels/implementation.inc"
}  // namespace

const Table<float> avx512_f32 = make_table<float>();
const Table<double> avx512_f64 = make_table<double>();

}  // namespace learningplane::model::kernels
