#pragma once
#include <string>
#include <string_view>

#include "learningplane/value.hpp"

namespace learningplane::report {
/// The pages with the marker @DATA@ where the report's JSON goes.
std::string_view page_template();             ///< of an agent's journal
std::string_view evaluation_page_template();  ///< of an evaluation
std::string_view simulation_page_template();  ///< of a simulation
std::string_view phases_page_template();      ///< of phases
std::string_view stress_page_template();      ///< of a run of stress
std::string_view sizing_page_template();      ///< of policies that size
/// The page with its data. @FIGURES@ and @LOOKS@ become what pages have in common: script and
/// style.
std::string fill_page(std::string_view page, const Value& data);

/// Script that pages share: formats, axes, lines, boxes, hover texts. It reads the data into `D`.
std::string_view figures_script();
/// Style that pages share.
std::string_view figures_style();
}  // namespace learningplane::report
