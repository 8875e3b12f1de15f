#include "learningplane/adapters/sqlite/telemetry_store.hpp"

#include <SQLiteCpp/SQLiteCpp.h>
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <mutex>

#include "learningplane/json.hpp"
#include "learningplane/telemetry/resample.hpp"

namespace learningplane::adapters::sqlite {

namespace {

using telemetry::CellFlag;
using telemetry::Column;
using telemetry::Frame;

constexpr int application_id = 0x4C505453;  // "LPTS": tells a store from other SQLite files

/// Step i brings a file of layout i to layout i + 1. Never change one that was released.
constexpr std::array<const char*, telemetry_schema> migrations{
    "CREATE TABLE series ("
    "  id INTEGER PRIMARY KEY, name TEXT NOT NULL, labels TEXT NOT NULL, UNIQUE (name, labels));"
    "CREATE TABLE cells ("
    "  series INTEGER NOT NULL REFERENCES series, at_ns INTEGER NOT NULL, value REAL NOT NULL,"
    "  flag INTEGER NOT NULL, PRIMARY KEY (series, at_ns)) WITHOUT ROWID;",
    "ALTER TABLE series ADD COLUMN unit TEXT NOT NULL DEFAULT '';",
};

std::string encode(const Labels& labels) {
  Value out = Value::object();
  for (const auto& [name, value] : labels) out.set(name, value);
  return dump_json(out);
}

Labels decode(const std::string& text) {
  Labels out;
  const Value pairs = value_or_throw(parse_json(text));
  for (const auto& [name, value] : pairs.as_object()) out.set(name, value.as_string());
  return out;
}

struct Series {
  std::int64_t id;
  Column column;
};

class SqliteTelemetryStore final : public telemetry::Store {
 public:
  explicit SqliteTelemetryStore(const TelemetryStoreOptions& options)
      : path_(options.path),
        retention_(options.retention),
        db_(options.path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE,
            static_cast<int>(
                std::chrono::duration_cast<std::chrono::milliseconds>(options.busy_timeout)
                    .count())) {
    check_file();
    db_.exec("PRAGMA journal_mode = WAL");
    db_.exec("PRAGMA synchronous = NORMAL");
    migrate();
  }

  Result<std::size_t> write(const Frame& frame) override {
    return guarded([&] {
      SQLite::Transaction transaction(db_, SQLite::TransactionBehavior::IMMEDIATE);
      std::size_t written = 0;
      for (const Column& c : frame.all()) written += write_column(frame, c);
      if (retention_ > Duration{0} && written > 0) drop_old();
      transaction.commit();
      return written;
    });
  }

  Result<std::size_t> drop_before(TimePoint t) override {
    return guarded([&] {
      SQLite::Transaction transaction(db_, SQLite::TransactionBehavior::IMMEDIATE);
      const std::size_t dropped = delete_before(to_ns(t));
      transaction.commit();
      return dropped;
    });
  }

  Result<std::vector<std::string>> series() override {
    return guarded([&] {
      std::vector<std::string> out;
      for (const Series& s : all_series()) out.push_back(s.column.id());
      std::sort(out.begin(), out.end());
      return out;
    });
  }

  std::string describe() const override { return "sqlite(" + path_ + ")"; }

 protected:
  Result<Frame> do_read(const telemetry::Window& window) override {
    auto frame = guarded([&] { return value_or_throw(read_window(window)); });
    return frame ? telemetry::on_grid(*frame, window.step) : frame;
  }

 private:
  /// Runs f under the lock; what SQLite throws becomes a failure that says what to do.
  template <class F>
  auto guarded(F f) -> Result<decltype(f())> {
    const std::lock_guard lock(mutex_);
    try {
      return f();
    } catch (const SQLite::Exception& e) {
      const int code = e.getErrorCode() & 0xFF;
      const bool damaged = code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
      return fail(damaged ? Errc::malformed : Errc::unavailable,
                  fmt::format("telemetry store {}: {}", path_, e.what()));
    } catch (const Error& e) {
      return fail_within("telemetry store " + path_, e.failure());
    }
  }

  void check_file() {
    const bool fresh = db_.execAndGet("SELECT count(*) FROM sqlite_master").getInt() == 0 &&
                       db_.execAndGet("PRAGMA user_version").getInt() == 0;
    if (fresh) return;
    if (db_.execAndGet("PRAGMA application_id").getInt() != application_id)
      throw FormatError(fmt::format("telemetry store {}: the file is no store of ours", path_));
    refuse_newer(db_.execAndGet("PRAGMA user_version").getInt());
  }

  void refuse_newer(int version) const {
    if (version <= telemetry_schema) return;
    throw FormatError(fmt::format(
        "telemetry store {}: written by a newer version (layout {}, this one knows up to {}); "
        "upgrade learningplane or name another file",
        path_, version, telemetry_schema));
  }

  void migrate() {
    if (db_.execAndGet("PRAGMA user_version").getInt() == telemetry_schema) return;
    // One process migrates; whoever waited finds it done.
    SQLite::Transaction transaction(db_, SQLite::TransactionBehavior::IMMEDIATE);
    const int version = db_.execAndGet("PRAGMA user_version").getInt();
    refuse_newer(version);
    for (int v = version; v < telemetry_schema; ++v)
      db_.exec(migrations[static_cast<std::size_t>(v)]);
    db_.exec(fmt::format("PRAGMA application_id = {}", application_id));
    db_.exec(fmt::format("PRAGMA user_version = {}", telemetry_schema));
    transaction.commit();
  }

  std::int64_t series_id(const Column& c) {
    const std::string labels = encode(c.labels);
    SQLite::Statement insert(db_,
                             "INSERT INTO series (name, labels, unit) VALUES (?, ?, ?) "
                             "ON CONFLICT (name, labels) DO UPDATE SET unit = excluded.unit "
                             "WHERE excluded.unit <> ''");
    insert.bind(1, c.name);
    insert.bind(2, labels);
    insert.bind(3, c.unit);
    insert.exec();
    SQLite::Statement select(db_, "SELECT id FROM series WHERE name = ? AND labels = ?");
    select.bind(1, c.name);
    select.bind(2, labels);
    select.executeStep();
    return select.getColumn(0).getInt64();
  }

  std::size_t write_column(const Frame& frame, const Column& c) {
    std::size_t written = 0;
    std::int64_t id = -1;  // a series without a known cell does not come to be
    SQLite::Statement insert(
        db_, "INSERT OR REPLACE INTO cells (series, at_ns, value, flag) VALUES (?, ?, ?, ?)");
    for (std::size_t r = 0; r < frame.rows(); ++r) {
      if (!c.known(r)) continue;
      if (id < 0) id = series_id(c);
      insert.bind(1, id);
      insert.bind(2, frame.times_ns()[r]);
      insert.bind(3, c.values[r]);
      insert.bind(4, static_cast<int>(c.flag(r) == CellFlag::imputed));
      insert.exec();
      insert.reset();
      ++written;
    }
    return written;
  }

  void drop_old() {
    const auto newest = db_.execAndGet("SELECT max(at_ns) FROM cells").getInt64();
    if (newest < std::numeric_limits<std::int64_t>::min() + retention_.count()) return;
    delete_before(newest - retention_.count());
  }

  std::size_t delete_before(std::int64_t ns) {
    // Series by series, so that the primary key finds the cells.
    std::size_t dropped = 0;
    for (const Series& s : all_series()) {
      SQLite::Statement remove(db_, "DELETE FROM cells WHERE series = ? AND at_ns < ?");
      remove.bind(1, s.id);
      remove.bind(2, ns);
      dropped += static_cast<std::size_t>(remove.exec());
    }
    db_.exec("DELETE FROM series WHERE NOT EXISTS (SELECT 1 FROM cells WHERE series = series.id)");
    return dropped;
  }

  std::vector<Series> all_series() {
    std::vector<Series> out;
    SQLite::Statement rows(db_, "SELECT id, name, labels, unit FROM series ORDER BY name, labels");
    while (rows.executeStep()) {
      Column c{rows.getColumn(1).getString(),
               decode(rows.getColumn(2).getString()),
               rows.getColumn(3).getString(),
               {},
               {}};
      out.push_back({rows.getColumn(0).getInt64(), std::move(c)});
    }
    return out;
  }

  Result<Frame> read_window(const telemetry::Window& window) {
    // One view of the file, whatever others write meanwhile.
    SQLite::Transaction transaction(db_);
    std::vector<Frame> frames;
    for (Series& s : all_series()) {
      SQLite::Statement rows(db_,
                             "SELECT at_ns, value, flag FROM cells WHERE series = ? AND at_ns >= ? "
                             "AND at_ns < ? ORDER BY at_ns");
      rows.bind(1, s.id);
      rows.bind(2, to_ns(window.begin));
      rows.bind(3, to_ns(window.end));
      std::vector<std::int64_t> times;
      std::vector<double> values;
      std::vector<std::uint8_t> flags;
      while (rows.executeStep()) {
        times.push_back(rows.getColumn(0).getInt64());
        values.push_back(rows.getColumn(1).getDouble());
        const bool imputed = rows.getColumn(2).getInt() != 0;
        flags.push_back(
            static_cast<std::uint8_t>(imputed ? CellFlag::imputed : CellFlag::observed));
      }
      s.column.values = std::move(values);
      s.column.flags = std::move(flags);
      auto frame = Frame::make(std::move(times), {s.column});
      if (!frame) return frame;
      frames.push_back(std::move(*frame));
    }
    return telemetry::join(frames);
  }

  std::string path_;
  Duration retention_;
  SQLite::Database db_;
  std::mutex mutex_;
};

}  // namespace

std::unique_ptr<telemetry::Store> open_telemetry_store(const TelemetryStoreOptions& options) {
  if (options.path.empty())
    throw ConfigError("", "path", "", "write the file in which telemetry is kept");
  try {
    return std::make_unique<SqliteTelemetryStore>(options);
  } catch (const SQLite::Exception& e) {
    if ((e.getErrorCode() & 0xFF) == SQLITE_CANTOPEN)
      throw ConfigError("", "path", options.path,
                        "a file that can be written, in a folder that exists");
    throw FormatError(fmt::format("telemetry store {}: {}", options.path, e.what()));
  }
}

Manifest telemetry_store_manifest() {
  return {"sqlite",
          "Telemetry kept in an SQLite file",
          {{"path", ParameterType::string, "of the file; made where there is none", {}, true},
           {"retention", ParameterType::duration,
            "before the newest cell, older ones are dropped; 0s: kept for ever", "0s"}}};
}

TelemetryStoreOptions telemetry_store_options(const Value& checked, const std::string& base_dir) {
  TelemetryStoreOptions out;
  const std::string path = checked.get("path", "");
  out.path = base_dir.empty() || path.starts_with('/') ? path : base_dir + '/' + path;
  const std::string retention = checked.get("retention", "0s");
  const auto d = parse_duration(retention);
  if (!d || *d < Duration{0})
    throw ConfigError("", "retention", retention, "a duration such as 30d");
  out.retention = *d;
  return out;
}

}  // namespace learningplane::adapters::sqlite
