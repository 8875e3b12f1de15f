#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/features/scaler.hpp"
#include "learningplane/profiling/choose_k.hpp"
#include "learningplane/profiling/crbm.hpp"
#include "learningplane/profiling/kmeans.hpp"
#include "learningplane/profiling/phase_data.hpp"
#include "learningplane/registry.hpp"

namespace learningplane::profiling {

enum class PhaseMode {
  corrected,    ///< the window ends with the row it labels; rows without a whole past have no phase
  as_published  ///< the window ends one row earlier; the first history + 1 rows of a sequence count
                ///< as rows without activity, which form a warm-up phase of their own
};
std::string_view to_string(PhaseMode mode);

struct PhaseOptions {
  std::vector<std::string> features{};  ///< columns; empty: all of the data that are fitted
  std::size_t k = 5;                    ///< phases; 0: chosen as `choose` says
  PhaseMode mode = PhaseMode::corrected;
  bool negative_allowed = false;  ///< whether features may be below zero
  CrbmOptions crbm{};
  KmeansOptions kmeans{.seed = 123};  ///< but for k and start
  ChooseKOptions choose{};            ///< but for kmeans
  /// Above this many rows the clusters are found by mini-batches, and memory stays that of the
  /// data.
  std::size_t exact_rows = 200'000;
};
/// Names, kinds, ranges and defaults of the options as a tree; the command and Python are made from
/// it.
Manifest phase_manifest();
/// @throws ConfigError naming key, value and what is allowed
PhaseOptions phase_options(const Value& options);
Value to_value(const PhaseOptions& options);

/// Phases of one sequence, one a row; -1: not known.
struct PhaseLabels {
  Labels labels{};
  std::vector<std::int64_t> times_ns{};
  std::vector<std::int32_t> phases{};
};

/// Centroids in the space of activations, and how the rows lie round them.
struct PhaseClusters {
  std::vector<double> centroids{};  ///< k x hidden
  std::vector<double> sizes{};      ///< rows that each was made from; empty: not known
  std::vector<double> spread{};     ///< root mean squared distance of those; empty: not known
};
/// Phases that a new workload brought: rows of the phase `parent` are told apart.
struct PhaseExtension {
  std::int32_t parent = 0;
  PhaseClusters clusters{};
};

struct PhaseFit {
  std::size_t rows = 0, k = 0;
  CrbmReport crbm{};
  double inertia = 0;
  std::vector<std::string> constant{};  ///< features that never change: they tell nothing
  std::optional<KChoice> choice{};      ///< where k was chosen
};
struct PhaseUpdate {
  std::size_t rows = 0;
  std::vector<std::size_t> counts{};  ///< new rows of each phase
  std::vector<double> novel{};        ///< share of them farther than three spreads; NaN: not known
  std::vector<double> moved{};        ///< distance of each base centroid
};
struct ExtendOptions {
  std::optional<std::int32_t> phase{};  ///< to be told apart; absent: the one that fits worst
  std::size_t k = 4;                    ///< new phases
  std::uint64_t seed = 123;
};
struct PhaseExtended {
  std::int32_t parent = 0;
  std::int32_t first = 0;            ///< number of the first new phase
  std::size_t rows = 0;              ///< of the parent, that were clustered
  std::vector<std::size_t> sizes{};  ///< of each new phase
  double inertia_before = 0, inertia_after = 0;
};

/// Behaviour cut into phases: scaler, conditional RBM, k-means on the activations of its hiddens.
/// Not thread safe while it learns; const functions are thread safe.
class Phases {
 public:
  explicit Phases(PhaseOptions options = {});

  bool fitted() const { return crbm_.has_value(); }
  const PhaseOptions& options() const { return options_; }
  const std::vector<std::string>& features() const { return options_.features; }
  /// Phases with those that were added.
  std::size_t count() const;
  const features::Scaler& scaler() const { return scaler_; }
  const Crbm& crbm() const;  ///< @throws LogicError unfitted
  const PhaseClusters& clusters() const { return clusters_; }
  const std::vector<PhaseExtension>& extensions() const { return extensions_; }
  /// Another way to read the same model. Centroids stay.
  void set_mode(PhaseMode mode) { options_.mode = mode; }

  /// Learns all three parts anew.
  /// @return not_enough_data (fewer rows than the history asks for), invalid_argument (every
  /// feature constant, k above the distinct rows, data that cannot be), unknown_data, not_found;
  /// the phases are then as they were.
  Result<PhaseFit> fit(const PhaseData& data, const CrbmProgress& progress = {});
  /// The phase of every row. @return as PhaseData::check(), not_found (features are others).
  /// @throws LogicError unfitted
  Result<std::vector<PhaseLabels>> label(const PhaseData& data) const;
  /// Takes more rows of known workloads in: centroids become the mean of all rows they ever had.
  /// Scaler and RBM stay, so that activations stay comparable; so do the phases' numbers.
  /// @return also unsupported (an imported model that does not say on how many rows it rests)
  Result<PhaseUpdate> update(const PhaseData& data);
  /// Finds phases of a new workload within one phase. In as_published mode all rows of that phase
  /// are told apart ever after; in corrected mode those stay that lie nearer to its centroid.
  /// @return as kmeans()
  Result<PhaseExtended> extend(const PhaseData& data, const ExtendOptions& options = {});
  /// Activations of every row of a sequence, rows x hidden, as the mode has it; rows without a
  /// window are zeros (as_published) or NaN (corrected).
  std::vector<double> activations(const PhaseSequence& sequence) const;

  /// The whole model as a tree; docs/design/120-phases.md describes it.
  Value to_value() const;
  /// @return malformed, naming the key
  static Result<Phases> from_value(const Value& value);
  /// Writes JSON with a checksum; the file appears whole or not at all. @return unavailable
  Result<void> save(const std::string& path) const;
  /// Reads what save() wrote, or a published model as numbers (which has no checksum).
  /// @return not_found, unavailable, malformed (truncated, damaged or foreign), unsupported (newer)
  static Result<Phases> load(const std::string& path);

 private:
  Result<void> check(const PhaseData& data) const;
  std::size_t window_rows() const;
  std::vector<double> block(const PhaseSequence& s, std::size_t first, std::size_t last) const;
  void assign(std::span<const double> activations, std::vector<std::int32_t>& phases,
              std::vector<double>& squares) const;

  PhaseOptions options_;
  features::Scaler scaler_{features::ScalerKind::z_score};
  std::optional<Crbm> crbm_{};
  PhaseClusters clusters_{};
  std::vector<PhaseExtension> extensions_{};
  std::size_t fitted_rows_ = 0;
};
Value to_value(const PhaseFit& fit);
Value to_value(const PhaseUpdate& update);
Value to_value(const PhaseExtended& extended);

}  // namespace learningplane::profiling
