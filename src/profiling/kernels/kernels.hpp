#pragma once
// What a kernel tier does for phases. Plain pointers and sizes only, as in
// model/kernels/kernels.hpp: the tiers are compiled for instruction sets that the rest of the
// program must not use.
#include <cstddef>
#include <cstdint>

namespace learningplane::profiling::kernels {

/// Rows as their owner has them, one after another; `centre` is taken off each before anything is
/// computed.
struct Rows {
  std::size_t count, columns;
  const double* data;
  const double* centre;  ///< columns
};

/// The nearest centroid of every row; of equal ones the first.
struct Nearest {
  Rows rows;
  std::size_t k;
  const double* centroids;  ///< k x columns, like rows less the centre
  std::int32_t* labels;
  double* distances;  ///< squared
  double* scratch;    ///< scratch_of(columns)
};

/// The squared distance of every row to the centroid that `labels` names.
using Own = Nearest;

/// Copies in f32 stand in blocks of this many: [block][column][row], whatever the tier. The rows
/// that the last block lacks are copies of the last.
inline constexpr std::size_t block_rows = 16;

/// Sums over the rows of the smaller of what is known and the squared distance to a candidate.
struct Towards {
  std::size_t blocks, columns;
  const float* points;
  std::size_t count;        ///< of candidates: 1 to most_candidates
  const float* candidates;  ///< count x columns, scaled as the points are
  const float* known;       ///< of each row; 0 of those that the last block lacks
  float* out;               ///< null, or of one candidate the smaller; may be `known`
  double* sums;             ///< of each candidate; f32 within, so that blocks should be few
};
inline constexpr std::size_t most_candidates = 4;

struct Pack {
  Rows rows;
  double scale;
  float* blocks;
  float* lengths;   ///< of each block: no row of it is longer; not finite where a cell may not be
  double* sums;     ///< null, or of each column: of the cells, before they are scaled, added here
  double* squares;  ///< likewise
  double* scratch;  ///< three times as much
};

/// One assignment of Lloyd's algorithm. In f32 half_lengths - x'c orders centroids as distances do;
/// where the two least differ by more than rounding can make up the nearest is known, the other
/// rows are decided by their distances in f64. Labels are those of Nearest.
struct Screen {
  std::size_t blocks;
  const float* points;
  const float* lengths;
  const float* centroids;         ///< scaled as the points are
  const float* half_lengths;      ///< of each centroid: half its squared length
  float doubt, doubt_per_length;  ///< twice the most by which a score can be off, in two parts
  std::size_t count;              ///< of rows in the blocks; the last block may lack some
  Nearest exact;                  ///< distances are not used, labels stand in blocks
  const std::uint32_t* ids;       ///< null, or which row of `exact` each is
  float* margins;                 ///< null, or of each row the square of how much farther than the
                                  ///< nearest any other centroid is at least; 0 where not certain
  std::uint32_t* changed;         ///< rows whose label is another than before, in order
  std::int32_t* before;           ///< their labels before
  std::size_t changes;            ///< is set
};

/// Numbers of scratch that a kernel on rows of so many columns wants.
inline constexpr std::size_t scratch_of(std::size_t columns) { return 8 * columns; }

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

/// Windows of a batch that are kept in scratch at once.
inline constexpr std::size_t batch_windows = 128;
/// Numbers that a window of a batch keeps in scratch.
template <class T>
constexpr std::size_t slot_of(const Network<T>& net) {
  return net.condition + 4 * net.visible_pad + 4 * net.hidden_pad;
}

/// Contrastive divergence on windows with the same weights, added to `into` times `rate`; `into`
/// may be the network itself where there are batch_windows or less. Where there is more than one W
/// changes in its place in to_hidden alone.
template <class T>
struct Learn {
  Network<T> network, into;
  const T* const* starts;  ///< of each window
  std::size_t windows, steps;
  T rate;
  T* scratch;     ///< slot_of(network) for each window that is kept
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
  void (*own)(const Own&);
  void (*towards)(const Towards&);
  void (*pack)(const Pack&);
  void (*screen)(Screen&);
};

extern const Kmeans baseline_kmeans, avx2_kmeans, avx512_kmeans;
extern const Crbm<float> baseline_f32, avx2_f32, avx512_f32;
extern const Crbm<double> baseline_f64, avx2_f64, avx512_f64;

}  // namespace learningplane::profiling::kernels
