#include "stress/re_pair.hpp"

#include <algorithm>
#include <limits>
#include <queue>
#include <unordered_map>

namespace learningplane::stress::detail {

namespace {

using Place = std::uint32_t;  ///< of a token; those of all strings stand in one row
constexpr Place nowhere = std::numeric_limits<Place>::max();

/// Two symbols in one number, ordered as they are.
using Pair = std::uint64_t;
Pair pair_of(Symbol a, Symbol b) { return (static_cast<Pair>(a) << 32U) | b; }

/// What is known of a pair: how often it stands there without overlap, and where it may stand.
struct Known {
  std::size_t count = 0;
  std::vector<Place> places{};
};
/// Of more, the smaller pair first.
struct Candidate {
  std::size_t count = 0;
  Pair pair = 0;
  bool operator<(const Candidate& o) const {
    return count != o.count ? count < o.count : pair > o.pair;
  }
};

class Replacing {
 public:
  Replacing(const std::vector<std::vector<Token>>& strings, std::size_t max_runs)
      : max_runs_(max_runs) {
    for (const auto& s : strings) {
      const auto begin = static_cast<Place>(tokens_.size());
      tokens_.insert(tokens_.end(), s.begin(), s.end());
      for (Place i = begin; i < tokens_.size(); ++i) {
        before_.push_back(i == begin ? nowhere : i - 1);
        after_.push_back(i + 1 == tokens_.size() ? nowhere : i + 1);
      }
      if (!s.empty()) count(begin, static_cast<Place>(tokens_.size() - 1), Sign::add);
    }
    gone_.resize(tokens_.size());
    settle();
  }

  /// The most frequent pair. @return no count where there is none
  Candidate best() {
    while (!queue_.empty()) {
      const Candidate top = queue_.top();
      const std::size_t now = known_[top.pair].count;
      if (now == top.count) return top;
      // Fewer by now: where there are more, it was put in again then.
      queue_.pop();
      if (now < top.count && now > 0) queue_.push({now, top.pair});
    }
    return {};
  }

  void replace(Pair pair, Symbol by) {
    std::vector<Place> places = standing(pair);
    for (std::size_t i = 0; i < places.size();) {
      // All that lies within reach of each other is taken out of the counts and put in again once.
      const Place from = leftmost(places[i]);
      Place to = rightmost(after_[places[i]]);
      std::size_t end = i + 1;
      while (end < places.size() && places[end] <= to)
        to = std::max(to, rightmost(after_[places[end++]]));
      count(from, to, Sign::remove);
      Place last = to;
      for (; i < end; ++i) {
        const Place second = after_[places[i]];
        if (second == to) last = places[i];
        join(places[i], second, by);
      }
      count(from, last, Sign::add);
    }
    settle();
  }

  std::vector<std::vector<Token>> strings(const std::vector<std::vector<Token>>& as) const {
    std::vector<std::vector<Token>> out;
    Place at = 0;
    for (const auto& s : as) {
      auto& mine = out.emplace_back();
      for (std::size_t i = 0; i < s.size(); ++i, ++at)
        if (!gone_[at]) mine.push_back(tokens_[at]);
    }
    return out;
  }

 private:
  enum class Sign { add, remove };

  bool may_join(Place a, Place b) const {
    return tokens_[b].follows && tokens_[a].count + tokens_[b].count <= max_runs_;
  }

  /// Where the pair stands without overlap, from left to right.
  std::vector<Place> standing(Pair pair) {
    std::vector<Place> places = std::move(known_[pair].places);
    known_[pair].places.clear();
    std::sort(places.begin(), places.end());
    places.erase(std::unique(places.begin(), places.end()), places.end());
    Place taken = nowhere;
    std::erase_if(places, [&](Place a) {
      const Place b = after_[a];
      const bool stands = !gone_[a] && a != taken && b != nowhere &&
                          pair_of(tokens_[a].symbol, tokens_[b].symbol) == pair && may_join(a, b);
      if (stands) taken = b;
      return !stands;
    });
    return places;
  }

  /// The first of the equal tokens that end before a place: overlap does not reach beyond it.
  Place leftmost(Place a) const {
    if (before_[a] == nowhere) return a;
    a = before_[a];
    while (before_[a] != nowhere && tokens_[before_[a]].symbol == tokens_[a].symbol) a = before_[a];
    return a;
  }
  Place rightmost(Place b) const {
    if (after_[b] == nowhere) return b;
    b = after_[b];
    while (after_[b] != nowhere && tokens_[after_[b]].symbol == tokens_[b].symbol) b = after_[b];
    return b;
  }

  void join(Place a, Place b, Symbol by) {
    tokens_[a].symbol = by;
    tokens_[a].count += tokens_[b].count;
    gone_[b] = true;
    after_[a] = after_[b];
    if (after_[b] != nowhere) before_[after_[b]] = a;
  }

  /// Takes the pairs within [from, to] into the counts or out of them.
  void count(Place from, Place to, Sign sign) {
    bool overlapped = false;
    for (Place a = from; a != to; a = after_[a]) {
      const Place b = after_[a], left = a == from ? nowhere : before_[a];
      // Of a row of equal symbols every second pair counts.
      overlapped = left != nowhere && !overlapped && tokens_[a].symbol == tokens_[b].symbol &&
                   tokens_[left].symbol == tokens_[a].symbol && may_join(left, a);
      if (!may_join(a, b)) continue;
      const Pair pair = pair_of(tokens_[a].symbol, tokens_[b].symbol);
      Known& known = known_[pair];
      if (sign == Sign::add) known.places.push_back(a);
      if (overlapped) continue;
      known.count += sign == Sign::add ? 1 : std::size_t{0} - 1;
      if (sign == Sign::add) grown_.push_back(pair);
    }
  }

  /// Puts pairs that have become more into the queue.
  void settle() {
    std::sort(grown_.begin(), grown_.end());
    grown_.erase(std::unique(grown_.begin(), grown_.end()), grown_.end());
    for (const Pair pair : grown_) queue_.push({known_[pair].count, pair});
    grown_.clear();
  }

  std::size_t max_runs_;
  std::vector<Token> tokens_{};
  std::vector<Place> before_{}, after_{};
  std::vector<bool> gone_{};
  std::unordered_map<Pair, Known> known_{};
  std::vector<Pair> grown_{};
  std::priority_queue<Candidate> queue_{};
};

}  // namespace

void re_pair(std::vector<std::vector<Token>>& strings, Symbol next, std::size_t max_runs,
             std::size_t min_count) {
  Replacing work(strings, max_runs);
  for (Candidate best = work.best(); best.count >= std::max<std::size_t>(min_count, 1);
       best = work.best())
    work.replace(best.pair, next++);
  strings = work.strings(strings);
}

}  // namespace learningplane::stress::detail
