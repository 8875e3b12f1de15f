#pragma once
#include <map>
#include <mutex>

#include "learningplane/journal/journal.hpp"

namespace learningplane::journal {

/// A journal in memory: the twin for tests, replays and notebooks. Lost with the process.
class MemoryJournal final : public Journal {
 public:
  Result<std::int64_t> append(const Entry& entry) override;
  Result<void> record(const std::vector<Entry>& entries, const std::vector<Kept>& kept) override;
  Result<std::vector<Kept>> kept(const std::string& agent) const override;
  Result<std::vector<Entry>> read(const Query& query) const override;
  Result<std::vector<Entry>> open_intents() const override;
  Result<std::size_t> drop_before(TimePoint t) override;

 private:
  mutable std::mutex mutex_;
  std::vector<Entry> entries_;
  std::map<std::pair<std::string, std::string>, Kept> kept_{};  ///< by agent and key
  std::int64_t last_ = 0;
};

}  // namespace learningplane::journal
