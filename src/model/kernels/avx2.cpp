#include "model/kernels/kernels.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define LANES_BYTES 32
#define ROWS 3

namespace learningplane::model::kernels {
namespace {
#include "model/kernels/implementation.inc"
}  // namespace

const Table<float> avx2_f32 = make_table<float>();
const Table<double> avx2_f64 = make_table<double>();

}  // namespace learningplane::model::kernels
