#pragma once
// What a kernel tier does for phases. Plain pointers and sizes only, as in
// model/kernels/kernels.hpp: the tiers are compiled for instruction sets that the rest of the
// program must not use.
#include <cstddef>
#include <cstdint>

namespace learningplane::profiling::kernels {

/// Points stand in blocks of this many: [block][dimension][lane], whatever the tier.
inline constexpr std::size_t block_rows = 8;

/// The nearest centroid of every point. Rows that pad the last block are computed like the others.
struct Nearest {
  std::size_t blocks, dimensions, k;
  const double* points;
  const double* centroids;  ///< k x dimensions
  std::int32_t* labels;
  double* distances;  ///< squared
};

/// One assignment of Lloyd's algorithm without bounds: the least of half_norms - x'c, which orders
/// centroids as distances do. Points must lie round zero, or digits are lost.
struct Plain {
  Nearest to;                ///< labels are read and written; distances are not used
  const double* half_norms;  ///< of each centroid: half its squared length
  std::uint8_t* changed;     ///< of each block: whether a label is another than before
};

/// One assignment of Lloyd's algorithm with Hamerly's bounds: a block in which every point is
/// nearer to its centroid than any other can be is passed over.
struct Bounded {
  Nearest to;
  double* upper;           ///< at least the distance to the own centroid
  double* lower;           ///< at most the distance to any other
  const double* half_gap;  ///< of each centroid: half the distance to the nearest other
  const double* moved;     ///< of each centroid: since the bounds were made
  const double* others;    ///< of each centroid: the farthest that any other moved
  std::uint8_t* changed;   ///< of each block: whether its labels were computed anew
};

/// The smaller of what is known and the squared distance to one point.
struct Towards {
  std::size_t blocks, dimensions;
  const double* points;
  const double* centre;
  const double* known;  ///< may be `out`
  double* out;
  double* sum;  ///< of `out` over all blocks but the last
};

/// A conditional RBM in one precision. Vectors of hidden and visible units are padded with zeros to
/// whole vectors. A window is `condition` numbers of the past, oldest first, then `visible` of now.
template <class T>
struct Network {
  std::size_t condition, visible, hidden, visible_pad, hidden_pad;
  T* to_hidden;   ///< [condition + visible][hidden_pad]: B transposed, then W transposed
  T* to_visible;  ///< [condition + hidden][visible_pad]: A transposed, then W
  T* hidden_bias;
  T* visible_bias;
  const T* mask;  ///< hidden_pad: 1 where there is a unit
};

/// Contrastive divergence on windows with the same weights, added to `into` times `rate`; `into`
/// may be the network itself where there is one window.
template <class T>
struct Learn {
  Network<T> network, into;
  const T* rows;
  const std::size_t* starts;  ///< of each window in `rows`
  std::size_t windows, steps;
  T rate;
  T* scratch;     ///< 3 hidden_pad + 4 visible_pad
  double* error;  ///< the norms of v - v' are added here
};

/// Activations of hidden units of windows that start `stride` numbers apart.
template <class T>
struct Activate {
  Network<T> network;
  const T* rows;
  std::size_t stride, windows;
  T* out;      ///< windows x hidden
  T* scratch;  ///< hidden_pad
};

/// Everything one tier does in one precision.
template <class T>
struct Crbm {
  std::size_t width;
  void (*learn)(const Learn<T>&);
  void (*activate)(const Activate<T>&);
};
struct Kmeans {
  void (*nearest)(const Nearest&);
  void (*plain)(const Plain&);
  void (*bounded)(const Bounded&);
  void (*towards)(const Towards&);
};

extern const Kmeans baseline_kmeans, avx2_kmeans, avx512_kmeans;
extern const Crbm<float> baseline_f32, avx2_f32, avx512_f32;
extern const Crbm<double> baseline_f64, avx2_f64, avx512_f64;

}  // namespace learningplane::profiling::kernels
