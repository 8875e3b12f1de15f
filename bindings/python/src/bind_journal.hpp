#pragma once
#include "convert.hpp"
#include "learningplane/journal/journal.hpp"

namespace learningplane::python {

/// A journal's entries as dictionaries.
py::list entries_of(const journal::Journal& j, const journal::Query& query);
/// @param kind, decision_id empty: all
journal::Query query_of(const std::string& kind, const std::string& decision_id, std::size_t limit);

}  // namespace learningplane::python
