#include "learningplane/journal/memory.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace learningplane::journal {

Result<std::int64_t> MemoryJournal::append(const Entry& entry) {
  const std::lock_guard lock(mutex_);
  entries_.push_back(entry);
  return entries_.back().sequence = ++last_;
}

Result<void> MemoryJournal::record(const std::vector<Entry>& entries,
                                   const std::vector<Kept>& kept) {
  const std::lock_guard lock(mutex_);
  for (const Entry& e : entries) {
    entries_.push_back(e);
    entries_.back().sequence = ++last_;
  }
  for (const Kept& k : kept) {
    if (k.text.empty()) {
      kept_.erase({k.agent, k.key});
    } else {
      kept_[{k.agent, k.key}] = k;
    }
  }
  return {};
}

Result<std::vector<Kept>> MemoryJournal::kept(const std::string& agent) const {
  const std::lock_guard lock(mutex_);
  std::vector<Kept> out;
  for (const auto& [name, k] : kept_) {
    if (name.first == agent) out.push_back(k);
  }
  return out;
}

Result<std::vector<Entry>> MemoryJournal::read(const Query& q) const {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> out;
  for (auto it = entries_.rbegin(); it != entries_.rend() && out.size() < q.limit; ++it) {
    if ((!q.kind || it->kind == *q.kind) &&
        (q.decision_id.empty() || it->decision_id == q.decision_id) &&
        (q.application.empty() || it->application == q.application) &&
        (q.schedule.empty() || it->schedule == q.schedule) && (!q.since || it->at >= *q.since))
      out.push_back(*it);
  }
  std::reverse(out.begin(), out.end());
  return out;
}

Result<std::vector<Entry>> MemoryJournal::open_intents() const {
  const std::lock_guard lock(mutex_);
  std::set<std::string> closed;
  for (const Entry& e : entries_) {
    if (e.kind == EntryKind::outcome) closed.insert(e.decision_id);
  }
  std::vector<Entry> out;
  for (const Entry& e : entries_) {
    if (e.kind == EntryKind::intent && !closed.contains(e.decision_id)) out.push_back(e);
  }
  return out;
}

Result<std::size_t> MemoryJournal::drop_before(TimePoint t) {
  const std::lock_guard lock(mutex_);
  struct Group {
    bool old = true;
    bool intent = false;
    bool outcome = false;
  };
  std::map<std::string, Group> groups;
  for (const Entry& e : entries_) {
    Group& g = groups[e.decision_id];
    g.old = g.old && e.at < t;
    g.intent = g.intent || e.kind == EntryKind::intent;
    g.outcome = g.outcome || e.kind == EntryKind::outcome;
  }
  return std::erase_if(entries_, [&](const Entry& e) {
    if (e.decision_id.empty()) return e.at < t;
    const Group& g = groups[e.decision_id];
    return g.old && (!g.intent || g.outcome);
  });
}

}  // namespace learningplane::journal
