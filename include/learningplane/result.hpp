#pragma once
#include <tl/expected.hpp>

#include <string>
#include <utility>

#include "learningplane/error.hpp"

namespace learningplane {

/// A value, or the failure that stands in its place. g++ 12 offers std::expected only as C++23.
template <class T>
using Result = tl::expected<T, Failure>;

/// Makes the failing side of a Result.
inline tl::unexpected<Failure> fail(Errc code, std::string message) {
  return tl::unexpected<Failure>(Failure{code, std::move(message), {}});
}

/// Passes a failure on, seen from one level further out.
inline tl::unexpected<Failure> fail_within(std::string_view outer, Failure failure) {
  return tl::unexpected<Failure>(std::move(failure).within(outer));
}

/// The value, or the failure thrown as Error: for callers that prefer exceptions.
template <class T>
T value_or_throw(Result<T> result) {
  if (!result) throw Error(std::move(result.error()));
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace learningplane
