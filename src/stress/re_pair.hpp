#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

namespace learningplane::stress::detail {

using Symbol = std::uint32_t;

/// A symbol in a string: the runs [first, first + count) of one application.
struct Token {
  Symbol symbol = 0;
  std::size_t first = 0;
  std::size_t count = 1;
  bool follows = false;  ///< without a gap upon the token before it
  friend bool operator==(const Token&, const Token&) = default;
};

/// Re-Pair: the most frequent pair of neighbours (of equals the smallest) becomes a new symbol,
/// from `next` on, wherever it stands from left to right, and so on, as long as one stands there
/// `min_count` times without overlap. Neighbours are tokens that follow each other and have
/// `max_runs` runs together at most. Only what stands beside a change is counted anew.
/// @param strings fewer than 2^32 tokens in all
void re_pair(std::vector<std::vector<Token>>& strings, Symbol next, std::size_t max_runs,
             std::size_t min_count);

}  // namespace learningplane::stress::detail
