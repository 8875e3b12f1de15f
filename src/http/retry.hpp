#pragma once
#include <cstdint>
#include <functional>

#include "http/transport.hpp"

namespace learningplane::http {

/// When a request is sent again. Only where the caller knows that sending twice does no harm.
struct RetryOptions {
  int attempts = 3;  ///< in all, at least 1
  std::chrono::milliseconds first_delay{200};
  std::chrono::milliseconds max_delay{10000};  ///< also of what the server asks for
  std::uint64_t seed = 0;                      ///< of the jitter
};

/// What to do after an answer or failure that may pass: connection failures, time-outs, 429, 502,
/// 503, 504 and 500.
bool may_pass(const Result<Response>& answer);
/// How long to wait before attempt `next` (2 is the first repetition): Retry-After in seconds where
/// the answer holds one, else twice the last, from half to all of it by chance.
std::chrono::milliseconds delay_before(int next, const Result<Response>& answer,
                                       const RetryOptions& options);

/// Sends until an answer stands or the attempts are used up; the last answer or failure is given.
/// @param wait called between attempts: sleeps, or in tests notes the time.
Result<Response> send_with_retry(Transport& transport, const Request& request,
                                 const RetryOptions& options,
                                 const std::function<void(std::chrono::milliseconds)>& wait);

/// Sleeps: what callers outside tests hand to send_with_retry.
void sleep_for(std::chrono::milliseconds time);

}  // namespace learningplane::http
