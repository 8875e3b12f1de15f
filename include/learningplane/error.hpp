#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

namespace learningplane {

/// What kind of failure crossed a boundary. The comment says what the caller should do.
enum class Errc {
  invalid_argument,  ///< The call is wrong: correct it, do not repeat it.
  malformed,         ///< The input cannot be read: the message names the place; correct the input.
  too_large,         ///< A size, depth or count limit was passed: raise the limit or cut the input.
  not_found,         ///< What was named does not exist: check the name.
  not_enough_data,   ///< Too few known observations: wait or widen the window.
  unknown_data,      ///< Data are there but not known (NaN, stale, failed): hold.
  timeout,           ///< No answer in time: try again later.
  unavailable,       ///< The other side is down or overloaded: try again later.
  rate_limited,      ///< The other side asks for patience: wait for the time it names.
  unauthorized,      ///< Credentials are missing or wrong: correct them.
  refused,           ///< The other side understood and said no: correct rights or request.
  conflict,          ///< Somebody else changed it first: read again and decide again.
  gone,              ///< It was there and is not any more: list again.
  unsupported,       ///< Not offered here: choose another way.
  cancelled,         ///< Asked to stop: nothing to do.
  internal           ///< A defect of ours: report it.
};

/// The enumerator's name, as it stands in logs, the journal and JSON.
std::string_view to_string(Errc code);

/// Whether the same call may succeed later without a change by the caller.
bool is_transient(Errc code);

/// An expected failure at a boundary: what kind, in words, and where (agent / stage / adapter,
/// outermost first).
struct Failure {
  Errc code = Errc::internal;
  std::string message{};
  std::string path{};

  /// The same failure, seen from one level further out.
  Failure within(std::string_view outer) &&;
  /// "path: message (code)".
  std::string describe() const;
};

/// Base of every exception that the library throws.
class Error : public std::runtime_error {
 public:
  explicit Error(Failure failure);
  explicit Error(const std::string& message) : Error(Failure{Errc::internal, message, {}}) {}
  Errc code() const noexcept { return failure_.code; }
  const Failure& failure() const noexcept { return failure_; }

 private:
  Failure failure_;
};

/// A configuration or parameter that cannot be used: names the key, the value and what is allowed.
class ConfigError : public Error {
 public:
  /// @param where file and line, or empty; @param key dotted path of the key; @param value as
  /// written;
  /// @param allowed what to write instead.
  ConfigError(std::string_view where, std::string_view key, std::string_view value,
              std::string_view allowed);
  explicit ConfigError(const std::string& message)
      : Error(Failure{Errc::invalid_argument, message, {}}) {}
};

/// The library was called in a way that its contract forbids (an unfitted model asked to forecast).
class LogicError : public Error {
 public:
  explicit LogicError(const std::string& message)
      : Error(Failure{Errc::invalid_argument, message, {}}) {}
};

/// A file that is damaged, or written by a newer version.
class FormatError : public Error {
 public:
  explicit FormatError(const std::string& message) : Error(Failure{Errc::malformed, message, {}}) {}
};

}  // namespace learningplane
