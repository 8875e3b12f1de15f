#include "learningplane/profiling/crbm.hpp"

#include <fmt/format.h>

#include <cmath>
#include <numbers>

#include "learningplane/error.hpp"
#include "model/lstm_random.hpp"
#include "profiling/crbm_network.hpp"

namespace learningplane::profiling {

namespace {

using Random = model::detail::LstmRandom;

/// Box and Muller; the same numbers on every platform.
double normal(Random& random) {
  const double u = 1.0 - random.uniform();  // never 0
  return std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * random.uniform());
}

double softplus(double x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }
double sigmoid(double x) { return 1.0 / (1.0 + std::exp(-x)); }

/// start + matrix * x
std::vector<double> affine(std::vector<double> start, const std::vector<double>& matrix,
                           std::span<const double> x) {
  for (std::size_t i = 0; i < start.size(); ++i)
    for (std::size_t j = 0; j < x.size(); ++j) start[i] += matrix[i * x.size() + j] * x[j];
  return start;
}

void check(const CrbmWeights& w) {
  const auto fits = [](const std::vector<double>& values, std::size_t size, const char* name) {
    if (values.size() != size)
      throw LogicError(fmt::format("conditional RBM: {} holds {} numbers in place of {}", name,
                                   values.size(), size));
    for (const double v : values) {
      if (!std::isfinite(v))
        throw LogicError(
            fmt::format("conditional RBM: {} holds a number that is not finite", name));
    }
  };
  if (w.visible == 0 || w.hidden == 0)
    throw LogicError("conditional RBM: there are no visible or no hidden units");
  fits(w.w, w.hidden * w.visible, "W");
  fits(w.a, w.visible * w.condition(), "A");
  fits(w.b, w.hidden * w.condition(), "B");
  fits(w.visible_bias, w.visible, "v_bias");
  fits(w.hidden_bias, w.hidden, "h_bias");
}

void check_window(const CrbmWeights& w, std::span<const double> window) {
  if (window.size() != w.window())
    throw LogicError(
        fmt::format("conditional RBM: a window has {} numbers, not {}", w.window(), window.size()));
}

}  // namespace

Crbm::Crbm(CrbmWeights weights) : weights_(std::move(weights)) { check(weights_); }

Crbm Crbm::random(std::size_t visible, const CrbmOptions& o) {
  CrbmWeights w{.visible = visible, .hidden = o.hidden, .history = o.history};
  Random random(o.seed);
  const double scale = 0.2 / static_cast<double>(visible * std::max<std::size_t>(o.history, 1));
  const auto draw = [&](std::vector<double>& into, std::size_t n) {
    into.resize(n);
    for (double& v : into) v = scale * normal(random);
  };
  draw(w.w, w.hidden * w.visible);
  draw(w.a, w.visible * w.condition());
  draw(w.b, w.hidden * w.condition());
  w.visible_bias.assign(w.visible, 0.0);
  w.hidden_bias.assign(w.hidden, 0.0);
  return Crbm(std::move(w));
}

std::vector<double> Crbm::activations(std::span<const double> rows) const {
  const CrbmWeights& w = weights_;
  if (rows.size() % w.visible != 0)
    throw LogicError(
        fmt::format("conditional RBM: {} numbers are no rows of {}", rows.size(), w.visible));
  const std::size_t n = rows.size() / w.visible;
  if (n <= w.history) return {};
  const auto& kernel = kernels::crbm<double>(model::cpu_tier());
  detail::CrbmNetwork<double> network(w.visible, w.hidden, w.history, kernel.width);
  network.set(w);
  std::vector<double> out((n - w.history) * w.hidden), scratch(network.hidden_pad());
  kernel.activate(
      {network.view(), rows.data(), w.visible, n - w.history, out.data(), scratch.data()});
  return out;
}

std::vector<double> Crbm::hidden(std::span<const double> window) const {
  check_window(weights_, window);
  const auto u = window.first(weights_.condition());
  const auto v = window.subspan(weights_.condition());
  auto h = affine(affine(weights_.hidden_bias, weights_.b, u), weights_.w, v);
  for (double& x : h) x = sigmoid(x);
  return h;
}

std::vector<double> Crbm::reconstruct(std::span<const double> window) const {
  const auto h = hidden(window);
  auto v = affine(weights_.visible_bias, weights_.a, window.first(weights_.condition()));
  for (std::size_t j = 0; j < weights_.hidden; ++j)
    for (std::size_t i = 0; i < weights_.visible; ++i)
      v[i] += h[j] * weights_.w[j * weights_.visible + i];
  return v;
}

double Crbm::free_energy(std::span<const double> window) const {
  check_window(weights_, window);
  const auto u = window.first(weights_.condition());
  const auto v = window.subspan(weights_.condition());
  const auto mean = affine(weights_.visible_bias, weights_.a, u);
  double energy = 0;
  for (std::size_t i = 0; i < v.size(); ++i) energy += 0.5 * (v[i] - mean[i]) * (v[i] - mean[i]);
  for (const double x : affine(affine(weights_.hidden_bias, weights_.b, u), weights_.w, v))
    energy -= softplus(x);
  return energy;
}

CrbmWeights Crbm::data_gradient(std::span<const double> window) const {
  const auto h = hidden(window);
  const auto u = window.first(weights_.condition());
  const auto v = window.subspan(weights_.condition());
  const auto mean = affine(weights_.visible_bias, weights_.a, u);
  CrbmWeights g{
      .visible = weights_.visible, .hidden = weights_.hidden, .history = weights_.history};
  g.hidden_bias = h;
  for (std::size_t i = 0; i < v.size(); ++i) g.visible_bias.push_back(v[i] - mean[i]);
  for (const double x : h)
    for (const double y : v) g.w.push_back(x * y);
  for (const double x : h)
    for (const double y : u) g.b.push_back(x * y);
  for (const double x : g.visible_bias)
    for (const double y : u) g.a.push_back(x * y);
  return g;
}

std::vector<double> Crbm::generate(std::span<const double> past, std::size_t rows,
                                   std::uint64_t seed, std::size_t gibbs) const {
  const CrbmWeights& w = weights_;
  const std::size_t need = std::max<std::size_t>(w.history, 1) * w.visible;
  if (past.size() % w.visible != 0 || past.size() < need || gibbs == 0)
    throw LogicError(
        fmt::format("conditional RBM: generation needs {} rows of {} numbers before it "
                    "and 1 Gibbs round or more",
                    need / w.visible, w.visible));
  Random random(seed);
  std::vector<double> all(past.end() - static_cast<std::ptrdiff_t>(need), past.end());
  for (std::size_t row = 0; row < rows; ++row) {
    const std::span<const double> u(all.data() + all.size() - w.condition(), w.condition());
    std::vector<double> v(all.end() - static_cast<std::ptrdiff_t>(w.visible), all.end());
    const auto hidden_base = affine(w.hidden_bias, w.b, u);
    const auto visible_base = affine(w.visible_bias, w.a, u);
    for (std::size_t round = 0; round < gibbs; ++round) {
      const auto h = affine(hidden_base, w.w, v);
      v = visible_base;
      for (std::size_t j = 0; j < w.hidden; ++j) {
        if (random.uniform() >= sigmoid(h[j])) continue;
        for (std::size_t i = 0; i < w.visible; ++i) v[i] += w.w[j * w.visible + i];
      }
    }
    all.insert(all.end(), v.begin(), v.end());
  }
  return {all.begin() + static_cast<std::ptrdiff_t>(need), all.end()};
}

}  // namespace learningplane::profiling
