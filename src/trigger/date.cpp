#include "learningplane/trigger/date.hpp"

#include "trigger/text.hpp"

namespace learningplane::trigger {

std::string Date::describe() const { return "date[" + detail::utc_text(when_) + "]"; }

}  // namespace learningplane::trigger
