#include "model/kernels/kernels.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define LANES_BYTES 16
#define ROWS 2

namespace learningplane::model::kernels {
namespace {
#include "model/kernels/implementation.inc"
}  // namespace

const Table<float> baseline_f32 = make_table<float>();
const Table<double> baseline_f64 = make_table<double>();

}  // namespace learningplane::model::kernels
