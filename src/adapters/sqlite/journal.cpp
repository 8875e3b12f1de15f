#include "learningplane/adapters/sqlite/journal.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <mutex>

#include "learningplane/error.hpp"
#include "learningplane/json.hpp"

namespace learningplane::adapters::sqlite {

namespace {

using journal::Entry;
using journal::EntryKind;
using journal::Kept;

constexpr int application_id = 0x4C504A4C;  // "LPJL": tells a journal from other SQLite files

/// Step i brings a file of layout i to layout i + 1. Never change one that was released.
constexpr std::array<const char*, journal_schema> migrations{
    "CREATE TABLE entries ("
    "  sequence INTEGER PRIMARY KEY AUTOINCREMENT, at_ns INTEGER NOT NULL, kind TEXT NOT NULL,"
    "  agent TEXT NOT NULL, decision_id TEXT NOT NULL, application TEXT NOT NULL,"
    "  body TEXT NOT NULL);",
    "ALTER TABLE entries ADD COLUMN schedule TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX entries_decision ON entries (decision_id, kind);"
    "CREATE INDEX entries_at ON entries (at_ns);",
    "CREATE TABLE kept ("
    "  agent TEXT NOT NULL, key TEXT NOT NULL, at_ns INTEGER NOT NULL, text TEXT NOT NULL,"
    "  PRIMARY KEY (agent, key)) WITHOUT ROWID;",
};

constexpr const char* columns =
    "SELECT sequence, at_ns, kind, agent, schedule, decision_id, application, body FROM entries ";

Entry entry_of(SQLite::Statement& row) {
  Entry e;
  e.sequence = row.getColumn(0).getInt64();
  e.at = from_ns(row.getColumn(1).getInt64());
  e.kind = value_or_throw(journal::entry_kind(row.getColumn(2).getString()));
  e.agent = row.getColumn(3).getString();
  e.schedule = row.getColumn(4).getString();
  e.decision_id = row.getColumn(5).getString();
  e.application = row.getColumn(6).getString();
  e.body = value_or_throw(parse_json(row.getColumn(7).getString()));
  return e;
}

class SqliteJournal final : public journal::Journal {
 public:
  SqliteJournal(const std::string& path, Access access)
      : path_(path),
        db_(path,
            access == Access::write ? SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE
                                    : SQLite::OPEN_READONLY,
            5000) {
    const int version = db_.execAndGet("PRAGMA user_version").getInt();
    const int app = db_.execAndGet("PRAGMA application_id").getInt();
    const bool fresh =
        version == 0 && db_.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0;
    if (!fresh && app != application_id)
      throw FormatError(fmt::format("journal {}: the file is no journal of ours", path));
    if (version > journal_schema)
      throw FormatError(fmt::format(
          "journal {}: written by a newer version (layout {}, this one knows up to {}); upgrade "
          "learningplane",
          path, version, journal_schema));
    if (!fresh) check_integrity();
    if (access == Access::read) {
      if (version < journal_schema)
        throw FormatError(fmt::format(
            "journal {}: written by an older version (layout {}); run the agent once to bring it "
            "up to date",
            path, version));
      return;
    }
    db_.exec("PRAGMA journal_mode = WAL");
    db_.exec("PRAGMA synchronous = FULL");
    if (version < journal_schema) migrate(version);
  }

  Result<std::int64_t> append(const Entry& e) override {
    return guarded([&] {
      put(e);
      return static_cast<std::int64_t>(db_.getLastInsertRowid());
    });
  }

  Result<void> record(const std::vector<Entry>& entries, const std::vector<Kept>& kept) override {
    auto done = guarded([&] {
      SQLite::Transaction transaction(db_);
      for (const Entry& e : entries) put(e);
      for (const Kept& k : kept) keep(k);
      transaction.commit();
      return true;
    });
    if (!done) return tl::unexpected(done.error());
    return {};
  }

  Result<std::vector<Kept>> kept(const std::string& agent) const override {
    return guarded([&] {
      SQLite::Statement s(db_, "SELECT key, at_ns, text FROM kept WHERE agent = ? ORDER BY key");
      s.bind(1, agent);
      std::vector<Kept> out;
      while (s.executeStep())
        out.push_back({agent, s.getColumn(0).getString(), from_ns(s.getColumn(1).getInt64()),
                       s.getColumn(2).getString()});
      return out;
    });
  }

  Result<std::vector<Entry>> read(const journal::Query& q) const override {
    return guarded([&] {
      std::string sql = std::string(columns) + "WHERE 1";
      if (q.kind) sql += " AND kind = :kind";
      if (!q.decision_id.empty()) sql += " AND decision_id = :decision";
      if (!q.application.empty()) sql += " AND application = :application";
      if (!q.schedule.empty()) sql += " AND schedule = :schedule";
      if (q.since) sql += " AND at_ns >= :since";
      sql += " ORDER BY sequence DESC LIMIT :limit";
      SQLite::Statement s(db_, sql);
      if (q.kind) s.bind(":kind", std::string(journal::to_string(*q.kind)));
      if (!q.decision_id.empty()) s.bind(":decision", q.decision_id);
      if (!q.application.empty()) s.bind(":application", q.application);
      if (!q.schedule.empty()) s.bind(":schedule", q.schedule);
      if (q.since) s.bind(":since", to_ns(*q.since));
      s.bind(":limit", static_cast<std::int64_t>(std::min<std::size_t>(q.limit, INT64_MAX)));
      std::vector<Entry> out;
      while (s.executeStep()) out.push_back(entry_of(s));
      std::reverse(out.begin(), out.end());
      return out;
    });
  }

  Result<std::vector<Entry>> open_intents() const override {
    return guarded([&] {
      SQLite::Statement s(db_, std::string(columns) +
                                   "WHERE kind = 'intent' AND NOT EXISTS (SELECT 1 FROM entries o "
                                   "WHERE o.decision_id = entries.decision_id AND o.kind = "
                                   "'outcome') ORDER BY sequence");
      std::vector<Entry> out;
      while (s.executeStep()) out.push_back(entry_of(s));
      return out;
    });
  }

  Result<std::size_t> drop_before(TimePoint t) override {
    return guarded([&] {
      SQLite::Transaction transaction(db_);
      std::size_t dropped = 0;
      for (const char* sql :
           {"DELETE FROM entries WHERE decision_id <> '' AND decision_id IN ("
            "  SELECT decision_id FROM entries WHERE decision_id <> '' GROUP BY decision_id"
            "  HAVING max(at_ns) < ? AND (sum(kind = 'intent') = 0 OR sum(kind = 'outcome') > 0))",
            "DELETE FROM entries WHERE decision_id = '' AND at_ns < ?"}) {
        SQLite::Statement s(db_, sql);
        s.bind(1, to_ns(t));
        dropped += static_cast<std::size_t>(s.exec());
      }
      transaction.commit();
      return dropped;
    });
  }

 private:
  void put(const Entry& e) {
    SQLite::Statement& s = insert();
    s.reset();
    s.bind(1, to_ns(e.at));
    s.bind(2, std::string(journal::to_string(e.kind)));
    s.bind(3, e.agent);
    s.bind(4, e.schedule);
    s.bind(5, e.decision_id);
    s.bind(6, e.application);
    s.bind(7, dump_json(e.body));
    s.exec();
  }

  void keep(const Kept& k) {
    SQLite::Statement& s = k.text.empty() ? statement(drop_kept_,
                                                      "DELETE FROM kept WHERE agent = "
                                                      "? AND key = ?")
                                          : statement(keep_,
                                                      "INSERT OR REPLACE INTO kept (agent, key, "
                                                      "at_ns, text) VALUES (?, ?, ?, ?)");
    s.reset();
    s.bind(1, k.agent);
    s.bind(2, k.key);
    if (!k.text.empty()) {
      s.bind(3, to_ns(k.at));
      s.bind(4, k.text);
    }
    s.exec();
  }

  void check_integrity() {
    const std::string says = db_.execAndGet("PRAGMA quick_check(1)").getString();
    if (says != "ok")
      throw FormatError(
          fmt::format("journal {}: damaged ({}); restore it from a copy, or move it "
                      "away to start anew",
                      path_, says.substr(0, 200)));
  }

  void migrate(int version) {
    // The version is written in the same transaction: a crash leaves the old layout or the new.
    for (; version < journal_schema; ++version) {
      SQLite::Transaction transaction(db_);
      db_.exec(migrations[static_cast<std::size_t>(version)]);
      db_.exec(fmt::format("PRAGMA application_id = {}", application_id));
      db_.exec(fmt::format("PRAGMA user_version = {}", version + 1));
      transaction.commit();
    }
  }

  using Prepared = std::unique_ptr<SQLite::Statement>;
  SQLite::Statement& statement(Prepared& made, const char* sql) {
    if (!made) made = std::make_unique<SQLite::Statement>(db_, sql);
    return *made;
  }
  SQLite::Statement& insert() {
    return statement(
        insert_,
        "INSERT INTO entries (at_ns, kind, agent, schedule, decision_id, application, body) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)");
  }

  template <class F>
  auto guarded(F&& f) const -> Result<decltype(f())> {
    const std::lock_guard lock(mutex_);
    try {
      return f();
    } catch (const SQLite::Exception& e) {
      const int code = e.getErrorCode() & 0xFF;
      const bool busy = code == SQLITE_BUSY || code == SQLITE_LOCKED || code == SQLITE_FULL;
      const bool damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
      return fail(damaged ? Errc::malformed : (busy ? Errc::unavailable : Errc::internal),
                  fmt::format("journal {}: {}", path_, e.what()));
    } catch (const Error& e) {
      return fail(Errc::malformed, fmt::format("journal {}: {}", path_, e.what()));
    }
  }

  std::string path_;
  mutable std::mutex mutex_;
  mutable SQLite::Database db_;
  Prepared insert_{}, keep_{}, drop_kept_{};
};

}  // namespace

std::unique_ptr<journal::Journal> open_journal(const std::string& path, Access access) {
  std::error_code ignored;
  if (access == Access::read && !std::filesystem::exists(path, ignored))
    throw ConfigError("", "journal", path, "there is no such file; name the agent's state folder");
  try {
    return std::make_unique<SqliteJournal>(path, access);
  } catch (const SQLite::Exception& e) {
    const int code = e.getErrorCode() & 0xFF;
    if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT)
      throw FormatError(fmt::format(
          "journal {}: damaged ({}); restore it from a copy, or move it away to start anew", path,
          e.what()));
    throw ConfigError("", "journal", path, fmt::format("it cannot be opened: {}", e.what()));
  }
}

}  // namespace learningplane::adapters::sqlite
