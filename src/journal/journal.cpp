#include "learningplane/journal/journal.hpp"

#include <array>

namespace learningplane::journal {

namespace {
constexpr std::array<std::string_view, 6> names{"run",    "forecast", "decision",
                                                "intent", "outcome",  "note"};
}

std::string_view to_string(EntryKind kind) { return names[static_cast<std::size_t>(kind)]; }

Result<EntryKind> entry_kind(std::string_view name) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == name) return static_cast<EntryKind>(i);
  }
  return fail(Errc::malformed,
              "journal: '" + std::string(name.substr(0, 32)) + "' is no kind of entry");
}

}  // namespace learningplane::journal
