#pragma once
#include <exception>

#include "learningplane/error.hpp"
#include "learningplane/result.hpp"

namespace learningplane::agent {

/// What a model throws is its failure, not the loop's.
template <class F>
auto guarded(F&& f) -> decltype(f()) {
  try {
    return f();
  } catch (const Error& e) {
    return tl::unexpected(e.failure());
  } catch (const std::exception& e) {
    return fail(Errc::internal, e.what());
  }
}

}  // namespace learningplane::agent
