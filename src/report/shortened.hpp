#pragma once
#include "learningplane/report/report.hpp"

namespace learningplane::report {

/// As much of a report as a page can show: of more than some thousand decisions the newest that
/// change something and the newest of the others; of longer series the lowest and the highest
/// observation of each moment, and every change. Figures stay those of all.
Report shortened(Report report);

}  // namespace learningplane::report
