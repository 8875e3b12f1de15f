#include "stress/re_pair.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "model/lstm_random.hpp"

using namespace learningplane;
using namespace learningplane::stress::detail;

namespace {

using Strings = std::vector<std::vector<Token>>;

bool may_join(const Token& a, const Token& b, std::size_t max_runs) {
  return b.follows && a.count + b.count <= max_runs;
}

/// The same as it is written down: everything is counted anew for each pair.
void plain(Strings& strings, Symbol next, std::size_t max_runs, std::size_t min_count) {
  for (;;) {
    std::map<std::pair<Symbol, Symbol>, std::size_t> counts;
    for (const auto& s : strings) {
      bool overlapped = false;
      for (std::size_t i = 0; i + 1 < s.size(); ++i) {
        overlapped = i > 0 && !overlapped && s[i].symbol == s[i + 1].symbol &&
                     s[i - 1].symbol == s[i].symbol && may_join(s[i - 1], s[i], max_runs);
        if (!overlapped && may_join(s[i], s[i + 1], max_runs))
          ++counts[{s[i].symbol, s[i + 1].symbol}];
      }
    }
    const auto best = std::max_element(counts.begin(), counts.end(),
                                       [](auto& a, auto& b) { return a.second < b.second; });
    if (best == counts.end() || best->second < min_count) return;
    for (auto& s : strings) {
      std::vector<Token> out;
      for (std::size_t i = 0; i < s.size(); ++i) {
        out.push_back(s[i]);
        if (i + 1 == s.size() || s[i].symbol != best->first.first ||
            s[i + 1].symbol != best->first.second || !may_join(s[i], s[i + 1], max_runs))
          continue;
        out.back().symbol = next;
        out.back().count += s[++i].count;
      }
      s = std::move(out);
    }
    ++next;
  }
}

std::vector<Token> string_of(std::string_view letters) {
  std::vector<Token> out;
  for (const char c : letters)
    out.push_back({static_cast<Symbol>(c - 'a'), out.size(), 1, !out.empty()});
  return out;
}

std::vector<Symbol> symbols_of(const std::vector<Token>& tokens) {
  std::vector<Symbol> out;
  for (const Token& t : tokens) out.push_back(t.symbol);
  return out;
}

}  // namespace

TEST_CASE("re-pair: the most frequent pair first, of equals the smallest") {
  Strings s(1, string_of("abcabcabd"));
  re_pair(s, 10, 8, 2);
  // ab -> 10; then c 10 and 10 c stand there twice each, and c is the smaller.
  CHECK(symbols_of(s[0]) == std::vector<Symbol>{10, 11, 11, 3});
  CHECK(s[0][1] == Token{11, 2, 3, true});
}

TEST_CASE("re-pair: equal symbols in a row are paired from the left") {
  Strings s(1, string_of("aaaaa"));
  re_pair(s, 10, 2, 2);
  CHECK(symbols_of(s[0]) == std::vector<Symbol>{10, 10, 0});
}

TEST_CASE("re-pair: neighbours with a gap between them are none") {
  Strings s(1, string_of("abab"));
  s[0][1].follows = false;
  re_pair(s, 10, 8, 2);
  CHECK(symbols_of(s[0]) == std::vector<Symbol>{0, 1, 0, 1});
}

TEST_CASE("re-pair: counting beside the changes only is counting everything") {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    model::detail::LstmRandom random(seed);
    Strings mine;
    const std::size_t strings = 1 + random.below(4), letters = 1 + random.below(4);
    for (std::size_t i = 0; i < strings; ++i) {
      auto& s = mine.emplace_back();
      const std::size_t n = random.below(80);
      // Now and then a stretch again, as applications have it.
      for (std::size_t t = 0; t < n; ++t) {
        const bool again = t > 8 && random.below(4) != 0;
        s.push_back(
            {again ? s[t - 1 - seed % 7].symbol : static_cast<Symbol>(random.below(letters)), t, 1,
             t > 0 && random.below(20) != 0});
      }
    }
    Strings expected = mine;
    const std::size_t max_runs = 2 + seed % 9, min_count = 2 + seed % 2;
    plain(expected, 10, max_runs, min_count);
    re_pair(mine, 10, max_runs, min_count);
    CAPTURE(seed);
    CHECK(mine == expected);
  }
}
