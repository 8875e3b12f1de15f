// Kernels of this tier.
