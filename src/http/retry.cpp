#include "http/retry.hpp"

#include <algorithm>
#include <charconv>
#include <thread>

namespace learningplane::http {

bool may_pass(const Result<Response>& answer) {
  if (!answer) return is_transient(answer.error().code);
  const int s = answer->status;
  return s == 429 || s == 500 || s == 502 || s == 503 || s == 504;
}

std::chrono::milliseconds delay_before(int next, const Result<Response>& answer,
                                       const RetryOptions& options) {
  if (answer) {
    if (const auto it = answer->headers.find("retry-after"); it != answer->headers.end()) {
      std::int64_t seconds = 0;
      const auto [end, error] =
          std::from_chars(it->second.data(), it->second.data() + it->second.size(), seconds);
      if (error == std::errc{} && seconds >= 0) {
        return std::min(options.max_delay,
                        std::chrono::milliseconds(std::min<std::int64_t>(seconds, 86400) * 1000));
      }
    }
  }
  const int doublings = std::clamp(next - 2, 0, 20);
  const auto whole =
      std::min<std::int64_t>(options.max_delay.count(), options.first_delay.count() << doublings);
  // splitmix64 of seed and attempt: the same run waits the same times.
  std::uint64_t x = options.seed + 0x9e3779b97f4a7c15U * static_cast<std::uint64_t>(next);
  x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
  const double share = static_cast<double>((x ^ (x >> 31U)) >> 11U) * 0x1.0p-53;
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(static_cast<double>(whole) * (0.5 + 0.5 * share)));
}

Result<Response> send_with_retry(Transport& transport, const Request& request,
                                 const RetryOptions& options,
                                 const std::function<void(std::chrono::milliseconds)>& wait) {
  for (int attempt = 1;; ++attempt) {
    auto answer = transport.send(request);
    if (!may_pass(answer) || attempt >= options.attempts) return answer;
    wait(delay_before(attempt + 1, answer, options));
  }
}

void sleep_for(std::chrono::milliseconds time) { std::this_thread::sleep_for(time); }

}  // namespace learningplane::http
