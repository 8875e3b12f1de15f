#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "learningplane/result.hpp"
#include "learningplane/time.hpp"
#include "learningplane/value.hpp"

namespace learningplane::journal {

enum class EntryKind {
  run,       ///< a schedule ran: what was seen, how long it took
  forecast,  ///< what was forecast, for whom, by which model
  decision,  ///< what was decided and why
  intent,    ///< about to act; synced to disk before the act
  outcome,   ///< what became of an intent
  note       ///< anything else worth knowing: recovery, configuration, failure of a sensor
};
std::string_view to_string(EntryKind kind);
Result<EntryKind> entry_kind(std::string_view name);

/// One line of the journal. `decision_id` ties forecast, decision, intent and outcome of one
/// decision together.
struct Entry {
  std::int64_t sequence = 0;  ///< given by the journal, increasing
  TimePoint at{};
  EntryKind kind = EntryKind::note;
  std::string agent{};
  std::string schedule{};
  std::string decision_id{};  ///< empty where it belongs to no decision
  std::string application{};
  Value body = Value::object();
};

/// What to read: empty fields ask for everything.
struct Query {
  std::optional<EntryKind> kind{};
  std::string decision_id{};
  std::string application{};
  std::string schedule{};
  std::optional<TimePoint> since{};
  std::size_t limit = 1000;  ///< the newest so many, oldest first
};

/// What somebody must remember over a restart, by name: the newest takes the place of the one
/// before.
struct Kept {
  std::string agent{};
  std::string key{};
  TimePoint at{};      ///< when it was written
  std::string text{};  ///< empty: nothing is kept of that name any more
};

/// An append-only record. Thread safe. What append() acknowledged survives `kill -9` and a power
/// cut.
class Journal {
 public:
  Journal() = default;
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  virtual ~Journal() = default;
  /// @return the sequence number, once the entry is on disk.
  virtual Result<std::int64_t> append(const Entry& entry) = 0;
  /// The same for many at once: all are kept or none where the journal can do that.
  Result<void> append_all(const std::vector<Entry>& entries) { return record(entries, {}); }
  /// Entries, and what is to be remembered together with them: all or none where the journal can do
  /// that. One that can remember nothing passes over `kept`.
  virtual Result<void> record(const std::vector<Entry>& entries,
                              const std::vector<Kept>& /*kept*/) {
    for (const Entry& e : entries) {
      if (auto written = append(e); !written) return tl::unexpected(written.error());
    }
    return {};
  }
  /// What is remembered of that agent, by key.
  virtual Result<std::vector<Kept>> kept(const std::string& /*agent*/) const {
    return std::vector<Kept>();
  }
  /// The newest `limit` entries that fit, oldest first.
  virtual Result<std::vector<Entry>> read(const Query& query) const = 0;
  /// Intents without an outcome, oldest first: what a crash left half done.
  virtual Result<std::vector<Entry>> open_intents() const = 0;
  /// Removes what happened before t. Entries of one decision go together, once all of them are
  /// older than t and its intent has an outcome. @return how many went.
  virtual Result<std::size_t> drop_before(TimePoint t) = 0;
};

}  // namespace learningplane::journal
