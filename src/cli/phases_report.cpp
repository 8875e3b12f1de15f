#include "cli/phases_report.hpp"

#include <filesystem>

#include "cli/page_file.hpp"
#include "learningplane/profiling/next_phase_holdout.hpp"
#include "learningplane/report/phases_report.hpp"

namespace learningplane::cli {

using namespace profiling;

NextScores next_scores(const std::vector<std::string>& methods, std::size_t ahead,
                       const PhaseData& data, const std::vector<PhaseLabels>& labels,
                       std::size_t k) {
  NextScores out;
  for (const std::string& method : methods) {
    const NextPhaseOptions options{
        .method = method == "markov" ? NextPhaseMethod::markov : NextPhaseMethod::mlp,
        .ahead = ahead};
    out.emplace_back(method, value_or_throw(holdout_next_phase(options, data, labels, k)));
  }
  return out;
}

Value to_value(const NextScores& scores) {
  Value out = Value::array();
  for (const auto& [method, score] : scores)
    out.push(profiling::to_value(score).set("method", method));
  return out;
}

void write_report(const PhasesPage& page, const Phases& phases, PhaseData data,
                  std::vector<PhaseLabels> labels, Value fit, NextScores next) {
  if (page.path.empty()) return;
  report::PhasesReport r{.source = std::filesystem::path(page.data).filename().string(),
                         .model = std::filesystem::path(page.model).filename().string(),
                         .options = phases.options(),
                         .data = std::move(data),
                         .fit = std::move(fit),
                         .next = std::move(next)};
  r.labels = labels.empty() ? value_or_throw(phases.label(r.data)) : std::move(labels);
  r.statistics = phase_statistics(r.data, r.labels, phases.count());
  write_page(page.path, report::to_html(r));
}

}  // namespace learningplane::cli
