#pragma once
#include <string>
#include <string_view>

#include "learningplane/value.hpp"

namespace learningplane::report {
/// The pages with the marker @DATA@ where the report's JSON goes.
std::string_view page_template();             ///< of an agent's journal
std::string_view evaluation_page_template();  ///< of an evaluation
std::string_view simulation_page_template();  ///< of a simulation
/// The page with its data.
std::string fill_page(std::string_view page, const Value& data);
}  // namespace learningplane::report
