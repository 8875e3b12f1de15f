#include "bind_journal.hpp"

#include "learningplane/adapters/sqlite/journal.hpp"
#include "learningplane/report/report.hpp"
#include "module.hpp"

namespace learningplane::python {

namespace sqlite = adapters::sqlite;

py::list entries_of(const journal::Journal& j, const journal::Query& query) {
  const auto entries = unlocked([&] { return value_or_throw(j.read(query)); });
  py::list out;
  for (const journal::Entry& e : entries) {
    py::dict d;
    d["sequence"] = e.sequence;
    d["at"] = e.at;
    d["kind"] = std::string(to_string(e.kind));
    d["agent"] = e.agent;
    d["schedule"] = e.schedule;
    d["decision_id"] = e.decision_id;
    d["application"] = e.application;
    d["body"] = from_value(e.body);
    out.append(std::move(d));
  }
  return out;
}

journal::Query query_of(const std::string& kind, const std::string& decision_id,
                        std::size_t limit) {
  journal::Query q;
  if (!kind.empty()) q.kind = value_or_throw(journal::entry_kind(kind));
  q.decision_id = decision_id;
  q.limit = limit;
  return q;
}

void bind_journal(py::module_& m) {
  m.def(
      "read_journal",
      [](const py::object& path, const std::string& kind, const std::string& decision_id,
         std::size_t limit) {
        const auto file = py::cast<std::string>(py::module_::import("os").attr("fspath")(path));
        const auto j = sqlite::open_journal(file, sqlite::Access::read);
        return entries_of(*j, query_of(kind, decision_id, limit));
      },
      py::arg("path"), py::kw_only(), py::arg("kind") = "", py::arg("decision_id") = "",
      py::arg("limit") = 1000, "The newest entries of a journal file, oldest first.");
}

}  // namespace learningplane::python
