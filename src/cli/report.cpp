#include "learningplane/report/report.hpp"

#include <CLI/CLI.hpp>
#include <ostream>

#include "cli/context.hpp"
#include "cli/page_file.hpp"
#include "learningplane/adapters/sqlite/journal.hpp"
#include "learningplane/error.hpp"
#include "learningplane/json.hpp"

namespace learningplane::cli {

namespace {

struct ReportOptions {
  std::string state = "state";
  std::string out = "report.html";
  bool json = false;
};

int write_report(const ReportOptions& o, Context& context) {
  const auto journal =
      adapters::sqlite::open_journal(o.state + "/journal.sqlite", adapters::sqlite::Access::read);
  const report::Report r = value_or_throw(report::collect(*journal));
  if (o.json) {
    context.out << dump_json(report::to_value(r)) << '\n';
    return ok;
  }
  write_page(o.out, report::to_html(r));
  context.out << o.out << ": " << r.figures.decisions << " decisions, " << r.figures.moves
              << " moves\n";
  return ok;
}

}  // namespace

void add_report(CLI::App& app, Context& context) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* sub =
      app.add_subcommand("report", "Write a self-contained HTML page of what a journal holds");
  sub->add_option("--state", options->state, "Folder of the journal")->capture_default_str();
  sub->add_option("--out", options->out, "The page")->capture_default_str();
  sub->add_flag("--json", options->json, "The page's numbers as JSON instead");
  sub->callback([options, &context] {
    context.command = [options, &context] { return write_report(*options, context); };
  });
}

}  // namespace learningplane::cli
