#include "model/nn/attention.hpp"

#include <doctest/doctest.h>

#include "gradient.hpp"

using namespace learningplane::model;
using namespace learningplane::model::nn;
using gradient::random_matrix;

namespace {

constexpr std::size_t width = 6, heads = 2, sequences = 2;

struct Reference {
  Matrix<double> y{};
  std::vector<std::vector<std::size_t>> chosen{};
};

/// Straight from the definition, number by number; samples as queries x sampled.
Reference reference(const Matrix<double>& q, const Matrix<double>& k, const Matrix<double>& v,
                    Sight sight, std::size_t active, const std::vector<std::size_t>& samples) {
  const std::size_t lq = q.rows / sequences, lk = k.rows / sequences, d = width / heads;
  const std::size_t sampled = samples.size() / lq;
  Reference out;
  out.y.shape(q.rows, width);
  for (std::size_t s = 0; s < sequences; ++s) {
    for (std::size_t h = 0; h < heads; ++h) {
      const auto score = [&](std::size_t i, std::size_t j) {
        double sum = 0;
        for (std::size_t c = h * d; c < (h + 1) * d; ++c)
          sum += q(s * lq + i, c) * k(s * lk + j, c);
        return sum;
      };
      std::vector<std::pair<double, std::size_t>> measure;
      for (std::size_t i = 0; i < lq; ++i) {
        double top = -1e300, sum = 0;
        for (std::size_t n = 0; n < sampled; ++n) {
          const double value = score(i, samples[i * sampled + n]);
          top = std::max(top, value);
          sum += value;
        }
        measure.emplace_back(-(top - sum / static_cast<double>(lk)), i);
      }
      std::sort(measure.begin(), measure.end());
      std::vector<std::size_t> chosen;
      for (std::size_t i = 0; i < active; ++i) chosen.push_back(measure[i].second);
      std::sort(chosen.begin(), chosen.end());
      for (std::size_t i = 0; i < lq; ++i) {
        const bool attends = std::find(chosen.begin(), chosen.end(), i) != chosen.end();
        const std::size_t seen = sight == Sight::masked ? i + 1 : lk;
        std::vector<double> share(lk, 0.0);
        double total = 0;
        for (std::size_t j = 0; j < seen; ++j) {
          share[j] = attends ? std::exp(score(i, j) / std::sqrt(static_cast<double>(d))) : 1;
          total += share[j];
        }
        // A lazy row is the mean of v, or where masked the sum (not the mean) of what it sees.
        if (!attends && sight == Sight::masked) total = 1;
        for (std::size_t c = h * d; c < (h + 1) * d; ++c) {
          double sum = 0;
          for (std::size_t j = 0; j < seen; ++j) sum += share[j] / total * v(s * lk + j, c);
          out.y(s * lq + i, c) = sum;
        }
      }
      out.chosen.push_back(chosen);
    }
  }
  return out;
}

double difference(const Matrix<double>& a, const Matrix<double>& b) {
  REQUIRE(a.values.size() == b.values.size());
  double worst = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i)
    worst = std::max(worst, std::abs(a.values[i] - b.values[i]));
  return worst;
}

}  // namespace

TEST_CASE("attention: ProbSparse counts are factor times the rounded-up logarithm, capped") {
  CHECK(prob_sparse_count(5, 96) == 25);  // ln 96 = 4.56
  CHECK(prob_sparse_count(3, 720) == 21);
  CHECK(prob_sparse_count(5, 20) == 15);
  CHECK(prob_sparse_count(5, 8) == 8);
  CHECK(prob_sparse_count(5, 1) == 1);
  CHECK(prob_sparse_count(0, 17) == 17);
}

TEST_CASE("attention: full attention is softmax(q k' / sqrt d) v, masked or not, on every tier") {
  const auto q = random_matrix(2 * 9, width, 1), k = random_matrix(2 * 11, width, 2),
             v = random_matrix(2 * 11, width, 3), own = random_matrix(2 * 9, width, 4);
  for (const CpuTier tier : {CpuTier::baseline, CpuTier::avx2, CpuTier::avx512}) {
    if (!cpu_supports(tier)) continue;
    Context<double> context(tier, 1);
    context.batch = sequences;
    Attention<double> all(context, {width, heads, 0, Sight::all});
    Attention<double> masked(context, {width, heads, 0, Sight::masked});
    CHECK(difference(all.forward(q, k, v), reference(q, k, v, Sight::all, 9, {}).y) < 1e-12);
    CHECK(difference(masked.forward(q, own, q), reference(q, own, q, Sight::masked, 9, {}).y) <
          1e-12);
  }
}

TEST_CASE("attention: ProbSparse with a factor that takes all is full attention") {
  const auto q = random_matrix(2 * 20, width, 1), k = random_matrix(2 * 20, width, 2),
             v = random_matrix(2 * 20, width, 3);
  for (const Sight sight : {Sight::all, Sight::masked}) {
    Context<double> context(cpu_tier(), 1);
    context.batch = sequences;
    Attention<double> full(context, {width, heads, 0, sight});
    Attention<double> sparse(context, {width, heads, 7, sight});  // 7 * 3 = 21
    CHECK(difference(full.forward(q, k, v), sparse.forward(q, k, v)) < 1e-12);
  }
}

TEST_CASE("attention: ProbSparse on a fixed list of keys is the definition's") {
  // 30 queries, 40 keys: of each query 8 keys are sampled, 8 queries attend.
  const auto q = random_matrix(2 * 30, width, 1), k = random_matrix(2 * 40, width, 2),
             v = random_matrix(2 * 40, width, 3);
  const auto k30 = random_matrix(2 * 30, width, 5), v30 = random_matrix(2 * 30, width, 6);
  detail::LstmRandom random(8);
  std::vector<std::size_t> samples(30 * 8), samples30(30 * 8);
  for (std::size_t& s : samples) s = random.below(40);
  for (std::size_t& s : samples30) s = random.below(30);
  Context<double> context(cpu_tier(), 1);
  context.batch = sequences;

  Attention<double> sparse(context, {width, heads, 2, Sight::all});
  sparse.set_samples(samples);
  const auto truth = reference(q, k, v, Sight::all, 8, samples);
  const Matrix<double>& y = sparse.forward(q, k, v);
  CHECK(difference(y, truth.y) < 1e-12);
  for (std::size_t s = 0; s < sequences; ++s) {
    for (std::size_t h = 0; h < heads; ++h)
      CHECK(sparse.chosen(s, h) == truth.chosen[s * heads + h]);
  }
  // A lazy row is the mean of v.
  const std::vector<std::size_t>& chosen = sparse.chosen(1, 0);
  std::size_t lazy = 0;
  while (std::find(chosen.begin(), chosen.end(), lazy) != chosen.end()) ++lazy;
  double mean = 0;
  for (std::size_t j = 0; j < 40; ++j) mean += v(40 + j, 1) / 40;
  CHECK(y(30 + lazy, 1) == doctest::Approx(mean).epsilon(1e-12));

  Attention<double> masked(context, {width, heads, 2, Sight::masked});
  masked.set_samples(samples30);
  CHECK(difference(masked.forward(q, k30, v30),
                   reference(q, k30, v30, Sight::masked, 8, samples30).y) < 1e-12);
}

TEST_CASE("attention: the same seed samples the same keys, another seed others") {
  const auto q = random_matrix(2 * 60, width, 1), k = random_matrix(2 * 60, width, 2);
  const auto run = [&](std::uint64_t seed) {
    Context<double> context(cpu_tier(), seed);
    context.batch = sequences;
    return Attention<double>(context, {width, heads, 1, Sight::all}).forward(q, k, k);
  };
  CHECK(difference(run(4), run(4)) == 0);
  CHECK(difference(run(4), run(5)) > 1e-3);
}

TEST_CASE("attention: every gradient agrees with finite differences") {
  struct Case {
    std::size_t queries, keys, factor;
    Sight sight;
  };
  for (const Case& c : {Case{5, 7, 0, Sight::all}, Case{6, 6, 0, Sight::masked},
                        Case{20, 14, 1, Sight::all}, Case{20, 20, 1, Sight::masked}}) {
    for (const CpuTier tier : {CpuTier::baseline, CpuTier::avx2, CpuTier::avx512}) {
      if (!cpu_supports(tier)) continue;
      CAPTURE(to_string(tier));
      CAPTURE(c.factor);
      Context<double> context(tier, 3);
      context.batch = sequences;
      MultiHead<double> layer(context, "a", {width, heads, c.factor, c.sight});
      if (c.factor > 0) {
        std::vector<std::size_t> samples(c.queries * prob_sparse_count(c.factor, c.keys));
        for (std::size_t& s : samples) s = context.random.below(c.keys);
        layer.attention().set_samples(samples);
      }
      Matrix<double> x = random_matrix(2 * c.queries, width, 7),
                     memory = random_matrix(2 * c.keys, width, 8), dy, unused;
      gradient::weighed(layer.forward(x, memory), dy);
      context.zero_gradients();
      layer.backward(dy);
      std::vector<gradient::Slot> slots;
      const Matrix<double> dx = layer.dx(), dmemory = layer.dmemory();
      gradient::slots(context, slots);
      gradient::slots(x, dx, slots);
      gradient::slots(memory, dmemory, slots);
      const auto loss = [&] { return gradient::weighed(layer.forward(x, memory), unused); };
      CHECK(gradient::worst(loss, slots) < 1e-6);
    }
  }
}
