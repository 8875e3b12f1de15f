#include "learningplane/error.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace learningplane {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::invalid_argument: return "invalid_argument";
    case Errc::malformed: return "malformed";
    case Errc::too_large: return "too_large";
    case Errc::not_found: return "not_found";
    case Errc::not_enough_data: return "not_enough_data";
    case Errc::unknown_data: return "unknown_data";
    case Errc::timeout: return "timeout";
    case Errc::unavailable: return "unavailable";
    case Errc::rate_limited: return "rate_limited";
    case Errc::unauthorized: return "unauthorized";
    case Errc::refused: return "refused";
    case Errc::conflict: return "conflict";
    case Errc::gone: return "gone";
    case Errc::unsupported: return "unsupported";
    case Errc::cancelled: return "cancelled";
    case Errc::internal: return "internal";
  }
  return "internal";
}

bool is_transient(Errc code) {
  return code == Errc::timeout || code == Errc::unavailable || code == Errc::rate_limited;
}

Failure Failure::within(std::string_view outer) && {
  if (!outer.empty())
    path = path.empty() ? std::string(outer) : fmt::format("{} / {}", outer, path);
  return std::move(*this);
}

std::string Failure::describe() const {
  return path.empty() ? fmt::format("{} ({})", message, to_string(code))
                      : fmt::format("{}: {} ({})", path, message, to_string(code));
}

Error::Error(Failure failure)
    : std::runtime_error(failure.path.empty() ? failure.message
                                              : failure.path + ": " + failure.message),
      failure_(std::move(failure)) {}

namespace {
/// What is shown of a value: its first line, and not all of a long one.
std::string shown(std::string_view value) {
  constexpr std::size_t most = 80;
  std::size_t end = 0;
  while (end < std::min(value.size(), most) && static_cast<unsigned char>(value[end]) >= 0x20)
    ++end;
  if (end == value.size()) return std::string(value);
  while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0U) == 0x80U) --end;
  return std::string(value.substr(0, end)) + "…";
}

std::string config_message(std::string_view where, std::string_view key, std::string_view value,
                           std::string_view allowed) {
  std::string out;
  if (!where.empty()) out = fmt::format("{}: ", where);
  out += fmt::format("{}: ", key.empty() ? "(top level)" : shown(key));
  if (!value.empty()) out += fmt::format("'{}'", shown(value));
  if (!value.empty() && !allowed.empty()) out += "; ";
  out += value.empty() && allowed.empty() ? "a value is needed" : allowed;
  return out;
}
}  // namespace

ConfigError::ConfigError(std::string_view where, std::string_view key, std::string_view value,
                         std::string_view allowed)
    : Error(Failure{Errc::invalid_argument, config_message(where, key, value, allowed), {}}) {}

}  // namespace learningplane
