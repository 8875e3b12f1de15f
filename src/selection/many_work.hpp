#pragma once
#include <memory>
#include <string>

#include "learningplane/selection/forecast_many.hpp"

namespace learningplane::selection::detail {

/// Whatever a series throws becomes its failure: it must not stop the others.
template <class T, class Call>
Result<T> guarded(Call&& call) {
  try {
    return call();
  } catch (const Error& error) {
    return tl::unexpected(error.failure());
  } catch (const std::exception& error) {
    return fail(Errc::internal, error.what());
  }
}

inline void add_note(std::string& note, const std::string& more) {
  if (!more.empty()) note += (note.empty() ? "" : "; ") + more;
}

}  // namespace learningplane::selection::detail
