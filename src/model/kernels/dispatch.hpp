#pragma once
#include "learningplane/model/cpu.hpp"
#include "model/kernels/kernels.hpp"

namespace learningplane::model::kernels {

/// The kernels of a tier in one precision.
template <class T>
const Table<T>& table(CpuTier tier);
template <>
const Table<float>& table<float>(CpuTier tier);
template <>
const Table<double>& table<double>(CpuTier tier);

}  // namespace learningplane::model::kernels
