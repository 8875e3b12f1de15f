#include "profiling/kernels/kernels.hpp"

#include "model/kernels/kernels.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define LANES_BYTES 16
#define ROWS 2

namespace learningplane::profiling::kernels {
using namespace model::kernels;  // NOLINT: the vectors are written in terms of these
namespace {
#include "model/kernels/implementation.inc"
#include "profiling/kernels/crbm.inc"
#include "profiling/kernels/kmeans.inc"
}  // namespace

const Kmeans baseline_kmeans{nearest, own, towards, pack, screen};
const Crbm<float> baseline_f32 = make_crbm<float>();
const Crbm<double> baseline_f64 = make_crbm<double>();

}  // namespace learningplane::profiling::kernels
