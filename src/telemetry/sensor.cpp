#include "learningplane/telemetry/sensor.hpp"

#include <fmt/format.h>

#include <exception>

namespace learningplane::telemetry {

Result<Frame> Sensor::read(const Window& window) {
  if (window.end <= window.begin || window.step < Duration{0}) {
    return fail(Errc::invalid_argument,
                fmt::format("the window [{}, {}) with step {} is empty or backwards",
                            to_iso8601(window.begin), to_iso8601(window.end),
                            format_duration(window.step)));
  }
  try {
    auto frame = do_read(window);
    if (!frame) return fail_within(describe(), std::move(frame.error()));
    return frame->between(window.begin, window.end);
  } catch (const Error& e) {
    return fail_within(describe(), e.failure());
  } catch (const std::exception& e) {
    return fail_within(describe(), Failure{Errc::internal, e.what(), {}});
  }
}

}  // namespace learningplane::telemetry
