#include "profiling/kernels/kernels.hpp"

#include "model/kernels/kernels.hpp"

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#define LANES_BYTES 32
#define ROWS 3

namespace learningplane::profiling::kernels {
using namespace model::kernels;  // NOLINT: the vectors are written in terms of these
namespace {
#include "model/kernels/implementation.inc"
#include "profiling/kernels/crbm.inc"
#include "profiling/kernels/kmeans.inc"
}  // namespace

const Kmeans avx2_kmeans{nearest, own, towards, pack, screen};
const Crbm<float> avx2_f32 = make_crbm<float>();
const Crbm<double> avx2_f64 = make_crbm<double>();

}  // namespace learningplane::profiling::kernels
