#pragma once
#include <memory>
#include <string>

#include "learningplane/journal/journal.hpp"

namespace learningplane::adapters::sqlite {

enum class Access {
  write,  ///< makes the file where there is none, brings an older one up to date
  read    ///< changes nothing; the file must be there
};

/// The newest layout of the file that this version knows: PRAGMA user_version.
inline constexpr int journal_schema = 3;

/// A journal in an SQLite file (WAL; each append is synced before it returns). One process writes,
/// others may read at the same time.
/// @throws FormatError (damaged, no journal, written by a newer version), ConfigError (path)
std::unique_ptr<journal::Journal> open_journal(const std::string& path,
                                               Access access = Access::write);

}  // namespace learningplane::adapters::sqlite
