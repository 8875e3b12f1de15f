#pragma once
#include "learningplane/model/cpu.hpp"
#include "profiling/kernels/kernels.hpp"

namespace learningplane::profiling::kernels {

/// The kernels of a tier.
const Kmeans& kmeans(model::CpuTier tier);
template <class T>
const Crbm<T>& crbm(model::CpuTier tier);
template <>
const Crbm<float>& crbm<float>(model::CpuTier tier);
template <>
const Crbm<double>& crbm<double>(model::CpuTier tier);

}  // namespace learningplane::profiling::kernels
