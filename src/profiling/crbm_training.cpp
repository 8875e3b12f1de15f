#include <fmt/format.h>

#include <cmath>
#include <limits>
#include <type_traits>

#include "learningplane/error.hpp"
#include "learningplane/profiling/crbm.hpp"
#include "model/lstm_random.hpp"
#include "profiling/crbm_network.hpp"
#include "profiling/large_buffer.hpp"

namespace learningplane::profiling {

using detail::LargeBuffer;

namespace {

void check(const CrbmOptions& o) {
  const auto at_least_one = [](std::size_t value, const char* key) {
    if (value == 0) throw ConfigError("", key, "0", "1 or more");
  };
  at_least_one(o.hidden, "hidden");
  at_least_one(o.cd_steps, "cd_steps");
  at_least_one(o.batch, "batch");
  if (!(o.learning_rate > 0) || !std::isfinite(o.learning_rate))
    throw ConfigError("", "learning_rate", fmt::format("{}", o.learning_rate), "a number above 0");
}

/// Where the windows begin, and the rows in one precision where that is not the caller's.
template <class T>
struct Windows {
  LargeBuffer<T> rows{};
  std::vector<const T*> starts{};
};

/// Whether every number is one. Without a way out, so that whole vectors are looked at.
bool all_finite(std::span<const double> numbers) {
  std::size_t odd = 0;
  for (const double x : numbers) odd += std::abs(x) <= std::numeric_limits<double>::max() ? 0 : 1;
  return odd == 0;
}

Result<void> check_sequence(std::span<const double> rows, std::size_t s, std::size_t visible) {
  if (rows.size() % visible != 0)
    return fail(Errc::invalid_argument,
                fmt::format("conditional RBM: sequence {} holds {} numbers, no rows of {}", s,
                            rows.size(), visible));
  if (all_finite(rows)) return {};
  std::size_t i = 0;
  while (std::isfinite(rows[i])) ++i;
  return fail(Errc::unknown_data,
              fmt::format("conditional RBM: sequence {}, row {}, column {} is {}", s, i / visible,
                          i % visible, rows[i]));
}

template <class T>
Result<Windows<T>> windows_of(std::span<const std::span<const double>> sequences,
                              const CrbmWeights& w) {
  Windows<T> out;
  std::size_t numbers = 0, windows = 0;
  for (std::size_t s = 0; s < sequences.size(); ++s) {
    if (auto fine = check_sequence(sequences[s], s, w.visible); !fine)
      return tl::unexpected(fine.error());
    numbers += sequences[s].size();
    const std::size_t n = sequences[s].size() / w.visible;
    windows += n > w.history ? n - w.history : 0;
  }
  if (windows == 0)
    return fail(
        Errc::not_enough_data,
        fmt::format("conditional RBM: no sequence has the {} rows that a history of {} needs",
                    w.history + 1, w.history));
  constexpr bool as_they_are = std::is_same_v<T, double>;
  if constexpr (!as_they_are) out.rows = LargeBuffer<T>(numbers);
  out.starts.reserve(windows);
  T* to = out.rows.data();
  for (const auto rows : sequences) {
    const T* first = nullptr;
    if constexpr (as_they_are) {
      first = rows.data();
    } else {
      first = to;
      for (const double x : rows) *to++ = static_cast<T>(x);
    }
    for (std::size_t i = 0; i + w.history < rows.size() / w.visible; ++i)
      out.starts.push_back(first + i * w.visible);
  }
  return out;
}

template <class T>
void shuffle(std::vector<T>& order, model::detail::LstmRandom& random) {
  for (std::size_t i = order.size(); i-- > 1;) std::swap(order[i], order[random.below(i + 1)]);
}

/// One pass over the windows. @return mean error
template <class T>
double epoch(detail::CrbmNetwork<T>& network, detail::CrbmNetwork<T>& gradient,
             const Windows<T>& windows, const CrbmOptions& o, std::vector<T>& scratch) {
  const auto& kernel = kernels::crbm<T>(model::cpu_tier());
  const T rate = static_cast<T>(o.learning_rate);
  const std::size_t n = windows.starts.size();
  double error = 0;
  for (std::size_t i = 0; i < n; i += o.batch) {
    const std::size_t count = std::min(o.batch, n - i);
    const T share = rate / static_cast<T>(count);
    const bool at_once = count <= kernels::batch_windows;
    if (!at_once) std::fill_n(gradient.data(), gradient.size(), T(0));
    kernel.learn({network.view(), (at_once ? network : gradient).view(), &windows.starts[i], count,
                  o.cd_steps, share, scratch.data(), &error});
    for (std::size_t k = 0; k < network.size() && !at_once; ++k)
      network.data()[k] += gradient.data()[k];
    if (count > 1) network.agree();
  }
  network.agree();
  return error / static_cast<double>(n);
}

template <class T>
Result<CrbmReport> train(CrbmWeights& weights, std::span<const std::span<const double>> sequences,
                         const CrbmOptions& o, const CrbmProgress& progress) {
  auto windows = windows_of<T>(sequences, weights);
  if (!windows) return tl::unexpected(windows.error());
  const std::size_t width = kernels::crbm<T>(model::cpu_tier()).width;
  detail::CrbmNetwork<T> network(weights.visible, weights.hidden, weights.history, width);
  detail::CrbmNetwork<T> gradient = network;
  network.set(weights);
  std::vector<T> scratch(network.scratch(o.batch));
  // Another stream than the first weights'.
  model::detail::LstmRandom random(o.seed ^ 0x5bd1e995U);
  CrbmReport report{.windows = windows->starts.size()};
  std::size_t worse = 0;
  for (std::size_t i = 0; i < o.epochs; ++i) {
    shuffle(windows->starts, random);
    const double error = epoch(network, gradient, *windows, o, scratch);
    if (!std::isfinite(error))
      return fail(Errc::invalid_argument,
                  fmt::format("conditional RBM: training diverged in epoch {}: lower learning_rate "
                              "({}) or scale the rows",
                              i + 1, o.learning_rate));
    worse = !report.errors.empty() && error >= report.errors.back() ? worse + 1 : 0;
    report.errors.push_back(error);
    if (progress && !progress(i + 1, error))
      return fail(Errc::cancelled, "conditional RBM: the training was ended");
    report.stopped_early = o.patience > 0 && worse >= o.patience;
    if (report.stopped_early) break;
  }
  network.get(weights);
  return report;
}

}  // namespace

Result<CrbmReport> Crbm::fit(std::span<const std::span<const double>> sequences,
                             const CrbmOptions& options, const CrbmProgress& progress) {
  check(options);
  CrbmWeights next = weights_;
  auto report = options.dtype == CrbmDtype::f32 ? train<float>(next, sequences, options, progress)
                                                : train<double>(next, sequences, options, progress);
  if (report) weights_ = std::move(next);
  return report;
}

}  // namespace learningplane::profiling
