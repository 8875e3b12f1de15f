#pragma once
#include <string>
#include <vector>

#include "learningplane/adapters/sqlite/journal.hpp"
#include "support/live_prometheus.hpp"

/// What live tests have in common.
namespace support {

using namespace learningplane;

/// What an agent has written down of an application, newest last; empty while there is no journal
/// yet.
inline std::vector<journal::Entry> written(const std::string& state, journal::EntryKind kind,
                                           const std::string& application) {
  try {
    const auto j =
        adapters::sqlite::open_journal(state + "/journal.sqlite", adapters::sqlite::Access::read);
    return value_or_throw(j->read({.kind = kind, .application = application, .limit = 100'000}));
  } catch (const Error&) {
    return {};
  }
}

}  // namespace support
