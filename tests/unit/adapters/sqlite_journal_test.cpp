#include <SQLiteCpp/SQLiteCpp.h>
#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "learningplane/adapters/sqlite/journal.hpp"
#include "learningplane/error.hpp"
#include "learningplane/journal/memory.hpp"

using namespace learningplane;
using namespace learningplane::journal;
using adapters::sqlite::Access;
using adapters::sqlite::open_journal;
using namespace std::chrono_literals;

namespace {

struct Folder {
  Folder() {
    static int n = 0;
    path = std::filesystem::temp_directory_path() /
           ("lp-journal-" + std::to_string(::getpid()) + "-" + std::to_string(n++));
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file() const { return (path / "journal.sqlite").string(); }
  std::filesystem::path path;
};

const TimePoint t0 = from_ns(1'715'762'700'000'000'000);

Entry entry(EntryKind kind, std::string id, TimePoint at = t0) {
  Entry e;
  e.at = at;
  e.kind = kind;
  e.agent = "planner";
  e.schedule = "watch";
  e.decision_id = std::move(id);
  e.application = "app";
  e.body = Value::object().set("x", 1).set("text", "ä\n");
  return e;
}

/// What every journal owes: run on the twin and on SQLite.
void contract(Journal& j) {
  CHECK(value_or_throw(j.append(entry(EntryKind::decision, "d1"))) == 1);
  CHECK(value_or_throw(j.append(entry(EntryKind::intent, "d1", t0 + 1s))) == 2);
  CHECK(value_or_throw(j.append(entry(EntryKind::intent, "d2", t0 + 2s))) == 3);
  CHECK(value_or_throw(j.append(entry(EntryKind::outcome, "d1", t0 + 3s))) == 4);
  Entry other = entry(EntryKind::note, "", t0 + 4s);
  other.schedule = "retrain";
  other.application = "";
  CHECK(value_or_throw(j.append(other)) == 5);

  const auto all = value_or_throw(j.read({}));
  REQUIRE(all.size() == 5);
  CHECK(all[0].sequence == 1);
  CHECK(all[1].at == t0 + 1s);
  CHECK(all[1].body == entry(EntryKind::intent, "").body);
  CHECK(all[1].agent == "planner");
  CHECK(all[4].schedule == "retrain");
  CHECK(value_or_throw(j.read({.kind = EntryKind::intent})).size() == 2);
  CHECK(value_or_throw(j.read({.decision_id = "d1"})).size() == 3);
  CHECK(value_or_throw(j.read({.application = "app"})).size() == 4);
  CHECK(value_or_throw(j.read({.schedule = "retrain"})).size() == 1);
  CHECK(value_or_throw(j.read({.since = t0 + 3s})).size() == 2);
  const auto newest = value_or_throw(j.read({.limit = 2}));
  REQUIRE(newest.size() == 2);
  CHECK(newest[0].sequence == 4);

  auto open = value_or_throw(j.open_intents());
  REQUIRE(open.size() == 1);
  CHECK(open[0].decision_id == "d2");

  // One entry of d1 is younger than the limit: the decision stays whole.
  CHECK(value_or_throw(j.drop_before(t0 + 3s)) == 0);
  CHECK(value_or_throw(j.drop_before(t0 + 1h)) == 4);
  open = value_or_throw(j.open_intents());
  REQUIRE(open.size() == 1);
  CHECK(open[0].decision_id == "d2");
  // Sequence numbers are not given twice.
  CHECK(value_or_throw(j.append(entry(EntryKind::outcome, "d2", t0 + 2h))) == 6);
  CHECK(value_or_throw(j.open_intents()).empty());
}

std::string refusal(const std::string& file, Access access = Access::write) {
  try {
    open_journal(file, access);
  } catch (const Error& e) {
    return e.what();
  }
  return "opened";
}

}  // namespace

/// What is remembered beside the entries.
void keeps(Journal& j) {
  CHECK(value_or_throw(j.kept("planner")).empty());
  REQUIRE(j.record(
      {entry(EntryKind::note, "")},
      {{"planner", "a", t0, "one"}, {"planner", "b", t0, "two"}, {"other", "a", t0, "x"}}));
  REQUIRE(j.record({}, {{"planner", "a", t0 + 1s, "three"}, {"planner", "b", t0, ""}}));
  REQUIRE(j.drop_before(t0 + 1h));  // it is no entry
  const auto kept = value_or_throw(j.kept("planner"));
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].key == "a");
  CHECK(kept[0].at == t0 + 1s);
  CHECK(kept[0].text == "three");
  CHECK(value_or_throw(j.kept("other")).size() == 1);
}

TEST_CASE("journal: memory keeps the contract") {
  MemoryJournal j;
  contract(j);
  MemoryJournal other;
  keeps(other);
}

TEST_CASE("sqlite journal: what is remembered is there after it is opened again") {
  const Folder folder;
  keeps(*open_journal(folder.file()));
  CHECK(value_or_throw(open_journal(folder.file())->kept("planner")).at(0).text == "three");
}

TEST_CASE("sqlite journal: keeps the contract, also after it is opened again") {
  const Folder folder;
  contract(*open_journal(folder.file()));
  auto again = open_journal(folder.file());
  CHECK(value_or_throw(again->read({})).size() == 2);
  CHECK(value_or_throw(again->append(entry(EntryKind::note, ""))) == 7);
}

TEST_CASE("sqlite journal: a file of the second layout is brought up to date, with what it holds") {
  const Folder folder;
  {
    SQLite::Database db(folder.file(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    db.exec(
        "CREATE TABLE entries (sequence INTEGER PRIMARY KEY AUTOINCREMENT, at_ns INTEGER NOT NULL,"
        " kind TEXT NOT NULL, agent TEXT NOT NULL, decision_id TEXT NOT NULL,"
        " application TEXT NOT NULL, body TEXT NOT NULL, schedule TEXT NOT NULL DEFAULT '');"
        "CREATE INDEX entries_decision ON entries (decision_id, kind);"
        "CREATE INDEX entries_at ON entries (at_ns);"
        "INSERT INTO entries VALUES (1, 5, 'intent', 'planner', 'd1', 'app', '{}', 'scale');"
        "PRAGMA application_id = 1280330316; PRAGMA user_version = 2;");
  }
  CHECK(refusal(folder.file(), Access::read).find("older version") != std::string::npos);
  auto j = open_journal(folder.file());
  CHECK(value_or_throw(j->read({})).at(0).schedule == "scale");
  CHECK(value_or_throw(j->kept("planner")).empty());
  REQUIRE(j->record({}, {{"planner", "a", t0, "text"}}));
  CHECK(value_or_throw(j->kept("planner")).size() == 1);
}

TEST_CASE("sqlite journal: somebody may read while the agent writes") {
  const Folder folder;
  auto writer = open_journal(folder.file());
  value_or_throw(writer->append(entry(EntryKind::note, "")));
  auto reader = open_journal(folder.file(), Access::read);
  CHECK(value_or_throw(reader->read({})).size() == 1);
  value_or_throw(writer->append(entry(EntryKind::note, "")));
  CHECK(value_or_throw(reader->read({})).size() == 2);
  CHECK_FALSE(reader->append(entry(EntryKind::note, "")).has_value());
}

TEST_CASE("sqlite journal: an older layout is brought up to date, with what it holds") {
  const Folder folder;
  {
    SQLite::Database db(folder.file(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    db.exec(
        "CREATE TABLE entries (sequence INTEGER PRIMARY KEY AUTOINCREMENT, at_ns INTEGER NOT NULL,"
        " kind TEXT NOT NULL, agent TEXT NOT NULL, decision_id TEXT NOT NULL,"
        " application TEXT NOT NULL, body TEXT NOT NULL);"
        "INSERT INTO entries VALUES (1, 5, 'intent', 'planner', 'd1', 'app', '{\"x\":1}');"
        "PRAGMA application_id = 1280330316; PRAGMA user_version = 1;");
  }
  CHECK(refusal(folder.file(), Access::read).find("older version") != std::string::npos);
  auto j = open_journal(folder.file());
  const auto all = value_or_throw(j->read({}));
  REQUIRE(all.size() == 1);
  CHECK(all[0].decision_id == "d1");
  CHECK(all[0].schedule.empty());
  CHECK(value_or_throw(j->append(entry(EntryKind::outcome, "d1"))) == 2);
  CHECK(value_or_throw(j->open_intents()).empty());
}

TEST_CASE("sqlite journal: a newer, a foreign and a damaged file are refused") {
  const Folder folder;
  open_journal(folder.file());
  SQLite::Database(folder.file(), SQLite::OPEN_READWRITE).exec("PRAGMA user_version = 99");
  CHECK(refusal(folder.file()).find("newer version (layout 99") != std::string::npos);

  const std::string foreign = (folder.path / "foreign.sqlite").string();
  SQLite::Database(foreign, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE)
      .exec("CREATE TABLE mine (x)");
  CHECK(refusal(foreign).find("no journal of ours") != std::string::npos);

  const std::string text = (folder.path / "text").string();
  std::ofstream(text) << std::string(5000, 'x');
  CHECK(refusal(text).find("damaged") != std::string::npos);
  CHECK(refusal((folder.path / "none").string(), Access::read).find("no such file") !=
        std::string::npos);
  CHECK(refusal("/proc/no/journal").find("cannot be opened") != std::string::npos);
}

TEST_CASE("sqlite journal: a page overwritten in the middle is noticed") {
  const Folder folder;
  {
    auto j = open_journal(folder.file());
    for (int i = 0; i < 500; ++i) value_or_throw(j->append(entry(EntryKind::note, "")));
  }
  const auto size = std::filesystem::file_size(folder.file());
  REQUIRE(size > 8 * 4096);
  std::fstream f(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
  f.seekp(4096);
  f << std::string(4 * 4096, '\xAB');
  f.close();
  CHECK(refusal(folder.file()).find("damaged") != std::string::npos);
}
